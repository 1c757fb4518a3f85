"""Changing who belongs to a planned session."""

from typing import Any

from fastapi.responses import Response

from portal.accounts.forms import filling
from portal.kit.forms import Parsed, parse
from portal.kit.i18n import _
from portal.kit.pages import Context, Req
from portal.kit.routes import Doors
from portal.reviews.panels import actions, guards, queries
from portal.reviews.panels.forms import PeopleForm
from portal.reviews.panels.guards import Sitting
from portal.reviews.panels.models import MemberRole, SessionState

router = Doors()


def _page(req: Context, parsed: Parsed[Any], status: int = 200) -> Response:
    sitting: Sitting = req.subject
    names: dict[MemberRole, list[str]] = {role: [] for role in MemberRole}
    rows = queries.members(req.db, sitting.session.id)
    for row in rows:
        names[row.PanelMember.role].append(row.slug)
    now = {
        "chair": " ".join(names[MemberRole.chair]),
        "members": "\n".join(names[MemberRole.member]),
        "secretary": " ".join(names[MemberRole.secretary]),
    }
    return req.page(
        "panels/members.html",
        status=status,
        sitting=sitting,
        session=sitting.session,
        rows=rows,
        values=parsed.values or now,
        errors=parsed.errors,
        open=sitting.session.state is SessionState.planned,
    )


@router.page("/rounds/{id}/panel/{session}/members", guard=guards.planner)
def members(req: Req) -> Response:
    """Who belongs to the session, and the form while it is planned."""
    return _page(req, Parsed(values={}))


@router.act("/rounds/{id}/panel/{session}/members", guard=guards.planner)
def change(req: Req) -> Response:
    """The secretariat adds, removes, gives other parts."""
    sitting: Sitting = req.subject
    parsed = parse(PeopleForm, req.form)
    if parsed.model is not None:
        with filling(req.db, parsed):
            actions.change_members(req.db, req.actor, session_id=sitting.session.id, given=parsed.model)
    if parsed.errors:
        return _page(req, parsed, 422)
    return req.redirect(sitting.url, flash=_("Saved. Everybody concerned is told."))
