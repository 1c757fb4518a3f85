"""Tables of promotion: rules as data, promotions, their append-only log, votes of the committee."""

import datetime as dt
import uuid
from enum import StrEnum
from typing import Any

from sqlalchemy import Index, UniqueConstraint, text
from sqlmodel import Field

from portal.kit.i18n import N_
from portal.kit.states import Transitions
from portal.kit.tables import StampedTable, Table, enum_field, instant_field, json_field
from registry.editions.models import EditionTable


class Stage(StrEnum):
    """Lifecycle of DOMAIN 3, with the ways a nomination ends before it counts."""

    nominated = "nominated"
    qualified = "qualified"
    reviewed = "reviewed"
    pilot = "pilot"
    pilot_assessed = "pilot_assessed"
    regional = "regional"
    notice = "notice"
    national = "national"
    suspended = "suspended"
    retired = "retired"
    rolled_back = "rolled_back"
    withdrawn = "withdrawn"
    lapsed = "lapsed"

    @property
    def label(self) -> str:
        """Message id of the stage's name."""
        return {
            "nominated": N_("Nominated for promotion"),
            "qualified": N_("Qualified for promotion"),
            "reviewed": N_("Reviewed by experts"),
            "pilot": N_("On pilot"),
            "pilot_assessed": N_("Pilot assessed"),
            "regional": N_("Promoted regionally"),
            "notice": N_("Promotion on public notice"),
            "national": N_("Promoted nationally"),
            "suspended": N_("Promotion suspended"),
            "retired": N_("Retired from promotion"),
            "rolled_back": N_("Promotion rolled back"),
            "withdrawn": N_("Nomination withdrawn"),
            "lapsed": N_("Promotion lapsed"),
        }[self.value]

    @property
    def level(self) -> str:
        """Level of the stage's tag."""
        return {
            "pilot": "busy", "notice": "busy", "regional": "good", "national": "good", "suspended": "warn",
            "rolled_back": "bad",
        }.get(self.value, "neutral")  # fmt: skip


_P = Stage
_SECRETARIAT, _COMMITTEE = frozenset({"secretariat"}), frozenset({"promotion_committee"})
_SYSTEM, _NOMINATOR = frozenset({"system"}), frozenset({"nominator"})
TRACK = (
    _P.nominated, _P.qualified, _P.reviewed, _P.pilot, _P.pilot_assessed, _P.regional, _P.notice, _P.national,
)  # fmt: skip
"""The way forward, one stage after the other."""
RUNNING = TRACK[2:]
"""Stages that can be suspended and rolled back."""
_stops = {_P.suspended: _SECRETARIAT | _COMMITTEE | _SYSTEM, _P.rolled_back: _COMMITTEE | _SYSTEM}
PROMOTION_TRANSITIONS: Transitions[Stage] = {
    _P.nominated: {_P.qualified: _SECRETARIAT, _P.withdrawn: _NOMINATOR, _P.lapsed: _SYSTEM},
    _P.qualified: {_P.reviewed: _SECRETARIAT, _P.lapsed: _SYSTEM},
    _P.reviewed: {_P.pilot: _COMMITTEE, **_stops},
    _P.pilot: {_P.pilot_assessed: _SECRETARIAT, **_stops},
    _P.pilot_assessed: {_P.regional: _COMMITTEE, **_stops},
    # The secretariat puts up the notice with it.
    _P.regional: {_P.notice: _SECRETARIAT, **_stops},
    _P.notice: {_P.national: _COMMITTEE, **_stops},
    _P.national: {_P.retired: _COMMITTEE | _SYSTEM, **_stops},
    # Back to where it was suspended, through that stage's gates.
    _P.suspended: {**dict.fromkeys(RUNNING, _COMMITTEE), _P.rolled_back: _COMMITTEE | _SYSTEM},
}
FINAL = (_P.retired, _P.rolled_back, _P.withdrawn, _P.lapsed)
TIMED_OUT = {
    _P.nominated: _P.lapsed, _P.qualified: _P.lapsed, _P.national: _P.retired, _P.suspended: _P.rolled_back,
    **dict.fromkeys(RUNNING[:-1], _P.rolled_back),
}  # fmt: skip
"""Where the clock moves what nobody moved in time."""


class PromotionProfile(EditionTable, table=True):
    """One version of the rules for some kinds of assets; never changed: the next version is made instead."""

    __tablename__ = "promotion_profile"
    __table_args__ = (UniqueConstraint("code", "number"),)

    source: str = Field(default="", max_length=500)
    """What the rules rest on."""
    kinds: list[str] = json_field(list)
    rules: dict[str, Any] = json_field()
    """A ``forms.Rules``."""


class Promotion(StampedTable, table=True):
    """The promotion of one version."""

    __tablename__ = "promotion"
    __table_args__ = (
        Index(
            "uq_promotion_live",
            "version_id",
            unique=True,
            postgresql_where=text("stage NOT IN ('retired', 'rolled_back', 'withdrawn', 'lapsed')"),
        ),
        Index("ix_promotion_list", text("stage_at DESC"), text("id DESC")),
        Index("ix_promotion_queue", "stage", "deadline_at", "id"),
    )

    version_id: uuid.UUID = Field(foreign_key="version.id", index=True)
    asset_id: uuid.UUID = Field(foreign_key="asset.id", index=True)
    version_digest: str = Field(max_length=64)
    profile_id: uuid.UUID = Field(foreign_key="promotion_profile.id", index=True)
    """The rules it began with; they are its rules to the end."""
    nominated_by: uuid.UUID = Field(foreign_key="account.id", index=True)
    reasons: str = Field(max_length=5000)
    stage: Stage = enum_field(Stage, Stage.nominated, name="stage")
    stage_reason: str = Field(default="", max_length=2000)
    stage_at: dt.datetime = instant_field(default_now=True)
    deadline_at: dt.datetime = instant_field(index=True)
    """When the stage ends by itself."""
    step: int = 1
    """Number of its newest step."""
    before_suspended: str = Field(default="", max_length=20)
    """Where it goes back to when it was suspended."""
    demo: bool = False


class PromotionStep(Table, table=True):
    """One change of stage. Only ever added to."""

    __tablename__ = "promotion_step"
    __table_args__ = (UniqueConstraint("promotion_id", "number"),)

    promotion_id: uuid.UUID = Field(foreign_key="promotion.id")
    number: int
    from_stage: str = Field(default="", max_length=20)
    """Empty: it was nominated."""
    stage: Stage = enum_field(Stage, name="stage")
    actor_id: uuid.UUID | None = Field(default=None, foreign_key="account.id", index=True)
    """None: the system."""
    who: str = Field(max_length=40)
    """The role it was done in."""
    reason: str = Field(default="", max_length=2000)
    gates: list[dict[str, Any]] = json_field(list)
    """The gates as they stood in that transaction: code, whether met, evidence digests."""
    override: dict[str, Any] = json_field()
    """The committee's vote, where gates were not met: shown for ever."""
    at: dt.datetime = instant_field(default_now=True)


class PromotionVote(Table, table=True):
    """A committee member's vote to let a promotion move on although gates are not met. Never changed."""

    __tablename__ = "promotion_vote"
    __table_args__ = (UniqueConstraint("promotion_id", "step", "account_id"),)

    promotion_id: uuid.UUID = Field(foreign_key="promotion.id")
    step: int
    """The promotion's newest step when the vote was cast: with the next one the votes are spent."""
    account_id: uuid.UUID = Field(foreign_key="account.id", index=True)
    in_favour: bool
    reason: str = Field(max_length=2000)
    unmet: list[str] = json_field(list)
    """Codes of the gates that were not met when it was cast: it covers no others."""
    at: dt.datetime = instant_field(default_now=True)
