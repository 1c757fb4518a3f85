"""What people say about an asset."""

import datetime as dt
import re
import unicodedata
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator, model_validator

from portal.kit import frontmatter
from portal.kit.i18n import _
from registry.assets import licences
from registry.assets.models import AssetKind, RelationKind, Scenario
from registry.assets.publication import FIELDS, Publication

NAME = re.compile(r"[a-z0-9][a-z0-9-]{1,58}")
RESERVED = frozenset({"new", "edit", "versions", "export", "api", "files"})
FULL_NAME = re.compile(r"([a-z0-9][a-z0-9-]{0,39})/([a-z0-9][a-z0-9-]{1,58})")
TAG = re.compile(r"[^\s,，、;；/]{1,40}")
AUTHOR_ROWS = 8
RELATION_ROWS = 5
MAX_TAGS = 12
MAX_ROWS = 50


def _plain(text: str) -> str:
    """One line of text in NFC; control characters have no place in a title."""
    text = unicodedata.normalize("NFC", text).strip()
    if any(unicodedata.category(char) in {"Cc", "Cs", "Zl", "Zp"} for char in text):
        raise ValueError(_("Control characters are not allowed here."))
    return text


def _text(text: str) -> str:
    """Several lines of text; NUL cannot be stored."""
    return text.replace("\x00", "").replace("\r\n", "\n")


Line = Annotated[str, AfterValidator(_plain)]
Text = Annotated[str, AfterValidator(_text)]


class AuthorInput(BaseModel):
    """An author as typed."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[Line, Field(min_length=1, max_length=100)]
    affiliation: Annotated[Line, Field(max_length=200)] = ""
    account: Annotated[Line, Field(max_length=40)] = Field(
        default="", description="Short name of the author's namespace, if the author is a member."
    )


class RelationInput(BaseModel):
    """A related asset as typed."""

    model_config = ConfigDict(extra="forbid")

    kind: RelationKind
    asset: Annotated[Line, Field(max_length=100)] = Field(description="namespace/name")

    @field_validator("asset")
    @classmethod
    def _full_name(cls, value: str) -> str:
        if not FULL_NAME.fullmatch(value):
            raise ValueError(_("Please write it as namespace/name."))
        return value


class AssetDescription(Publication):
    """Everything about an asset that may change after it was made."""

    model_config = ConfigDict(extra="forbid")

    title: Annotated[Line, Field(min_length=2, max_length=200)]
    title_en: Annotated[Line, Field(max_length=200)] = ""
    summary: Annotated[Line, Field(max_length=500)] = ""
    summary_en: Annotated[Line, Field(max_length=500)] = ""
    licence: Annotated[str, Field(min_length=1, max_length=400)] = Field(
        description="SPDX licence expression"
    )
    scenarios: list[Scenario] = Field(default_factory=list, max_length=len(Scenario))
    tags: Annotated[list[str], Field(max_length=MAX_TAGS)] = Field(default_factory=list)
    authors: Annotated[list[AuthorInput], Field(max_length=MAX_ROWS)] = Field(default_factory=list)
    related: Annotated[list[RelationInput], Field(max_length=MAX_ROWS)] = Field(default_factory=list)
    card: Annotated[Text, Field(max_length=200_000)] = Field(default="", description="Markdown")

    @field_validator("card")
    @classmethod
    def _readable(cls, value: str) -> str:
        frontmatter.read(value)
        return value

    @field_validator("licence")
    @classmethod
    def _spdx(cls, value: str) -> str:
        return licences.canonical(value)

    @field_validator("tags")
    @classmethod
    def _tags(cls, values: list[str]) -> list[str]:
        found = dict.fromkeys(unicodedata.normalize("NFC", value.strip()).lower() for value in values)
        for tag in found:
            if not TAG.fullmatch(tag) or _plain(tag) != tag:
                raise ValueError(_("A tag has 1 to 40 characters and no spaces, commas or slashes."))
        return list(found)

    @field_validator("scenarios")
    @classmethod
    def _once(cls, values: list[Scenario]) -> list[Scenario]:
        return list(dict.fromkeys(values))

    @model_validator(mode="after")
    def _relations_once(self) -> "AssetDescription":
        pairs = {(item.kind, item.asset): item for item in self.related}
        self.related = list(pairs.values())
        return self


class AssetInput(AssetDescription):
    """A new asset. Kind, namespace and name never change afterwards: links and evaluations stand on them."""

    kind: AssetKind
    namespace: Annotated[str, Field(min_length=1, max_length=40)]
    name: Annotated[str, Field(min_length=2, max_length=59)]
    confirm_similar: bool = Field(
        default=False, description="True: the name is meant, although it is near to that of a well-used asset"
    )

    @field_validator("name")
    @classmethod
    def _slug(cls, value: str) -> str:
        if not NAME.fullmatch(value):
            raise ValueError(
                _("Use 2 to 59 lower-case letters, digits and hyphens; begin with a letter or digit.")
            )
        if value in RESERVED:
            raise ValueError(_("This name is reserved."))
        return value


class PartialDescription(BaseModel):
    """The fields of a PATCH; what is left out stays, and an empty text takes away."""

    model_config = ConfigDict(extra="forbid")

    doi: str | None = None
    cstr: str | None = None
    year: int | Literal[""] | None = None
    venue: str | None = None
    region_code: str | None = None
    region: str | None = None
    period_from: dt.date | Literal[""] | None = None
    period_to: dt.date | Literal[""] | None = None
    map_review_no: str | None = None

    title: str | None = None
    title_en: str | None = None
    summary: str | None = None
    summary_en: str | None = None
    licence: str | None = None
    scenarios: list[Scenario] | None = None
    tags: list[str] | None = None
    authors: list[AuthorInput] | None = None
    related: list[RelationInput] | None = None
    card: str | None = None


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
