"""A store in one folder: ``sha256/ab/abcd…``, and ``incoming`` beside it."""

import datetime as dt
import os
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

from portal.kit.ids import new_id
from portal.kit.storage.base import UPLOAD, Blob, Found, blocks, local_leftovers, receive, spool


class FolderStore:
    """See ``Store``."""

    mends = True

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.incoming = folder / "incoming"

    def _path(self, sha256: str) -> Path:
        return self.folder / "sha256" / sha256[:2] / sha256

    def put(self, chunks: Iterable[bytes], *, limit: int | None = None) -> Blob:
        """See ``Store``."""
        return receive(self, chunks, limit)

    def adopt(self, path: Path, blob: Blob) -> None:
        """See ``Store``; the folder entry is made durable too. What is there already counts as new again, so that no
        sweep takes it before its row is written; a file of another size is damaged and is replaced.
        """
        target = self._path(blob.sha256)
        try:
            if target.stat().st_size == blob.size:
                os.utime(target)
                path.unlink(missing_ok=True)
                return
        except FileNotFoundError:
            pass
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            path.replace(target)
        except OSError:  # another file system
            fresh = target.with_suffix(".new")
            shutil.copyfile(path, fresh)
            fresh.chmod(0o444)
            fresh.replace(target)
            path.unlink(missing_ok=True)
        entry = os.open(target.parent, os.O_RDONLY)
        os.fsync(entry)
        os.close(entry)

    def open(self, sha256: str) -> BinaryIO:
        """See ``Store``."""
        return self._path(sha256).open("rb")

    def span(self, sha256: str, start: int, end: int) -> Iterator[bytes]:
        """See ``Store``."""
        with self.open(sha256) as file:
            file.seek(start)
            yield from blocks(file, end - start)

    def size(self, sha256: str) -> int:
        """See ``Store``."""
        return self._path(sha256).stat().st_size

    def exists(self, sha256: str) -> bool:
        """See ``Store``."""
        return self._path(sha256).exists()

    def fetch(self, sha256: str, target: Path) -> None:
        """See ``Store``."""
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            os.link(self._path(sha256), target)
        except FileNotFoundError:
            raise
        except OSError:
            shutil.copyfile(self._path(sha256), target)
            target.chmod(0o444)

    def check(self) -> None:
        """See ``Store``."""
        with spool(self.incoming) as probe:
            probe.write(b"probe")
            probe.finish()

    def files(self) -> Iterator[Found]:
        """See ``Store``; a hard link made by ``fetch`` is another name of the same file and is not listed."""
        for path in (self.folder / "sha256").glob("??/*"):
            try:
                facts = path.stat()
            except FileNotFoundError:
                continue
            yield Found(path.name, facts.st_size, dt.datetime.fromtimestamp(facts.st_mtime, dt.UTC))

    def remove(self, sha256: str) -> None:
        """See ``Store``."""
        self._path(sha256).unlink(missing_ok=True)

    def leftovers(self) -> Iterator[Found]:
        """See ``Store``."""
        return local_leftovers(self.incoming)

    def drop(self, name: str) -> None:
        """See ``Store``."""
        (self.incoming / Path(name).name).unlink(missing_ok=True)

    def begin(self) -> str:
        """See ``Store``."""
        handle = f"{UPLOAD}{new_id().hex}"
        self.incoming.mkdir(parents=True, exist_ok=True)
        (self.incoming / handle).touch()
        return handle

    def take_part(self, handle: str, number: int, offset: int, path: Path) -> None:  # noqa: ARG002
        """See ``Store``: the kernel copies the part to its place; a file system that can shares the blocks instead."""
        with path.open("rb") as source, (self.incoming / handle).open("r+b", buffering=0) as target:
            left, place = path.stat().st_size, offset
            while left:
                try:
                    done = os.copy_file_range(source.fileno(), target.fileno(), left, offset_dst=place)
                except OSError:  # a file system, or a pair of them, that cannot
                    target.seek(place)
                    shutil.copyfileobj(source, target)
                    return
                if not done:
                    raise OSError(f"{path.name}: shorter than it was")
                left, place = left - done, place + done

    def part_size(self, handle: str, number: int) -> int | None:  # noqa: ARG002
        """See ``Store``: nothing comes past the portal."""
        return None

    def assembled(self, handle: str) -> Iterator[bytes]:
        """See ``Store``."""
        with (self.incoming / handle).open("rb") as file:
            yield from blocks(file)

    def keep(self, handle: str, blob: Blob) -> None:
        """See ``Store``."""
        path = self.incoming / handle
        with path.open("rb") as file:
            os.fsync(file.fileno())
            os.fchmod(file.fileno(), 0o444)
        self.adopt(path, blob)

    def abandon(self, handle: str) -> None:
        """See ``Store``."""
        self.drop(handle)

    def part_address(self, handle: str, number: int, seconds: int) -> str | None:  # noqa: ARG002
        """See ``Store``."""
        return None

    def file_address(self, sha256: str, disposition: str, seconds: int) -> str | None:  # noqa: ARG002
        """See ``Store``."""
        return None
