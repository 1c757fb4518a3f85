"""The digest that names all files of a version."""

import hashlib
from collections.abc import Iterable


def listing(files: Iterable[tuple[str, str]]) -> str:
    """Lines ``sha256  path`` in the order of the paths: what ``sha256sum`` writes and ``sha256sum -c`` reads."""
    return "".join(f"{sha256}  {path}\n" for path, sha256 in sorted(files))


def tree_digest(files: Iterable[tuple[str, str]]) -> str:
    """SHA-256 (hex) of that listing; ``files`` are (path, sha256)."""
    return hashlib.sha256(listing(files).encode()).hexdigest()


REHEARSED = ("scorer/", "inputs/", "labels/", "dryrun/")
"""Folders of a benchmark that decide how a dry run ends, together with its ``benchmark.yaml``."""


def rehearsed(files: Iterable[tuple[str, str]]) -> str:
    """SHA-256 (hex) of the listing of what a dry run of a benchmark stands on; its texts may still change."""
    return tree_digest(
        (path, sha256) for path, sha256 in files if path == "benchmark.yaml" or path.startswith(REHEARSED)
    )
