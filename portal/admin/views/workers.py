"""Workers: who they are, what they run, what failed and why; drain, resume, and the figures of the queue."""

from typing import Any

from fastapi.responses import Response
from pydantic import ValidationError

from portal.admin import queries
from portal.kit.charts import bar
from portal.kit.errors import NotFound
from portal.kit.i18n import _
from portal.kit.pages import Context, Req
from portal.kit.routes import Doors, role
from registry.evaluation.failures import FAILURES
from registry.workers import actions
from registry.workers import queries as workers
from registry.workers.forms import RuleForm
from registry.workers.models import Worker, WorkerState

router = Doors()
ADMIN = role("system_admin")
HOURS = {"24h": 24, "7d": 168}
MOST_BARS = 8
FIGURES = ("half_life_s", "ageing_s", "user_running", "user_waiting")


@router.page("/admin/workers", guard=ADMIN)
def index(req: Req) -> Response:
    """Living workers, leases, failures by cause, and the rule."""
    return req.page("admin/workers.html", **_values(req))


def _values(req: Context, **more: Any) -> dict[str, Any]:
    window = req.query.get("window", "")
    window = window if window in HOURS else "24h"
    causes = queries.failures(req.db, HOURS[window])
    rule = workers.rule(req.db)
    bars = [(cause_name(row.code), float(row.n)) for row in causes[:MOST_BARS]]
    return {
        "workers": workers.living(req.db),
        "gone": workers.lately_gone(req.db),
        "away": workers.drained_and_away(req.db),
        "leases": queries.leases_of(req.db),
        "causes": [(cause_name(row.code), row) for row in causes],
        "attempts": queries.attempts_since(req.db, HOURS[window]),
        "chart": bar(bars, title=_("Failed attempts by cause"), locale=req.locale),
        "window": window,
        "windows": HOURS,
        "rule": rule,
        "figures": {name: f"{getattr(rule, name):.10g}" for name in FIGURES},
        "errors": {},
        **more,
    }


def cause_name(code: str) -> str:
    """A failure in words."""
    failure = FAILURES.get(code)
    return _(failure.title) if failure is not None else code


def known(req: Context) -> Worker:
    """A system administrator, on a worker that has signed on."""
    ADMIN(req)
    found = workers.one(req.db, req.path_id())
    if found is None:
        raise NotFound(_("There is no such worker."))
    return found


@router.page("/admin/workers/{id}", guard=known)
def detail(req: Req) -> Response:
    """One worker: capabilities, what it runs, what it ran."""
    worker: Worker = req.subject
    return req.page(
        "admin/worker.html",
        worker=worker,
        leases=queries.leases_of(req.db, worker.name) if worker.state is not WorkerState.gone else [],
        attempts=[(cause_name(row.failure_code), row) for row in queries.attempts_of(req.db, worker.name)],
    )


@router.act("/admin/workers/{id}/drain", guard=known)
def drain(req: Req) -> Response:
    """Let it finish what runs and take nothing new; or take work again."""
    worker: Worker = req.subject
    if req.form.get("do") == "resume":
        actions.resume(req.db, req.actor, worker_id=worker.id)
    else:
        actions.drain(req.db, req.actor, worker_id=worker.id, reason=str(req.form.get("reason", "")))
    return req.redirect(f"/admin/workers/{worker.id}", flash=_("Saved."))


@router.act("/admin/queue/release", guard=ADMIN)
def release(req: Req) -> Response:
    """Forget the drain of a station where nobody works."""
    actions.release(req.db, req.actor, station=str(req.form.get("station", "")))
    return req.redirect("/admin/workers", flash=_("Saved."))


@router.act("/admin/queue/drain", guard=ADMIN)
def drain_site(req: Req) -> Response:
    """Stop the whole queue, or let it go on."""
    if req.form.get("do") == "resume":
        actions.resume_site(req.db, req.actor)
    else:
        actions.drain_site(req.db, req.actor, reason=str(req.form.get("reason", "")))
    return req.redirect("/admin/workers", flash=_("Saved."))


@router.act("/admin/queue/rule", guard=ADMIN)
def change_rule(req: Req) -> Response:
    """Set the figures of the queue; a bad one draws the page again with what was typed."""
    typed = {name: str(req.form.get(name, "")).strip() for name in FIGURES}
    reason = str(req.form.get("reason", "")).strip()
    errors = {} if reason else {"reason": _("Please give a reason.")}
    try:
        form = RuleForm.model_validate(typed)
    except ValidationError as problem:
        named = {str(error["loc"][0]) for error in problem.errors()}
        errors |= {name: _("Please give a number within the bounds.") for name in named}
    if errors:
        values = _values(req, figures=typed, reason=reason, errors=errors)
        return req.page("admin/workers.html", status=422, **values)
    actions.change_rule(req.db, req.actor, form, reason=reason)
    return req.redirect("/admin/workers", flash=_("Saved."))
