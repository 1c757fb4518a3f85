"""Tables of the conclusion: what an outcome was set against, and the letters."""

import datetime as dt
import uuid
from enum import StrEnum

from sqlalchemy import UniqueConstraint
from sqlmodel import Field

from portal.kit.i18n import N_
from portal.kit.tables import StampedTable, Table, enum_field, instant_field


class Basis(StrEnum):
    """What suggested an outcome."""

    panel = "panel"
    group = "group"
    none = "none"

    @property
    def label(self) -> str:
        """Message id of the basis."""
        return {
            "panel": N_("The panel's vote"),
            "group": N_("The scores"),
            "none": N_("Stated reason alone"),
        }[self.value]


class Conclusion(StampedTable, table=True):
    """What the outcome of a submission was set against. The outcome itself and its reason stand on the submission."""

    __tablename__ = "review_conclusion"

    submission_id: uuid.UUID = Field(foreign_key="review_submission.id", unique=True)
    basis: Basis = enum_field(Basis, Basis.none, name="basis")
    suggested: str = Field(default="", max_length=40)
    """Key of the outcome that was suggested; empty where nothing was."""
    deviates: bool = False
    """Whether another outcome than the suggested one was set."""
    set_by: uuid.UUID | None = Field(default=None, foreign_key="account.id")


class Letter(Table, table=True):
    """What the applicants were told of a decision, in both languages, as it was sent. A new decision has a new one."""

    __tablename__ = "review_letter"
    __table_args__ = (UniqueConstraint("submission_id", "decided_at"),)

    round_id: uuid.UUID = Field(foreign_key="review_round.id", index=True)
    submission_id: uuid.UUID = Field(foreign_key="review_submission.id")
    decided_at: dt.datetime = instant_field()
    """Of the decision it tells of (``Submission.decided_at``)."""
    outcome: str = Field(max_length=40)
    text_zh: str = Field(max_length=20_000)
    text_en: str = Field(max_length=20_000)
    digest: str = Field(max_length=64)
    """SHA-256 of both texts' canonical JSON."""
    sent_at: dt.datetime = instant_field(default_now=True)

    def text(self, locale: str) -> str:
        """The letter in a language."""
        return self.text_en if locale == "en" else self.text_zh
