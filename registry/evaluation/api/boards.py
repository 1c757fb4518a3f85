"""Leaderboards as JSON."""

from typing import Annotated

from fastapi import Query

from portal.kit.answers import problems
from portal.kit.pages import Req
from portal.kit.routes import Doors, scope
from registry.benchmarks import queries as benchmark_queries
from registry.evaluation.api.schemas import BoardLine, BoardOut, MetricOut
from registry.evaluation.boards import read_lines
from registry.evaluation.guards import Bench, shown
from registry.versions.semver import NUMBER

router = Doors()
Number = Annotated[str | None, Query(pattern=f"^{NUMBER.pattern}$", description="Semantic version")]


@router.api(
    "GET",
    "/api/v1/benchmarks/{ns}/{name}/leaderboard",
    guard=scope("read", shown),
    response_model=BoardOut,
    responses=problems(404),
    summary="The leaderboard of a benchmark",
    tags=["benchmarks"],
)
def leaderboard(req: Req, version: Number = None) -> BoardOut:  # noqa: ARG001 - the guard reads it
    """The best accepted result of every asset with rank interval and tie group; ``version`` picks an older board."""
    bench: Bench = req.subject
    metrics = benchmark_queries.metrics_of(req.db, bench.benchmark.id)
    order = [metric.name for metric in metrics]
    return BoardOut(
        benchmark=bench.full_name,
        benchmark_version=bench.version.number,
        primary_metric=next(metric.name for metric in metrics if metric.is_primary),
        metrics=bench.benchmark.manifest["metrics"],
        lines=[
            BoardLine(
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
            )
            for line in read_lines(req.db, bench.benchmark.id)
        ],
    )
