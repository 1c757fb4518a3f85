"""Reading the audit log."""

from portal.audit.queries.alarms import latest as latest_alarms
from portal.audit.queries.alarms import raised, with_note
from portal.audit.queries.erasing import closed_accounts, erase_person, erase_reason
from portal.audit.queries.events import Wanted, latest, of_object
from portal.audit.queries.tree import (
    checkpoint,
    cosignatures,
    cosigned,
    entries,
    evidence_text,
    followers,
    hashes,
    key,
    leaf,
    newest_checkpoint,
    newest_leaves,
    newest_of_verbs,
    nodes,
    root_at,
    size,
    witness,
    witnesses,
)
from portal.audit.queries.verifying import (
    all_checkpoints,
    all_nodes,
    all_witness_keys,
    counted,
    of_objects,
    whole_log,
)

__all__ = [
    "Wanted",
    "all_checkpoints",
    "all_nodes",
    "all_witness_keys",
    "checkpoint",
    "closed_accounts",
    "cosignatures",
    "cosigned",
    "counted",
    "entries",
    "erase_person",
    "erase_reason",
    "evidence_text",
    "followers",
    "hashes",
    "key",
    "latest",
    "latest_alarms",
    "leaf",
    "newest_checkpoint",
    "newest_leaves",
    "newest_of_verbs",
    "nodes",
    "of_object",
    "of_objects",
    "raised",
    "root_at",
    "size",
    "whole_log",
    "with_note",
    "witness",
    "witnesses",
]
