"""Tables of trials: the trial with its input and answer for the asker alone, and counts for the owner."""

import datetime as dt
import uuid
from enum import StrEnum
from typing import Any

from sqlalchemy import Index, text
from sqlmodel import Field, SQLModel

from portal.kit.i18n import N_
from portal.kit.states import Transitions
from portal.kit.tables import enum_field, instant_field, json_field
from registry.leases.models import LeasedTable


class TrialState(StrEnum):
    """Lifecycle of a trial."""

    queued = "queued"
    running = "running"
    done = "done"
    failed = "failed"
    broken = "broken"
    cancelled = "cancelled"

    @property
    def label(self) -> str:
        """Message id of the state's name."""
        return {
            "queued": N_("Queued"),
            "running": N_("Running"),
            "done": N_("Answered"),
            "failed": N_("No answer"),
            "broken": N_("Platform fault"),
            "cancelled": N_("Cancelled"),
        }[self.value]

    @property
    def level(self) -> str:
        """Level of the state's tag."""
        return {
            "queued": "neutral",
            "running": "busy",
            "done": "good",
            "failed": "bad",
            "broken": "warn",
            "cancelled": "neutral",
        }[self.value]


_T = TrialState
_SYSTEM = frozenset({"system"})
_ASKER = frozenset({"asker"})
TRIAL_TRANSITIONS: Transitions[TrialState] = {
    _T.queued: {_T.running: _SYSTEM, _T.failed: _SYSTEM, _T.broken: _SYSTEM, _T.cancelled: _ASKER},
    _T.running: {
        _T.done: _SYSTEM,
        _T.failed: _SYSTEM,
        _T.broken: _SYSTEM,
        _T.queued: _SYSTEM,  # its worker was lost or stopped; the next one starts over
        _T.cancelled: _ASKER,
    },
}
LIVE = frozenset({_T.queued, _T.running})


class Trial(LeasedTable, table=True):
    """One trial of a version. Nobody but ``asked_by`` ever sees its input and answer; both are emptied after some
    hours, the row itself goes later."""

    __tablename__ = "trial"
    __table_args__ = (
        # One unfinished trial per person, whatever the web processes do at the same moment.
        Index(
            "uq_trial_live", "asked_by", unique=True, postgresql_where=text("state IN ('queued', 'running')")
        ),
        Index("ix_trial_created_at", "created_at"),
    )

    version_id: uuid.UUID = Field(foreign_key="version.id", index=True, ondelete="CASCADE")
    asked_by: uuid.UUID = Field(foreign_key="account.id", index=True)
    state: TrialState = enum_field(TrialState, TrialState.queued, name="state")
    interface: dict[str, Any] = json_field()
    """As the form was drawn; the run and the answer's page go by it."""
    parameters: dict[str, Any] = json_field()
    inputs: dict[str, Any] = json_field(holds_blobs=True)
    """Name of an input -> SHA-256 of what was given, or of the version's sample."""
    features: list[str] = json_field(list)
    """Of a model: the columns it is fed with, in order."""
    sampled: bool = False
    """Only samples of the version, nothing of the asker's own."""
    outputs: list[dict[str, Any]] = json_field(list)
    """One entry per declared output, in order: how it ended (see ``answers``) and what its reader found."""
    files: dict[str, Any] = json_field(holds_blobs=True)
    """Number of an output -> SHA-256 of the file as the program left it."""
    parts: dict[str, Any] = json_field(holds_blobs=True)
    """``<number of an output>/<part of its preview>`` -> SHA-256 of the part."""
    log_tail: str = Field(default="", max_length=4000)
    seconds: float = 0.0
    emptied_at: dt.datetime | None = instant_field(nullable=True)
    """When input and answer were deleted."""


class TrialDay(SQLModel, table=True):
    """How often a version was tried on a day in Asia/Shanghai: all its owner ever learns."""

    __tablename__ = "trial_day"

    version_id: uuid.UUID = Field(foreign_key="version.id", primary_key=True, ondelete="CASCADE")
    day: dt.date = Field(primary_key=True)
    n: int = 0
