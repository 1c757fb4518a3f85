"""What people type about certification, and the shape of a profile's criteria."""

import datetime as dt
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from portal.kit.i18n import _, named
from portal.kit.typed import Line, Text, text
from registry.certification import parameters
from registry.certification.models import CriterionKind, Level
from registry.editions.forms import EditionInput, Titled

MAX_CRITERIA = 80
Story = Annotated[Text, AfterValidator(str.strip)]
Code = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{1,59}$")]


class Source(BaseModel):
    """Where a criterion comes from. A platform rule is never shown as a clause of a standard."""

    model_config = ConfigDict(extra="forbid")

    kind: Literal["platform", "standard"]
    text: Annotated[Line, Field(max_length=200)] = ""
    """The standard and its clause; of a platform rule, what it rests on."""
    second_hand: bool = False
    """The clause was read in a draft or in an excerpt only."""


class Criterion(Titled):
    """One criterion of a profile."""

    code: Code
    guide_zh: Annotated[Story, Field(max_length=1000)] = ""
    guide_en: Annotated[Story, Field(max_length=1000)] = ""
    kind: CriterionKind
    required: Level | None
    """The lowest level that needs it; null: for information."""
    thresholds: dict[Code, float | list[str]] = Field(default_factory=dict)
    unit: Annotated[Line, Field(max_length=40)] = ""
    source: Source

    @model_validator(mode="after")
    def _bounds(self) -> "Criterion":
        if self.kind is CriterionKind.evidence_file and set(self.thresholds) - {"least", "most"}:
            raise ValueError(_("An evidence file is measured by “least” or “most”."))
        return self

    def guide(self, locale: str) -> str:
        """How to judge it, in a language."""
        return self.guide_en if locale == "en" else self.guide_zh

    def needed_for(self, level: Level) -> bool:
        """Whether a certificate of this level needs it met."""
        return self.required is not None and level.covers(self.required)

    def number(self, name: str, default: float) -> float:
        """A threshold that is a number."""
        found = self.thresholds.get(name, default)
        return float(found) if isinstance(found, int | float) else default

    def words(self, name: str) -> list[str]:
        """A threshold that is a list of words."""
        found = self.thresholds.get(name, [])
        return found if isinstance(found, list) else []


class ProfileData(Titled):
    """A profile as it stands in a file."""

    code: Code
    purpose_zh: Annotated[Story, Field(max_length=2000)]
    purpose_en: Annotated[Story, Field(max_length=2000)]
    valid_months: int = Field(ge=1, le=60)
    effective_from: dt.date
    criteria: Annotated[list[Criterion], Field(min_length=1, max_length=MAX_CRITERIA)]

    @model_validator(mode="after")
    def _once(self) -> "ProfileData":
        codes = [each.code for each in self.criteria]
        if len(set(codes)) != len(codes):
            raise ValueError(_("A criterion's code stands twice."))
        return self


def _settable(criteria: list[Criterion]) -> list[Criterion]:
    """Refuses what the form would refuse at its fields, for those who come with JSON."""
    for each in criteria:
        for name, why in parameters.refused(each.kind, each.code, each.thresholds).items():
            raise ValueError(named(f"{each.code} · {name}", why))
    if len({each.code for each in criteria}) != len(criteria):
        raise ValueError(_("A criterion's code stands twice."))
    return criteria


class ProfileInput(EditionInput):
    """The next version of a profile."""

    valid_months: int = Field(ge=1, le=60)
    criteria: Annotated[
        list[Criterion], Field(min_length=1, max_length=MAX_CRITERIA), AfterValidator(_settable)
    ]


class RequestInput(BaseModel):
    """A request for certification."""

    model_config = ConfigDict(extra="forbid")

    profile: Code = Field(description="Code of a profile in force")
    level: Level = Field(default=Level.rollout, description="The level asked for")
    purpose: Annotated[Story, Field(max_length=2000, json_schema_extra=text())] = Field(
        default="", description="What it is wanted for"
    )


class DecisionInput(BaseModel):
    """A certifier's decision."""

    model_config = ConfigDict(extra="forbid")

    level: Level = Level.pilot
    scope: Annotated[Story, Field(max_length=2000)] = ""
    reason: Annotated[Story, Field(min_length=4, max_length=2000, json_schema_extra=text(4))]
