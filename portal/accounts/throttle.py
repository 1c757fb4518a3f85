"""Slowing down: which limits hold for what, and what counts as one address. Counting is ``portal.kit.limits``."""

import datetime as dt
import ipaddress

from portal.kit import limits as kit
from portal.kit.db import Session
from portal.kit.limits import Limit, spend, sweep

__all__ = ["Limit", "check", "count", "free_again", "network", "spend", "sweep", "use_up"]

PER_ADDRESS = (Limit(10, 5),)
PER_EMAIL = (Limit(5, 5), Limit(20, 60))
SECOND_FACTOR = (Limit(5, 5), Limit(20, 60), Limit(50, 24 * 60))
NEW_ASSETS = (Limit(20, 60),)
NEW_ASSETS_PER_ADDRESS = (Limit(40, 60),)
UPLOADS = (Limit(3000, 60),)
SIGN_UPS = (Limit(20, 60),)
RESETS_PER_ADDRESS = (Limit(10, 60),)
RESETS_PER_EMAIL = (Limit(5, 24 * 60),)
_REMEMBERED = "limits of subjects"


def network(address: str) -> str:
    """What counts as one address: an IPv4 address, or the /64 that one IPv6 customer has at least."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address[:64]
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped is not None:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return str(parsed)


def free_again(db: Session, subject: str, limits: tuple[Limit, ...]) -> dt.datetime | None:
    """The instant from which ``subject`` may try again, or None where it may now."""
    _remembered(db)[subject] = limits
    return kit.free_again(subject, limits)


def check(db: Session, subject: str, limits: tuple[Limit, ...]) -> None:
    """Refuse with ``TooMany`` above a limit; the words say when to try again."""
    _remembered(db)[subject] = limits
    kit.check(subject, limits)


def count(db: Session, subject: str) -> None:
    """Remember one try of ``subject``, which ``check`` or ``free_again`` looked at before in this transaction.

    It counts at once and for good: a request that is rolled back later was a try all the same.
    """
    kit.count(subject, _remembered(db)[subject])


def use_up(subject: str, limits: tuple[Limit, ...]) -> bool:
    """Count one use of ``subject``; False where the limits had no room for it."""
    return kit.count(subject, limits)


def _remembered(db: Session) -> dict[str, tuple[Limit, ...]]:
    return db.info.setdefault(_REMEMBERED, {})  # type: ignore[no-any-return]
