"""Slowing down: how often something may be tried by one address or for one account."""

import datetime as dt
import ipaddress
from dataclasses import dataclass

from portal.accounts import queries
from portal.accounts.models import SignInAttempt
from portal.kit.clock import now, shanghai
from portal.kit.db import Session
from portal.kit.errors import TooMany
from portal.kit.i18n import _


@dataclass(frozen=True)
class Limit:
    """At most ``n`` tries in ``minutes``."""

    n: int
    minutes: int


PER_ADDRESS = (Limit(10, 5),)
PER_EMAIL = (Limit(5, 5), Limit(20, 60))
SECOND_FACTOR = (Limit(5, 5), Limit(20, 60), Limit(50, 24 * 60))
SIGN_UPS = (Limit(20, 60),)
RESETS_PER_ADDRESS = (Limit(10, 60),)
RESETS_PER_EMAIL = (Limit(5, 24 * 60),)


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
    until: dt.datetime | None = None
    for limit in limits:
        window = dt.timedelta(minutes=limit.minutes)
        at = queries.nth_latest_attempt(db, subject, now() - window, limit.n)
        if at is not None:
            until = max(until or at + window, at + window)
    return until


def check(db: Session, subject: str, limits: tuple[Limit, ...]) -> None:
    """Refuse with ``TooMany`` above a limit; the words say when to try again."""
    until = free_again(db, subject, limits)
    if until is None:
        return
    refusal = TooMany(
        _("Too many tries."),
        hint=_("Please try again after %(time)s (Asia/Shanghai).", time=f"{shanghai(until):%H:%M:%S}"),
    )
    refusal.headers["Retry-After"] = str(max(1, int((until - now()).total_seconds()) + 1))
    raise refusal


def count(db: Session, subject: str) -> None:
    """Remember one try of ``subject``."""
    db.add(SignInAttempt(subject=subject[:400]))
