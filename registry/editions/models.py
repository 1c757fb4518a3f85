"""What tables of editions share."""

import datetime as dt
import uuid

from sqlmodel import Field

from portal.kit.tables import Table, instant_field


class EditionTable(Table):
    """One version of rules; never changed: who wants them otherwise makes the next one."""

    code: str = Field(max_length=40)
    number: int
    title_zh: str = Field(max_length=200)
    title_en: str = Field(max_length=200)
    effective_from: dt.date
    reason: str = Field(default="", max_length=2000)
    """Why it differs from the one before."""
    created_at: dt.datetime = instant_field(default_now=True)
    created_by: uuid.UUID | None = Field(default=None, foreign_key="account.id")
    """None: it came with the program."""

    def title(self, locale: str) -> str:
        """The title in a language."""
        return self.title_en if locale == "en" else self.title_zh


OF_ITS_OWN = frozenset({"id", "number", "effective_from", "reason", "created_at", "created_by"})
"""What the next edition does not take over from the one before."""
