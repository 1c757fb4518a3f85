"""Tables of public notices and of objections to them."""

import datetime as dt
import uuid
from enum import StrEnum

from sqlalchemy import Index
from sqlmodel import Field

from portal.kit.i18n import LOCALES, N_
from portal.kit.states import Transitions
from portal.kit.tables import StampedTable, enum_field, instant_field, json_field
from portal.reviews.cases.models import HANDLERS, Case


class NoticeState(StrEnum):
    """How far a public notice has come."""

    draft = "draft"
    running = "running"
    ended = "ended"
    settled = "settled"
    cancelled = "cancelled"

    @property
    def label(self) -> str:
        """Message id of the state's name."""
        return {
            "draft": N_("Notice in preparation"),
            "running": N_("On public notice"),
            "ended": N_("Period over, objections are examined"),
            "settled": N_("Notice completed"),
            "cancelled": N_("Notice cancelled"),
        }[self.value]

    @property
    def level(self) -> str:
        """Level of the state's tag."""
        return {"running": "busy", "ended": "warn", "settled": "good", "cancelled": "bad"}.get(
            self.value, "neutral"
        )


_SECRETARIAT, _SYSTEM, _MEMBER = frozenset({"secretariat"}), frozenset({"system"}), frozenset({"member"})
NOTICE_TRANSITIONS: Transitions[NoticeState] = {
    NoticeState.draft: {
        NoticeState.running: _SECRETARIAT,
        NoticeState.cancelled: _SECRETARIAT | _SYSTEM,
    },
    NoticeState.running: {NoticeState.ended: _SYSTEM, NoticeState.cancelled: _SECRETARIAT},
    # By itself, with the last objection: at once where there is none.
    NoticeState.ended: {NoticeState.settled: _SYSTEM, NoticeState.cancelled: _SECRETARIAT},
}
SHOWN = (NoticeState.running, NoticeState.ended, NoticeState.settled, NoticeState.cancelled)
OVER = (NoticeState.ended, NoticeState.settled)


class PublicNotice(StampedTable, table=True):
    """A notice about an object of the portal (by kind and id), or about lines of text."""

    __tablename__ = "public_notice"
    __table_args__ = (
        Index("ix_public_notice_subject", "subject_kind", "subject_id"),
        Index("ix_public_notice_list", "starts_at", "id"),
    )

    subject_kind: str = Field(default="", max_length=40)
    subject_id: uuid.UUID | None = Field(default=None, nullable=True)
    url: str = Field(default="", max_length=300)
    """Where the object is shown; a path of this site, or empty."""
    title_zh: str = Field(max_length=200)
    title_en: str = Field(default="", max_length=200)
    body_zh: str = Field(max_length=20_000)
    """Markdown."""
    body_en: str = Field(default="", max_length=20_000)
    lines: list[str] = json_field(list)
    """What is announced, one line each, where it is a list."""
    working_days: int
    created_by: uuid.UUID = Field(foreign_key="account.id", index=True)
    state: NoticeState = enum_field(NoticeState, NoticeState.draft, name="state")
    state_reason: str = Field(default="", max_length=2000)
    starts_at: dt.datetime | None = instant_field(nullable=True)
    last_day: dt.date | None = Field(default=None, nullable=True)
    """Counts whole; an objection is in time before the midnight after it."""
    days_off: list[str] = json_field(list)
    """Days between the day of the start and the last one that are not worked, as ISO dates."""
    deadline_at: dt.datetime | None = instant_field(nullable=True, index=True)
    """When the draft lapses, or when the period ends."""
    demo: bool = False

    def title(self, locale: str) -> str:
        """The title in a language."""
        return self.title_en or self.title_zh if locale == "en" else self.title_zh

    @property
    def titles(self) -> dict[str, str]:
        """The title in every language, for notices and mails: who reads them decides."""
        return {locale: self.title(locale) for locale in LOCALES}

    def body(self, locale: str) -> str:
        """The text in a language."""
        return self.body_en or self.body_zh if locale == "en" else self.body_zh


class Ground(StrEnum):
    """What an objection is about."""

    facts = "facts"
    qualification = "qualification"
    procedure = "procedure"
    integrity = "integrity"
    other = "other"

    @property
    def label(self) -> str:
        """Message id of the ground."""
        return {
            "facts": N_("Something stated is not true"),
            "qualification": N_("A condition is not met"),
            "procedure": N_("The procedure was not kept"),
            "integrity": N_("Somebody else's work, or made-up data"),
            "other": N_("Another ground"),
        }[self.value]


class ObjectionState(StrEnum):
    """What became of an objection."""

    filed = "filed"
    examining = "examining"
    upheld = "upheld"
    not_upheld = "not_upheld"
    withdrawn = "withdrawn"
    expired = "expired"
    lapsed = "lapsed"

    @property
    def label(self) -> str:
        """Message id of the state's name."""
        return {
            "filed": N_("Objection filed"),
            "examining": N_("Objection under examination"),
            "upheld": N_("Objection upheld"),
            "not_upheld": N_("Objection not upheld"),
            "withdrawn": N_("Objection withdrawn"),
            "expired": N_("Objection not decided in time"),
            "lapsed": N_("Objection ended with the notice"),
        }[self.value]

    @property
    def level(self) -> str:
        """Level of the state's tag."""
        return {"filed": "busy", "examining": "busy", "upheld": "bad", "not_upheld": "good"}.get(
            self.value, "warn" if self.value == "expired" else "neutral"
        )


OBJECTION_TRANSITIONS: Transitions[ObjectionState] = {
    ObjectionState.filed: {
        ObjectionState.examining: HANDLERS,
        ObjectionState.withdrawn: _MEMBER,
        ObjectionState.expired: _SYSTEM,
        # With the notice, when that is cancelled.
        ObjectionState.lapsed: _SECRETARIAT,
    },
    ObjectionState.examining: {
        ObjectionState.upheld: HANDLERS,
        ObjectionState.not_upheld: HANDLERS,
        ObjectionState.withdrawn: _MEMBER,
        ObjectionState.expired: _SYSTEM,
        # With the notice, when that is cancelled.
        ObjectionState.lapsed: _SECRETARIAT,
    },
}
OPEN = (ObjectionState.filed, ObjectionState.examining)
DECIDED = (ObjectionState.upheld, ObjectionState.not_upheld)


class Objection(Case, table=True):
    """An objection by somebody whose identity is confirmed. Name and text are for its handlers alone.

    ``state_reason`` of a decided one is published and names nobody.
    """

    __tablename__ = "public_notice_objection"
    __table_args__ = (Index("ix_public_notice_objection_queue", "state", "deadline_at", "id"),)

    notice_id: uuid.UUID = Field(foreign_key="public_notice.id", index=True)
    ground: Ground = enum_field(Ground, name="ground")
    text: str = Field(max_length=10_000)
    contact: str = Field(default="", max_length=200)
    state: ObjectionState = enum_field(ObjectionState, ObjectionState.filed, name="state")
