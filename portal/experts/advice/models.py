"""Tables of advice requests."""

import datetime as dt
import uuid
from enum import StrEnum

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from portal.kit.i18n import N_
from portal.kit.states import Transitions
from portal.kit.tables import StampedTable, Table, enum_field, instant_field, json_field


class AdviceState(StrEnum):
    """How far a question has come."""

    asked = "asked"
    routed = "routed"
    answered = "answered"
    closed = "closed"
    refused = "refused"
    withdrawn = "withdrawn"
    expired = "expired"

    @property
    def label(self) -> str:
        """Message id of the state's name."""
        return {
            "asked": N_("Question received"),
            "routed": N_("With experts"),
            "answered": N_("Answered by an expert"),
            "closed": N_("Question closed"),
            "refused": N_("Question not taken up"),
            "withdrawn": N_("Question withdrawn"),
            "expired": N_("Ended without an answer"),
        }[self.value]

    @property
    def level(self) -> str:
        """Level of the state's tag."""
        return {
            "asked": "busy",
            "routed": "busy",
            "answered": "good",
            "closed": "good",
            "expired": "warn",
        }.get(self.value, "neutral")


_ASKER, _SECRETARIAT, _SYSTEM = frozenset({"asker"}), frozenset({"secretariat"}), frozenset({"system"})
_EXPERT = frozenset({"expert"})
ADVICE_TRANSITIONS: Transitions[AdviceState] = {
    AdviceState.asked: {
        AdviceState.routed: _SECRETARIAT,
        AdviceState.refused: _SECRETARIAT,
        AdviceState.withdrawn: _ASKER,
        AdviceState.expired: _SYSTEM,
    },
    AdviceState.routed: {
        # Everybody asked has declined or let it lie: the secretariat routes anew.
        AdviceState.asked: _SYSTEM,
        AdviceState.answered: _EXPERT,
        AdviceState.refused: _SECRETARIAT,
        AdviceState.withdrawn: _ASKER,
        AdviceState.expired: _SYSTEM,
    },
    AdviceState.answered: {AdviceState.closed: _ASKER | _SECRETARIAT | _SYSTEM},
}
OPEN = (AdviceState.asked, AdviceState.routed, AdviceState.answered)


class AdviceRequest(StampedTable, table=True):
    """A question to the experts. Published only where its asker and an answering expert both want that."""

    __tablename__ = "advice_request"
    __table_args__ = (Index("ix_advice_request_queue", "state", "deadline_at", "id"),)

    account_id: uuid.UUID = Field(foreign_key="account.id", index=True)
    title: str = Field(max_length=200)
    text: str = Field(max_length=10_000)
    keywords: list[str] = json_field(list)
    public: bool = False
    """The asker agrees that question and public answers are published, without the asker's name."""
    hidden: bool = False
    """Taken out of public sight by the secretariat."""
    state: AdviceState = enum_field(AdviceState, AdviceState.asked, name="state")
    state_reason: str = Field(default="", max_length=2000)
    deadline_at: dt.datetime | None = instant_field(nullable=True, index=True)
    rerouted: int = 0
    """How often it came back from experts unanswered."""
    published_at: dt.datetime | None = instant_field(nullable=True, index=True)
    """When the first public answer was given; None while nothing of it is public."""
    demo: bool = False


class AdviceDiscipline(SQLModel, table=True):
    """A discipline a question is about."""

    __tablename__ = "advice_discipline"

    request_id: uuid.UUID = Field(foreign_key="advice_request.id", primary_key=True, ondelete="CASCADE")
    discipline_code: str = Field(foreign_key="discipline.code", primary_key=True, index=True, max_length=20)


class RoutingState(StrEnum):
    """What became of asking one expert."""

    invited = "invited"
    accepted = "accepted"
    answered = "answered"
    declined = "declined"
    expired = "expired"
    released = "released"

    @property
    def label(self) -> str:
        """Message id of the state's name."""
        return {
            "invited": N_("Asked for advice"),
            "accepted": N_("Will answer"),
            "answered": N_("Has answered"),
            "declined": N_("Cannot answer"),
            "expired": N_("Did not answer in time"),
            "released": N_("No longer needed"),
        }[self.value]

    @property
    def level(self) -> str:
        """Level of the state's tag."""
        return {"invited": "busy", "accepted": "busy", "answered": "good", "expired": "warn"}.get(
            self.value, "neutral"
        )


ROUTING_TRANSITIONS: Transitions[RoutingState] = {
    RoutingState.invited: {
        RoutingState.accepted: _EXPERT,
        # Who answers at once has accepted.
        RoutingState.answered: _EXPERT,
        RoutingState.declined: _EXPERT,
        RoutingState.expired: _SYSTEM,
        RoutingState.released: _SYSTEM,
    },
    RoutingState.accepted: {
        RoutingState.answered: _EXPERT,
        RoutingState.declined: _EXPERT,
        RoutingState.expired: _SYSTEM,
        RoutingState.released: _SYSTEM,
    },
}
PENDING = (RoutingState.invited, RoutingState.accepted)


class AdviceRouting(StampedTable, table=True):
    """One expert is asked to answer one question."""

    __tablename__ = "advice_routing"
    __table_args__ = (UniqueConstraint("request_id", "expert_id"),)

    request_id: uuid.UUID = Field(foreign_key="advice_request.id", ondelete="CASCADE")
    expert_id: uuid.UUID = Field(foreign_key="expert.id", index=True)
    state: RoutingState = enum_field(RoutingState, RoutingState.invited, name="state")
    score: float = 0.0
    """Affinity when it was routed, 0 to 1."""
    reason: str = Field(default="", max_length=1000)
    routed_by: uuid.UUID | None = Field(default=None, foreign_key="account.id")
    deadline_at: dt.datetime | None = instant_field(nullable=True, index=True)


class AnswerSight(StrEnum):
    """Who may read an answer."""

    private = "private"
    unnamed = "unnamed"
    named = "named"

    @property
    def label(self) -> str:
        """Message id of the choice."""
        return {
            "private": N_("Only whoever asked, and the secretariat"),
            "unnamed": N_("Everybody, without my name"),
            "named": N_("Everybody, with my name"),
        }[self.value]


class AdviceAnswer(Table, table=True):
    """What an expert answers; one per expert and question."""

    __tablename__ = "advice_answer"

    routing_id: uuid.UUID = Field(foreign_key="advice_routing.id", unique=True, ondelete="CASCADE")
    request_id: uuid.UUID = Field(foreign_key="advice_request.id", index=True, ondelete="CASCADE")
    account_id: uuid.UUID = Field(foreign_key="account.id", index=True)
    text: str = Field(max_length=20_000)
    sight: AnswerSight = enum_field(AnswerSight, AnswerSight.private, name="sight")
    at: dt.datetime = instant_field(default_now=True)
