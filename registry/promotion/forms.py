"""What people type about promotion, and the shape of its rules."""

import datetime as dt
import uuid
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from portal.kit.i18n import _
from portal.kit.typed import WHOLE, Day, Line, Text, line, text
from registry.assets.models import EXECUTABLE, AssetKind
from registry.certification.models import Level
from registry.editions.forms import EditionInput, Titled
from registry.promotion.models import TRACK, Severity, SiteVerdict, Stage

Story = Annotated[Text, AfterValidator(str.strip)]
Reason = Annotated[Story, Field(min_length=4, max_length=2000, json_schema_extra=text(4))]
Code = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Days = Annotated[int, Field(ge=1, le=3660)]
GateKind = Literal["certified", "benchmarks", "review", "pilot_sites", "notice", "not_pickle"]


class Gate(Titled):
    """One gate of a stage. Of the thresholds only those of its kind are read."""

    code: Code
    kind: GateKind
    source: Annotated[Line, Field(max_length=300)] = ""
    """Empty: a platform rule."""
    overridable: bool = True
    """Whether the committee may vote to go on without it."""
    level: Level = Level.pilot
    benchmark: Annotated[Line, Field(max_length=200)] = ""
    """``namespace/name``; empty: any public benchmark."""
    metric: Annotated[Line, Field(max_length=60)] = ""
    """Empty: the benchmark's primary metric."""
    threshold: Annotated[float, Field(allow_inf_nan=False)] | None = None
    """For the worse end of the interval; null: a result with an interval is enough."""
    mean: Annotated[float, Field(ge=0, le=100)] = 0
    sites: Annotated[int, Field(ge=1, le=100)] = 1
    unsuitable: Annotated[int, Field(ge=0, le=100)] = 0
    """How many assessed sites may have found it not suitable."""

    @model_validator(mode="after")
    def _comparable(self) -> "Gate":
        if self.threshold is not None and not self.benchmark:
            raise ValueError(
                _("A threshold needs a benchmark: results of different ones are not comparable.")
            )
        return self


class StageRule(BaseModel):
    """What a stage asks of whoever enters it, and how long it may last."""

    model_config = ConfigDict(extra="forbid")

    days: Days
    gates: Annotated[list[Gate], Field(max_length=20)] = []


class Indicator(Titled):
    """A number that pilot sites report."""

    code: Code
    title_zh: Annotated[Line, Field(min_length=2, max_length=100)]
    title_en: Annotated[Line, Field(min_length=2, max_length=100)]
    unit: Annotated[Line, Field(max_length=20)] = ""
    better: Literal["higher", "lower", ""] = ""
    """Which way is good; empty: neither."""


class PilotRule(BaseModel):
    """How pilots go: what their sites report and how often, and how long things may wait."""

    model_config = ConfigDict(extra="forbid")

    indicators: Annotated[list[Indicator], Field(max_length=12)] = []
    report_days: Days = 30
    """A report is due so often."""
    least_reports: Annotated[int, Field(ge=0, le=100)] = 1
    """Reports a site of an organisation needs before it is assessed."""
    offer_days: Days = 60
    """An offer nobody answers lapses after so long."""
    assess_days: Days = 60
    """A pilot that is over and not assessed ends after so long."""

    @model_validator(mode="after")
    def _once(self) -> "PilotRule":
        codes = [each.code for each in self.indicators]
        if len(set(codes)) != len(codes):
            raise ValueError(_("An indicator's code stands twice."))
        return self


class Rules(BaseModel):
    """The rules of a profile: every stage of the way, the vote, the public notice."""

    model_config = ConfigDict(extra="forbid")

    quorum: Annotated[int, Field(ge=2, le=100)]
    """Votes that must be cast for an override."""
    in_favour: Annotated[int, Field(ge=2, le=100)] = 2
    """Different members that must be in favour."""
    working_days: Annotated[int, Field(ge=1, le=60)]
    """Of the public notice."""
    suspended_days: Days
    pilot: PilotRule = PilotRule()
    stages: dict[Stage, StageRule]

    @model_validator(mode="after")
    def _whole(self) -> "Rules":
        if set(self.stages) != set(TRACK):
            raise ValueError(_("The rules name every stage from nominated to national, and no other."))
        codes = [gate.code for rule in self.stages.values() for gate in rule.gates]
        if len(set(codes)) != len(codes):
            raise ValueError(_("A gate's code stands twice."))
        return self


def _executable(kinds: list[AssetKind]) -> list[AssetKind]:
    if not set(kinds) <= EXECUTABLE:
        raise ValueError(_("Only models, algorithms and tools are promoted."))
    return kinds


class ProfileData(Titled):
    """A profile as it stands in a file."""

    code: Code
    source: Annotated[Line, Field(max_length=500)]
    kinds: Annotated[list[AssetKind], Field(min_length=1), AfterValidator(_executable)]
    effective_from: dt.date
    rules: Rules


class ProfileInput(EditionInput):
    """The next version of a profile."""

    source: Annotated[Line, Field(min_length=2, max_length=500)]
    rules: Rules


class NominationInput(BaseModel):
    """A nomination."""

    model_config = ConfigDict(extra="forbid")

    reasons: Annotated[Story, Field(min_length=20, max_length=5000, json_schema_extra=text(20))] = Field(
        description="Why it should be promoted: where it was used, to which effect"
    )


def _in_order(from_on: dt.date, to_on: dt.date, said: str) -> None:
    if to_on < from_on:
        raise ValueError(said)


class OfferInput(BaseModel):
    """An organisation's offer to be a pilot site."""

    model_config = ConfigDict(extra="forbid")

    organisation: uuid.UUID
    division: Annotated[str, Field(pattern=r"^[1-9][0-9]{5}$")]
    from_on: Day
    to_on: Day
    offer: Annotated[Story, Field(min_length=10, max_length=5000, json_schema_extra=text(10))]

    @model_validator(mode="after")
    def _order(self) -> "OfferInput":
        _in_order(self.from_on, self.to_on, _("A pilot ends after it begins."))
        return self


class ReportInput(BaseModel):
    """What a node reports of a period."""

    model_config = ConfigDict(extra="forbid")

    from_on: Day
    to_on: Day
    use: Annotated[Story, Field(min_length=4, max_length=5000, json_schema_extra=text(4))]
    effect: Annotated[Story, Field(min_length=4, max_length=5000, json_schema_extra=text(4))]
    severity: Severity = Severity.none
    incidents: Annotated[Story, Field(max_length=5000)] = ""
    replaces: Annotated[int, Field(ge=1, le=100_000), WHOLE] | None = None

    @model_validator(mode="after")
    def _whole(self) -> "ReportInput":
        _in_order(self.from_on, self.to_on, _("A period ends after it begins."))
        if self.severity is not Severity.none and len(self.incidents) < 4:
            raise ValueError(_("Please say what happened."))
        return self


class SiteInput(BaseModel):
    """A pilot site."""

    model_config = ConfigDict(extra="forbid")

    node: Annotated[Line, Field(min_length=2, max_length=200, json_schema_extra=line(2))]
    division: Annotated[str, Field(pattern=r"^[1-9][0-9]{5}$")]
    from_on: Day
    to_on: Day

    @model_validator(mode="after")
    def _order(self) -> "SiteInput":
        _in_order(self.from_on, self.to_on, _("A pilot ends after it begins."))
        return self


class AssessmentInput(BaseModel):
    """What came out of a pilot at a site."""

    model_config = ConfigDict(extra="forbid")

    use: Annotated[Story, Field(min_length=4, max_length=5000, json_schema_extra=text(4))]
    effect: Annotated[Story, Field(min_length=4, max_length=5000, json_schema_extra=text(4))]
    incidents: Annotated[Story, Field(max_length=5000)] = ""
    verdict: SiteVerdict
