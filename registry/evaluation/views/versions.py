"""Versions of a benchmark: taking the standing entries over, and two boards side by side."""

from typing import Any

from fastapi.responses import Response

from portal.kit.errors import NotFound
from portal.kit.i18n import _, ngettext
from portal.kit.pages import Context, Req
from portal.kit.routes import Doors
from registry.benchmarks import policy as benchmark_policy
from registry.benchmarks import queries as benchmark_queries
from registry.benchmarks.guards import Bench, owned, shown
from registry.evaluation.actions import reruns as actions
from registry.evaluation.compare import side_by_side
from registry.evaluation.queries import boards, reruns

router = Doors()


@router.page("/benchmarks/{ns}/{name}/leaderboard/versions", guard=shown)
def versions(req: Req) -> Response:
    """The board of this version beside that of the one before (or of ``?old=``), with what has changed."""
    bench: Bench = req.subject
    old = reruns.before(req.db, bench.benchmark.id, req.query.get("old") or None)
    if old is None:
        raise NotFound(_("This benchmark has no other version to compare with."))
    metrics = [_primary(req, bench.benchmark.id), _primary(req, old[0].id)]
    owner = benchmark_policy.owns(req.actor, bench.asset.namespace_id)
    return req.page(
        "evaluation/versions.html",
        bench=bench,
        language="en" if req.locale == "en" else "zh",
        old_number=old[1],
        metric=metrics[0],
        comparable=metrics[0].name == metrics[1].name and metrics[0].unit == metrics[1].unit,
        pairs=side_by_side(req.db, old[0].id, bench.benchmark.id, metrics[1].name, metrics[0].name),
        numbers=benchmark_queries.numbers_of(req.db, bench.asset.id),
        entries=boards.length(req.db, bench.benchmark.id),
        owner=owner,
        progress=actions.progress(req.db, bench.benchmark, old[0].id) if owner else None,
    )


def _primary(req: Context, benchmark_id: Any) -> Any:
    return next(row for row in benchmark_queries.metrics_of(req.db, benchmark_id) if row.is_primary)


@router.act("/benchmarks/{ns}/{name}/re-evaluate", guard=owned)
def re_evaluate(req: Req) -> Response:
    """Queue the standing entries of the version before; again: only what is missing."""
    bench: Bench = req.subject
    taken = actions.re_evaluate(req.db, req.actor, benchmark_id=bench.benchmark.id)
    said = ngettext("%(n)s evaluation was queued.", "%(n)s evaluations were queued.", taken.created)
    return req.redirect(f"{bench.url}/leaderboard/versions", flash=said)
