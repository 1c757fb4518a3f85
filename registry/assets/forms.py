"""What people say about an asset."""

import re
import unicodedata
from collections.abc import Mapping
from typing import Annotated, Any, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator

from portal.accounts.naming import MAX_SLUG, SLUG
from portal.kit import frontmatter
from portal.kit.i18n import _
from portal.kit.typed import Flag, Line, Text, line, plain
from registry.assets import licences
from registry.assets.levels import Level, check_card
from registry.assets.models import AssetKind, RelationKind, Scenario
from registry.assets.publication import (
    FIELDS,
    Cstr,
    Day,
    Division,
    Doi,
    Publication,
    Region,
    Review,
    Venue,
    Year,
)

NAME = re.compile(r"[a-z0-9][a-z0-9-]{1,58}")
RESERVED = frozenset({"new", "edit", "versions", "export", "api", "files"})
FULL_NAME = re.compile(r"([a-z0-9][a-z0-9-]{0,39})/([a-z0-9][a-z0-9-]{1,58})")
_TAG = r"[^\s,，、;；/\u0000-\u001f\u007f-\u009f\ufeff]{1,40}"
TAG = re.compile(_TAG)
AUTHOR_ROWS = 8
RELATION_ROWS = 5
MAX_TAGS = 12
MAX_ROWS = 50
V = TypeVar("V")


def _tag(value: str) -> str:
    tag = unicodedata.normalize("NFC", value.strip()).lower()
    if not TAG.fullmatch(tag) or plain(tag) != tag:
        raise ValueError(_("A tag has 1 to 40 characters and no spaces, commas or slashes."))
    return tag


def _readable(value: str) -> str:
    check_card(frontmatter.read(value).values)
    return value


def _slug(value: str) -> str:
    if not NAME.fullmatch(value):
        raise ValueError(
            _("Use 2 to 59 lower-case letters, digits and hyphens; begin with a letter or digit.")
        )
    if value in RESERVED:
        raise ValueError(_("This name is reserved."))
    return value


def _once(values: list[V]) -> list[V]:
    return list(dict.fromkeys(values))


class AuthorInput(BaseModel):
    """An author as typed."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[Line, Field(min_length=1, max_length=100, json_schema_extra=line(1))]
    affiliation: Annotated[Line, Field(max_length=200)] = ""
    account: Annotated[Line, Field(max_length=40)] = Field(
        default="", description="Short name of the author's namespace, if the author is a member."
    )


class RelationInput(BaseModel):
    """A related asset as typed."""

    model_config = ConfigDict(extra="forbid")

    kind: RelationKind
    asset: Annotated[Line, Field(max_length=100)] = Field(
        description="namespace/name", json_schema_extra={"pattern": f"^{FULL_NAME.pattern}$"}
    )

    @field_validator("asset")
    @classmethod
    def _full_name(cls, value: str) -> str:
        if not FULL_NAME.fullmatch(value):
            raise ValueError(_("Please write it as namespace/name."))
        return value


def _one_of_each(items: list[RelationInput]) -> list[RelationInput]:
    return list({(item.kind, item.asset): item for item in items}.values())


Title = Annotated[Line, Field(min_length=2, max_length=200, json_schema_extra=line(2))]
TitleEn = Annotated[Line, Field(max_length=200)]
Summary = Annotated[Line, Field(max_length=500)]
Licence = Annotated[
    str,
    Field(
        min_length=1, max_length=licences.MAX_TYPED, description="SPDX licence expression",
        json_schema_extra={"format": "spdx-license-expression", "example": "Apache-2.0"},
    ),
    AfterValidator(licences.canonical),
]  # fmt: skip
Scenarios = Annotated[list[Scenario], Field(max_length=len(Scenario)), AfterValidator(_once)]
Tag = Annotated[
    str, AfterValidator(_tag), Field(json_schema_extra={"pattern": f"^{_TAG}$", "example": "遥感"})
]
Tags = Annotated[list[Tag], Field(max_length=MAX_TAGS), AfterValidator(_once)]
Authors = Annotated[list[AuthorInput], Field(max_length=MAX_ROWS)]
Related = Annotated[list[RelationInput], Field(max_length=MAX_ROWS), AfterValidator(_one_of_each)]
CardText = Annotated[Text, Field(max_length=200_000, description="Markdown"), AfterValidator(_readable)]


class AssetDescription(Publication):
    """Everything about an asset that may change after it was made."""

    model_config = ConfigDict(extra="forbid")

    title: Title
    title_en: TitleEn = ""
    summary: Summary = ""
    summary_en: Summary = ""
    licence: Licence
    scenarios: Scenarios = Field(default_factory=list)
    tags: Tags = Field(default_factory=list)
    authors: Authors = Field(default_factory=list)
    related: Related = Field(default_factory=list)
    card: CardText = ""


class AssetInput(AssetDescription):
    """A new asset. Kind, namespace and name never change afterwards: links and evaluations stand on them."""

    kind: AssetKind
    namespace: Annotated[
        str, Field(min_length=1, max_length=MAX_SLUG, json_schema_extra={"pattern": f"^{SLUG.pattern}$"})
    ]
    name: Annotated[
        str,
        Field(
            min_length=2, max_length=59,
            json_schema_extra={"pattern": f"^{NAME.pattern}$", "not": {"enum": sorted(RESERVED)}},
        ),
        AfterValidator(_slug),
    ]  # fmt: skip
    confirm_similar: Flag = Field(
        default=False, description="True: the name is meant, although it is near to that of a well-used asset"
    )


class PartialDescription(BaseModel):
    """The fields of a PATCH; what is left out (or null) stays, and an empty text takes away."""

    model_config = ConfigDict(extra="forbid")

    doi: Doi | None = None
    cstr: Cstr | None = None
    year: Year | Literal[""] | None = None
    venue: Venue | None = None
    region_code: Division | None = None
    region: Region | None = None
    period_from: Day | Literal[""] | None = None
    period_to: Day | Literal[""] | None = None
    map_review_no: Review | None = None
    data_level: Level | None = None

    title: Title | None = None
    title_en: TitleEn | None = None
    summary: Summary | None = None
    summary_en: Summary | None = None
    licence: Licence | None = None
    scenarios: Scenarios | None = None
    tags: Tags | None = None
    authors: Authors | None = None
    related: Related | None = None
    card: CardText | None = None


SINGLE = (
    "kind",
    "namespace",
    "name",
    "title",
    "title_en",
    "summary",
    "summary_en",
    "licence",
    "card",
    *FIELDS,
)


def from_form(form: Mapping[str, Any], scenarios: list[str]) -> dict[str, Any]:
    """The values of the browser form: numbered rows become lists, empty rows vanish."""
    values: dict[str, Any] = {"scenarios": scenarios}
    for name in SINGLE:
        text = _field(form, name)
        if text:
            values[name] = text
    values["tags"] = [part for part in re.split(r"[\s,，、;；]+", _field(form, "tags")) if part]
    values["authors"] = [row for n in range(1, MAX_ROWS + 1) if (row := _author(form, n))]
    values["related"] = [row for n in range(1, MAX_ROWS + 1) if (row := _relation(form, n))]
    return values


def _field(form: Mapping[str, Any], name: str) -> str:
    value = form.get(name)
    return value.replace("\r\n", "\n").strip() if isinstance(value, str) else ""


def _author(form: Mapping[str, Any], n: int) -> dict[str, str] | None:
    row = {key: _field(form, f"author_{key}_{n}") for key in ("name", "affiliation", "account")}
    return row if any(row.values()) else None


def _relation(form: Mapping[str, Any], n: int) -> dict[str, str] | None:
    asset = _field(form, f"related_asset_{n}")
    return {"kind": _field(form, f"related_kind_{n}"), "asset": asset} if asset else None


def rows_shown(least: int, filled: int) -> range:
    """Numbers of the form's rows: all filled ones, two free ones, and no fewer than ``least``."""
    return range(1, min(max(least, filled + 2), MAX_ROWS) + 1)


def field_of(location: str) -> str:
    """The form field an error of the model belongs to: ``authors.0.name`` is row 1."""
    parts = location.split(".")
    if len(parts) >= 2 and parts[0] in {"authors", "related"} and parts[1].isdigit():
        prefix = {"authors": "author", "related": "related"}[parts[0]]
        first = {"authors": "name", "related": "asset"}[parts[0]]
        return f"{prefix}_{parts[2] if len(parts) > 2 else first}_{int(parts[1]) + 1}"
    return parts[0]
