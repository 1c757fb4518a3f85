"""Scores by region and slice as pages, files and the API show them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from portal.kit.actor import Actor
from portal.kit.db import Session
from portal.kit.formats import number
from portal.kit.i18n import _, get_locale
from registry.benchmarks import queries as benchmark_queries
from registry.benchmarks.divisions import PROVINCES
from registry.benchmarks.itemtable import PLACE, REGION
from registry.benchmarks.models import BenchmarkCell, BenchmarkMetric, BenchmarkVersion
from registry.evaluation import policy
from registry.evaluation.guards import Seen
from registry.evaluation.models import Result, ResultCell
from registry.evaluation.queries import cells as queries

MUNICIPALITIES = frozenset({"11", "12", "31", "50"})


@dataclass(frozen=True)
class CellLine:
    """A cell with its name and, where one was made, its score by one metric."""

    cell: BenchmarkCell
    title: str
    score: ResultCell | None

    @property
    def verdict(self) -> str:
        """``above`` or ``below`` the score of all items where the interval of the difference leaves 0 out."""
        score = self.score
        if score is None or score.difference_low is None or score.difference_high is None:
            return "unclear"
        if score.difference_low <= 0 <= score.difference_high:
            return "unclear"
        return "above" if score.difference_low > 0 else "below"


@dataclass(frozen=True)
class Dimension:
    """All cells of the regions, of the grid, or of one slice, by one metric."""

    name: str
    title: str
    public: bool
    lines: list[CellLine]
    higher_is_better: bool

    @property
    def is_slice(self) -> bool:
        """Neither regions nor grid."""
        return self.name not in {REGION, PLACE}

    @property
    def has_drops(self) -> bool:
        """Whether perturbed copies are compared with their originals."""
        return any(line.score is not None and line.score.drop is not None for line in self.lines)

    def below(self, parent: str) -> list[CellLine]:
        """The regions just below one; the provinces below none."""
        return [line for line in self.lines if line.cell.parent == parent]

    @property
    def weakest(self) -> CellLine | None:
        """The cell with the worst score; None where fewer than two have one."""
        return self._end(worst=True)

    @property
    def strongest(self) -> CellLine | None:
        """The cell with the best score; None where fewer than two have one."""
        return self._end(worst=False)

    @property
    def gap(self) -> float | None:
        """How far the worst and the best cell lie apart, in the metric's unit."""
        worst, best = self.weakest, self.strongest
        if worst is None or best is None or worst.score is None or best.score is None:
            return None
        return abs(best.score.value - worst.score.value)

    def _end(self, *, worst: bool) -> CellLine | None:
        scored = [(line.score.value, line) for line in self.below("") if line.score is not None]
        if len(scored) < 2:
            return None
        pick = min if worst == self.higher_is_better else max
        return pick(scored, key=lambda pair: pair[0])[1]


def dimensions(
    manifest: Mapping[str, Any],
    cells: Sequence[BenchmarkCell],
    scores: Sequence[ResultCell],
    *,
    higher_is_better: bool,
    owner: bool,
) -> list[Dimension]:
    """What a reader may see, in the order of the manifest; all of it only the benchmark's owner."""
    by_cell = {score.cell_id: score for score in scores}
    found: dict[str, Dimension] = {}
    for cell in cells:
        if not (cell.public or owner):
            continue
        if cell.dimension not in found:
            title = dimension_title(manifest, cell.dimension)
            found[cell.dimension] = Dimension(cell.dimension, title, cell.public, [], higher_is_better)
        line = CellLine(cell, cell_title(manifest, cell), by_cell.get(cell.id))
        found[cell.dimension].lines.append(line)
    return list(found.values())


def every_line(
    db: Session, actor: Actor, seen: Seen, result: Result | None
) -> list[tuple[BenchmarkMetric, Dimension, CellLine, int]]:
    """Metric, dimension, line and least number of items, for everything the reader may see; three queries."""
    benchmark = db.get_one(BenchmarkVersion, seen.row.benchmark_id)
    form = benchmark.manifest.get("item_table")
    if result is None or not form:
        return []
    cells = benchmark_queries.cells_of(db, benchmark.id)
    scores: dict[str, list[ResultCell]] = {}
    for score in queries.scores(db, result.id):
        scores.setdefault(score.metric, []).append(score)
    owner = policy.sees_all_cells(actor, seen.facts.benchmark_namespace_id)
    return [
        (metric, one, line, int(form["least"]))
        for metric in benchmark_queries.metrics_of(db, benchmark.id)
        for one in dimensions(
            benchmark.manifest,
            cells,
            scores.get(metric.name, []),
            higher_is_better=metric.higher_is_better,
            owner=owner,
        )
        for line in one.lines
    ]


def weakest_slice(found: Sequence[Dimension]) -> tuple[Dimension, CellLine] | None:
    """The worst category of all slices, with its slice."""
    ends = [(one, one.weakest) for one in found if one.is_slice]
    scored = [
        (line.score.value, one, line) for one, line in ends if line is not None and line.score is not None
    ]
    if not scored:
        return None
    pick = min if scored[0][1].higher_is_better else max
    _value, one, line = pick(scored, key=lambda each: each[0])
    return one, line


def _text(titles: Mapping[str, str]) -> str:
    return titles["en" if get_locale() == "en" else "zh"]


def _slice(manifest: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    slices: list[Mapping[str, Any]] = manifest["item_table"]["slices"]
    return next(part for part in slices if part["name"] == name)


def declared(manifest: Mapping[str, Any], *, owner: bool) -> list[str]:
    """The names of the dimensions along which a benchmark gives scores, as far as a reader may see them."""
    form = manifest.get("item_table")
    if not form:
        return []
    parts = [(name, form[name]["public"]) for name in (REGION, PLACE) if form[name] is not None]
    parts += [(part["name"], part["public"]) for part in form["slices"]]
    return [dimension_title(manifest, name) for name, public in parts if public or owner]


def dimension_title(manifest: Mapping[str, Any], dimension: str) -> str:
    """The name of a dimension in the reader's language."""
    if dimension == REGION:
        return _("Region")
    if dimension == PLACE:
        return _("Square of the grid")
    return _text(_slice(manifest, dimension)["title"])


def cell_title(manifest: Mapping[str, Any], cell: BenchmarkCell) -> str:
    """The name of a cell in the reader's language; a category without one stands for itself."""
    if cell.dimension == PLACE:
        return place_title(cell.key, float(manifest["item_table"]["place"]["cell_deg"]))
    if cell.dimension == REGION:
        return region_title(cell.key, manifest["item_table"]["region"]["titles"])
    titles = _slice(manifest, cell.dimension)["titles"]
    return _text(titles[cell.key]) if cell.key in titles else cell.key


def region_title(code: str, titles: Mapping[str, Mapping[str, str]]) -> str:
    """The name the benchmark gives, or the province's; else the code alone."""
    if code in titles:
        return _text(titles[code])
    if code in PROVINCES:
        province = PROVINCES[code]
        return province.name_en if get_locale() == "en" else province.name_zh
    if len(code) == 4 and code[:2] in MUNICIPALITIES and code[2:] == "01":
        return _("Districts of the municipality (%(code)s)", code=code)
    return code


def place_title(key: str, cell_deg: float) -> str:
    """The bounds of a square: longitudes, then latitudes."""
    east, north = (int(part) for part in key.split(","))
    return f"{_span(east, cell_deg, 'E', 'W')} {_span(north, cell_deg, 'N', 'S')}"


def _span(at: int, step: float, plus: str, minus: str) -> str:
    ends = sorted((abs(at * step), abs((at + 1) * step)))
    return f"{ends[0]:.6g}–{ends[1]:.6g}°{plus if at >= 0 else minus}"


def withheld(line: CellLine, least: int, *, made: bool = True) -> str:
    """Why a cell has no score, in words; empty where it has one. ``made``: whether scores were made at all."""
    if line.score is not None:
        return ""
    if line.cell.hidden and line.cell.item_count < least:
        return _("too few items (< %(n)s)", n=least)
    if line.cell.hidden:
        return _("withheld: a small group could be worked out")
    return _("undefined here, or too few items of a class") if made else _("not made yet")


def summary(line: CellLine, least: int) -> str:
    """A cell and its score in one line, as the name of a mark on a map."""
    if line.score is None:
        return _("%(name)s: %(value)s", name=line.title, value=withheld(line, least))
    return _(
        "%(name)s: %(value)s (%(n)s items)",
        name=line.title,
        value=number(line.score.value),
        n=line.cell.item_count,
    )
