"""Where a person's tokens are kept: one file only its owner may read, tokens by the portal's address."""

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from portal.client.errors import ClientError
from portal.kit.i18n import _


@dataclass(frozen=True)
class Login:
    """A portal and the token for it (empty: nobody)."""

    url: str
    token: str = ""


def file() -> Path:
    """``credentials.json`` in the user's configuration folder."""
    base = os.environ.get("XDG_CONFIG_HOME")
    return (Path(base) if base else Path.home() / ".config") / "cspon" / "credentials.json"


def normal_url(text: str) -> str:
    """A portal's address without a trailing slash; refuses what is not http(s) or carries a password."""
    text = text.strip()
    parts = urlsplit(text if "//" in text else f"https://{text}")
    try:
        port = parts.port
    except ValueError:
        port = -1
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username or port == -1:
        raise ClientError(
            _("“%(text)s” is not the address of a portal.", text=text),
            _("Write it as https://host or http://127.0.0.1:8000."),
        )
    return f"{parts.scheme}://{parts.netloc}{parts.path}".rstrip("/")


def choose(url: str | None = None, *, found: bool = False) -> Login:
    """The portal of this command: the option, ``CSPON_URL``, or the last login; ``CSPON_TOKEN`` wins over the file.

    Where ``CSPON_URL`` says whose token ``CSPON_TOKEN`` is, another portal chosen by the option does not get it.
    One ``found`` in somebody's text gets it only where ``CSPON_URL`` names it.
    """
    kept = _load()
    named = os.environ.get("CSPON_URL")
    wanted = url or named or kept.get("default")
    if not wanted:
        raise ClientError(
            _("No portal is chosen."), _("Run `cspon login URL`, or set CSPON_URL and CSPON_TOKEN.")
        )
    address = normal_url(wanted)
    trusted = normal_url(named) == address if named else not found
    given = os.environ.get("CSPON_TOKEN") if trusted else None
    return Login(address, given or kept.get("portals", {}).get(address, {}).get("token", ""))


def remember(login: Login) -> Path:
    """Keep a token and make its portal the default one."""
    kept = _load()
    portals = {**kept.get("portals", {}), login.url: {"token": login.token}}
    return _save({"default": login.url, "portals": portals})


def forget(url: str) -> bool:
    """Throw the token of a portal away; whether there was one."""
    kept = _load()
    portals = dict(kept.get("portals", {}))
    had = portals.pop(url, None) is not None
    default = kept.get("default")
    if default == url:
        default = next(iter(portals), None)
    if had:
        _save({"default": default, "portals": portals})
    return had


def _load() -> dict[str, Any]:
    path = file()
    try:
        if path.stat().st_mode & 0o077:
            path.chmod(0o600)
        kept = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise ClientError(
            _("%(path)s cannot be read.", path=path), _("Remove it and run `cspon login URL` again.")
        ) from error
    return kept if isinstance(kept, dict) and isinstance(kept.get("portals", {}), dict) else {}


def _save(kept: dict[str, Any]) -> Path:
    """Written beside and renamed: a reader sees the old file or the new one, and nobody else sees either."""
    path = file()
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    fresh.unlink(missing_ok=True)
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as out:
        json.dump(kept, out, indent=2)
        out.write("\n")
    fresh.replace(path)
    return path
