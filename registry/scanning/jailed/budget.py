"""Hard byte and entry counts while an archive is written out."""

import hashlib
import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from .names import ArchiveError, Names, check_name, is_litter

MIB = 1024 * 1024


@dataclass(frozen=True)
class Limits:
    """What an archive may hold. Sizes in bytes; the ratio counts only above `ratio_from` unpacked bytes."""

    max_bytes: int = 1024 * MIB
    max_entries: int = 5000
    max_ratio: int = 50
    ratio_from: int = 64 * MIB
    max_depth: int = 20


@dataclass
class Budget:
    """Counts what comes out of an archive of `packed` bytes, and refuses before a limit is passed on disk."""

    limits: Limits
    packed: int
    written: int = 0
    entries: int = 0

    def count_entry(self, name: str) -> None:
        """One more member of any kind, dropped ones included."""
        self.entries += 1
        if self.entries > self.limits.max_entries:
            raise ArchiveError(
                "archive.too_many_entries", f"more than {self.limits.max_entries} entries", name
            )

    def count_bytes(self, size: int, name: str) -> None:
        """`size` more unpacked bytes."""
        self.written += size
        if self.written > self.limits.max_bytes:
            raise ArchiveError("archive.too_large", f"more than {self.limits.max_bytes} bytes unpacked", name)
        if self.written > self.limits.ratio_from and self.written > self.limits.max_ratio * max(
            self.packed, 1
        ):
            raise ArchiveError(
                "archive.ratio", f"unpacks to more than {self.limits.max_ratio} times its size", name
            )


@dataclass
class Tree:
    """The folder being filled. Every path goes through the name rules; files are created once, never
    followed."""

    root: Path
    budget: Budget
    names: Names = field(default_factory=Names)
    entries: list[dict[str, object]] = field(default_factory=list)
    dropped: int = 0
    keeps_litter: bool = False
    """Whether what file managers leave behind is written like any other member."""

    def admit(self, name: str, *, folder: bool) -> str | None:
        """The clean path to write to, or None when the member is litter to leave out."""
        self.budget.count_entry(name)
        path = check_name(name, max_depth=self.budget.limits.max_depth)
        if is_litter(path) and not self.keeps_litter:
            self.dropped += 1
            return None
        self.names.take(path, folder=folder)
        return path

    def write(self, path: str, chunks: Iterable[bytes]) -> int:
        """Write one file and record its size and SHA-256; returns the size."""
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        digest, size = hashlib.sha256(), 0
        handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o644)
        with os.fdopen(handle, "wb") as out:
            for chunk in chunks:
                size += len(chunk)
                self.budget.count_bytes(len(chunk), path)
                digest.update(chunk)
                out.write(chunk)
        self.entries.append({"path": path, "size": size, "sha256": digest.hexdigest()})
        return size
