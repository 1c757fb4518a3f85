"""Leaderboards as JSON."""

from typing import Annotated

from fastapi import Query

from portal.kit.answers import problems
from portal.kit.errors import NotFound
from portal.kit.i18n import _
from portal.kit.pages import Req
from portal.kit.routes import Doors, scope
from registry.benchmarks import queries as benchmark_queries
from registry.benchmarks.guards import Bench, shown
from registry.benchmarks.models import BenchmarkMetric
from registry.evaluation.api.schemas import BoardLine, BoardOut, BoardPlace, BoardView, MetricOut
from registry.evaluation.boards import Line, read_lines
from registry.evaluation.standings import ranked, views_of
from registry.versions.semver import NUMBER

router = Doors()
Number = Annotated[str | None, Query(pattern=f"^{NUMBER.pattern}$", description="Semantic version")]
By = Annotated[
    str,
    Query(
        max_length=200,
        description="region/CODE, place/KEY, SLICE/CATEGORY (keys of the scores by region and slice), or weakest",
    ),
]


@router.api(
    "GET",
    "/api/v1/benchmarks/{ns}/{name}/leaderboard",
    guard=scope("read", shown),
    response_model=BoardOut,
    responses=problems(404),
    summary="The leaderboard of a benchmark",
    tags=["benchmarks"],
)
def leaderboard(req: Req, version: Number = None, by: By = "") -> BoardOut:  # noqa: ARG001 - the guard reads version
    """The best accepted result of every asset with rank interval and tie group; ``version`` picks an older board.

    ``by`` orders it by the primary metric in one region or slice instead, and says where each entry stands there.
    """
    bench: Bench = req.subject
    metrics = benchmark_queries.metrics_of(req.db, bench.benchmark.id)
    order = [metric.name for metric in metrics]
    primary = next(metric for metric in metrics if metric.is_primary)
    lines = read_lines(req.db, bench.benchmark.id)
    view, placed = _by(req, bench, primary, by, lines) if by else (None, [(line, None) for line in lines])
    return BoardOut(
        benchmark=bench.full_name,
        benchmark_version=bench.version.number,
        primary_metric=primary.name,
        metrics=bench.benchmark.manifest["metrics"],
        by=view,
        lines=[_line(line, order, place) for line, place in placed],
    )


def _by(
    req: Req, bench: Bench, primary: BenchmarkMetric, by: str, lines: list[Line]
) -> tuple[BoardView, list[tuple[Line, BoardPlace | None]]]:
    """The board by a region or slice; 404 where there is none of that key that the reader may see."""
    views = views_of(req.db, req.actor, bench, primary)
    view = views.find(by) if views is not None else None
    if views is None or view is None:
        raise NotFound(_("This board has no such region or slice."))
    placed: list[tuple[Line, BoardPlace | None]] = [
        (line, BoardPlace(rank=at.rank, value=at.value, low=at.low, high=at.high, weakest=at.title))
        for line, at in ranked(req.db, bench.benchmark.id, view, views, lines)
    ]
    return BoardView(key=view.key, title=view.title), placed


def _line(line: Line, order: list[str], place: BoardPlace | None) -> BoardLine:
    return BoardLine(
        position=line.position,
        rank=line.rank,
        rank_low=line.rank_low,
        rank_high=line.rank_high,
        tie_group=line.tie_group,
        asset=f"{line.namespace}/{line.name}",
        title={"zh": line.title, "en": line.title_en or line.title},
        version=line.number,
        owner=line.owner,
        kind=line.submission.value,
        sandbox_grade=line.sandbox_grade,
        evaluation=line.evaluation_id,
        scored_at=line.created_at,
        metrics=[
            MetricOut(name=name, value=found.value, low=found.low, high=found.high)
            for name in order
            if (found := line.metrics.get(name)) is not None
        ],
        by=place,
    )
