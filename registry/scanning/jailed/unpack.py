"""Unpack /input/archive into /output/tree and say what happened in /output/unpack.json."""

import argparse
import errno
import json
import shutil
import sys
import zipfile
from dataclasses import fields
from pathlib import Path

from .budget import Budget, Limits, Tree
from .names import ArchiveError
from .tars import unpack_tar
from .zips import unpack_zip

ROOT_MARKERS = ("cspon.yaml", "benchmark.yaml", "MLmodel", "README.md", "model.onnx", "model.skops")
MAGIC = ((b"\x1f\x8b", "gzip"), (b"BZh", "bzip2"), (b"\xfd7zXZ\x00", "xz"))


def main() -> int:
    """Exit code 0 whenever the report was written; the report says whether the archive was accepted."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--archive", type=Path, default=Path("/input/archive"))
    parser.add_argument("--output", type=Path, default=Path("/output"))
    parser.add_argument("--config", type=Path, default=Path("/config/unpack.json"))
    arguments = parser.parse_args()
    report = unpack(arguments.archive, arguments.output / "tree", read_limits(arguments.config))
    (arguments.output / "unpack.json").write_text(json.dumps(report, ensure_ascii=True), encoding="ascii")
    return 0


def read_limits(config: Path) -> Limits:
    """Limits from the host's own file; what it leaves out keeps its default."""
    if not config.exists():
        return Limits()
    values = json.loads(config.read_text(encoding="utf-8"))
    return Limits(**{item.name: int(values[item.name]) for item in fields(Limits) if item.name in values})


def unpack(archive: Path, root: Path, limits: Limits) -> dict[str, object]:
    """The report {ok, entries, notes, error}. A refusal leaves nothing to be used: `entries` is empty
    then."""
    root.mkdir(parents=True)
    tree = Tree(root, Budget(limits, archive.stat().st_size))
    try:
        notes = _unpack_by_magic(archive, tree)
        if not tree.entries:
            raise ArchiveError("archive.empty", "no files inside")
        entries, stripped = _strip_single_root(tree)
    except Exception as problem:  # whatever an archive provokes is a refusal of that archive
        shutil.rmtree(root)  # makes room for the report when the output is full
        refusal = _as_refusal(problem)
        error = {"code": refusal.code, "message": refusal.message, "entry": refusal.entry}
        return {"ok": False, "entries": [], "notes": [], "error": error}
    if tree.dropped:
        notes.append("archive.litter_dropped")
    if stripped:
        notes.append("archive.root_stripped")
    return {"ok": True, "entries": entries, "notes": notes, "error": None}


def _as_refusal(problem: Exception) -> ArchiveError:
    if isinstance(problem, ArchiveError):
        return problem
    if isinstance(problem, OSError) and problem.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return ArchiveError("archive.too_large", "more than the space for unpacking")
    return ArchiveError("archive.broken", f"cannot be unpacked ({type(problem).__name__})")


def _unpack_by_magic(archive: Path, tree: Tree) -> list[str]:
    with archive.open("rb") as source:
        head = source.read(512)
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return unpack_zip(archive, tree)
    if zipfile.is_zipfile(archive):
        raise ArchiveError("archive.polyglot", "a zip with other data in front of it")
    for magic, compression in MAGIC:
        if head.startswith(magic):
            return unpack_tar(archive, tree, compression)
    if head[257:262] == b"ustar":
        return unpack_tar(archive, tree, None)
    raise ArchiveError("archive.unknown_format", "neither zip nor tar")


def _strip_single_root(tree: Tree) -> tuple[list[dict[str, object]], bool]:
    """Lift the contents of the only top folder, when that folder clearly is the submission itself."""
    paths = [str(entry["path"]) for entry in tree.entries]
    roots = {path.split("/", 1)[0] for path in paths}
    root = next(iter(roots))
    if len(roots) != 1 or root in paths or not any(f"{root}/{marker}" in paths for marker in ROOT_MARKERS):
        return tree.entries, False
    lifted = tree.root.with_name("lifted")
    (tree.root / root).rename(lifted)
    tree.root.rmdir()
    lifted.rename(tree.root)
    return [{**entry, "path": str(entry["path"])[len(root) + 1 :]} for entry in tree.entries], True


if __name__ == "__main__":
    sys.exit(main())
