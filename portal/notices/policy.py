"""Who may read the outbox."""

import ipaddress
from collections.abc import Mapping
from urllib.parse import urlsplit

from portal.kit.actor import Actor
from portal.settings import Settings

_FORWARDED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via")


def is_loopback(host: str) -> bool:
    """Whether a host name or an address means this machine only."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def can_read_outbox(actor: Actor, settings: Settings, *, address: str, headers: Mapping[str, str]) -> bool:
    """A system administrator in a browser; or anybody at this very machine, while nothing else could reach the portal.

    The mails hold links that open accounts. So without the role there must be no mail server, no public address, a
    server that listens on loopback only, a client on loopback, a loopback ``Host`` (a page of a foreign site that
    points its name here does not count), and no trace of a proxy.
    """
    if actor.has("system_admin") and actor.scopes is None:
        return True
    if settings.smtp_host or settings.public_url or not is_loopback(settings.host):
        return False
    if any(name in headers for name in _FORWARDED):
        return False
    host = urlsplit(f"//{headers.get('host', '')}").hostname or ""
    return is_loopback(address) and is_loopback(host)
