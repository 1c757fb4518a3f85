"""Verbs of versions."""

from registry.versions.actions.cards import take_card
from registry.versions.actions.drafts import create, edit
from registry.versions.actions.files import (
    add_files,
    add_known,
    check_files,
    check_room,
    count_download,
    forget_readers,
    headroom,
    remove_file,
)
from registry.versions.actions.lifecycle import conclude, give_back, submit, yank
from registry.versions.actions.uploads import accept_upload, refuse_upload, retry_upload, take_upload

__all__ = [
    "accept_upload",
    "add_files",
    "add_known",
    "check_files",
    "check_room",
    "conclude",
    "count_download",
    "create",
    "edit",
    "forget_readers",
    "give_back",
    "headroom",
    "refuse_upload",
    "remove_file",
    "retry_upload",
    "submit",
    "take_card",
    "take_upload",
    "yank",
]
