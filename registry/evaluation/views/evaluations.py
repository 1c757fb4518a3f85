"""Pages of evaluations: mine, one, cancel, log."""

from collections.abc import Sequence
from typing import Any

from fastapi.responses import PlainTextResponse, Response

from portal.kit.charts import Series, lines
from portal.kit.clock import shanghai
from portal.kit.i18n import _
from portal.kit.pages import Context, Req
from portal.kit.routes import Doors, signed_in
from portal.kit.sheets import csv_file
from registry.benchmarks import queries as benchmark_queries
from registry.benchmarks.models import BenchmarkVersion
from registry.evaluation import actions, failures, policy, timeline
from registry.evaluation.guards import Seen, readable
from registry.evaluation.models import ACTIVE, Attempt, EvaluationState
from registry.evaluation.queries import lists
from registry.evaluation.views.cells import shown_cells
from registry.evaluation.waiting import standing
from registry.versions.models import SubmissionKind

router = Doors()
MIB = 1 << 20
MOST_LOG = 2000
MOST_ROWS = 5_000


def cancellable(req: Context) -> Seen:
    """Somebody signed in, on an evaluation they may see; whether they may cancel it the action decides."""
    signed_in(req)
    return readable(req)


@router.page("/evaluations", guard=signed_in)
def index(req: Req) -> Response:
    """What I, and the namespaces I publish in, have submitted."""
    state = _state(req)
    page = lists.page_of(
        req.db,
        req.actor,
        mine=True,
        state=state,
        after=req.query.get("after"),
        before=req.query.get("before"),
    )
    return req.page(
        "evaluation/list.html", block="results", page=page, states=list(EvaluationState), state=state
    )


def _state(req: Context) -> EvaluationState | None:
    wanted = req.query.get("state", "")
    return EvaluationState(wanted) if wanted in {member.value for member in EvaluationState} else None


@router.page("/evaluations.csv", guard=signed_in)
def table(req: Req) -> Response:
    """The same evaluations as a table, 5,000 rows at most."""
    header = ("id", "asset", "version", "kind", "benchmark", "state", "submitted_by", "submitted", "finished")
    rows = [
        (
            str(row.id), f"{row.namespace}/{row.name}", row.number, row.submission.value,
            f"{row.bench_namespace}/{row.bench_name}", row.state.value, row.submitter,
            shanghai(row.created_at).isoformat(timespec="seconds"),
            shanghai(row.finished_at).isoformat(timespec="seconds") if row.finished_at else "",
        )
        for row in lists.page_of(req.db, req.actor, mine=True, state=_state(req), size=MOST_ROWS)
    ]  # fmt: skip
    return csv_file("evaluations.csv", header, rows)


@router.page("/evaluations/{id}", guard=readable)
def detail(req: Req) -> Response:
    """One evaluation: how it went, what it used, what came out, and how to check it."""
    seen: Seen = req.subject
    row = seen.row
    attempts = lists.attempts(req.db, row.id)
    phases = policy.visible_log_phases(req.actor, seen.facts)
    pieces = lists.log(req.db, row.id, phases, limit=MOST_LOG)
    last = attempts[-1] if attempts else None
    return req.page(
        "evaluation/detail.html",
        **progress_values(req, seen),
        attempts=attempts,
        last=last,
        phases=phases,
        log_text=log_text(pieces),
        log_after=pieces[-1].id if pieces else 0,
        party=policy.is_party(req.actor, seen.facts),
        can_cancel=policy.can_cancel(req.actor, seen.facts) and row.state in ACTIVE,
        charts=_charts(last, req.locale) if last is not None and last.usage else None,
        **_result_values(req, seen),
        refused=_refused(attempts, seen, named="predict" in phases),
    )


def _refused(attempts: Sequence[Attempt], seen: Seen, *, named: bool) -> str:
    """What the sandbox refused the submission in the attempt that counts, in words. ``named``: also which calls; for
    readers of its log only, because what a program chooses to call says as much as what it prints."""
    if seen.row.submission is SubmissionKind.predictions:
        return "—"
    kept = attempts[-1].denied if attempts else None
    if kept is None:
        return _("Not recorded")
    if not kept["network"] + kept["other"]:
        return _("None") if kept["whole"] else _("Not recorded")
    words = _(
        "%(network)s attempts at the network, %(other)s other calls",
        network=kept["network"],
        other=kept["other"],
    )
    words = words if kept["whole"] else _("At least: %(words)s", words=words)
    most = sorted(kept["calls"].items(), key=lambda pair: (-pair[1], pair[0]))
    calls = ", ".join(f"{name} {count}" for name, count in most)
    return f"{words} ({calls})" if named else words


def progress_values(req: Context, seen: Seen) -> dict[str, Any]:
    """What the live part of the page shows."""
    row = seen.row
    events = timeline.known_by(lists.events(req.db, row.id), row.state)
    failed = row.failure_code and row.state in {EvaluationState.failed_user, EvaluationState.failed_platform}
    return {
        "seen": seen,
        "row": row,
        "active": row.state in ACTIVE,
        "steps": timeline.steps(events, row.state),
        "timeline": timeline.items(events, row.state),
        "last_event": events[-1].id if events else 0,
        "standing": standing(req.db, row.id) if row.state is EvaluationState.queued else None,
        "failure": failures.words(row.failure_code, row.failure_params) if failed else None,
    }


def _result_values(req: Context, seen: Seen) -> dict[str, Any]:
    row = seen.row
    result = lists.result(req.db, row.id)
    if result is None:
        return {"result": None}
    values = lists.result_metrics(req.db, result.id)
    benchmark = req.db.get_one(BenchmarkVersion, row.benchmark_id)
    declared = benchmark_queries.metrics_of(req.db, row.benchmark_id)
    return {
        "result": result,
        "statement": lists.statement(req.db, row.id),
        "benchmark": benchmark,
        "metrics": [(metric, values[metric.name]) for metric in declared if metric.name in values],
        "language": "en" if req.locale == "en" else "zh",
        "shown": shown_cells(req, seen, result, benchmark, declared),
    }


def _charts(attempt: Attempt, locale: str) -> dict[str, Any]:
    """Memory and processor use over time; the data come as a table beside."""
    names = {"predict": _("Prediction step"), "score": _("Scoring step")}
    memory: dict[str, list[tuple[float, float]]] = {}
    cores: dict[str, list[tuple[float, float]]] = {}
    before: dict[str, tuple[float, float]] = {}
    for phase, t_s, cpu_s, memory_bytes in attempt.usage:
        memory.setdefault(phase, [(0.0, 0.0)]).append((t_s, memory_bytes / MIB))
        then, spent = before.get(phase, (0.0, 0.0))
        if t_s > then:
            cores.setdefault(phase, []).append((t_s, max(0.0, (cpu_s - spent) / (t_s - then))))
        before[phase] = (t_s, cpu_s)
    return {
        "memory": lines(
            [Series(names.get(phase, phase), points) for phase, points in memory.items()],
            title=_("Memory over time"),
            x_label=_("Seconds since the start of the phase"),
            unit="MiB",
            locale=locale,
        ),
        "cores": lines(
            [Series(names.get(phase, phase), points) for phase, points in cores.items()],
            title=_("Processor cores in use"),
            x_label=_("Seconds since the start of the phase"),
            unit=_("cores"),
            locale=locale,
        ),
        "rows": [
            (names.get(phase, phase), t_s, cpu_s, memory_bytes)
            for phase, t_s, cpu_s, memory_bytes in attempt.usage
        ],
    }


def log_text(pieces: Any, before: tuple[int, str] | None = None) -> str:
    """Pieces of the log as one text, with a line where attempt or phase changes."""
    names = {"predict": _("Prediction step"), "score": _("Scoring step")}
    parts: list[str] = []
    for piece in pieces:
        here = (piece.attempt_no, piece.phase)
        if here != before:
            gap = "" if not parts or parts[-1].endswith("\n") else "\n"
            attempt = _("Attempt %(n)s", n=piece.attempt_no)
            parts.append(f"{gap}── {attempt} · {names.get(piece.phase, piece.phase)} ──\n")
            before = here
        parts.append(piece.text)
    return "".join(parts)


@router.page("/evaluations/{id}/log.txt", guard=readable)
def log_file(req: Req) -> Response:
    """The whole log as text, as far as the reader may see it."""
    seen: Seen = req.subject
    phases = policy.visible_log_phases(req.actor, seen.facts)
    text = log_text(lists.log(req.db, seen.row.id, phases, limit=100_000))
    headers = {"Content-Disposition": f'attachment; filename="{seen.row.id}.txt"'}
    return PlainTextResponse(text, headers=headers)


@router.act("/evaluations/{id}/cancel", guard=cancellable)
def cancel(req: Req) -> Response:
    """End it now."""
    evaluation = actions.cancel(req.db, req.actor, evaluation_id=req.path_id())
    flash = _("Cancelled. The quota was given back.") if evaluation.quota_returned else _("Cancelled.")
    return req.redirect(f"/evaluations/{evaluation.id}", flash=flash)
