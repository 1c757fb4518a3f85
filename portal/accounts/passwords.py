"""Passwords: what is accepted, how they are kept, and a check that takes the same work for nobody as for somebody."""

import re
import unicodedata
from functools import lru_cache
from pathlib import Path

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from portal.kit.i18n import _, ngettext

MIN_LENGTH = 10
MAX_LENGTH = 256
MIN_DISTINCT = 5
COMMON_FILE = Path(__file__).with_name("common_passwords.txt")

# 32 MiB and two passes: above the OWASP floor of 19 MiB, t=2, p=1 for argon2id.
HASHER = PasswordHasher(time_cost=2, memory_cost=32 * 1024, parallelism=1)


def _normal(password: str) -> str:
    """One spelling of what keyboards and input methods spell in several (NFKC, as NIST SP 800-63B 5.1.1.2 advises)."""
    return unicodedata.normalize("NFKC", password)


def hash_password(password: str) -> str:
    """The argon2id hash under which a password is kept."""
    return HASHER.hash(_normal(password))


@lru_cache(maxsize=1)
def nobody_hash() -> str:
    """A hash no password is known for, made with the same parameters; unknown addresses are checked against it."""
    return HASHER.hash("nobody has this password")


def verify(stored: str | None, password: str) -> bool:
    """Whether the password is right. ``None`` (no such account) costs the same work and is always wrong."""
    candidate = _normal(password[: 4 * MAX_LENGTH])
    try:
        right = HASHER.verify(stored or nobody_hash(), candidate)
    except (VerificationError, InvalidHashError):
        return False
    return right and stored is not None


def is_stale(stored: str) -> bool:
    """Whether the hash was made with other parameters than today's."""
    return HASHER.check_needs_rehash(stored)


@lru_cache(maxsize=1)
def common_passwords() -> frozenset[str]:
    """Passwords everybody tries first (casefolded), Chinese favourites among them."""
    return frozenset(COMMON_FILE.read_text(encoding="utf-8").split())


def objection(password: str, *, name: str = "", email: str = "") -> str | None:
    """Why this password is not accepted for this person, as a sentence; None where it is."""
    plain = _normal(password).casefold()
    if len(plain) < MIN_LENGTH:
        return ngettext("At least %(n)s character.", "At least %(n)s characters.", MIN_LENGTH)
    if len(password) > MAX_LENGTH:
        return ngettext("At most %(n)s character.", "At most %(n)s characters.", MAX_LENGTH)
    if plain in common_passwords() or len(set(plain)) < MIN_DISTINCT:
        return _("This password is among the first that are tried. Choose another.")
    if any(part in plain for part in _personal(name, email)):
        return _("The password must not contain your name or e-mail address.")
    return None


def _personal(name: str, email: str) -> set[str]:
    """What of name and address a password may not contain; very short Latin parts occur in any word."""
    local = email.partition("@")[0]
    parts = {name.replace(" ", ""), email, local, *name.split(), *re.split(r"[._+-]", local)}
    folded = {_normal(part).casefold() for part in parts}
    return {part for part in folded if len(part) >= 4 or (len(part) >= 2 and not part.isascii())}
