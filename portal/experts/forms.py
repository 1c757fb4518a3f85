"""What people type about experts."""

import csv
import datetime as dt
import io
import re
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from portal.accounts import orcid
from portal.accounts.forms import Line, Prose, Slug
from portal.experts.models import Language, PublicField, RelationKind
from portal.kit.clock import now, shanghai
from portal.kit.errors import Invalid
from portal.kit.forms import clean, parse_values
from portal.kit.i18n import _
from portal.kit.typed import Flag, Text
from portal.kit.typed import Line as Words
from portal.organisations import credit_code

MAX_DISCIPLINES = 6
MAX_KEYWORDS = 20
CODE = re.compile(r"[A-Z0-9][A-Z0-9.-]{0,19}")
PERIOD = re.compile(r"20[0-9]{2}Q[1-4]")
COLUMNS = ("code", "parent", "name_zh", "name_en", "position", "active")


def split_keywords(text: str) -> list[str]:
    """Keywords as people type them: one a line, or between commas, semicolons and their Chinese forms; no repeats."""
    parts = (" ".join(part.split()) for part in re.split(r"[\n,;，；、]", text))
    found: dict[str, str] = {}
    for part in parts:
        if part:
            found.setdefault(key_of(part), part)
    return list(found.values())


def key_of(keyword: str) -> str:
    """What keywords are compared by: case does not count."""
    return " ".join(keyword.split()).casefold()


def _keywords(value: Any) -> list[str]:
    items = value if isinstance(value, list) else split_keywords(str(value))
    if len(items) > MAX_KEYWORDS:
        raise ValueError(_("At most %(n)s keywords.", n=MAX_KEYWORDS))
    if any(len(key_of(str(item))) > 60 for item in items):
        raise ValueError(_("A keyword has at most 60 characters."))
    return split_keywords("\n".join(map(str, items)))


def orcid_of(value: str) -> str:
    """An ORCID in its normal form, or empty text; ``ValueError`` with a sentence for anything else."""
    if not value:
        return ""
    found = orcid.normal(value)
    if found is None:
        raise ValueError(_("This is not a valid ORCID; please compare the digits."))
    return found


def credit_code_of(value: str) -> str:
    """A unified social credit code in its normal form, or empty text; ``ValueError`` with a sentence else."""
    if not value:
        return ""
    code = credit_code.normal(value)
    if not credit_code.is_valid(code):
        raise ValueError(
            _("This is not a valid unified social credit code; please compare all 18 characters.")
        )
    return code


def _code(value: str) -> str:
    if not CODE.fullmatch(value):
        raise ValueError(_("1 to 20 capital letters, digits, dots and hyphens."))
    return value


def _period(value: str) -> str:
    if not PERIOD.fullmatch(value):
        raise ValueError(_("A quarter such as 2026Q4."))
    return value


def _past(value: dt.date) -> dt.date:
    if value > shanghai(now()).date():
        raise ValueError(_("This day has not come yet."))
    return value


Codes = Annotated[list[str], Field(max_length=MAX_DISCIPLINES)]
_WORD = r"[^\u0000\n,;，；、]{0,60}"
Keywords = Annotated[
    Annotated[
        Text,
        Field(json_schema_extra={"pattern": rf"^(?:{_WORD}[\n,;，；、]){{0,{MAX_KEYWORDS - 1}}}{_WORD}$"}),
    ]
    | Annotated[list[Annotated[Words, Field(max_length=60)]], Field(max_length=MAX_KEYWORDS)],
    AfterValidator(_keywords),
]
Story = Annotated[Text, AfterValidator(str.strip), Field(max_length=2000)]
Past = Annotated[dt.date, AfterValidator(_past)]


class NominationForm(BaseModel):
    """Nominating oneself: which organisation confirms, and why."""

    organisation: Annotated[Slug, StringConstraints(min_length=2)]
    grounds: Annotated[Prose, StringConstraints(min_length=10)]


class RecommendationForm(BaseModel):
    """An organisation recommends one of its members."""

    person: Annotated[Slug, StringConstraints(min_length=2)]
    grounds: Annotated[Prose, StringConstraints(min_length=10)]


class ProfileForm(BaseModel):
    """An expert's profile, and what of it everybody may see."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "if": {"properties": {"listed": {"const": True}}, "required": ["listed"]},
            "then": {"properties": {"disciplines": {"minItems": 1}}, "required": ["disciplines"]},
            "example": {
                "disciplines": ["A05"],
                "keywords": ["城市体检"],
                "listed": True,
                "public": ["keywords"],
            },
        },
    )

    disciplines: Codes = Field(default_factory=list)
    keywords: Keywords = ""
    titles: Annotated[Words, Field(max_length=200)] = ""
    orcid: Annotated[str, AfterValidator(orcid_of), Field(json_schema_extra={"format": "orcid"})] = ""
    publications: Annotated[Text, AfterValidator(str.strip), Field(max_length=5000)] = ""
    languages: list[Language] = Field(default_factory=list, max_length=7)
    biography_zh: Story = ""
    biography_en: Story = ""
    listed: Flag = False
    public: list[PublicField] = Field(default_factory=list, max_length=20)


class CapacityForm(BaseModel):
    """How much in a quarter; without ``period`` what holds for all others."""

    period: Annotated[str, AfterValidator(_period)] = ""
    places: int = Field(ge=0, le=99)

    @model_validator(mode="before")
    @classmethod
    def _no_empty_period(cls, value: Any) -> Any:
        return {k: v for k, v in value.items() if k != "period" or v} if isinstance(value, dict) else value


class PauseForm(BaseModel):
    """Until when; the day after, the expert is back in the pool."""

    until: dt.date
    reason: Annotated[Prose, StringConstraints(max_length=500)] = ""


class AffiliationForm(BaseModel):
    """Where somebody works or worked: the short name of an organisation here, or a name."""

    organisation: Slug = ""
    name: Annotated[Line, StringConstraints(max_length=200)] = ""
    credit_code: Annotated[str, AfterValidator(credit_code_of)] = ""
    position: Annotated[Line, StringConstraints(max_length=100)] = ""
    since: Past
    until: Past | None = None

    @model_validator(mode="after")
    def _consistent(self) -> "AffiliationForm":
        if not self.organisation and not self.name:
            raise ValueError(_("Give the organisation's short name here, or its name."))
        if self.until is not None and self.until < self.since:
            raise ValueError(_("The last day is before the first."))
        return self


class EndAffiliationForm(BaseModel):
    """The last day."""

    until: Past


class RelationForm(BaseModel):
    """A declared relation: to a member of the portal (short name), or to somebody by name."""

    kind: RelationKind
    person: Slug = ""
    other_name: Annotated[Line, StringConstraints(max_length=100)] = ""
    other_organisation: Annotated[Line, StringConstraints(max_length=200)] = ""
    since: dt.date | None = None
    until: dt.date | None = None
    note: Annotated[Prose, StringConstraints(max_length=1000)] = ""

    @model_validator(mode="after")
    def _consistent(self) -> "RelationForm":
        if not self.person and not self.other_name:
            raise ValueError(_("Give the person's short name here, or the name."))
        if self.since is not None and self.until is not None and self.until < self.since:
            raise ValueError(_("The last day is before the first."))
        return self


class ReasonForm(BaseModel):
    """Why."""

    reason: Annotated[Prose, StringConstraints(min_length=4, max_length=1000)]


class DisciplineForm(BaseModel):
    """One discipline of the taxonomy."""

    code: Annotated[str, AfterValidator(_code)]
    parent: Annotated[str, StringConstraints(max_length=20)] = ""
    name_zh: Annotated[Line, StringConstraints(min_length=1, max_length=100)]
    name_en: Annotated[Line, StringConstraints(min_length=1, max_length=100)]
    position: int = Field(default=0, ge=0, le=100_000)
    active: bool = True


class MergeForm(BaseModel):
    """Into which discipline another is merged."""

    into: Annotated[str, AfterValidator(_code)]


def read_table(text: str) -> list[DisciplineForm]:
    """The rows of a CSV with the columns ``COLUMNS`` (an export of the editor). ``Invalid`` names every bad line."""
    rows = list(csv.reader(io.StringIO(clean(text.removeprefix("\ufeff")))))
    if not rows or tuple(cell.strip() for cell in rows[0]) != COLUMNS:
        why = _("The first line must be: %(columns)s", columns=",".join(COLUMNS))
        raise Invalid(_("Please correct the marked fields."), fields={"file": why})
    found, wrong = [], []
    for number, row in enumerate(rows[1:], 2):
        if not any(cell.strip() for cell in row):
            continue
        # An export puts an apostrophe before what a spreadsheet would evaluate.
        values = {name: cell.strip().removeprefix("'") for name, cell in zip(COLUMNS, row, strict=False)}
        parsed = parse_values(DisciplineForm, {k: v for k, v in values.items() if v})
        if parsed.model is not None and len(row) <= len(COLUMNS):
            found.append(parsed.model)
            continue
        why = "; ".join(f"{name}: {text}" for name, text in parsed.errors.items()) or _("too many columns")
        wrong.append(_("Line %(n)s: %(why)s", n=number, why=why))
    if wrong:
        raise Invalid(_("Please correct the marked fields."), fields={"file": " ".join(wrong[:10])})
    return found
