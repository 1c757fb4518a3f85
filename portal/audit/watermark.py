"""The highest checkpoint this host has seen, in a file outside the database: a restored one is held against it."""

import os
from pathlib import Path

from portal.audit import checkpoints
from portal.kit.locks import take
from portal.kit.signing import note
from portal.settings import get_settings


def path() -> Path:
    """``HOME/log/checkpoint``."""
    return get_settings().home / "log" / "checkpoint"


def read() -> str | None:
    """The kept note; None where there is none yet."""
    try:
        return path().read_text(encoding="utf-8")
    except FileNotFoundError:
        return None


def raise_to(text: str, *, even_lower: bool = False) -> None:
    """Keep the note if it is higher than what is kept; ``even_lower`` after a loss was accepted."""
    target = path()
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with take(target.with_suffix(".lock"), wait=True):
        kept = read()
        if kept is not None and not even_lower and _size(kept) >= _size(text):
            return
        fresh = target.with_suffix(".new")
        with fresh.open("w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(target)


def _size(text: str) -> int:
    return checkpoints.read(note.parse(text).body).size
