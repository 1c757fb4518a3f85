"""Tables of conflicts of interest and of staffing runs."""

import datetime as dt
import uuid
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlmodel import Field

from portal.kit.i18n import N_
from portal.kit.states import Transitions
from portal.kit.tables import StampedTable, enum_field, instant_field, json_field
from portal.reviews.conflicts.grounds import Ground, Weight


class Verdict(StrEnum):
    """What the secretariat thinks of a conflict that was found. It may change its mind; there is no last word."""

    open = "open"
    confirmed = "confirmed"
    dismissed = "dismissed"

    @property
    def label(self) -> str:
        """Message id of the verdict's name."""
        return {
            "open": N_("Not looked at"),
            "confirmed": N_("Conflict confirmed"),
            "dismissed": N_("Conflict dismissed"),
        }[self.value]

    @property
    def level(self) -> str:
        """Level of the verdict's tag."""
        return {"open": "busy", "confirmed": "bad"}.get(self.value, "neutral")


class ConflictNote(StampedTable, table=True):
    """One ground that speaks against one expert for one submission, with the facts it rests on and the verdict.

    A decision holds for the same facts about the same people in every round, so it is looked up by account,
    ``fingerprint`` (ground and facts) and ``concerned`` (whom or what of the submission it is about); other facts have
    another fingerprint and are looked at anew.
    """

    __tablename__ = "review_conflict"
    __table_args__ = (
        UniqueConstraint("submission_id", "account_id", "fingerprint"),
        Index("ix_review_conflict_decided", "account_id", postgresql_where=text("verdict <> 'open'")),
        CheckConstraint("(verdict = 'open') = (decided_at IS NULL)", name="decided"),
    )

    round_id: uuid.UUID = Field(foreign_key="review_round.id", index=True)
    submission_id: uuid.UUID = Field(foreign_key="review_submission.id")
    account_id: uuid.UUID = Field(foreign_key="account.id")
    ground: Ground = enum_field(Ground, name="ground")
    weight: Weight = enum_field(Weight, name="weight")
    facts: dict[str, str] = json_field()
    """As the engine gives them; organisations by code."""
    shown: dict[str, str] = json_field()
    """The same with names of organisations, for people."""
    fingerprint: str = Field(max_length=64)
    concerned: str = Field(default="", max_length=64)
    verdict: Verdict = enum_field(Verdict, Verdict.open, name="verdict")
    reason: str = Field(default="", max_length=2000)
    decided_by: uuid.UUID | None = Field(default=None, foreign_key="account.id", nullable=True)
    decided_at: dt.datetime | None = instant_field(nullable=True)
    remembered: bool = False
    """The verdict was taken over from an earlier look at the same facts."""
    gone_at: dt.datetime | None = instant_field(nullable=True)
    """Since when the facts no longer hold; None while they do. Declared ones hold until they are dismissed."""


class RunKind(StrEnum):
    """What a run does."""

    assignment = "assignment"
    lot = "lot"
    replacement = "replacement"

    @property
    def label(self) -> str:
        """Message id of the kind's name."""
        return {
            "assignment": N_("Assignment by affinity"),
            "lot": N_("Draw by lot"),
            "replacement": N_("Replacement of drop-outs"),
        }[self.value]


class RunState(StrEnum):
    """How far a run has come. Only draws are committed and sealed."""

    committed = "committed"
    queued = "queued"
    running = "running"
    sealed = "sealed"
    done = "done"
    failed = "failed"
    adopted = "adopted"
    cancelled = "cancelled"

    @property
    def label(self) -> str:
        """Message id of the state's name."""
        return {
            "committed": N_("Committed to a seed"),
            "queued": N_("Waiting for a worker"),
            "running": N_("Being computed"),
            "sealed": N_("Sealed; not drawn yet"),
            "done": N_("Proposal ready"),
            "failed": N_("Run failed"),
            "adopted": N_("Proposal adopted"),
            "cancelled": N_("Run cancelled"),
        }[self.value]

    @property
    def level(self) -> str:
        """Level of the state's tag."""
        return {
            "queued": "busy", "running": "busy", "done": "warn", "failed": "bad", "adopted": "good",
        }.get(self.value, "neutral")  # fmt: skip


_SECRETARIAT, _SYSTEM = frozenset({"secretariat"}), frozenset({"system"})
RUN_TRANSITIONS: Transitions[RunState] = {
    RunState.committed: {
        RunState.queued: _SECRETARIAT,
        RunState.cancelled: _SECRETARIAT | _SYSTEM,
    },
    RunState.queued: {
        RunState.running: _SYSTEM,
        RunState.failed: _SYSTEM,
        RunState.cancelled: _SECRETARIAT | _SYSTEM,
    },
    RunState.running: {
        RunState.sealed: _SYSTEM,
        RunState.done: _SYSTEM,
        RunState.failed: _SYSTEM,
        RunState.cancelled: _SECRETARIAT | _SYSTEM,
    },
    RunState.sealed: {
        RunState.queued: _SECRETARIAT,
        RunState.cancelled: _SECRETARIAT | _SYSTEM,
    },
    RunState.done: {
        RunState.adopted: _SECRETARIAT,
        RunState.cancelled: _SECRETARIAT | _SYSTEM,
    },
    RunState.failed: {
        RunState.queued: _SECRETARIAT,
        RunState.cancelled: _SECRETARIAT | _SYSTEM,
    },
}
AT_WORK = (RunState.queued, RunState.running)
OPEN = (RunState.committed, *AT_WORK, RunState.sealed, RunState.done, RunState.failed)
"""States of which one run at a time may be in, per round."""
READABLE = (RunState.done, RunState.adopted)
"""States in which there is a proposal to read."""


class StaffingRun(StampedTable, table=True):
    """One computation of who reviews what. Its result is a proposal, which changes nothing until it is adopted.

    ``inputs``, ``problem`` and ``result`` name submissions and experts by keys of this run alone (S0001, E001); what
    they stand for is in ``people``. A worker reads and writes this row and no other table of reviews.
    """

    __tablename__ = "review_staffing_run"
    __table_args__ = (
        Index("ix_review_staffing_run_due", "state", "deadline_at"),
        Index(
            "uq_review_staffing_run_open", "round_id", unique=True,
            postgresql_where=text("state NOT IN ('adopted', 'cancelled')"),
        ),
    )  # fmt: skip

    round_id: uuid.UUID = Field(foreign_key="review_round.id", index=True)
    kind: RunKind = enum_field(RunKind, name="kind")
    state: RunState = enum_field(RunState, RunState.queued, name="state")
    state_reason: str = Field(default="", max_length=2000)
    """A message id where the system moved it; a sentence of the secretariat where that did."""
    state_at: dt.datetime = instant_field(default_now=True)
    deadline_at: dt.datetime | None = instant_field(nullable=True)
    created_by: uuid.UUID = Field(foreign_key="account.id")
    attempt: int = 0
    """Goes up when a worker begins; what an earlier attempt brings is not taken."""
    stage: str = Field(default="", max_length=60)
    """Message id of what the worker does at the moment."""
    seed: str = Field(default="", max_length=256)
    """Of a draw: secret until ``revealed_at``."""
    commitment: str = Field(default="", max_length=64)
    committed_at: dt.datetime | None = instant_field(nullable=True)
    seal: str = Field(default="", max_length=64)
    sealed_at: dt.datetime | None = instant_field(nullable=True)
    drawn_at: dt.datetime | None = instant_field(nullable=True)
    revealed_at: dt.datetime | None = instant_field(nullable=True)
    people: dict[str, str] = json_field()
    """Key of this run -> id of the submission or account, name of the organisation."""
    inputs: dict[str, Any] = json_field()
    """What a worker starts from: texts, keywords, codes, capacities, pairs that may not sit together."""
    problem: dict[str, Any] = json_field()
    """The canonical form (``matching.problem``); of a draw it is what was sealed."""
    result: dict[str, Any] = json_field()
    record: dict[str, Any] = json_field()
    """Of a draw: all that replays it, with the seed (``matching.lots.Record``)."""
    hand: list[dict[str, Any]] = json_field(list)
    """What the secretariat changed by hand: submission, before, after (keys), reason, by, at."""
    adopted_by: uuid.UUID | None = Field(default=None, foreign_key="account.id", nullable=True)
    adopted_at: dt.datetime | None = instant_field(nullable=True)
