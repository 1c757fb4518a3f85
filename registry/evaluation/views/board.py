"""Leaderboards: a table, intervals, ties shown as ties, and the same numbers as CSV and JSON."""

from collections.abc import Sequence
from typing import Any

from fastapi.responses import Response
from markupsafe import Markup

from portal.kit.charts import IntervalRow, interval_dots
from portal.kit.clock import shanghai
from portal.kit.i18n import _, get_locale, label
from portal.kit.pages import Context, Req
from portal.kit.routes import Doors
from portal.kit.text import to_csv
from registry.assets.fragments import Fragments, draw
from registry.benchmarks import queries as benchmark_queries
from registry.benchmarks.guards import Bench, shown
from registry.benchmarks.models import BenchmarkMetric
from registry.evaluation.boards import Line, read_lines, title_of, with_metrics
from registry.evaluation.queries import boards, reruns
from registry.evaluation.standings import Place, places, ranked, views_of

router = Doors()
MOST_DRAWN = 40
_rows: Fragments[Markup] = Fragments(size=4000, seconds=3600)
_charts: Fragments[Markup] = Fragments(size=200, seconds=3600)


@router.page("/benchmarks/{ns}/{name}/leaderboard", guard=shown)
def leaderboard(req: Req) -> Response:
    """A page of the board; at most seven queries, whatever its length, and two more by region or slice."""
    bench: Bench = req.subject
    metrics = benchmark_queries.metrics_of(req.db, bench.benchmark.id)
    primary = next(metric for metric in metrics if metric.is_primary)
    sort = req.query.get("sort", "")
    sort = sort if sort.removeprefix("-") in {metric.name for metric in metrics} else ""
    views = views_of(req.db, req.actor, bench, primary)
    view = views.find(req.query.get("by", "")) if views and not sort else None
    page = boards.page(
        req.db,
        bench.benchmark.id,
        sort=sort,
        by=view.standing if view else None,
        after=req.query.get("after"),
        before=req.query.get("before"),
    )
    lines = with_metrics(req.db, page.rows)
    standing = places(req.db, bench.benchmark.id, view, views, lines) if view and views else None
    heading = primary.title_en if req.locale == "en" else primary.title_zh
    return req.page(
        "evaluation/board.html",
        block="board",
        bench=bench,
        language="en" if req.locale == "en" else "zh",
        metrics=metrics,
        primary=primary,
        lines=lines,
        rows=_drawn(lines, metrics, standing),
        chart=_chart(req, lines, primary, heading, standing),
        heading=heading,
        view=view,
        options=views.options if views else [],
        sort=sort,
        numbers=benchmark_queries.numbers_of(req.db, bench.asset.id),
        weak=any(line.sandbox_grade == "weak" for line in lines),
        entries=boards.length(req.db, bench.benchmark.id),
        drawn=MOST_DRAWN,
        replaced_at=None
        if bench.benchmark.is_latest
        else reruns.replaced_at(req.db, bench.asset.id, bench.benchmark.id),
        prev_url=req.url_with(before=page.before, after=None) if page.before else None,
        next_url=req.url_with(after=page.after, before=None) if page.after else None,
    )


def _drawn(
    lines: Sequence[Line], metrics: Sequence[BenchmarkMetric], standing: Sequence[Place] | None
) -> list[Markup]:
    """The table's rows. A row depends on nothing but the line: the values of a result never change."""
    shown = tuple(metric.name for metric in metrics)
    at: Sequence[Place | None] = standing or [None] * len(lines)
    keys = [(tuple(line.row), shown, place, get_locale()) for line, place in zip(lines, at, strict=True)]
    parts = _rows.get_many(keys)
    return [
        part
        if part is not None
        else _rows.put(key, draw("evaluation/_board_row.html", line=line, names=shown, place=place))
        for part, key, line, place in zip(parts, keys, lines, at, strict=True)
    ]


def _chart(
    req: Context,
    lines: Sequence[Line],
    primary: BenchmarkMetric,
    heading: str,
    standing: Sequence[Place] | None,
) -> Markup:
    """The first lines of the page with their intervals; the reader's own are marked."""
    shown: Sequence[Any] = standing or [line.metrics.get(primary.name) for line in lines]
    rows = [
        IntervalRow(
            title_of(line, req.locale),
            score.value,
            score.value if score.low is None else score.low,
            score.value if score.high is None else score.high,
            mark=line.namespace == req.actor.namespace,
        )
        for line, score in list(zip(lines, shown, strict=True))[:MOST_DRAWN]
        if score is not None and score.value is not None
    ]
    title = _("%(metric)s with 95 %% intervals", metric=heading)
    key = (tuple(rows), title, primary.unit, req.locale)
    drawn = _charts.get(key)
    if drawn is None:
        drawn = _charts.put(key, interval_dots(rows, title=title, unit=primary.unit, locale=req.locale))
    return drawn


@router.page("/benchmarks/{ns}/{name}/leaderboard.csv", guard=shown)
def leaderboard_csv(req: Req) -> Response:
    """The board for a spreadsheet: UTF-8 with byte order mark, no cell that could run as a formula."""
    bench: Bench = req.subject
    metrics = benchmark_queries.metrics_of(req.db, bench.benchmark.id)
    header = [
        _("Position"),
        _("Rank"),
        _("Rank, low"),
        _("Rank, high"),
        _("Asset"),
        _("Title"),
        _("Version"),
        _("Owner"),
    ]
    for metric in metrics:
        name = metric.title_en if req.locale == "en" else metric.title_zh
        name = f"{name} ({metric.unit})" if metric.unit else name
        header += [name, _("%(metric)s, low", metric=name), _("%(metric)s, high", metric=name)]
    header += [_("Predict time, s"), _("Peak memory, bytes")]
    header += [_("Kind"), _("Sandbox"), _("Scored at"), _("Evaluation")]
    lines = read_lines(req.db, bench.benchmark.id)
    names = [metric.name for metric in metrics]
    views = views_of(req.db, req.actor, bench, next(metric for metric in metrics if metric.is_primary))
    view = views.find(req.query.get("by", "")) if views else None
    if view is None or views is None:
        rows = [_csv_row(line, names, req.locale) for line in lines]
    else:
        header += [
            view.title,
            _("%(metric)s, low", metric=view.title),
            _("%(metric)s, high", metric=view.title),
            _("Weakest slice"),
        ]
        rows = [
            [*_csv_row(line, names, req.locale), *_csv_place(place)]
            for line, place in ranked(req.db, bench.benchmark.id, view, views, lines)
        ]
    name = f"{bench.namespace.slug}-{bench.asset.name}-{bench.version.number}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(to_csv(header, rows), media_type="text/csv; charset=utf-8", headers=headers)


def _csv_row(line: Line, names: Sequence[str], locale: str) -> list[object]:
    row: list[object] = [line.position, line.rank, line.rank_low, line.rank_high]
    row += [f"{line.namespace}/{line.name}", title_of(line, locale), line.number, line.owner]
    for name in names:
        metric = line.metrics.get(name)
        row += [metric.value, metric.low, metric.high] if metric else ["", "", ""]
    when = shanghai(line.created_at).strftime("%Y-%m-%d %H:%M:%S")
    grade = _("Weak") if line.sandbox_grade == "weak" else _("Strong")
    row += [round(line.predict_s, 3), line.peak_memory_bytes]
    return [*row, label(line.submission), grade, when, str(line.evaluation_id)]


def _csv_place(place: Place) -> list[object]:
    ends = (place.value, place.low, place.high)
    return [*("" if end is None else end for end in ends), place.title]
