"""Tables of evaluations: the request, its attempts, its log, its result, and the boards made of results."""

import datetime as dt
import uuid
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, Column, DateTime, Identity, Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from portal.kit.clock import now
from portal.kit.i18n import N_
from portal.kit.states import Transitions
from portal.kit.tables import StampedTable, Table, enum_field, instant_field, json_field


class EvaluationState(StrEnum):
    """Lifecycle of DOMAIN 3."""

    requested = "requested"
    queued = "queued"
    predicting = "predicting"
    scoring = "scoring"
    done = "done"
    failed_user = "failed_user"
    failed_platform = "failed_platform"
    cancelled = "cancelled"

    @property
    def label(self) -> str:
        """Message id of the state's name."""
        return {
            "requested": N_("Requested"),
            "queued": N_("Queued"),
            "predicting": N_("Running"),
            "scoring": N_("Scoring"),
            "done": N_("Done"),
            "failed_user": N_("Submission failed"),
            "failed_platform": N_("Platform fault"),
            "cancelled": N_("Cancelled"),
        }[self.value]

    @property
    def level(self) -> str:
        """Level of the state's tag."""
        return {
            "requested": "neutral",
            "queued": "neutral",
            "predicting": "busy",
            "scoring": "busy",
            "done": "good",
            "failed_user": "bad",
            "failed_platform": "warn",
            "cancelled": "neutral",
        }[self.value]


_E = EvaluationState
_SYSTEM = frozenset({"system"})
_ANYONE = frozenset({"submitter", "system"})

EVALUATION_TRANSITIONS: Transitions[EvaluationState] = {
    _E.requested: {
        _E.queued: _SYSTEM,
        _E.cancelled: _ANYONE,
        _E.failed_user: _SYSTEM,
        _E.failed_platform: _SYSTEM,
    },
    _E.queued: {
        _E.predicting: _SYSTEM,
        _E.cancelled: _ANYONE,
        _E.failed_platform: _SYSTEM,
        _E.failed_user: _SYSTEM,
    },
    _E.predicting: {
        _E.scoring: _SYSTEM,
        _E.queued: _SYSTEM,  # the attempt was lost; the next one starts over
        _E.failed_user: _SYSTEM,
        _E.failed_platform: _SYSTEM,
        _E.cancelled: _ANYONE,
    },
    _E.scoring: {
        _E.done: _SYSTEM,
        _E.queued: _SYSTEM,
        _E.failed_user: _SYSTEM,
        _E.failed_platform: _SYSTEM,
        _E.cancelled: _ANYONE,
    },
}
ACTIVE = frozenset({_E.requested, _E.queued, _E.predicting, _E.scoring})


class AttemptState(StrEnum):
    """Lifecycle of one try."""

    leased = "leased"
    running = "running"
    succeeded = "succeeded"
    failed = "failed"
    lost = "lost"

    @property
    def label(self) -> str:
        """Message id of the state's name."""
        return {
            "leased": N_("Leased"),
            "running": N_("In progress"),
            "succeeded": N_("Succeeded"),
            "failed": N_("Failed"),
            "lost": N_("Lost"),
        }[self.value]


_ENDED = {AttemptState.failed: _SYSTEM, AttemptState.lost: _SYSTEM}
ATTEMPT_TRANSITIONS: Transitions[AttemptState] = {
    AttemptState.leased: {AttemptState.running: _SYSTEM, **_ENDED},
    AttemptState.running: {AttemptState.succeeded: _SYSTEM, **_ENDED},
}
MAX_ATTEMPTS = 3


class Evaluation(StampedTable, table=True):
    """One version on one benchmark version."""

    __tablename__ = "evaluation"
    __table_args__ = (
        # One live or successful evaluation of a version on a benchmark version: asking twice finds the first.
        Index(
            "uq_evaluation_once",
            "version_id",
            "benchmark_id",
            unique=True,
            postgresql_where=text("state NOT IN ('failed_user', 'failed_platform', 'cancelled')"),
        ),
        Index("ix_evaluation_benchmark_state", "benchmark_id", "state"),
        # The order in which a claim looks at people and at what each of them has waiting.
        Index(
            "ix_evaluation_waiting",
            "queue",
            "submitted_by",
            text("priority DESC"),
            "created_at",
            "id",
            postgresql_where=text("state = 'queued'"),
        ),
        Index(
            "ix_evaluation_open",
            "submitted_by",
            "benchmark_id",
            postgresql_where=text("state IN ('requested', 'queued', 'predicting', 'scoring')"),
        ),
    )

    version_id: uuid.UUID = Field(foreign_key="version.id", index=True)
    asset_id: uuid.UUID = Field(foreign_key="asset.id", index=True)
    benchmark_id: uuid.UUID = Field(foreign_key="benchmark_version.id")
    submitted_by: uuid.UUID = Field(foreign_key="account.id", index=True)
    state: EvaluationState = enum_field(EvaluationState, EvaluationState.requested, name="state", index=True)
    deadline_at: dt.datetime = instant_field(index=True)
    """Every non-final state ends: the watchdog acts after this instant (database clock)."""
    attempt_count: int = 0
    priority: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    """Class: higher ones go first; what a benchmark's owner has evaluated anew is below 0."""
    queue: str = Field(default="cpu", max_length=20, sa_column_kwargs={"server_default": "cpu"})
    """Capability its worker must have."""
    ready_at: dt.datetime = Field(
        default_factory=now,
        sa_type=DateTime(timezone=True),
        nullable=False,
        sa_column_kwargs={"server_default": text("now()")},
    )
    """Not to be claimed before this instant (a retry waits a little)."""
    cancel_asked_at: dt.datetime | None = instant_field(nullable=True)
    quota_returned: bool = False
    failure_code: str = Field(default="", max_length=60)
    """Key of ``registry.evaluation.failures``: what went wrong, in words a researcher can act on."""
    failure_params: dict[str, Any] = json_field()
    finished_at: dt.datetime | None = instant_field(nullable=True)


class EvaluationEvent(SQLModel, table=True):
    """A step of the timeline; ``id`` is also the event id of the live stream."""

    __tablename__ = "evaluation_event"

    id: int | None = Field(
        default=None, sa_column=Column(BigInteger, Identity(always=True), primary_key=True)
    )
    evaluation_id: uuid.UUID = Field(foreign_key="evaluation.id", index=True, ondelete="CASCADE")
    at: dt.datetime = instant_field(default_now=True)
    state: EvaluationState = enum_field(EvaluationState, name="state")
    attempt_no: int = 0
    note: str = Field(default="", max_length=200)


class Attempt(Table, table=True):
    """One try at running an evaluation. Whoever holds ``lease_token`` may write; nobody else."""

    __tablename__ = "attempt"
    __table_args__ = (
        UniqueConstraint("evaluation_id", "number"),
        Index("ix_attempt_unsettled", "evaluation_id", postgresql_where=text("NOT settled")),
        Index("ix_attempt_started_at", "started_at"),
    )

    evaluation_id: uuid.UUID = Field(foreign_key="evaluation.id", index=True, ondelete="CASCADE")
    number: int
    state: AttemptState = enum_field(AttemptState, AttemptState.leased, name="state", index=True)
    lease_token: uuid.UUID = Field()
    lease_expires_at: dt.datetime = instant_field(index=True)
    worker: str = Field(max_length=120)
    started_at: dt.datetime = instant_field(default_now=True)
    ended_at: dt.datetime | None = instant_field(nullable=True)
    sandbox_grade: str = Field(default="", max_length=10)
    profile_digest: str = Field(default="", max_length=64)
    timings: dict[str, Any] = json_field()
    """Seconds per phase and per jail. ``denied`` (``sandbox.denials``): null where that was not recorded."""
    denied: dict[str, Any] | None = json_field(lambda: None, nullable=True)
    usage: list[Any] = json_field(list)
    """Samples ``[phase, t_s, cpu_s, memory_bytes]`` over time."""
    failure_code: str = Field(default="", max_length=60)
    settled: bool = Field(default=False, sa_column_kwargs={"server_default": "false"})
    """Whether its slot-seconds are in the submitter's fair share already."""


class AttemptLog(SQLModel, table=True):
    """A piece of what the submission printed, in order, capped per attempt."""

    __tablename__ = "attempt_log"

    id: int | None = Field(
        default=None, sa_column=Column(BigInteger, Identity(always=True), primary_key=True)
    )
    evaluation_id: uuid.UUID = Field(foreign_key="evaluation.id", index=True, ondelete="CASCADE")
    attempt_no: int
    phase: str = Field(max_length=10)
    """``predict`` (the submitter may see it where the benchmark says so) or ``score`` (the benchmark's owner only)."""
    text: str


class Result(Table, table=True):
    """The one accepted result of an evaluation, with everything needed to check it."""

    __tablename__ = "result"

    evaluation_id: uuid.UUID = Field(foreign_key="evaluation.id", unique=True)
    attempt_no: int
    benchmark_id: uuid.UUID = Field(foreign_key="benchmark_version.id", index=True)
    created_at: dt.datetime = instant_field(default_now=True)
    version_digest: str = Field(max_length=64)
    benchmark_digest: str = Field(max_length=64)
    scorer_digest: str = Field(max_length=64)
    runtime: str = Field(max_length=60)
    runtime_digest: str = Field(max_length=64)
    scorer_runtime: str = Field(max_length=60)
    scorer_runtime_digest: str = Field(max_length=64)
    profile_digest: str = Field(max_length=64)
    sandbox_grade: str = Field(max_length=10)
    per_item_sha256: str = Field(max_length=64, foreign_key="blob.sha256")
    predictions_digest: str = Field(max_length=64)
    item_count: int
    bootstrap_seed: int = Field(sa_type=BigInteger)
    resamples: int
    predict_s: float
    score_s: float
    peak_memory_bytes: int = Field(sa_type=BigInteger)
    cells_at: dt.datetime | None = instant_field(nullable=True)
    """When its scores by region and slice were made, where the benchmark declares any."""


class ResultStatement(Table, table=True):
    """What the worker that made a result states about it, signed by that worker's key (DSSE); never changed."""

    __tablename__ = "result_statement"

    result_id: uuid.UUID = Field(foreign_key="result.id", unique=True, ondelete="CASCADE")
    envelope: dict[str, Any] = json_field()
    sha256: str = Field(max_length=64)
    """Of the signed payload; the audit event of the result holds the same."""
    public_key: str = Field(max_length=200)
    created_at: dt.datetime = instant_field(default_now=True)


class ResultMetric(Table, table=True):
    """One metric of a result with its 95 % interval."""

    __tablename__ = "result_metric"
    __table_args__ = (UniqueConstraint("result_id", "name"),)

    result_id: uuid.UUID = Field(foreign_key="result.id", index=True, ondelete="CASCADE")
    name: str = Field(max_length=60)
    value: float
    low: float
    high: float


class ResultCell(Table, table=True):
    """The score of a result over the items of one cell of its benchmark; made by a job, never changed.

    Only of cells that are not hidden. ``low`` and ``high`` bound the 95 % interval; they are empty where fewer than
    two items or blocks lie in the cell.
    """

    __tablename__ = "result_cell"
    __table_args__ = (
        UniqueConstraint("result_id", "metric", "cell_id"),
        Index("ix_result_cell_cell_id_metric", "cell_id", "metric"),
        Index(
            "ix_result_cell_weakest", "result_id", "metric", unique=True, postgresql_where=text("is_weakest")
        ),
    )

    result_id: uuid.UUID = Field(foreign_key="result.id", ondelete="CASCADE")
    cell_id: uuid.UUID = Field(foreign_key="benchmark_cell.id", ondelete="CASCADE")
    metric: str = Field(max_length=60)
    value: float
    low: float | None = None
    high: float | None = None
    difference: float | None = None
    """The cell's score minus that of all items, with its interval."""
    difference_low: float | None = None
    difference_high: float | None = None
    drop: float | None = None
    """Of perturbed copies: their score minus that of the originals, with its interval."""
    drop_low: float | None = None
    drop_high: float | None = None
    is_weakest: bool = False
    """The worst of all public slices."""


class PairedCell(Table, table=True):
    """How two results differ over the items of one cell by the primary metric; made together with ``PairedResult``."""

    __tablename__ = "paired_cell"
    __table_args__ = (UniqueConstraint("first_id", "second_id", "cell_id"),)

    first_id: uuid.UUID = Field(foreign_key="result.id", ondelete="CASCADE")
    second_id: uuid.UUID = Field(foreign_key="result.id", index=True, ondelete="CASCADE")
    cell_id: uuid.UUID = Field(foreign_key="benchmark_cell.id", index=True, ondelete="CASCADE")
    difference: float
    """Second minus first; ``low`` and ``high`` bound its 95 % interval."""
    low: float | None = None
    high: float | None = None


class PairedResult(Table, table=True):
    """The paired comparison of two results by one metric of their benchmark: made by a job, never changed.

    ``first_id`` is the smaller id of the two. Where no comparison can be made, ``problem`` says why and nothing else
    is set.
    """

    __tablename__ = "paired_result"
    __table_args__ = (UniqueConstraint("first_id", "second_id", "metric"),)

    first_id: uuid.UUID = Field(foreign_key="result.id", ondelete="CASCADE")
    second_id: uuid.UUID = Field(foreign_key="result.id", index=True, ondelete="CASCADE")
    metric: str = Field(max_length=60)
    created_at: dt.datetime = instant_field(default_now=True)
    problem: str = Field(default="", max_length=500)
    difference: float | None = None
    """Second minus first, in the metric's own unit; ``low`` and ``high`` bound its 95 % interval."""
    low: float | None = None
    high: float | None = None
    p_value: float | None = None
    effect: float | None = None
    """Cohen's d_z of the items' gains: positive where the second is better."""
    better: int = 0
    """Items on which the second is better, worse and equal."""
    worse: int = 0
    equal: int = 0
    units: int = 0
    by_block: bool = False
    resamples: int = 0
    permutations: int = 0


class BoardEntry(Table, table=True):
    """A line of a leaderboard: the best accepted result of an asset, with rank interval and tie group."""

    __tablename__ = "board_entry"
    __table_args__ = (
        UniqueConstraint("benchmark_id", "asset_id"),
        Index("ix_board_entry_place", "benchmark_id", "position"),
    )

    benchmark_id: uuid.UUID = Field(foreign_key="benchmark_version.id")
    asset_id: uuid.UUID = Field(foreign_key="asset.id")
    result_id: uuid.UUID = Field(foreign_key="result.id")
    position: int
    rank: int
    rank_low: int
    rank_high: int
    tie_group: int
