"""The columns of a leased row, and the terms on which a table's rows are leased."""

import datetime as dt
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Generic, TypeVar

from sqlmodel import Field

from portal.kit.db import Session
from portal.kit.states import Transitions
from portal.kit.tables import StampedTable, instant_field, json_field


class LeasedTable(StampedTable):
    """Base of tables whose rows wait for a worker. The table itself declares ``state``, an enum of its own."""

    state: StrEnum
    deadline_at: dt.datetime = instant_field(index=True)
    """Every unfinished row ends: the watchdog acts after this instant (database clock)."""
    attempt_count: int = 0
    lease_token: uuid.UUID | None = Field(default=None)
    """Whoever holds it may write the row; nobody else."""
    lease_expires_at: dt.datetime | None = instant_field(nullable=True)
    worker: str = Field(default="", max_length=120)
    sandbox_grade: str = Field(default="", max_length=10)
    failure_code: str = Field(default="", max_length=60)
    """Key of ``registry.evaluation.failures`` where the work failed as a whole."""
    failure_params: dict[str, Any] = json_field()
    finished_at: dt.datetime | None = instant_field(nullable=True)


R = TypeVar("R", bound=LeasedTable)


@dataclass(frozen=True, kw_only=True)
class Terms(Generic[R]):
    """On which terms the rows of ``table`` are leased.

    ``queued`` is the state of a row that waits, ``running`` that of one whose lease somebody holds, ``broken`` the end
    of one that no worker could bring to its own end in ``tries`` attempts, or that waited for more than ``waits_s``.
    """

    table: type[R]
    transitions: Transitions[Any]
    queued: StrEnum
    running: StrEnum
    broken: StrEnum
    noun: str
    """What the audit log calls a row: its verbs are ``<noun>.<state>``."""
    job: str
    """Name of the job that runs a row, given its id as ``argument``, and the queue it is put into."""
    argument: str
    queue: str
    tries: int
    waits_s: float
    runs_s: float
    topic: Callable[[R], str]
    """Where those who look at a row wait for its next state."""
    moved: Callable[[Session, R], None] = lambda _db, _row: None
    """What else belongs to a new state, in the same transaction."""

    @property
    def live(self) -> tuple[StrEnum, StrEnum]:
        """The states of an unfinished row."""
        return self.queued, self.running


@dataclass(frozen=True)
class Held:
    """The right to write a row. It is lost by an update of the row, never by a clock alone."""

    id: uuid.UUID
    token: uuid.UUID
