"""Verbs of the audit log."""

from portal.audit.actions.alarms import accept_loss, hold_against, log_key
from portal.audit.actions.checkpoints import NotSigned, check_clocks, request_checkpoint, sign_checkpoint
from portal.audit.actions.erasing import erase_closed, erase_reason
from portal.audit.actions.recording import record
from portal.audit.actions.witnesses import add_witness, receive, remove_witness

__all__ = [
    "NotSigned",
    "accept_loss",
    "add_witness",
    "check_clocks",
    "erase_closed",
    "erase_reason",
    "hold_against",
    "log_key",
    "receive",
    "record",
    "remove_witness",
    "request_checkpoint",
    "sign_checkpoint",
]
