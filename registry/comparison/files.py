"""What became of the files, by path and digest."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from portal.kit.i18n import N_

LABELS = {
    "added": N_("New file"), "removed": N_("File gone"), "changed": N_("File changed"), "renamed": N_("File renamed"),
}  # fmt: skip
LEVELS = {"added": "good", "removed": "bad", "changed": "info", "renamed": "neutral"}


@dataclass(frozen=True)
class Change:
    """A file that is not as it was. ``old`` and ``new`` are rows of ``files_of``; one is None where there is none."""

    kind: str
    old: Any
    new: Any

    @property
    def path(self) -> str:
        """Where the file is now (or was last)."""
        return str((self.new or self.old).path)

    @property
    def label(self) -> str:
        """Message id of what happened."""
        return LABELS[self.kind]

    @property
    def level(self) -> str:
        """Level of its tag."""
        return LEVELS[self.kind]

    @property
    def growth(self) -> int:
        """Bytes more than before."""
        return (self.new.size if self.new else 0) - (self.old.size if self.old else 0)


def changes(old: Iterable[Any], new: Iterable[Any]) -> list[Change]:
    """Added, removed, changed and renamed files by path. Renamed: gone from one path, come to another, same content."""
    before, after = {file.path: file for file in old}, {file.path: file for file in new}
    gone = {path: file for path, file in before.items() if path not in after}
    come = {path: file for path, file in after.items() if path not in before}
    found = [
        Change("changed", before[path], after[path])
        for path in before.keys() & after.keys()
        if before[path].sha256 != after[path].sha256
    ]
    by_digest: dict[str, list[Any]] = {}
    for path in sorted(gone):
        by_digest.setdefault(gone[path].sha256, []).append(gone[path])
    for path in sorted(come):
        twins = by_digest.get(come[path].sha256)
        if twins:
            was = twins.pop(0)
            del gone[was.path]
            found.append(Change("renamed", was, come[path]))
        else:
            found.append(Change("added", None, come[path]))
    found += [Change("removed", file, None) for file in gone.values()]
    return sorted(found, key=lambda change: change.path)
