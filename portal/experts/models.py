"""Tables of the expert pool."""

import datetime as dt
import uuid
from enum import StrEnum

from sqlalchemy import CheckConstraint, Index
from sqlmodel import Field, SQLModel

from portal.kit.i18n import N_
from portal.kit.states import Transitions
from portal.kit.tables import StampedTable, enum_field, instant_field, json_field


class Discipline(SQLModel, table=True):
    """A planning discipline. The code never changes: renaming and merging leave it to what refers to it."""

    __tablename__ = "discipline"
    __table_args__ = (CheckConstraint("parent_code <> code", name="not_its_own_parent"),)

    code: str = Field(primary_key=True, max_length=20)
    parent_code: str | None = Field(
        default=None, foreign_key="discipline.code", index=True, max_length=20, nullable=True
    )
    """The discipline of the first level this belongs to; there are two levels."""
    name_zh: str = Field(max_length=100)
    name_en: str = Field(max_length=100)
    position: int = 0
    active: bool = True
    """Inactive ones are no longer offered; profiles that name them keep them."""
    merged_into: str | None = Field(default=None, foreign_key="discipline.code", max_length=20, nullable=True)

    @property
    def id(self) -> str:
        """What the audit log calls it."""
        return self.code

    def name(self, locale: str) -> str:
        """The name in a language."""
        return self.name_en if locale == "en" else self.name_zh


class ExpertState(StrEnum):
    """How far somebody has come into the pool, or out of it."""

    nominated = "nominated"
    confirming = "confirming"
    admitting = "admitting"
    active = "active"
    recheck = "recheck"
    paused = "paused"
    declined = "declined"
    lapsed = "lapsed"
    withdrawn = "withdrawn"
    removed = "removed"

    @property
    def label(self) -> str:
        """Message id of the state's name."""
        return {
            "nominated": N_("Waiting for consent"),
            "confirming": N_("Waiting for the organisation"),
            "admitting": N_("Waiting for admission"),
            "active": N_("In the pool"),
            "recheck": N_("Yearly re-check"),
            "paused": N_("Paused"),
            "declined": N_("Not admitted"),
            "lapsed": N_("Lapsed unanswered"),
            "withdrawn": N_("Left the pool"),
            "removed": N_("Removed from the pool"),
        }[self.value]

    @property
    def level(self) -> str:
        """Level of the state's tag."""
        return {
            "nominated": "busy", "confirming": "busy", "admitting": "busy", "active": "good", "recheck": "warn",
            "paused": "neutral", "removed": "bad",
        }.get(self.value, "neutral")  # fmt: skip


_SELF, _SECRETARIAT, _SYSTEM = frozenset({"self"}), frozenset({"secretariat"}), frozenset({"system"})
_UNIT = frozenset({"organisation_admin"})
_AGAIN = {ExpertState.nominated: _UNIT, ExpertState.confirming: _SELF}
EXPERT_TRANSITIONS: Transitions[ExpertState] = {
    ExpertState.nominated: {
        # The recommending organisation has confirmed by recommending.
        ExpertState.admitting: _SELF,
        ExpertState.declined: _SELF,
        ExpertState.lapsed: _SYSTEM,
        ExpertState.withdrawn: _UNIT | _SELF,
    },
    ExpertState.confirming: {
        ExpertState.admitting: _UNIT | _SECRETARIAT,
        ExpertState.declined: _UNIT | _SECRETARIAT,
        ExpertState.lapsed: _SYSTEM,
        ExpertState.withdrawn: _SELF,
    },
    ExpertState.admitting: {
        ExpertState.active: _SECRETARIAT,
        ExpertState.declined: _SECRETARIAT,
        ExpertState.lapsed: _SYSTEM,
        ExpertState.withdrawn: _SELF,
    },
    ExpertState.active: {
        ExpertState.recheck: _SYSTEM | _SECRETARIAT,
        ExpertState.paused: _SELF | _SECRETARIAT,
        ExpertState.withdrawn: _SELF,
        ExpertState.removed: _SECRETARIAT,
    },
    ExpertState.recheck: {
        ExpertState.active: _SELF | _SECRETARIAT,
        ExpertState.paused: _SELF | _SECRETARIAT | _SYSTEM,
        ExpertState.withdrawn: _SELF,
        ExpertState.removed: _SECRETARIAT,
    },
    ExpertState.paused: {
        ExpertState.active: _SELF | _SECRETARIAT | _SYSTEM,
        ExpertState.lapsed: _SYSTEM,
        ExpertState.withdrawn: _SELF,
        ExpertState.removed: _SECRETARIAT,
    },
    ExpertState.declined: _AGAIN,
    ExpertState.lapsed: _AGAIN,
    ExpertState.withdrawn: _AGAIN,
}
IN_POOL = (ExpertState.active, ExpertState.recheck)
"""Who reviews and advises. An expert whose re-check is due stays in until the period to answer is over."""
WAITING = (ExpertState.nominated, ExpertState.confirming, ExpertState.admitting)
OUTSIDE = (ExpertState.declined, ExpertState.lapsed, ExpertState.withdrawn)


class PublicField(StrEnum):
    """What an expert may show to everybody; each is shown only where the expert has said so."""

    disciplines = "disciplines"
    keywords = "keywords"
    titles = "titles"
    affiliations = "affiliations"
    former = "former"
    languages = "languages"
    orcid = "orcid"
    publications = "publications"
    biography = "biography"

    @property
    def label(self) -> str:
        """Message id of the field's name."""
        return {
            "disciplines": N_("Disciplines"),
            "keywords": N_("Keywords"),
            "titles": N_("Professional titles"),
            "affiliations": N_("Present organisations"),
            "former": N_("Former organisations"),
            "languages": N_("Languages"),
            "orcid": N_("ORCID"),
            "publications": N_("Selected publications"),
            "biography": N_("About the expert"),
        }[self.value]


class Language(StrEnum):
    """Languages in which an expert can review (ISO 639-1)."""

    zh = "zh"
    en = "en"
    fr = "fr"
    de = "de"
    ja = "ja"
    ru = "ru"
    es = "es"

    @property
    def label(self) -> str:
        """Message id of the language's name."""
        return {
            "zh": N_("Chinese"), "en": N_("English"), "fr": N_("French"), "de": N_("German"),
            "ja": N_("Japanese"), "ru": N_("Russian"), "es": N_("Spanish"),
        }[self.value]  # fmt: skip


class Expert(StampedTable, table=True):
    """Somebody's place in the pool: one row per person, whatever became of earlier nominations."""

    __tablename__ = "expert"
    __table_args__ = (Index("ix_expert_queue", "state", "deadline_at", "id"),)

    account_id: uuid.UUID = Field(foreign_key="account.id", unique=True)
    state: ExpertState = enum_field(ExpertState, name="state")
    state_reason: str = Field(default="", max_length=2000)
    state_at: dt.datetime = instant_field(default_now=True)
    deadline_at: dt.datetime | None = instant_field(nullable=True, index=True)
    """When the state ends by itself; of an active expert, when the next re-check begins."""
    reminded_at: dt.datetime | None = instant_field(nullable=True)
    resumes: bool = False
    """A pause that ends in the pool at its deadline; other pauses end outside."""
    checked_at: dt.datetime | None = instant_field(nullable=True)
    """When the profile was last said to hold: admission, re-check, or return from a pause."""
    organisation_id: uuid.UUID | None = Field(default=None, foreign_key="organisation.id", index=True)
    """The organisation that recommends or confirms."""
    nominated_by: uuid.UUID | None = Field(default=None, foreign_key="account.id")
    grounds: str = Field(default="", max_length=2000)
    senior: bool = False
    """Senior professional title, as the secretariat has checked it; panels need some of these."""
    titles: str = Field(default="", max_length=200)
    orcid: str = Field(default="", max_length=19)
    publications: str = Field(default="", max_length=5000)
    languages: list[str] = json_field(list)
    biography_zh: str = Field(default="", max_length=2000)
    biography_en: str = Field(default="", max_length=2000)
    capacity: int = 6
    """Reviews and questions a quarter, where no other number was given for the quarter."""
    listed: bool = False
    """Whether there is a public page at all."""
    public: list[str] = json_field(list)
    """Values of ``PublicField``."""
    demo: bool = False


class ExpertDiscipline(SQLModel, table=True):
    """A discipline an expert stands for."""

    __tablename__ = "expert_discipline"

    expert_id: uuid.UUID = Field(foreign_key="expert.id", primary_key=True, ondelete="CASCADE")
    discipline_code: str = Field(foreign_key="discipline.code", primary_key=True, index=True, max_length=20)


class ExpertKeyword(SQLModel, table=True):
    """A keyword of an expert; ``key`` is what is compared."""

    __tablename__ = "expert_keyword"

    expert_id: uuid.UUID = Field(foreign_key="expert.id", primary_key=True, ondelete="CASCADE")
    key: str = Field(primary_key=True, index=True, max_length=60)
    keyword: str = Field(max_length=60)


class ExpertCapacity(SQLModel, table=True):
    """How much an expert can take on in one quarter, such as 2026Q4; 0 is a quarter off."""

    __tablename__ = "expert_capacity"
    __table_args__ = (CheckConstraint("places BETWEEN 0 AND 99", name="places"),)

    expert_id: uuid.UUID = Field(foreign_key="expert.id", primary_key=True, ondelete="CASCADE")
    period: str = Field(primary_key=True, max_length=6)
    places: int


class AffiliationState(StrEnum):
    """Whether the organisation has said that somebody belongs, or belonged, to it."""

    claimed = "claimed"
    confirmed = "confirmed"
    refused = "refused"
    unanswered = "unanswered"
    withdrawn = "withdrawn"

    @property
    def label(self) -> str:
        """Message id of the state's name."""
        return {
            "claimed": N_("Waiting for confirmation"),
            "confirmed": N_("Confirmed by the organisation"),
            "refused": N_("Not confirmed"),
            "unanswered": N_("Stated by the person"),
            "withdrawn": N_("Affiliation taken back"),
        }[self.value]

    @property
    def level(self) -> str:
        """Level of the state's tag."""
        return {"claimed": "busy", "confirmed": "good", "refused": "bad"}.get(self.value, "neutral")


AFFILIATION_TRANSITIONS: Transitions[AffiliationState] = {
    AffiliationState.claimed: {
        AffiliationState.confirmed: _UNIT | _SECRETARIAT,
        AffiliationState.refused: _UNIT | _SECRETARIAT,
        AffiliationState.unanswered: _SYSTEM,
        AffiliationState.withdrawn: _SELF,
    },
    AffiliationState.unanswered: {
        AffiliationState.confirmed: _UNIT | _SECRETARIAT,
        AffiliationState.refused: _UNIT | _SECRETARIAT,
        AffiliationState.withdrawn: _SELF,
    },
    # A confirmed one bears on conflicts of interest, so that the person alone cannot make it vanish.
    AffiliationState.confirmed: {AffiliationState.withdrawn: _SECRETARIAT},
}
COUNTING = (AffiliationState.claimed, AffiliationState.confirmed, AffiliationState.unanswered)
"""What the conflict graph reads: a statement against one's own interest needs no confirmation."""


class Affiliation(StampedTable, table=True):
    """Where somebody works or worked: an organisation of the portal, or one named by name and credit code."""

    __tablename__ = "affiliation"
    __table_args__ = (
        CheckConstraint("organisation_id IS NOT NULL OR name <> ''", name="somewhere"),
        CheckConstraint("until IS NULL OR until >= since", name="in_order"),
    )

    account_id: uuid.UUID = Field(foreign_key="account.id", index=True)
    organisation_id: uuid.UUID | None = Field(default=None, foreign_key="organisation.id", index=True)
    name: str = Field(default="", max_length=200)
    credit_code: str = Field(default="", max_length=18, index=True)
    position: str = Field(default="", max_length=100)
    since: dt.date
    until: dt.date | None = None
    """The last day; None while it lasts."""
    state: AffiliationState = enum_field(AffiliationState, AffiliationState.claimed, name="state")
    state_reason: str = Field(default="", max_length=2000)
    confirmed_by: uuid.UUID | None = Field(default=None, foreign_key="account.id")
    confirmed_at: dt.datetime | None = instant_field(nullable=True)
    deadline_at: dt.datetime | None = instant_field(nullable=True, index=True)


class RelationKind(StrEnum):
    """What relation of one's own somebody declares; seen from whoever declares it."""

    adviser = "adviser"
    advisee = "advisee"
    kin = "kin"
    coauthor = "coauthor"
    coproject = "coproject"
    other = "other"

    @property
    def label(self) -> str:
        """Message id of the kind's name."""
        return {
            "adviser": N_("My academic adviser"),
            "advisee": N_("My student"),
            "kin": N_("A relative"),
            "coauthor": N_("A co-author"),
            "coproject": N_("Worked on one project"),
            "other": N_("Another relation"),
        }[self.value]


class DeclaredRelation(StampedTable, table=True):
    """A relation somebody declares, read by the person, the secretariat and the conflict graph; never by others.

    One that is taken back stays, so that it can be seen what held when a review was made.
    """

    __tablename__ = "declared_relation"
    __table_args__ = (CheckConstraint("other_account_id IS NOT NULL OR other_name <> ''", name="somebody"),)

    account_id: uuid.UUID = Field(foreign_key="account.id", index=True)
    kind: RelationKind = enum_field(RelationKind, name="kind")
    other_account_id: uuid.UUID | None = Field(default=None, foreign_key="account.id", index=True)
    other_name: str = Field(default="", max_length=100)
    other_organisation: str = Field(default="", max_length=200)
    since: dt.date | None = None
    until: dt.date | None = None
    note: str = Field(default="", max_length=1000)
    withdrawn_at: dt.datetime | None = instant_field(nullable=True)
