"""Pages of reports of misuse: the form, the queue, one report."""

import uuid
from typing import Any

from fastapi.responses import Response

from portal.audit.queries import of_object
from portal.kit.errors import Conflict, NotFound, Refusal, TooMany
from portal.kit.forms import Parsed, parse
from portal.kit.i18n import _, label
from portal.kit.pages import Context, Req
from portal.kit.routes import Doors
from registry.community import policy
from registry.community.actions import reports
from registry.community.forms import ReportInput
from registry.community.guards import decider, member, report
from registry.community.models import OPEN_REPORTS, ReportKind, ReportState
from registry.community.queries import discussions
from registry.community.queries import reports as queries
from registry.community.views.reactions import here, outcome

router = Doors()


def reported_post(req: Context, given: ReportInput) -> uuid.UUID | None:
    """The post that is reported; None where it is the asset itself. Absent ones are refused."""
    if given.discussion is None and given.post is None:
        return None
    topic = discussions.one(req.db, req.subject.id, given.discussion or 0)
    post = discussions.post(req.db, topic.id, given.post or 0) if topic is not None else None
    if post is None:
        raise NotFound(_("There is nothing at this address."))
    return post.id


@router.page("/assets/{ns}/{name}/report", guard=member)
def new(req: Req) -> Response:
    """The empty form, about the asset or (``?discussion=1&post=2``) a post."""
    return _form(req, Parsed(values=dict(req.query)))


def _form(req: Context, parsed: Parsed[ReportInput], refusal: Refusal | None = None) -> Response:
    return req.page(
        "community/report_form.html",
        **outcome(parsed, refusal),
        asset=req.subject,
        here_url=here(req.subject),
        values=parsed.values,
        kinds=[(kind.value, label(kind)) for kind in ReportKind],
    )


@router.act("/assets/{ns}/{name}/report", guard=member)
def create(req: Req) -> Response:
    """Hand the report in."""
    parsed = parse(ReportInput, req.form)
    if parsed.model is None:
        return _form(req, parsed)
    post_id = reported_post(req, parsed.model)
    try:
        made = reports.report(req.db, req.actor, asset_id=req.subject.id, given=parsed.model, post_id=post_id)
    except (TooMany, Conflict) as refusal:
        return _form(req, parsed, refusal)
    return req.redirect(f"/reports/{made.id}", flash=_("Thank you. Your report was received."))


@router.page("/reports", guard=decider)
def queue(req: Req) -> Response:
    """What waits for a decision, longest first; or what was decided."""
    chosen = req.query.get("state", "")
    state = ReportState(chosen) if chosen in set(ReportState) else None
    page = queries.page_of(req.db, state, after=req.query.get("after"), before=req.query.get("before"))
    return req.page(
        "community/reports.html",
        rows=page,
        tabs=[
            (text, req.url_with(state=key, after=None, before=None), key == (state.value if state else None))
            for key, text in [
                (None, _("Undecided")),
                *((item.value, label(item)) for item in ReportState if item not in OPEN_REPORTS),
            ]
        ],
        prev_url=req.url_with(before=page.before, after=None) if page.before else None,
        next_url=req.url_with(after=page.after, before=None) if page.after else None,
    )


@router.page("/reports/{id}", guard=report)
def page(req: Req) -> Response:
    """One report: for whoever made it, and for those who decide."""
    row = req.subject
    decides = policy.can_decide_reports(req.actor)
    free = decides and not policy.has_a_part(req.actor, row.namespace_id) and row.account_id != req.actor.id
    return req.page(
        "community/report.html",
        report=row,
        asset_url=f"/assets/{row.namespace}/{row.name}",
        here_url=f"/reports/{row.id}",
        post=discussions.post_by_id(req.db, row.post_id) if row.post_id else None,
        is_open=row.state in OPEN_REPORTS,
        may_decide=free,
        decides=decides,
        may_withdraw=row.account_id == req.actor.id and row.state in OPEN_REPORTS,
        history=_history(req, row),
    )


def _history(req: Context, row: Any) -> list[dict[str, Any]]:
    states = {f"report.{state.value}": state for state in ReportState} | {"report.made": ReportState.received}
    return [
        {
            "label": label(states[event.verb]),
            "level": states[event.verb].level,
            "at": event.at,
            "detail": event.reason or "",
        }
        for event in of_object(req.db, "misuse_report", str(row.id))
        if event.verb in states
    ]


@router.act("/reports/{id}/{verb}", guard=report)
def act(req: Req) -> Response:
    """Examine, uphold, dismiss; withhold or release the asset; or (its reporter) withdraw."""
    key, verb, reason = req.subject.id, req.path["verb"], str(req.form.get("reason", ""))
    if verb == "withdraw":
        reports.withdraw(req.db, req.actor, report_id=key)
    elif verb in reports.DECISIONS:
        reports.decide(req.db, req.actor, report_id=key, verb=verb, reason=reason)
    elif verb == "withhold":
        reports.withhold(req.db, req.actor, report_id=key, reason=reason)
    elif verb == "release":
        reports.release(req.db, req.actor, report_id=key, reason=reason)
    else:
        raise NotFound(_("There is nothing at this address."))
    return req.redirect(f"/reports/{key}", flash=_("The decision is recorded."))
