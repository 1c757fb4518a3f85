"""Pages of appeals: filing, the state of one, deciding, the queue."""

from typing import Any

from fastapi.responses import Response

from portal.accounts.forms import filling
from portal.kit.clock import now
from portal.kit.errors import NotFound
from portal.kit.forms import Parsed, parse
from portal.kit.i18n import _, label
from portal.kit.pages import Context, Req
from portal.kit.routes import Doors
from portal.reviews.appeals import actions, guards, queries
from portal.reviews.appeals.forms import AppealForm
from portal.reviews.appeals.models import JUDGEMENT, Ground
from portal.reviews.rounds.models import RoundState, SubmissionState

router = Doors()


def _page(req: Context, parsed: Parsed[Any], status: int = 200) -> Response:
    found: guards.Appealed = req.subject
    round_, submission, appeal = found.seen.round, found.submission, found.appeal
    decided = round_.state is RoundState.concluded and submission.state is SubmissionState.decided
    until = actions.taken_until(round_) if decided else None
    open_ = found.lead and decided and not queries.stands(req.db, submission)
    people = []
    if appeal is not None and not found.lead:
        people = actions.handlers(req.db, round_, submission, appeal)
    return req.page(
        "appeals/appeal.html",
        status=status,
        seen=found.seen,
        submission=submission,
        url=found.url,
        appeal=appeal,
        lead=found.lead,
        own=appeal is not None and appeal.account_id == req.actor.id,
        handles=found.handles_as is not None,
        people=people,
        decided=decided,
        until=until,
        days=found.seen.shape.appeal_days,
        may_file=open_ and (until is None or now() < until),
        grounds=[(each.value, label(each)) for each in Ground]
        + [(JUDGEMENT, _("I think that the experts judged wrongly"))],
        words={each.value: label(each) for each in Ground},
        earlier=[row for row in queries.all_of(req.db, submission.id) if appeal and row.id != appeal.id],
        parsed=parsed,
    )


@router.page("/rounds/{id}/submissions/{number}/appeal", guard=guards.appealed)
def page(req: Req) -> Response:
    """The form while an appeal can be filed; else the state of the newest one."""
    return _page(req, Parsed(values={}))


@router.act("/rounds/{id}/submissions/{number}/appeal", guard=guards.appealed)
def file(req: Req) -> Response:
    """Appeal."""
    found: guards.Appealed = req.subject
    parsed = parse(AppealForm, req.form)
    if parsed.model is not None:
        with filling(req.db, parsed):
            actions.file(
                req.db, req.actor, round_id=found.seen.round.id, number=found.submission.number,
                given=parsed.model,
            )  # fmt: skip
    if parsed.errors:
        return _page(req, parsed, 422)
    return req.redirect(found.url, flash=_("Your appeal was received."))


@router.act("/rounds/{id}/submissions/{number}/appeal/{verb}", guard=guards.appealed)
def act(req: Req) -> Response:
    """``accept``, ``refuse``, ``uphold``, ``dismiss`` (those who decide), ``withdraw`` (whoever filed it)."""
    found: guards.Appealed = req.subject
    verb, reason = req.path["verb"], {"reason": str(req.form.get("reason", ""))}
    verbs: dict[str, tuple[Any, dict[str, Any]]] = {
        "accept": (actions.accept, {}),
        "refuse": (actions.refuse, reason),
        "uphold": (actions.uphold, reason),
        "dismiss": (actions.dismiss, reason),
        "withdraw": (actions.withdraw, {}),
    }
    if verb not in verbs or found.appeal is None:
        raise NotFound(_("There is nothing at this address."))
    action, values = verbs[verb]
    action(req.db, req.actor, appeal_id=found.appeal.id, **values)
    return req.redirect(found.url, flash=_("Saved."))


@router.page("/admin/appeals", guard=guards.handlers)
def queue(req: Req) -> Response:
    """Appeals that wait, longest first, or are over: those in whose rounds the reader had no part."""
    done = req.query.get("tab") == "done"
    rows = queries.queue(req.db, done=done, after=req.query.get("after"), before=req.query.get("before"))
    assert req.actor.id is not None  # noqa: S101 - the guard
    barred = actions.barred_rows(req.db, req.actor.id, [(row.round_id, row.submission_id) for row in rows])
    return req.page(
        "appeals/queue.html",
        page=rows,
        rows=[row for row in rows if row.submission_id not in barred and row.account_id != req.actor.id],
        tabs=[
            (_("Open appeals"), req.url_with(tab=None, after=None, before=None), not done),
            (_("Appeals that are over"), req.url_with(tab="done", after=None, before=None), done),
        ],
    )
