"""The columns of every case."""

import datetime as dt
import uuid
from typing import TYPE_CHECKING, Any

from sqlmodel import Field

from portal.kit.tables import StampedTable, instant_field

HANDLERS = frozenset({"secretariat", "auditor"})
"""Who moves a case that was filed, in transition tables."""


class Case(StampedTable):
    """Columns of every case; the state is the own table's."""

    account_id: uuid.UUID = Field(foreign_key="account.id", index=True)
    """Who filed it."""
    state_reason: str = Field(default="", max_length=2000)
    handled_by: uuid.UUID | None = Field(default=None, foreign_key="account.id", nullable=True)
    deadline_at: dt.datetime | None = instant_field(nullable=True, index=True)
    """When its present handlers have let it lie; None once it is decided."""
    escalated: bool = False
    """Whether it was passed on to the auditors."""
    if TYPE_CHECKING:
        state: Any

    @property
    def receipt(self) -> str:
        """The number a person is given: ten signs of the id that nobody can count from."""
        return self.id.hex[-10:].upper()
