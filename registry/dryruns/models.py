"""Tables of dry runs: the run, and its cases. Neither is an evaluation: no quota, no board, nothing public."""

import uuid
from enum import StrEnum
from typing import Any

from sqlalchemy import Index, UniqueConstraint, text
from sqlmodel import Field

from portal.kit.i18n import N_
from portal.kit.states import Transitions
from portal.kit.tables import Table, enum_field, json_field
from registry.leases.models import LeasedTable


class DryRunState(StrEnum):
    """Lifecycle of a dry run."""

    queued = "queued"
    running = "running"
    passed = "passed"
    failed = "failed"
    broken = "broken"
    replaced = "replaced"

    @property
    def label(self) -> str:
        """Message id of the state's name."""
        return {
            "queued": N_("Queued"),
            "running": N_("Running"),
            "passed": N_("Passed"),
            "failed": N_("Not passed"),
            "broken": N_("Platform fault"),
            "replaced": N_("Replaced by a later dry run"),
        }[self.value]

    @property
    def level(self) -> str:
        """Level of the state's tag."""
        return {
            "queued": "neutral",
            "running": "busy",
            "passed": "good",
            "failed": "bad",
            "broken": "warn",
            "replaced": "neutral",
        }[self.value]


_D = DryRunState
_SYSTEM = frozenset({"system"})
_PUBLISHER = frozenset({"publisher"})

DRY_RUN_TRANSITIONS: Transitions[DryRunState] = {
    _D.queued: {_D.running: _SYSTEM, _D.broken: _SYSTEM, _D.replaced: _PUBLISHER},
    _D.running: {
        _D.passed: _SYSTEM,
        _D.failed: _SYSTEM,
        _D.broken: _SYSTEM,
        _D.queued: _SYSTEM,  # its worker was lost or stopped; the next one starts over
        _D.replaced: _PUBLISHER,
    },
}
LIVE = frozenset({_D.queued, _D.running})
MAX_ATTEMPTS = 3


class CaseState(StrEnum):
    """Lifecycle of one case."""

    waiting = "waiting"
    running = "running"
    passed = "passed"
    failed = "failed"
    skipped = "skipped"

    @property
    def label(self) -> str:
        """Message id of the state's name."""
        return {
            "waiting": N_("Waiting"),
            "running": N_("Running"),
            "passed": N_("As expected"),
            "failed": N_("Not as expected"),
            "skipped": N_("Not applicable"),
        }[self.value]

    @property
    def level(self) -> str:
        """Level of the state's tag."""
        return {
            "waiting": "neutral",
            "running": "busy",
            "passed": "good",
            "failed": "bad",
            "skipped": "neutral",
        }[self.value]


_C = CaseState
CASE_TRANSITIONS: Transitions[CaseState] = {
    _C.waiting: {_C.running: _SYSTEM, _C.skipped: _SYSTEM},
    _C.running: {_C.passed: _SYSTEM, _C.failed: _SYSTEM, _C.skipped: _SYSTEM, _C.waiting: _SYSTEM},
}


class DryRun(LeasedTable, table=True):
    """One dry run of a draft, bound to the digest of what it was made with."""

    __tablename__ = "dry_run"
    __table_args__ = (
        # One live dry run of a version: asking twice finds the first.
        Index(
            "uq_dry_run_live",
            "version_id",
            unique=True,
            postgresql_where=text("state IN ('queued', 'running')"),
        ),
    )

    version_id: uuid.UUID = Field(foreign_key="version.id", index=True, ondelete="CASCADE")
    started_by: uuid.UUID = Field(foreign_key="account.id")
    state: DryRunState = enum_field(DryRunState, DryRunState.queued, name="state", index=True)
    digest: str = Field(max_length=64)
    """`registry.versions.digests.rehearsed` of the files; a draft that has changed since needs a new dry run."""


class DryRunCase(Table, table=True):
    """One case of a dry run: what was tried, how it ended, and what its program printed last."""

    __tablename__ = "dry_run_case"
    __table_args__ = (UniqueConstraint("run_id", "name"),)

    run_id: uuid.UUID = Field(foreign_key="dry_run.id", index=True, ondelete="CASCADE")
    position: int
    name: str = Field(max_length=40)
    """Key of ``registry.dryruns.cases.CASES``."""
    state: CaseState = enum_field(CaseState, CaseState.waiting, name="state")
    got: str = Field(default="", max_length=60)
    """``done``, or the failure code of ``registry.evaluation.failures``."""
    params: dict[str, Any] = json_field()
    score: float | None = Field(default=None)
    """Value of the primary metric where the case was scored."""
    reason: str = Field(default="", max_length=60)
    """Key of ``registry.dryruns.verdicts.REASONS``: why it is not as expected, or not applicable."""
    log_tail: str = Field(default="", max_length=4000)
    seconds: float = 0.0
