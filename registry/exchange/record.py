"""Everything a description of an asset (in one of its versions) may say, gathered once for all formats."""

import datetime as dt
import enum
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from portal.kit.clock import shanghai
from registry.assets.carddata import CardFacts
from registry.assets.models import AssetKind, RelationKind, Scenario


class Outlet(enum.StrEnum):
    """What a work appeared in."""

    journal = "journal"
    conference = "conference"
    book = "book"
    preprint = "preprint"


_OUTLETS = (
    (Outlet.preprint, re.compile(r"xiv\b|\bssrn\b|preprint|预印", re.IGNORECASE)),
    (
        Outlet.conference,
        re.compile(r"conference|symposium|workshop|congress|会议|年会|研讨会|大会|论文集", re.IGNORECASE),
    ),
    (Outlet.book, re.compile(r"\bpress\b|publish|\bverlag\b|出版", re.IGNORECASE)),
)
"""By what its name says; publishers state one line, and most of what appears appears in journals."""


@dataclass(frozen=True)
class Person:
    """An author as given; ``affiliation`` may be empty. ``entity`` is an organisation standing in for authors."""

    name: str
    affiliation: str = ""
    entity: bool = False


@dataclass(frozen=True)
class Column:
    """A column of a table: its type as the format declares it or as its values show it, and its least value."""

    name: str
    type: str
    low: str = ""


@dataclass(frozen=True)
class Table:
    """The columns of a CSV, TSV or Parquet file as its preview found them, the first 60 at most."""

    rows: int
    columns: Sequence[Column]
    encoding: str
    separator: str


@dataclass(frozen=True)
class FileEntry:
    """A file of the version that this reader may fetch."""

    path: str
    sha256: str
    size: int
    media_type: str
    table: Table | None = None


@dataclass(frozen=True)
class Score:
    """A metric of a result with its 95 % interval, in the metric's own unit."""

    name: str
    title_zh: str
    title_en: str
    unit: str
    value: float
    low: float
    high: float
    primary: bool
    higher_is_better: bool


@dataclass(frozen=True)
class Outcome:
    """An accepted result on a version of a benchmark, with the digests that let anybody check it."""

    evaluation: str
    number: str
    benchmark: str
    """``namespace/name`` of the benchmark."""
    benchmark_number: str
    benchmark_title: str
    benchmark_title_en: str
    at: dt.datetime
    items: int
    sandbox_grade: str
    digests: dict[str, str]
    scores: Sequence[Score]


@dataclass(frozen=True)
class Related:
    """Another asset; ``direction`` is ``to`` where this asset names it, ``from`` the other way round."""

    kind: RelationKind
    direction: str
    full_name: str
    title: str
    asset_kind: AssetKind


@dataclass(frozen=True)
class Record:
    """An asset, in ``number`` where a version is described (empty: there is none yet)."""

    kind: AssetKind
    namespace: str
    name: str
    title: str
    title_en: str
    summary: str
    summary_en: str
    licence: str
    number: str
    authors: Sequence[Person]
    publisher: str
    published: dt.datetime
    updated: dt.datetime
    site: str
    """Address of this portal, without a slash at its end."""
    site_name: str
    tags: Sequence[str] = ()
    scenarios: Sequence[Scenario] = ()
    doi: str = ""
    """As registered, without a prefix; ``cstr`` with its prefix. Both name the work wherever it is."""
    cstr: str = ""
    year: int | None = None
    """When the work appeared, where that is stated: not when it came to this portal."""
    venue: str = ""
    """Journal, conference or publisher."""
    card: str = ""
    facts: CardFacts = field(default_factory=CardFacts)
    related: Sequence[Related] = ()
    files: Sequence[FileEntry] = ()
    outcomes: Sequence[Outcome] = ()
    tree_digest: str = ""
    pinned: bool = False
    """Whether one version was asked for, and not whichever is the newest."""

    @property
    def full_name(self) -> str:
        """``namespace/name``."""
        return f"{self.namespace}/{self.name}"

    @property
    def asset_url(self) -> str:
        """The asset's lasting address."""
        return f"{self.site}/assets/{self.full_name}"

    @property
    def url(self) -> str:
        """The lasting address of what is described: the version where one was asked for, else the asset."""
        return f"{self.asset_url}/versions/{_quoted(self.number)}" if self.pinned else self.asset_url

    @property
    def version_url(self) -> str:
        """The address of the version whose files are described (the asset's where there is none)."""
        return f"{self.asset_url}/versions/{_quoted(self.number)}" if self.number else self.asset_url

    @property
    def appeared(self) -> int:
        """The year a citation gives."""
        return self.year or shanghai(self.published).year

    @property
    def outlet(self) -> Outlet | None:
        """What a paper appeared in; one that names nothing is a preprint on this portal. None for other kinds."""
        if self.kind is not AssetKind.paper:
            return None
        if not self.venue:
            return Outlet.preprint
        return next((outlet for outlet, said in _OUTLETS if said.search(self.venue)), Outlet.journal)

    @property
    def description(self) -> str:
        """The summary, or the title where there is none."""
        return self.summary or self.summary_en or self.title


def _quoted(number: str) -> str:
    return number.replace("+", "%2B")
