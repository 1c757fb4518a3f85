"""The round itself: its states, its phases, how blind it is, and the tables of rounds and templates."""

import datetime as dt
import uuid
from enum import StrEnum

from sqlalchemy import Index
from sqlmodel import Field

from portal.kit.i18n import LOCALES, N_
from portal.kit.states import Transitions
from portal.kit.tables import StampedTable, enum_field, instant_field, json_field


class RoundState(StrEnum):
    """How far a round has come."""

    draft = "draft"
    inviting = "inviting"
    open = "open"
    closed = "closed"
    concluded = "concluded"
    cancelled = "cancelled"
    lapsed = "lapsed"

    @property
    def label(self) -> str:
        """Message id of the state's name."""
        return {
            "draft": N_("Round in preparation"),
            "inviting": N_("Inviting experts"),
            "open": N_("Reviews open"),
            "closed": N_("Reviews closed"),
            "concluded": N_("Round concluded"),
            "cancelled": N_("Round cancelled"),
            "lapsed": N_("Round lapsed"),
        }[self.value]

    @property
    def level(self) -> str:
        """Level of the state's tag."""
        return {
            "inviting": "busy", "open": "busy", "closed": "busy", "concluded": "good", "cancelled": "bad",
            "lapsed": "warn",
        }.get(self.value, "neutral")  # fmt: skip


_SECRETARIAT, _SYSTEM = frozenset({"secretariat"}), frozenset({"system"})
ROUND_TRANSITIONS: Transitions[RoundState] = {
    RoundState.draft: {
        RoundState.inviting: _SECRETARIAT,
        RoundState.cancelled: _SECRETARIAT,
        RoundState.lapsed: _SYSTEM,
    },
    RoundState.inviting: {
        RoundState.open: _SECRETARIAT | _SYSTEM,
        RoundState.cancelled: _SECRETARIAT,
        RoundState.lapsed: _SYSTEM,
    },
    RoundState.open: {
        # By the clock; by hand only when no review is missing.
        RoundState.closed: _SECRETARIAT | _SYSTEM,
        RoundState.cancelled: _SECRETARIAT,
    },
    RoundState.closed: {
        RoundState.concluded: _SECRETARIAT,
        RoundState.cancelled: _SECRETARIAT,
        RoundState.lapsed: _SYSTEM,
    },
}
RUNNING = (RoundState.inviting, RoundState.open, RoundState.closed)


class Phase(StrEnum):
    """What goes on in a round that runs. The optional ones are passed over where the shape has them not."""

    preparation = "preparation"
    invitation = "invitation"
    review = "review"
    rebuttal = "rebuttal"
    discussion = "discussion"
    panel = "panel"
    conclusion = "conclusion"
    over = "over"

    @property
    def label(self) -> str:
        """Message id of the phase's name."""
        return {
            "preparation": N_("Preparation"),
            "invitation": N_("Invitation"),
            "review": N_("Review"),
            "rebuttal": N_("Answers of the applicants"),
            "discussion": N_("Discussion among reviewers"),
            "panel": N_("Panel"),
            "conclusion": N_("Conclusion"),
            "over": N_("Over"),
        }[self.value]


PHASE_STATE = {
    Phase.preparation: RoundState.draft,
    Phase.invitation: RoundState.inviting,
    Phase.review: RoundState.open,
    Phase.rebuttal: RoundState.closed,
    Phase.discussion: RoundState.closed,
    Phase.panel: RoundState.closed,
    Phase.conclusion: RoundState.closed,
}
"""The state a round is in during a phase; ``over`` goes with every final state."""


class Blind(StrEnum):
    """Who is hidden from whom while a round runs."""

    none = "none"
    single = "single"
    double = "double"

    @property
    def label(self) -> str:
        """Message id of the mode's name."""
        return {
            "none": N_("Open: names are known on both sides"),
            "single": N_("Single blind: applicants do not learn who reviews"),
            "double": N_("Double blind: neither side learns the other's names"),
        }[self.value]


class Round(StampedTable, table=True):
    """One round of reviews. ``shape`` is a ``rounds.shape.Shape``; it is frozen when experts are invited."""

    __tablename__ = "review_round"
    __table_args__ = (
        Index("ix_review_round_due", "state", "deadline_at", "id"),
        Index("ix_review_round_subject", "subject_kind", "subject_id"),
    )

    title_zh: str = Field(max_length=200)
    title_en: str = Field(default="", max_length=200)
    summary_zh: str = Field(default="", max_length=5000)
    summary_en: str = Field(default="", max_length=5000)
    subject_kind: str = Field(default="", max_length=40)
    """The name of what the round is held for (a call, a competition, a promotion); empty: for itself."""
    subject_id: uuid.UUID | None = Field(default=None, nullable=True)
    created_by: uuid.UUID = Field(foreign_key="account.id", index=True)
    template: str = Field(default="", max_length=60)
    """Key of the template its shape came from."""
    shape: dict[str, object] = json_field()
    shape_digest: str | None = Field(default=None, max_length=64)
    """SHA-256 of the shape's canonical JSON, set when it is frozen."""
    state: RoundState = enum_field(RoundState, RoundState.draft, name="state")
    phase: Phase = enum_field(Phase, Phase.preparation, name="phase")
    state_reason: str = Field(default="", max_length=2000)
    state_at: dt.datetime = instant_field(default_now=True)
    deadline_at: dt.datetime | None = instant_field(nullable=True)
    """When the present phase ends by itself."""
    review_until: dt.datetime | None = instant_field(nullable=True)
    """The instant until which reviews are taken, fixed when invitations go out."""
    reminders: int = 0
    """How often the secretariat was reminded in the present phase."""
    public: bool = False
    """Whether everybody may read that the round takes place, its shape and its timeline; never who and what."""
    demo: bool = False

    def title(self, locale: str) -> str:
        """The title in a language."""
        return self.title_en or self.title_zh if locale == "en" else self.title_zh

    @property
    def titles(self) -> dict[str, str]:
        """The title in every language, for notices and mails: who reads them decides."""
        return {locale: self.title(locale) for locale in LOCALES}

    def summary(self, locale: str) -> str:
        """The summary in a language."""
        return self.summary_en or self.summary_zh if locale == "en" else self.summary_zh


class RoundTemplate(StampedTable, table=True):
    """A shape to begin with. Changing it changes no round."""

    __tablename__ = "review_template"

    key: str = Field(unique=True, max_length=60)
    title_zh: str = Field(max_length=200)
    title_en: str = Field(default="", max_length=200)
    source: str = Field(default="", max_length=500)
    """Where its numbers come from; a platform rule where no rule of law is named."""
    shape: dict[str, object] = json_field()
    active: bool = True
    """Inactive ones are no longer offered."""
    demo: bool = False

    def title(self, locale: str) -> str:
        """The title in a language."""
        return self.title_en or self.title_zh if locale == "en" else self.title_zh
