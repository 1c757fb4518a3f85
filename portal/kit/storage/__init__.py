"""Files by their SHA-256: a folder, or any S3. Written before the rows that name them; never changed afterwards."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache

from portal.kit.storage.base import BLOCK, Blob, Found, Spool, Store, spool
from portal.kit.storage.folder import FolderStore
from portal.kit.storage.s3 import S3Store
from portal.settings import get_settings

__all__ = [
    "BLOCK",
    "Blob",
    "FolderStore",
    "Found",
    "S3Store",
    "Spool",
    "Store",
    "get_store",
    "own_store",
    "spool",
    "using",
]


_other: ContextVar[Store | None] = ContextVar("store", default=None)


@lru_cache(maxsize=1)
def own_store() -> Store:
    """The store of this process, as the settings say."""
    settings = get_settings()
    if settings.store_url:
        return S3Store(settings)
    return FolderStore(settings.home / "store")


def get_store() -> Store:
    """The store to read from and write to: this process's, or the one of the ``using`` around the call."""
    return _other.get() or own_store()


@contextmanager
def using(store: Store) -> Iterator[None]:
    """Within the block (and what it starts with its context) files come from and go to ``store``."""
    token = _other.set(store)
    try:
        yield
    finally:
        _other.reset(token)
