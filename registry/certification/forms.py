"""What people type about certification, and the shape of a profile's criteria."""

import datetime as dt
import json
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from portal.kit.i18n import _
from portal.kit.typed import Line, Text, text
from registry.certification.models import CriterionKind, Level

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


class Criterion(BaseModel):
    """One criterion of a profile."""

    model_config = ConfigDict(extra="forbid")

    code: Code
    title_zh: Annotated[Line, Field(min_length=2, max_length=200)]
    title_en: Annotated[Line, Field(min_length=2, max_length=200)]
    guide_zh: Annotated[Story, Field(max_length=1000)] = ""
    guide_en: Annotated[Story, Field(max_length=1000)] = ""
    kind: CriterionKind
    required: Level | None
    """The lowest level that needs it; null: for information."""
    thresholds: dict[Code, float | list[str]] = {}
    unit: Annotated[Line, Field(max_length=40)] = ""
    source: Source

    @model_validator(mode="after")
    def _bounds(self) -> "Criterion":
        if self.kind is CriterionKind.evidence_file and set(self.thresholds) - {"least", "most"}:
            raise ValueError(_("An evidence file is measured by “least” or “most”."))
        return self

    def title(self, locale: str) -> str:
        """The title in a language."""
        return self.title_en if locale == "en" else self.title_zh

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


class ProfileData(BaseModel):
    """A profile as it stands in a file."""

    model_config = ConfigDict(extra="forbid")

    code: Code
    title_zh: Annotated[Line, Field(min_length=2, max_length=200)]
    title_en: Annotated[Line, Field(min_length=2, max_length=200)]
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


def _criteria(value: str) -> list[dict[str, Any]]:
    try:
        found = json.loads(value)
        parsed = [Criterion.model_validate(each) for each in found]
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise ValueError(_("%(where)s: this value cannot be used.", where=where or "criteria")) from error
    except (ValueError, TypeError, RecursionError) as error:
        raise ValueError(_("This is not a JSON list of criteria.")) from error
    if not 1 <= len(parsed) <= MAX_CRITERIA or len({each.code for each in parsed}) != len(parsed):
        raise ValueError(_("A criterion's code stands twice, or there are too many or none."))
    return [each.model_dump(mode="json") for each in parsed]


class ProfileInput(BaseModel):
    """The next version of a profile."""

    model_config = ConfigDict(extra="forbid")

    valid_months: int = Field(ge=1, le=60)
    effective_from: dt.date
    criteria: Annotated[str, Field(max_length=200_000), AfterValidator(_criteria)]
    reason: Annotated[Story, Field(min_length=4, max_length=2000, json_schema_extra=text(4))]


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
