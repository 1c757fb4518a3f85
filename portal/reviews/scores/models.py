"""The table of computations: one run of the estimate over the reviews of a round."""

import datetime as dt
import uuid
from enum import StrEnum

from sqlalchemy import Index, text
from sqlmodel import Field

from portal.kit.i18n import N_
from portal.kit.states import Transitions
from portal.kit.tables import StampedTable, enum_field, instant_field, json_field


class RunState(StrEnum):
    """How far one computation has come."""

    queued = "queued"
    running = "running"
    done = "done"
    failed = "failed"

    @property
    def label(self) -> str:
        """Message id of the state's name."""
        return {
            "queued": N_("Computation waits"),
            "running": N_("Computing"),
            "done": N_("Computed"),
            "failed": N_("Computation failed"),
        }[self.value]

    @property
    def level(self) -> str:
        """Level of the state's tag."""
        return {"queued": "busy", "running": "busy", "done": "good"}.get(self.value, "bad")


_SYSTEM = frozenset({"system"})
RUN_TRANSITIONS: Transitions[RunState] = {
    RunState.queued: {RunState.running: _SYSTEM, RunState.failed: _SYSTEM},
    RunState.running: {RunState.done: _SYSTEM, RunState.failed: _SYSTEM},
}
LIVE = (RunState.queued, RunState.running)


class ScoreRun(StampedTable, table=True):
    """One computation. Of a round at most one waits or runs; the newest that is done is what pages show."""

    __tablename__ = "review_score_run"
    __table_args__ = (
        Index(
            "ix_review_score_run_live",
            "round_id",
            unique=True,
            postgresql_where=text("state IN ('queued', 'running')"),
        ),
        Index("ix_review_score_run_latest", "round_id", "id"),
    )

    round_id: uuid.UUID = Field(foreign_key="review_round.id")
    started_by: uuid.UUID | None = Field(default=None, foreign_key="account.id")
    """None: the program, when a phase began."""
    state: RunState = enum_field(RunState, RunState.queued, name="state")
    reason: str = Field(default="", max_length=300)
    """Message id: why it failed."""
    deadline_at: dt.datetime | None = instant_field(nullable=True, index=True)
    """When a run that is not over fails by itself."""
    inputs: str = Field(default="", max_length=64)
    """SHA-256 of what was computed from (``inputs.Inputs.digest``): another digest now means that it is stale."""
    seed: int = 0
    """Of the draws behind the groups: the same inputs and seed give the same groups."""
    result: dict[str, object] = json_field()
    """``results.Result`` as an object; empty before ``done``."""
