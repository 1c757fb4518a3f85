"""Files and folders that are there whole or not at all, also when the machine stops in between."""

import os
from pathlib import Path

from cspon_node.refusals import disk
from portal.kit.ids import new_id


def sync_folder(path: Path) -> None:
    """Have the folder's names on the disk."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_bytes(path: Path, data: bytes, mode: int = 0o600) -> None:
    """Put ``data`` in the place of what was there; a reader sees the old bytes or the new ones."""
    fresh = path.with_name(f".{path.name}.{new_id().hex}")
    try:
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, mode)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
        sync_folder(path.parent)
    except OSError as error:
        fresh.unlink(missing_ok=True)
        raise disk(path, error) from error


def move_folder(source: Path, target: Path) -> None:
    """Give a finished folder its place."""
    source.rename(target)
    sync_folder(target.parent)
    sync_folder(source.parent)
