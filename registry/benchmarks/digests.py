"""Digests that commit to a part of a file tree without showing it."""

from collections.abc import Iterable

from registry.versions.digests import tree_digest

__all__ = ["DRYRUN", "INPUTS", "LABELS", "MANIFEST", "PUBLIC", "SCORER", "below", "tree_digest"]

LABELS = "labels/"
INPUTS = "inputs/"
SCORER = "scorer/"
PUBLIC = "public/"
DRYRUN = "dryrun/"
MANIFEST = "benchmark.yaml"


def below(files: Iterable[tuple[str, str]], *prefixes: str) -> list[tuple[str, str]]:
    """The files whose path begins with one of ``prefixes``."""
    return [(path, sha256) for path, sha256 in files if path.startswith(prefixes)]
