"""Files by their SHA-256: a folder, or any S3. Written before the rows that name them; never changed afterwards."""

from functools import lru_cache

from portal.kit.storage.base import BLOCK, Blob, Found, Spool, Store, spool
from portal.kit.storage.folder import FolderStore
from portal.kit.storage.s3 import S3Store
from portal.settings import get_settings

__all__ = ["BLOCK", "Blob", "FolderStore", "Found", "S3Store", "Spool", "Store", "get_store", "spool"]


@lru_cache(maxsize=1)
def get_store() -> Store:
    """The store of this process."""
    settings = get_settings()
    if settings.store_url:
        return S3Store(settings)
    return FolderStore(settings.home / "store")
