"""Verbs of uploads in parts and of looking after the store."""

from registry.storage.actions.assembling import complete
from registry.storage.actions.sessions import (
    PartDamaged,
    begin,
    cancel,
    claim_part,
    clean_sessions,
    missing,
    note_direct_part,
    part_bytes,
    parts_in,
    record_part,
)
from registry.storage.actions.sweeping import Swept, sweep
from registry.storage.actions.verifying import Verified, check_one, verify

__all__ = [
    "PartDamaged",
    "Swept",
    "Verified",
    "begin",
    "cancel",
    "check_one",
    "claim_part",
    "clean_sessions",
    "complete",
    "missing",
    "note_direct_part",
    "part_bytes",
    "parts_in",
    "record_part",
    "sweep",
    "verify",
]
