"""The secretariat's pages: what waits, drafts, the editor."""

from typing import Any

from fastapi.responses import Response

from portal.kit.clock import now
from portal.kit.errors import Unavailable
from portal.kit.forms import Parsed, parse
from portal.kit.i18n import _
from portal.kit.pages import Context, Req
from portal.kit.routes import Doors
from portal.reviews.calendar.counting import notice as period
from portal.reviews.publicity import guards, holidays, parties, policy, queries
from portal.reviews.publicity.actions import notices
from portal.reviews.publicity.actions.common import url
from portal.reviews.publicity.forms import NoticeForm
from portal.reviews.publicity.models import NoticeState, PublicNotice

router = Doors()


@router.page("/admin/publicity", guard=guards.handlers)
def queue(req: Req) -> Response:
    """Objections that wait or were decided, without names; drafts. Who has part in a subject sees none about it."""
    tab = req.query.get("tab", "")
    where = {"after": req.query.get("after"), "before": req.query.get("before")}
    drafts = tab == "drafts" and policy.runs_notices(req.actor)
    if drafts:
        page, shown = queries.drafts(req.db, **where), []
    else:
        page = queries.queue(req.db, done=tab == "done", **where)
        shown = parties.without_part(req.db, req.actor.id, page)
    tabs = [("", _("Open objections")), ("done", _("Objections that are over"))]
    if policy.runs_notices(req.actor):
        tabs.append(("drafts", _("Drafts")))
    return req.page(
        "publicity/queue.html",
        page=page,
        rows=shown,
        drafts=drafts,
        tabs=[
            (title, req.url_with(tab=name or None, after=None, before=None), tab == name)
            for name, title in tabs
        ],
    )


def _form(req: Context, parsed: Parsed[Any], notice: PublicNotice | None, status: int = 200) -> Response:
    values = parsed.values
    if notice is not None and not values:
        values = {name: getattr(notice, name) for name in NoticeForm.model_fields}
        values["lines"] = "\n".join(notice.lines)
    preview, problem = None, ""
    if notice is not None:
        try:
            preview = period(now(), notice.working_days, holidays.extra())
        except Unavailable as error:
            problem = f"{error.message} {error.hint or ''}"
    return req.page(
        "publicity/edit.html",
        status=status,
        notice=notice,
        v=values,
        e=parsed.errors,
        preview=preview,
        problem=problem,
    )


@router.page("/admin/publicity/new", guard=guards.secretariat)
def new_page(req: Req) -> Response:
    """The form of a notice about its own text."""
    return _form(req, Parsed(values={}), None)


@router.act("/admin/publicity/new", guard=guards.secretariat)
def new(req: Req) -> Response:
    """Prepare a notice."""
    parsed = parse(NoticeForm, req.form)
    if parsed.model is None:
        return _form(req, parsed, None, 422)
    made = notices.draft(req.db, req.actor, given=parsed.model)
    return req.redirect(f"/admin/publicity/{made.id}", flash=_("Saved. Nobody else sees the draft."))


@router.page("/admin/publicity/{id}", guard=guards.run_notice)
def edit_page(req: Req) -> Response:
    """A draft, with the period it would have if it were put up now; what is up is shown where everybody reads it."""
    if req.subject.state is not NoticeState.draft:
        return req.redirect(url(req.subject))
    return _form(req, Parsed(values={}), req.subject)


@router.act("/admin/publicity/{id}", guard=guards.run_notice)
def edit(req: Req) -> Response:
    """Change a draft."""
    parsed = parse(NoticeForm, req.form)
    if parsed.model is None:
        return _form(req, parsed, req.subject, 422)
    notices.save(req.db, req.actor, notice_id=req.subject.id, given=parsed.model)
    return req.redirect(f"/admin/publicity/{req.subject.id}", flash=_("Saved. Nobody else sees the draft."))


@router.act("/admin/publicity/{id}/start", guard=guards.run_notice)
def start(req: Req) -> Response:
    """Put it up."""
    found = notices.start(req.db, req.actor, notice_id=req.subject.id)
    return req.redirect(url(found), flash=_("The notice is up."))


@router.act("/admin/publicity/{id}/cancel", guard=guards.run_notice)
def cancel(req: Req) -> Response:
    """Take it back, with a reason."""
    reason = str(req.form.get("reason", ""))
    found = notices.cancel(req.db, req.actor, notice_id=req.subject.id, reason=reason)
    onward = url(found) if found.starts_at is not None else "/admin/publicity?tab=drafts"
    return req.redirect(onward, flash=_("The notice is cancelled."))
