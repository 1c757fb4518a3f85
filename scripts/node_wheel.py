"""Build the node tool's wheel. Usage: node_wheel.py FOLDER [--with-dependencies].

With dependencies the folder holds all that a machine without network installs from, as docs/node.md says.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parent.parent
WHOLE = ("cspon_node", "portal/kit/signing", "registry/sandbox")
SINGLE = (
    "portal/__init__.py", "portal/kit/__init__.py", "portal/kit/clock.py", "portal/kit/i18n.py", "portal/kit/ids.py",
    "portal/audit/__init__.py", "portal/audit/checkpoints.py", "portal/audit/leaves.py", "portal/audit/merkle.py",
    "registry/__init__.py", "LICENSE",
)  # fmt: skip
RUNNERS = "registry/sandbox_runners"
LOCALE = "zh_Hans"
STAMP = "1767225600"
"""2026-01-01: the same sources give the same wheel."""


def main(words: list[str]) -> None:
    """Build into the folder."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--with-dependencies", action="store_true")
    given = parser.parse_args(words)
    given.folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="cspon-node-wheel-") as name:
        stage = Path(name)
        gather(stage)
        pip(
            "wheel",
            "--quiet",
            "--no-deps",
            "--no-build-isolation",
            "--wheel-dir",
            str(given.folder),
            str(stage),
        )
    if given.with_dependencies:
        lock = ROOT / "requirements" / "cspon-node.txt"
        shutil.copy(lock, given.folder)
        pip("download", "--quiet", "--require-hashes", "--no-deps", "--only-binary", ":all:",
            "--dest", str(given.folder), "-r", str(lock))  # fmt: skip
    print(f"node: {len(list(given.folder.glob('*.whl')))} wheels in {given.folder}")


def gather(stage: Path) -> None:
    """Copy the tool and what it stands on, and compile the Chinese of the messages in there."""
    left_out = shutil.ignore_patterns("__pycache__", "*.in", "*.txt")
    for folder in WHOLE:
        shutil.copytree(ROOT / folder, stage / folder, ignore=left_out)
    for file in SINGLE:
        (stage / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / file, stage / file)
    shutil.copytree(ROOT / RUNNERS, stage / RUNNERS, ignore=left_out)
    shutil.copy(ROOT / "node" / "pyproject.toml", stage)
    (stage / "portal" / "locale").mkdir()
    (stage / "portal" / "locale" / f"{LOCALE}.mo").write_bytes(compiled(stage))


def compiled(stage: Path) -> bytes:
    """The messages that the gathered modules use, in Chinese."""
    keywords = {"_": None, "ngettext": (1, 2), "N_": None}
    used = {found[2] for found in extract_from_dir(str(stage), [("**.py", "python")], {}, keywords)}
    made = datetime.fromtimestamp(int(STAMP), UTC)  # the moment of making would stand in its head
    chosen = Catalog(locale=LOCALE, creation_date=made, revision_date=made)
    for path in sorted((ROOT / "portal" / "locale" / LOCALE).glob("*.po")):
        with path.open("rb") as file:
            for message in read_po(file, locale=LOCALE):
                if message.id and message.id in used and message.id not in chosen:
                    chosen[message.id] = message
    out = BytesIO()
    write_mo(out, chosen)
    return out.getvalue()


def pip(*words: str) -> None:
    """Run pip; its failure ends this."""
    command = [sys.executable, "-m", "pip", *words, "--disable-pip-version-check"]
    if subprocess.run(command, check=False, env={**os.environ, "SOURCE_DATE_EPOCH": STAMP}).returncode:
        sys.exit("node: pip failed")


if __name__ == "__main__":
    main(sys.argv[1:])
