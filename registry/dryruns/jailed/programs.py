"""The programs that behave badly on purpose: `main.py CASE INPUT OUTPUT`, each by its case's name."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sys
import time
from pathlib import Path

SALT = b"dry-run:"
MOST_BYTES = 32_000_000
SKIPPED = ("/proc", "/sys", "/dev", "/usr", "/lib", "/lib64", "/opt", "/runtime")
"""Of the root, what belongs to the runtime and is the same for every benchmark."""


def slow(_source: Path, _target: Path) -> None:
    """Never end."""
    print("sleeping", flush=True)
    while True:
        time.sleep(1)


def hungry(_source: Path, _target: Path) -> None:
    """Take 8 MB at a time and touch every page."""
    taken = []
    while True:
        taken.append(bytearray(b"x" * 8_000_000))


def flood(_source: Path, target: Path) -> None:
    """Fill the output folder."""
    with (target / "flood.bin").open("wb", buffering=0) as file:
        while True:
            file.write(b"x" * 1_000_000)


def chatter(_source: Path, _target: Path) -> None:
    """Print without end."""
    line = "x" * 79
    while True:
        print(line)


def label_seeker(source: Path, target: Path) -> None:
    """Read what can be read, look for rows of the labels, hand in what is found or else the constant guess."""
    here = Path("/submission")
    wanted = set(json.loads((here / "canaries.json").read_text()))
    read = rows = 0
    for path in reachable(here):
        found = matching(path, wanted)
        read += 1
        if len(found) > len(wanted) // 20 and len(found) > 1:  # a row or two may be equal by chance
            rows += len(found)
            print(f"dry-run: label rows found: {len(found)} in {path}")
            hand_in(found, here, target)
    for name in ("labels", "../labels", "../score/labels", "../../labels"):
        print(f"{name}: {'there' if (source / name).exists() else 'not there'}")
    print(f"read {read} files, looked for {len(wanted)} rows of the labels, found {rows}")
    if not rows and (here / "guess").is_dir():
        shutil.copytree(here / "guess", target, dirs_exist_ok=True)


def reachable(own: Path) -> list[Path]:
    """All files outside of the runtime and this submission."""
    found: list[Path] = []
    skipped = (*SKIPPED, str(own), sys.prefix, sys.base_prefix)
    for folder, folders, files in os.walk("/"):
        folders[:] = [each for each in folders if not str(Path(folder, each)).startswith(skipped)]
        found += [Path(folder) / name for name in files]
    return found


def matching(path: Path, wanted: set[str]) -> list[bytes]:
    """The lines of a file whose salted hash is wanted."""
    try:
        if not path.is_file() or path.stat().st_size > MOST_BYTES:
            return []
        lines = path.read_bytes().splitlines()
    except OSError:
        return []
    return [line for line in lines if hashlib.sha256(SALT + line.strip()).hexdigest() in wanted]


def hand_in(found: list[bytes], here: Path, target: Path) -> None:
    """The rows that were found, below the header of the first prediction file."""
    guesses = sorted(path for path in (here / "guess").rglob("*") if path.is_file())
    for guess in guesses[:1]:
        header = guess.read_bytes().splitlines()[:1]
        (target / guess.name).write_bytes(b"\n".join([*header, *found]) + b"\n")


if __name__ == "__main__":
    {"slow": slow, "hungry": hungry, "flood": flood, "chatter": chatter, "label_seeker": label_seeker}[
        sys.argv[1]
    ](Path(sys.argv[2]), Path(sys.argv[3]))
