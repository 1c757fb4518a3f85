"""The table of appeals."""

import datetime as dt
import uuid
from enum import StrEnum

from sqlalchemy import Index
from sqlmodel import Field

from portal.kit.i18n import N_
from portal.kit.states import Transitions
from portal.kit.tables import enum_field, instant_field, json_field
from portal.reviews.cases.models import HANDLERS, Case


class Ground(StrEnum):
    """What an appeal can be about: how it was decided, never how good the work is."""

    procedure = "procedure"
    recusal = "recusal"
    form = "form"
    fact = "fact"

    @property
    def label(self) -> str:
        """Message id of the ground."""
        return {
            "procedure": N_("The procedure of the round was not kept"),
            "recusal": N_("Somebody took part who should have stepped aside"),
            "form": N_("The decision or the letter has a defect of form"),
            "fact": N_("A fact that decided it is wrong and can be proved to be"),
        }[self.value]


JUDGEMENT = "judgement"
"""The ground that is none: offered so that it can be refused in words."""


class AppealState(StrEnum):
    """What became of an appeal."""

    filed = "filed"
    accepted = "accepted"
    not_accepted = "not_accepted"
    upheld = "upheld"
    dismissed = "dismissed"
    withdrawn = "withdrawn"
    expired = "expired"

    @property
    def label(self) -> str:
        """Message id of the state's name."""
        return {
            "filed": N_("Appeal filed"),
            "accepted": N_("Appeal taken up"),
            "not_accepted": N_("Appeal not taken up"),
            "upheld": N_("Appeal upheld"),
            "dismissed": N_("Appeal dismissed"),
            "withdrawn": N_("Appeal withdrawn"),
            "expired": N_("Appeal not decided in time"),
        }[self.value]

    @property
    def level(self) -> str:
        """Level of the state's tag."""
        return {"filed": "busy", "accepted": "busy", "upheld": "good", "expired": "warn"}.get(
            self.value, "neutral"
        )


_APPLICANT, _SYSTEM = frozenset({"applicant"}), frozenset({"system"})
APPEAL_TRANSITIONS: Transitions[AppealState] = {
    AppealState.filed: {
        AppealState.accepted: HANDLERS,
        AppealState.not_accepted: HANDLERS,
        AppealState.withdrawn: _APPLICANT,
        AppealState.expired: _SYSTEM,
    },
    AppealState.accepted: {
        AppealState.upheld: HANDLERS,
        AppealState.dismissed: HANDLERS,
        AppealState.withdrawn: _APPLICANT,
        AppealState.expired: _SYSTEM,
    },
}
OPEN = (AppealState.filed, AppealState.accepted)


class Appeal(Case, table=True):
    """An appeal against the decision about one submission."""

    __tablename__ = "review_appeal"
    __table_args__ = (Index("ix_review_appeal_queue", "state", "id"),)

    round_id: uuid.UUID = Field(foreign_key="review_round.id", index=True)
    submission_id: uuid.UUID = Field(foreign_key="review_submission.id", index=True)
    grounds: list[str] = json_field(list)
    """Values of ``Ground``."""
    text: str = Field(max_length=10_000)
    links: list[str] = json_field(list)
    """Addresses of evidence, http or https."""
    decided_at: dt.datetime = instant_field(default_now=True)
    """When the decision fell that it is against; of one decision one appeal, unless that was withdrawn."""
    state: AppealState = enum_field(AppealState, AppealState.filed, name="state")
