"""The key under which readers are counted, so that no table holds who read what."""

import hashlib
import os
from functools import lru_cache

from portal.kit.ids import new_secret
from portal.settings import get_settings


@lru_cache(maxsize=1)
def reader_key() -> bytes:
    """From the secret key of the settings, or made once under the home folder."""
    settings = get_settings()
    if settings.secret_key:
        return hashlib.sha256(b"readers:" + settings.secret_key.encode()).digest()
    path = settings.home / "keys" / "readers"
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_bytes()
    with os.fdopen(handle, "wb") as file:
        file.write(new_secret().encode())
    return path.read_bytes()
