"""Copy the browser files that static/vendor.json names from node_modules; nothing else is ever served from there."""

import json
import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def main(root: Path = ROOT) -> None:
    """Replace what is in static/vendor. Refuses a target outside of it and a source that is missing."""
    rows = json.loads((root / "static" / "vendor.json").read_text())
    vendor = root / "static" / "vendor"
    for row in rows:
        source, target = (root / row["from"]).resolve(), (root / row["to"]).resolve()
        if root / "node_modules" not in source.parents or vendor not in target.parents:
            sys.exit(f"vendor: {row} leaves node_modules or static/vendor")
        if not source.is_file():
            sys.exit(f"vendor: {row['from']} is missing: is it in package-lock.json?")
    shutil.rmtree(vendor, ignore_errors=True)
    for row in rows:
        target = root / row["to"]
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(root / row["from"], target)


if __name__ == "__main__":
    main()
