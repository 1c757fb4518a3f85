"""The one password of all demo accounts: made for this installation, kept where only its owner reads it."""

import json
import os
from pathlib import Path

from portal.demo.cast import PEOPLE
from portal.kit.ids import new_secret

LENGTH = 16


def file(home: Path) -> Path:
    """``demo-logins.json`` under the home."""
    return home / "demo-logins.json"


def password(home: Path) -> str:
    """The password in the file; a new one where there is none yet."""
    try:
        rows = json.loads(file(home).read_text(encoding="utf-8"))
        kept = str(rows[0]["password"])
    except (OSError, ValueError, LookupError, TypeError):
        kept = ""
    return kept or new_secret()[:LENGTH]


def write(home: Path, secret: str) -> None:
    """List the accounts somebody may want to sign in as; ``cspon up`` prints them."""
    rows = [{"login": item.email, "password": secret, "role": item.part} for item in PEOPLE if item.part]
    fresh = file(home).with_suffix(".new")
    fresh.unlink(missing_ok=True)
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as out:
        json.dump(rows, out, ensure_ascii=False, indent=1)
    fresh.replace(file(home))
