"""Scores by region and slice on the page of an evaluation, as CSV, and the request to have them made."""

from collections.abc import Sequence
from typing import Any

from fastapi.responses import Response

from portal.kit.i18n import _
from portal.kit.pages import Context, Req
from portal.kit.routes import Doors, signed_in
from portal.kit.text import to_csv
from registry.benchmarks import queries as benchmark_queries
from registry.benchmarks.itemtable import PLACE, REGION
from registry.benchmarks.models import BenchmarkMetric, BenchmarkVersion
from registry.evaluation import policy
from registry.evaluation.actions import cells as actions
from registry.evaluation.cells import Dimension, dimensions, every_line, weakest_slice, withheld
from registry.evaluation.guards import Seen, readable
from registry.evaluation.maps import grid_map, tile_map
from registry.evaluation.models import Result
from registry.evaluation.queries import cells as queries
from registry.evaluation.queries import lists

router = Doors()
SHOWN_IN_TABLE = 200


def known(req: Context) -> Seen:
    """Somebody signed in, on an evaluation they may see: the scores cost computing time."""
    signed_in(req)
    return readable(req)


def shown_cells(
    req: Context, seen: Seen, result: Result, benchmark: BenchmarkVersion, metrics: Sequence[BenchmarkMetric]
) -> dict[str, Any] | None:
    """What the page shows along regions and slices; None where the benchmark declares none for this reader.

    Two queries, none where the benchmark has no item table.
    """
    if not benchmark.manifest.get("item_table"):
        return None
    wanted = req.query.get("metric", "")
    metric = next((one for one in metrics if one.name == wanted), None)
    metric = metric or next(one for one in metrics if one.is_primary)
    found = dimensions(
        benchmark.manifest,
        benchmark_queries.cells_of(req.db, benchmark.id),
        queries.scores(req.db, result.id, [metric.name]),
        higher_is_better=metric.higher_is_better,
        owner=policy.sees_all_cells(req.actor, seen.facts.benchmark_namespace_id),
    )
    if not found:
        return None
    least = int(benchmark.manifest["item_table"]["least"])
    regions = next((one for one in found if not one.is_slice), None)
    heading = metric.title_en if req.locale == "en" else metric.title_zh
    return {
        "made": result.cells_at is not None,
        "metric": metric,
        "heading": heading,
        "metrics": metrics,
        "least": least,
        "regions": regions,
        "map": _map(req, regions, benchmark, heading, least) if regions is not None else None,
        "opened": _opened(req, regions) if regions is not None else None,
        "slices": [one for one in found if one.is_slice],
        "weakest": weakest_slice(found),
        "most": SHOWN_IN_TABLE,
    }


def _opened(req: Context, regions: Dimension) -> dict[str, Any] | None:
    """The region whose parts are shown: the one asked for, or the only one there is."""
    by_code = {line.cell.key: line for line in regions.lines}
    top = regions.below("")
    code = req.query.get("region", "") or (top[0].cell.key if len(top) == 1 else "")
    if regions.name != REGION or code not in by_code or not regions.below(code):
        return None
    return {"line": by_code[code], "parts": regions.below(code), "above": by_code[code].cell.parent}


def _map(req: Context, regions: Dimension, benchmark: BenchmarkVersion, heading: str, least: int) -> Any:
    title = _("%(metric)s by region", metric=heading)
    links = {line.cell.key: f"#cell-{line.cell.position}" for line in regions.lines}
    if regions.name == PLACE:
        cell_deg = float(benchmark.manifest["item_table"]["place"]["cell_deg"])
        return grid_map(regions, title=title, cell_deg=cell_deg, least=least, links=links)
    parents = {line.cell.parent for line in regions.lines}
    links |= {code: req.url_with(region=code) + "#region" for code in links if code in parents}
    return tile_map(regions, title=title, least=least, links=links)


@router.page("/evaluations/{id}/cells.csv", guard=readable)
def cells_csv(req: Req) -> Response:
    """All metrics along all dimensions that the reader may see; cells without a score say why."""
    seen: Seen = req.subject
    header = [
        _("Dimension"), _("Key"), _("Name"), _("Items"), _("Metric"), _("Value"), _("Low"), _("High"),
        _("Difference from all items"), _("Difference, low"), _("Difference, high"), _("Change by the perturbation"),
        _("Change, low"), _("Change, high"), _("Note"),
    ]  # fmt: skip
    rows: list[list[object]] = []
    result = lists.result(req.db, seen.row.id)
    for metric, one, line, least in every_line(req.db, req.actor, seen, result):
        score = line.score
        note = withheld(line, least, made=result is not None and result.cells_at is not None)
        few = line.cell.item_count < least
        row: list[object] = [
            one.name,
            line.cell.key,
            line.title,
            f"<{least}" if few else line.cell.item_count,
        ]
        numbers = _numbers(score) if score is not None else [None] * 9
        rows.append([*row, metric.name, *("" if n is None else n for n in numbers), note])
    headers = {"Content-Disposition": f'attachment; filename="{seen.row.id}-cells.csv"'}
    return Response(to_csv(header, rows), media_type="text/csv; charset=utf-8", headers=headers)


def _numbers(score: Any) -> list[float | None]:
    return [
        score.value, score.low, score.high, score.difference, score.difference_low, score.difference_high,
        score.drop, score.drop_low, score.drop_high,
    ]  # fmt: skip


@router.act("/evaluations/{id}/cells", guard=known)
def ask(req: Req) -> Response:
    """Have the scores made that are missing."""
    seen: Seen = req.subject
    result = lists.result(req.db, seen.row.id)
    asked = result is not None and actions.ask(req.db, result.id)
    text = (
        _("The scores are being made; look again in a moment.") if asked else _("There is nothing to make.")
    )
    return req.redirect(f"/evaluations/{seen.row.id}#cells-h", flash=text)
