"""Write the demo content: `python registry/demo/build.py OUTDIR`, run by geo-py311 plus its extra layer.

OUTDIR must not exist or be empty. Two builds by the same packages give the same bytes.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path


def main(argv: list[str] | None = None) -> int:
    """Build into the folder named on the command line; refuses a folder that holds something."""
    parser = argparse.ArgumentParser(description="Build the demo benchmarks and assets.")
    parser.add_argument("outdir", type=Path)
    outdir: Path = parser.parse_args(argv).outdir
    if outdir.exists() and any(outdir.iterdir()):
        parser.error(f"{outdir} is not empty")
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
    from registry.demo.assembly import build_all  # here: a script finds its own package only now

    build_all(outdir)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
