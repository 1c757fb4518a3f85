"""``item_table`` of the manifest: where items lie, which slices they belong to, and which of that is public."""

from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from portal.kit.i18n import _
from registry.benchmarks.digests import INPUTS, LABELS
from registry.benchmarks.fields import Bilingual, PlainPath, Strict

REGION, PLACE = "region", "place"
LEAST = 5
"""No score is made of fewer items, whatever a benchmark says."""


def committed_path(value: str) -> str:
    """A path that the digests of the benchmark's data and of its dry run commit to."""
    if not value.startswith((INPUTS, LABELS)):
        raise ValueError(_("The item table must lie below inputs/ or labels/."))
    return value


def own_name(value: str) -> str:
    """A slice's name that does not hide the regions or the grid."""
    if value in {REGION, PLACE}:
        raise ValueError(_("“%(name)s” is reserved and cannot name a slice.", name=value))
    return value


ColumnHeader = Annotated[str, Field(min_length=1, max_length=100)]
Titles = dict[Annotated[str, Field(min_length=1, max_length=60)], Bilingual]


class Region(Strict):
    """Items carry a division code (GB/T 2260): two digits for a province, four for a city, six for a county."""

    column: ColumnHeader
    public: bool = False
    titles: Titles = Field(default_factory=dict, max_length=1000)
    """Names of cities and counties; those of the provinces are known."""


class Place(Strict):
    """Items carry longitude and latitude in degrees; scores are given for squares of a grid."""

    lon: ColumnHeader
    lat: ColumnHeader
    cell_deg: float = Field(ge=0.0001, le=30)
    public: bool = False


class Slice(Strict):
    """A named column of categories, such as season, sensor, land use class or kind of perturbation."""

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$"), AfterValidator(own_name)]
    title: Bilingual
    column: ColumnHeader
    public: bool = False
    titles: Titles = Field(default_factory=dict, max_length=100)
    """Names of the categories, in the order in which pages show them."""
    copy_of: ColumnHeader | None = None
    """A column with the id of the item that a perturbed item is a copy of, empty for originals."""


class ItemTable(Strict):
    """A CSV table with a line per item. Scores by region and slice are aggregates of at least ``least`` items."""

    file: Annotated[PlainPath, AfterValidator(committed_path)]
    id: ColumnHeader = "id"
    least: int = Field(default=LEAST, ge=LEAST, le=1000)
    region: Region | None = None
    place: Place | None = None
    slices: list[Slice] = Field(default_factory=list, max_length=10)

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.region is not None and self.place is not None:
            raise ValueError(_("Say either “region” or “place”: a map shows one of them."))
        if self.region is None and self.place is None and not self.slices:
            raise ValueError(_("An item table needs “region”, “place” or “slices”."))
        names = [part.name for part in self.slices]
        if len(set(names)) != len(names):
            raise ValueError(_("Two slices have the same name."))
        return self

    @property
    def columns(self) -> list[str]:
        """All columns the table must have, each once."""
        found = dict.fromkeys([self.id])
        if self.region is not None:
            found[self.region.column] = None
        if self.place is not None:
            found |= dict.fromkeys([self.place.lon, self.place.lat])
        for part in self.slices:
            found[part.column] = None
            if part.copy_of is not None:
                found[part.copy_of] = None
        return list(found)

    def is_public(self, dimension: str) -> bool:
        """Whether everyone who sees a result sees its scores along this dimension; else its owner only."""
        if dimension == REGION:
            return self.region is not None and self.region.public
        if dimension == PLACE:
            return self.place is not None and self.place.public
        return any(part.public for part in self.slices if part.name == dimension)
