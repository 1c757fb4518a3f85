"""Keys of this installation, one for each purpose, and sealing of what must be read again."""

import hashlib
import hmac
import os
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from portal.kit.ids import new_id, new_secret
from portal.settings import get_settings

NONCE = 12


@lru_cache(maxsize=8)
def key_for(purpose: str) -> bytes:
    """32 bytes that differ by purpose: from the secret key of the settings, or from one made once under the home.

    Several hosts with separate homes must share ``CSPON_SECRET_KEY``; losing it loses what was sealed under it.
    """
    root = get_settings().secret_key
    material = root.encode() if root else _made_once()
    return hmac.new(material, b"cspon:" + purpose.encode(), hashlib.sha256).digest()


def _made_once() -> bytes:
    return made_once(get_settings().home / "keys" / "site", lambda: new_secret().encode("ascii"))


def made_once(path: Path, make: Callable[[], bytes]) -> bytes:
    """The bytes of a private file (0600 in a 0700 folder), made at the first call; all processes get the same ones."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not path.exists():
        fresh = path.with_name(f"{path.name}.{os.getpid()}.{new_id().hex}.new")
        handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(make())
                file.flush()
                os.fsync(file.fileno())
            # A link appears whole or not at all, so a second process never reads half a key.
            os.link(fresh, path)
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
    return path.read_bytes()


def keyed_digest(purpose: str, text: str) -> str:
    """HMAC-SHA-256 in hex: comparable, but not to be guessed from a stolen table (addresses, networks)."""
    return hmac.new(key_for(purpose), text.encode(), hashlib.sha256).hexdigest()


def seal(purpose: str, text: str, context: str) -> str:
    """Encrypt (AES-256-GCM) so that only this installation reads it, and only together with the same ``context``."""
    nonce = os.urandom(NONCE)
    return (nonce + AESGCM(key_for(purpose)).encrypt(nonce, text.encode(), context.encode())).hex()


def unseal(purpose: str, sealed: str, context: str) -> str | None:
    """What was sealed; None where key, context or bytes are not the ones of then."""
    try:
        raw = bytes.fromhex(sealed)
        return AESGCM(key_for(purpose)).decrypt(raw[:NONCE], raw[NONCE:], context.encode()).decode()
    except (InvalidTag, ValueError):
        return None
