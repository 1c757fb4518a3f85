"""Verbs of the audit log."""

from portal.audit.actions.erasing import erase_closed
from portal.audit.actions.recording import record

__all__ = ["erase_closed", "record"]
