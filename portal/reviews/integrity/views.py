"""Pages of integrity: reporting an approach, deciding reports, the log of names, the experts made known."""

from typing import Any

from fastapi.responses import Response

from portal.accounts.forms import filling
from portal.kit.actor import Actor
from portal.kit.clock import now
from portal.kit.db import Session
from portal.kit.errors import NotFound
from portal.kit.forms import Parsed, parse
from portal.kit.i18n import _, label
from portal.kit.pages import Context, Req
from portal.kit.routes import Doors
from portal.kit.text import to_csv
from portal.reviews.integrity import actions, guards, policy, queries
from portal.reviews.integrity.forms import ApproachForm
from portal.reviews.integrity.models import Channel
from portal.reviews.integrity.wording import door
from portal.reviews.rounds import hooks
from portal.reviews.rounds.models import Round
from portal.reviews.rounds.policy import Standing
from portal.reviews.rounds.queries import basic
from portal.reviews.rounds.seen import Seen
from portal.reviews.rounds.standing import shape_of

router = Doors()
MOST_ROWS = 20_000


def _on_round(db: Session, actor: Actor, standing: Standing, round_: Round) -> hooks.Extra | None:
    """Links on the page of a round, each for those at whom the page behind it looks."""
    values = {
        "round": round_,
        "approach": actions.may_report(db, standing, round_),
        "reports": standing.secretariat and not (standing.applied or standing.seats or standing.panellist),
        "log": policy.reads_log(actor, round_),
        "experts": policy.revealed_on(round_, shape_of(round_)) is not None,
    }
    return hooks.Extra("integrity/links.html", values) if any(list(values.values())[1:]) else None


hooks.on_page(_on_round)


@router.page("/rounds/{id}/names-log", guard=guards.log)
def names_log(req: Req) -> Response:
    """Who was shown names of reviewers in this round, where and when."""
    page = queries.views(req.db, req.subject.id, after=req.query.get("after"), before=req.query.get("before"))
    return req.page("integrity/log.html", round=req.subject, page=page, door=door)


@router.page("/rounds/{id}/names-log.csv", guard=guards.log)
def names_log_csv(req: Req) -> Response:
    """The same as a table."""
    rows = [
        (row.at.isoformat(timespec="seconds"), row.actor_name, row.door, row.number or "")
        for row in queries.views(req.db, req.subject.id, size=MOST_ROWS)
    ]
    headers = {"Content-Disposition": 'attachment; filename="names-log.csv"'}
    body = to_csv(("at", "short_name", "door", "submission"), rows)
    return Response(body, media_type="text/csv; charset=utf-8", headers=headers)


@router.page("/rounds/{id}/experts", guard=guards.known_round)
def experts(req: Req) -> Response:
    """The experts of a concluded round, once its shape makes them known; never what they reviewed."""
    round_: Round = req.subject
    since = policy.revealed_on(round_, shape_of(round_))
    if since is None:
        raise NotFound(_("There is nothing at this address."))
    names: list[str] = []
    known = now() >= since
    if known:
        names = queries.counted_experts(req.db, round_.id)
        few = len(names) < policy.LEAST_EXPERTS
        if few or queries.reviewed_submissions(req.db, round_.id) < policy.LEAST_SUBMISSIONS:
            names = []
    return req.page(
        "integrity/experts.html",
        round=round_,
        since=since,
        known=known,
        names=names,
        least=policy.LEAST_EXPERTS,
    )


def _form(req: Context, parsed: Parsed[Any], status: int = 200) -> Response:
    found: Seen = req.subject
    assert req.actor.id is not None  # noqa: S101 - the guard
    return req.page(
        "integrity/approach.html",
        status=status,
        seen=found,
        parsed=parsed,
        channels=[(each.value, label(each)) for each in Channel],
        today=now(),
        mine=queries.own_reports(req.db, req.actor.id, found.round.id),
    )


@router.page("/rounds/{id}/approach", guard=guards.expert)
def approach_page(req: Req) -> Response:
    """The short form, and the own reports in this round."""
    return _form(req, Parsed(values={}))


@router.act("/rounds/{id}/approach", guard=guards.expert)
def approach(req: Req) -> Response:
    """Report an approach."""
    parsed = parse(ApproachForm, req.form)
    if parsed.model is not None:
        with filling(req.db, parsed):
            made = actions.report(req.db, req.actor, round_id=req.subject.round.id, given=parsed.model)
    if parsed.errors:
        return _form(req, parsed, 422)
    return req.redirect(actions.url(made), flash=_("Your report was received."))


@router.page("/rounds/{id}/approach/{report}", guard=guards.reported)
def report(req: Req) -> Response:
    """One report: its receipt for the reporter, all of it for those who decide."""
    found: guards.Reported = req.subject
    own = found.report.account_id == req.actor.id
    number = None
    if found.report.submission_id is not None:
        about = basic.submission(req.db, found.report.submission_id)
        number = about.number if about is not None else None
    return req.page(
        "integrity/report.html",
        round=found.round,
        report=found.report,
        number=number,
        own=own,
        handles=found.handles_as is not None,
        who="" if own else queries.reporter(req.db, found.report.id),
    )


@router.act("/rounds/{id}/approach/{report}/{verb}", guard=guards.reported)
def act(req: Req) -> Response:
    """``examine``, ``uphold``, ``reject``: for those who decide."""
    key, verb = req.subject.report.id, req.path["verb"]
    reason = str(req.form.get("reason", ""))
    verbs: dict[str, tuple[Any, dict[str, Any]]] = {
        "examine": (actions.examine, {}),
        "uphold": (actions.decide, {"upheld": True, "reason": reason}),
        "reject": (actions.decide, {"upheld": False, "reason": reason}),
    }
    if verb not in verbs:
        raise NotFound(_("There is nothing at this address."))
    action, values = verbs[verb]
    action(req.db, req.actor, report_id=key, **values)
    return req.redirect(actions.url(req.subject.report), flash=_("Saved."))


@router.page("/rounds/{id}/approaches", guard=guards.office)
def in_round(req: Req) -> Response:
    """Reports in one round, for the secretariat: those in which it has no part."""
    found: Seen = req.subject
    page = queries.reports_of(
        req.db, found.round.id, after=req.query.get("after"), before=req.query.get("before")
    )
    rows = policy.open_to(found.standing, page)
    return req.page("integrity/reports.html", round=found.round, page=page, rows=rows, tabs=None)


@router.page("/admin/approaches", guard=guards.auditor)
def everywhere(req: Req) -> Response:
    """Reports in all rounds, for auditors."""
    done = req.query.get("tab") == "done"
    page = queries.reports(req.db, done=done, after=req.query.get("after"), before=req.query.get("before"))
    tabs = [
        (_("Open reports"), req.url_with(tab=None, after=None, before=None), not done),
        (_("Reports that are over"), req.url_with(tab="done", after=None, before=None), done),
    ]
    rows = [row for row in page if row.account_id != req.actor.id]
    return req.page("integrity/reports.html", round=None, page=page, rows=rows, tabs=tabs)
