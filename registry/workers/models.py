"""Tables of workers, of the fair-share rule, and of what it knows of people and benchmarks."""

import datetime as dt
import uuid
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, Column, Integer, Text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field, SQLModel

from portal.kit.i18n import N_
from portal.kit.states import Transitions
from portal.kit.tables import Table, enum_field, instant_field, json_field


class WorkerState(StrEnum):
    """Whether a worker takes work."""

    running = "running"
    draining = "draining"
    gone = "gone"

    @property
    def label(self) -> str:
        """Message id of the state's name."""
        return {"running": N_("Takes work"), "draining": N_("Drains"), "gone": N_("Gone")}[self.value]

    @property
    def level(self) -> str:
        """Level of the state's tag."""
        return {"running": "good", "draining": "warn", "gone": "neutral"}[self.value]


_ADMIN = frozenset({"system_admin"})
_SYSTEM = frozenset({"system"})
WORKER_TRANSITIONS: Transitions[WorkerState] = {
    WorkerState.running: {WorkerState.draining: _ADMIN, WorkerState.gone: _SYSTEM},
    WorkerState.draining: {WorkerState.running: _ADMIN, WorkerState.gone: _SYSTEM},
}
GONE_S = 60.0
"""A worker that has not been heard of for this long is gone; if it lives after all it signs on as a new one."""
KEPT_DAYS = 30
"""How long a worker that has gone is remembered."""


class Worker(Table, table=True):
    """A worker process that has signed on, and what it can do. One row per start of a process."""

    __tablename__ = "worker"

    name: str = Field(max_length=120, index=True)
    """As attempts name it: ``host:pid``."""
    station: str = Field(default="", max_length=120, index=True, sa_column_kwargs={"server_default": ""})
    """What it is called over its restarts: ``CSPON_WORKER_NAME``, else host and queues. Drains are kept by it."""
    host: str = Field(max_length=100)
    pid: int
    version: str = Field(max_length=40)
    queues: list[str] = Field(sa_type=ARRAY(Text))
    """Capabilities it serves: cpu, gpu, himem."""
    runtimes: dict[str, Any] = json_field()
    """``{name: digest}`` of the runtimes built there."""
    sandbox_grade: str = Field(max_length=10)
    slots: int
    cores: int
    memory_bytes: int = Field(sa_type=BigInteger)
    gpu: str = Field(default="", max_length=200)
    public_key: str = Field(default="", max_length=200, sa_column_kwargs={"server_default": ""})
    """Under which it signs statements about results: ``ed25519:BASE64``."""
    state: WorkerState = enum_field(WorkerState, WorkerState.running, name="state", index=True)
    reason: str = Field(default="", max_length=300)
    """Why it drains."""
    started_at: dt.datetime = instant_field(default_now=True)
    seen_at: dt.datetime = instant_field()
    deadline_at: dt.datetime = instant_field()
    """Gone after this instant (database clock) unless heard of before."""
    ended_at: dt.datetime | None = instant_field(nullable=True)


class StationDrain(SQLModel, table=True):
    """A station takes nothing new, whichever process works there, until an administrator resumes it."""

    __tablename__ = "station_drain"

    station: str = Field(primary_key=True, max_length=120)
    reason: str = Field(max_length=300)
    at: dt.datetime = instant_field(default_now=True)


class QueueRule(SQLModel, table=True):
    """The one row (id 1) of figures behind the queue, and whether the whole site drains."""

    __tablename__ = "queue_rule"

    id: int = Field(default=1, sa_column=Column(Integer, primary_key=True, autoincrement=False))
    half_life_s: float = 21_600.0
    """After this time a slot-second used counts half."""
    ageing_s: float = 1_800.0
    """Whoever waits this long without being served counts one class higher, and again after the same time."""
    user_running: int = 4
    """Evaluations of one person that may run at once."""
    user_waiting: int = 500
    """Evaluations of one person that may be unfinished at once."""
    drained_at: dt.datetime | None = instant_field(nullable=True)
    drain_reason: str = Field(default="", max_length=300)


class FairShare(SQLModel, table=True):
    """What somebody has used, in slot-seconds decayed to the instant ``at``."""

    __tablename__ = "fair_share"

    account_id: uuid.UUID = Field(primary_key=True, foreign_key="account.id", ondelete="CASCADE")
    slot_s: float
    at: dt.datetime = instant_field()
    served_at: dt.datetime = instant_field()
    """When an attempt of theirs ended last."""


class Pace(SQLModel, table=True):
    """How long an evaluation on a benchmark holds a slot: a moving mean of accepted results."""

    __tablename__ = "pace"

    benchmark_id: uuid.UUID = Field(primary_key=True, foreign_key="benchmark_version.id", ondelete="CASCADE")
    seconds: float
    n: int
