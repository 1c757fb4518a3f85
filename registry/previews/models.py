"""The table of previews."""

import datetime as dt
from enum import StrEnum
from typing import Any

from sqlalchemy import UniqueConstraint
from sqlmodel import Field

from portal.kit.i18n import N_
from portal.kit.states import Transitions
from portal.kit.tables import StampedTable, enum_field, instant_field, json_field

FORMAT = 1
"""Raised when a reader shows more than it did: contents are then prepared anew when somebody asks."""


class PreviewKind(StrEnum):
    """Which reader makes the preview."""

    text = "text"
    markdown = "markdown"
    table = "table"
    picture = "picture"
    map = "map"
    notebook = "notebook"
    graph = "graph"
    paper = "paper"

    @property
    def label(self) -> str:
        """Message id of the kind's name."""
        return {
            "text": N_("Text"),
            "markdown": N_("Markdown"),
            "table": N_("Table"),
            "picture": N_("Picture"),
            "map": N_("Map layers"),
            "notebook": N_("Notebook"),
            "graph": N_("Model graph"),
            "paper": N_("PDF document"),
        }[self.value]


class PreviewState(StrEnum):
    """How far a preview has come."""

    pending = "pending"
    ready = "ready"
    failed = "failed"
    unsupported = "unsupported"

    @property
    def label(self) -> str:
        """Message id of the state's name."""
        return {
            "pending": N_("Being prepared"),
            "ready": N_("Ready"),
            "failed": N_("Preview failed"),
            "unsupported": N_("Cannot be shown"),
        }[self.value]

    @property
    def level(self) -> str:
        """Level of the state's tag."""
        return {"pending": "busy", "ready": "good", "failed": "bad", "unsupported": "neutral"}[self.value]


PREVIEW_TRANSITIONS: Transitions[PreviewState] = {
    PreviewState.pending: {
        PreviewState.ready: frozenset({"system"}),
        PreviewState.failed: frozenset({"system"}),
        PreviewState.unsupported: frozenset({"system"}),
    },
    # A failure may have been a moment's: whoever publishes the file may ask for another try.
    PreviewState.failed: {PreviewState.pending: frozenset({"publisher"})},
}


class Preview(StampedTable, table=True):
    """The preview of one content by one reader. Who may see it follows from the file alone, never from this row."""

    __tablename__ = "preview"
    __table_args__ = (UniqueConstraint("sha256", "kind", "format"),)

    sha256: str = Field(max_length=64, foreign_key="blob.sha256", index=True, ondelete="CASCADE")
    kind: PreviewKind = enum_field(PreviewKind, name="kind")
    format: int = FORMAT
    suffix: str = Field(default="", max_length=20)
    """The ending of the name under which it was first asked for: readers choose a language or a format by it."""
    state: PreviewState = enum_field(PreviewState, PreviewState.pending, name="state", index=True)
    reason: str = Field(default="", max_length=500)
    """Why there is none: a message id, filled with ``params``."""
    params: dict[str, Any] = json_field()
    facts: dict[str, Any] = json_field()
    """What the reader found (see ``schema``), validated."""
    parts: dict[str, Any] = json_field(holds_blobs=True)
    """Name of a part -> SHA-256 of its file in the store, validated and never changed."""
    attempts: int = 0
    deadline_at: dt.datetime | None = instant_field(nullable=True)
    """While pending: the watchdog moves it on after this instant."""
