"""Keys that sign and keys that check, behind two interfaces: Ed25519 here; SM2 or a hardware module may be added."""

import base64
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_public_key,
    load_pem_private_key,
)

ED25519 = "ed25519"


class BadKey(ValueError):  # noqa: N818 - a refusal
    """A key that cannot be used; the message says what to do."""


class Verifier(Protocol):
    """A public key."""

    @property
    def algorithm(self) -> str:
        """Name of the signature scheme."""

    @property
    def key_id(self) -> str:
        """SHA-256 of the public key's SubjectPublicKeyInfo (DER), in hex."""

    @property
    def raw(self) -> bytes:
        """The public key in its scheme's own short form (32 bytes for Ed25519)."""

    def der(self) -> bytes:
        """SubjectPublicKeyInfo."""

    def verify(self, signature: bytes, message: bytes) -> bool:
        """Whether this key made the signature over exactly this message."""


class Signer(Protocol):
    """A private key, wherever it is kept."""

    @property
    def verifier(self) -> Verifier:
        """Its public half."""

    def sign(self, message: bytes) -> bytes:
        """A signature over the message."""


@dataclass(frozen=True)
class Ed25519Verifier:
    """RFC 8032 by ``cryptography``."""

    raw: bytes

    def __post_init__(self) -> None:
        if len(self.raw) != 32:
            raise BadKey("an Ed25519 public key has 32 bytes")

    @property
    def algorithm(self) -> str:
        """``ed25519``."""
        return ED25519

    @cached_property
    def _key(self) -> Ed25519PublicKey:
        return Ed25519PublicKey.from_public_bytes(self.raw)

    @cached_property
    def key_id(self) -> str:
        """SHA-256 of the SubjectPublicKeyInfo in hex."""
        return hashlib.sha256(self.der()).hexdigest()

    def der(self) -> bytes:
        """SubjectPublicKeyInfo."""
        return self._key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)

    def verify(self, signature: bytes, message: bytes) -> bool:
        """Whether this key made the signature over exactly this message."""
        try:
            self._key.verify(signature, message)
        except InvalidSignature:
            return False
        return True


class Ed25519Signer:
    """An Ed25519 key held in memory, read from a file."""

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key
        self._verifier = Ed25519Verifier(key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw))

    @classmethod
    def generate(cls) -> "Ed25519Signer":
        """A new key."""
        return cls(Ed25519PrivateKey.generate())

    @classmethod
    def from_pem(cls, pem: bytes) -> "Ed25519Signer":
        """The key of a PKCS#8 PEM file without password."""
        try:
            key = load_pem_private_key(pem, password=None)
        except (ValueError, TypeError) as error:
            raise BadKey(f"not a private key in PEM form: {error}") from None
        if not isinstance(key, Ed25519PrivateKey):
            raise BadKey("the private key is not of the kind Ed25519")
        return cls(key)

    @property
    def verifier(self) -> Verifier:
        """The public half."""
        return self._verifier

    def sign(self, message: bytes) -> bytes:
        """64 bytes."""
        return self._key.sign(message)

    def pem(self) -> bytes:
        """PKCS#8 PEM without password: for a file of mode 0600, nowhere else."""
        return self._key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


READERS: dict[str, Callable[[bytes], Verifier]] = {ED25519: Ed25519Verifier}
"""Algorithm -> how a public key in short form is read. A new algorithm registers here."""


def public_text(verifier: Verifier) -> str:
    """``ed25519:BASE64``: one line for tables, pages and settings."""
    return f"{verifier.algorithm}:{base64.b64encode(verifier.raw).decode()}"


def read_public(text: str) -> Verifier:
    """A public key from ``ed25519:BASE64`` or from PEM (SubjectPublicKeyInfo)."""
    text = text.strip()
    if text.startswith("-----BEGIN PUBLIC KEY-----"):
        return _from_pem(text)
    algorithm, _colon, body = text.partition(":")
    reader = READERS.get(algorithm)
    if reader is None:
        known = ", ".join(sorted(READERS))
        raise BadKey(f"write a public key as ALGORITHM:BASE64 or as PEM; known algorithms: {known}")
    try:
        raw = base64.b64decode(body, validate=True)
    except ValueError:
        raise BadKey("the key after the colon is not base64") from None
    return reader(raw)


def _from_pem(text: str) -> Verifier:
    body = "".join(line for line in text.splitlines() if not line.startswith("-----"))
    try:
        key = load_der_public_key(base64.b64decode(body, validate=True))
    except ValueError as error:
        raise BadKey(f"not a public key in PEM form: {error}") from None
    if not isinstance(key, Ed25519PublicKey):
        raise BadKey("the public key is not of the kind Ed25519")
    return Ed25519Verifier(key.public_bytes(Encoding.Raw, PublicFormat.Raw))


def public_pem(verifier: Verifier) -> str:
    """SubjectPublicKeyInfo as PEM, for ``openssl``."""
    body = base64.b64encode(verifier.der()).decode()
    lines = [body[at : at + 64] for at in range(0, len(body), 64)]
    return "\n".join(["-----BEGIN PUBLIC KEY-----", *lines, "-----END PUBLIC KEY-----", ""])


def keys_folder() -> Path:
    """Where this installation keeps its private keys."""
    from portal.settings import get_settings  # here: a node checks signatures and has no settings

    settings = get_settings()
    return settings.keys_dir or settings.home / "keys"


def own_signer(name: str) -> Signer:
    """This installation's key ``name`` (``log``, ``worker``), made at the first use, never in the database.

    Refuses a key file that others than its owner may read.
    """
    if not name.isidentifier():
        raise BadKey(f"{name!r} is no name of a key")
    return _loaded(keys_folder() / f"{name}.pem")


@lru_cache(maxsize=16)
def _loaded(path: Path) -> Signer:
    from portal.kit.keys import made_once

    pem = made_once(path, lambda: Ed25519Signer.generate().pem())
    mode = path.stat().st_mode & 0o777
    if mode & 0o077:
        raise BadKey(f"{path} may be read by others (mode {mode:o}); run: chmod 600 {path}")
    return Ed25519Signer.from_pem(pem)
