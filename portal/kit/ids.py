"""The one place where identifiers and secrets are made."""

import base64
import hashlib
import os
import secrets
import time
import uuid


def new_id() -> uuid.UUID:
    """A version 7 UUID (RFC 9562, 5.7): sorts by the millisecond it was made in, unguessable in its 74 random bits."""
    value = (time.time_ns() // 1_000_000) << 80 | int.from_bytes(os.urandom(10), "big")
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    return uuid.UUID(int=value)


def random_id() -> uuid.UUID:
    """A version 4 UUID: says nothing of when it was made, for rows whose order must not be known."""
    return uuid.uuid4()


def new_secret(prefix: str = "") -> str:
    """A URL-safe secret of 256 random bits, with an optional prefix that secret scanners can recognise."""
    return prefix + secrets.token_urlsafe(32)


def new_base32(n_bytes: int) -> str:
    """Random bytes as upper-case base32 (RFC 4648) without padding: what people can type."""
    return base64.b32encode(os.urandom(n_bytes)).decode().rstrip("=")


def digest_secret(secret: str) -> str:
    """The SHA-256 under which a high-entropy secret is stored; a stolen table then opens nothing."""
    return hashlib.sha256(secret.encode()).hexdigest()


def parse_id(text: str) -> uuid.UUID | None:
    """The UUID in a URL part, or None where there is none, so that a wrong address is a 404 and not a 500."""
    try:
        return uuid.UUID(text)
    except ValueError:
        return None
