"""Tables of pilots: the sites with their states, and what the nodes report from them."""

import datetime as dt
import uuid
from enum import StrEnum
from typing import Any

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field

from portal.kit.i18n import N_
from portal.kit.states import Transitions
from portal.kit.tables import StampedTable, Table, enum_field, instant_field, json_field


class SiteState(StrEnum):
    """From an offer to the end of a pilot at one site."""

    offered = "offered"
    piloting = "piloting"
    assessed = "assessed"
    declined = "declined"
    withdrawn = "withdrawn"
    lapsed = "lapsed"
    left = "left"
    ended = "ended"

    @property
    def label(self) -> str:
        """Message id of the state's name."""
        return {
            "offered": N_("Pilot site offered"),
            "piloting": N_("Pilot running"),
            "assessed": N_("Pilot site assessed"),
            "declined": N_("Offer declined"),
            "withdrawn": N_("Offer withdrawn"),
            "lapsed": N_("Offer lapsed"),
            "left": N_("Left the pilot"),
            "ended": N_("Pilot ended without assessment"),
        }[self.value]

    @property
    def level(self) -> str:
        """Level of the state's tag."""
        return {"piloting": "busy", "assessed": "good", "left": "warn", "ended": "warn"}.get(
            self.value, "neutral"
        )


_S = SiteState
_SECRETARIAT, _SYSTEM, _NODE = frozenset({"secretariat"}), frozenset({"system"}), frozenset({"node"})
SITE_TRANSITIONS: Transitions[SiteState] = {
    _S.offered: {
        _S.piloting: _SECRETARIAT,
        _S.declined: _SECRETARIAT,
        _S.withdrawn: _NODE,
        _S.lapsed: _SYSTEM,
    },
    _S.piloting: {_S.assessed: _SECRETARIAT, _S.left: _NODE | _SECRETARIAT, _S.ended: _SYSTEM},
}
SITE_TIMED_OUT = {_S.offered: _S.lapsed, _S.piloting: _S.ended}
"""Where the clock moves a site, and where it goes when its promotion leaves the pilot."""
SHOWN = (_S.piloting, _S.assessed, _S.left, _S.ended)
"""States in which everybody sees a site; before that it is between the node and the staff."""
COUNTED = (_S.piloting, _S.assessed)
"""States in which gates count a site, with or without a finding."""


class SiteVerdict(StrEnum):
    """What came out of a pilot at one site."""

    suitable = "suitable"
    limited = "limited"
    unsuitable = "unsuitable"

    @property
    def label(self) -> str:
        """Message id of the verdict."""
        return {
            "suitable": N_("Suitable"),
            "limited": N_("Suitable with limits"),
            "unsuitable": N_("Not suitable"),
        }[self.value]

    @property
    def level(self) -> str:
        """Level of the verdict's tag."""
        return {"suitable": "good", "limited": "warn", "unsuitable": "bad"}[self.value]


class Severity(StrEnum):
    """How bad the worst incident of a period was."""

    none = "none"
    low = "low"
    medium = "medium"
    high = "high"

    @property
    def label(self) -> str:
        """Message id of the severity."""
        return {
            "none": N_("No incident"),
            "low": N_("Minor incident"),
            "medium": N_("Incident that disturbed work"),
            "high": N_("Severe incident"),
        }[self.value]

    @property
    def level(self) -> str:
        """Level of its tag."""
        return {"none": "good", "low": "neutral", "medium": "warn", "high": "bad"}[self.value]


class PromotionSite(StampedTable, table=True):
    """A pilot at one site: offered by the organisation of a node or recorded by the secretariat, and its finding."""

    __tablename__ = "promotion_site"
    __table_args__ = (
        UniqueConstraint("promotion_id", "node", "from_on"),
        Index("ix_promotion_site_clock", "state", "deadline_at"),
    )

    promotion_id: uuid.UUID = Field(foreign_key="promotion.id")
    organisation_id: uuid.UUID | None = Field(default=None, foreign_key="organisation.id", index=True)
    """Whose people report; None: recorded by the secretariat, nobody reports."""
    node: str = Field(max_length=200)
    """The organisation that runs the node, as it was called then."""
    division: str = Field(max_length=6)
    """Division code (GB/T 2260)."""
    from_on: dt.date
    to_on: dt.date
    offer: str = Field(default="", max_length=5000, sa_column_kwargs={"server_default": ""})
    """What the node would use it for, and with whom."""
    state: SiteState = enum_field(SiteState, SiteState.piloting, name="state")
    state_reason: str = Field(default="", max_length=2000, sa_column_kwargs={"server_default": ""})
    deadline_at: dt.datetime = instant_field()
    """When the state ends by itself."""
    report_due_at: dt.datetime | None = instant_field(nullable=True)
    reminded_at: dt.datetime | None = instant_field(nullable=True)
    """When the node was reminded of the report that is due."""
    warned_at: dt.datetime | None = instant_field(nullable=True)
    """When the secretariat was told that the deadline is near."""
    added_by: uuid.UUID = Field(foreign_key="account.id", index=True)
    assessed_at: dt.datetime | None = instant_field(nullable=True)
    assessed_by: uuid.UUID | None = Field(default=None, foreign_key="account.id", index=True)
    use: str = Field(default="", max_length=5000)
    effect: str = Field(default="", max_length=5000)
    incidents: str = Field(default="", max_length=5000)
    verdict: str = Field(default="", max_length=20)
    """A ``SiteVerdict``; empty before the assessment."""
    filename: str = Field(default="", max_length=120)
    sha256: str | None = Field(default=None, max_length=64, foreign_key="blob.sha256", index=True)
    reports_digest: str = Field(default="", max_length=64, sa_column_kwargs={"server_default": ""})
    """SHA-256 over the reports the assessment rests on."""


class PromotionReport(Table, table=True):
    """What a node reports of a period of its pilot. Only ever added to: a later one may stand in its place."""

    __tablename__ = "promotion_report"
    __table_args__ = (UniqueConstraint("site_id", "number"),)

    site_id: uuid.UUID = Field(foreign_key="promotion_site.id")
    number: int
    replaces: int | None = None
    """Number of the report it stands in the place of."""
    from_on: dt.date
    to_on: dt.date
    use: str = Field(max_length=5000)
    effect: str = Field(max_length=5000)
    severity: Severity = enum_field(Severity, Severity.none, name="severity")
    incidents: str = Field(default="", max_length=5000)
    measured: dict[str, Any] = json_field()
    """Code of an indicator of the promotion's rules -> number."""
    reported_by: uuid.UUID = Field(foreign_key="account.id", index=True)
    at: dt.datetime = instant_field(default_now=True)
