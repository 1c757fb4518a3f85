"""Pages of notices, and the outbox of a portal without a mail server."""

import re

from fastapi.responses import Response

from portal.kit.errors import NotFound
from portal.kit.i18n import _
from portal.kit.ids import parse_id
from portal.kit.pages import Context, Req
from portal.kit.routes import Doors, signed_in
from portal.notices import actions, queries
from portal.notices.policy import can_read_outbox
from portal.settings import get_settings

router = Doors()


def at_the_machine(req: Context) -> None:
    """Whoever may read the outbox (see the policy); for everybody else there is no such page."""
    if not can_read_outbox(req.actor, get_settings(), address=req.address, headers=req.request.headers):
        raise NotFound(_("There is nothing at this address."))


def wording(message: str, params: dict[str, object]) -> str:
    """A notice in the reader's language. See ``actions.tell`` about its parameters."""
    values = actions.filled(params)
    try:
        return _(message) % values if values else _(message)
    except (KeyError, ValueError, TypeError):
        # An old notice whose message has since changed its parameters.
        return message


@router.page("/notices", guard=signed_in)
def notices(req: Req) -> Response:
    """One's own notices, newest first."""
    if req.actor.id is None:
        raise NotFound(_("There is nothing at this address."))
    only_new = req.query.get("show") == "unread"
    page = queries.page_of(
        req.db,
        req.actor.id,
        unread_only=only_new,
        after=req.query.get("after"),
        before=req.query.get("before"),
    )
    total, unread = queries.counts(req.db, req.actor.id)
    rows = [(row, wording(row.message, row.params)) for row in page.rows]
    return req.page("notices/list.html", page=page, rows=rows, total=total, unread=unread, only_new=only_new)


@router.act("/notices/read", guard=signed_in)
def read(req: Req) -> Response:
    """Mark one notice (``notice``) as read, or all where none is named; then back, or on to what it is about."""
    chosen = str(req.form.get("notice", ""))
    notice_id = parse_id(chosen) if chosen else None
    if req.actor.id is None or (chosen and notice_id is None):
        raise NotFound(_("There is no such notice."))
    actions.mark_read(req.db, req.actor.id, notice_id)
    return req.redirect(str(req.form.get("next") or "/notices"))


@router.page("/outbox", guard=at_the_machine)
def outbox(req: Req) -> Response:
    """All mail, newest first, with the links to this site as links."""
    page = queries.outbox(req.db, after=req.query.get("after"), before=req.query.get("before"))
    own = re.compile(re.escape(get_settings().site_url) + r"(/[^\s]*)")
    rows = [(row, own.findall(row.body)) for row in page.rows]
    response = req.page(
        "notices/outbox.html", page=page, rows=rows, has_server=bool(get_settings().smtp_host)
    )
    response.headers["Cache-Control"] = "no-store"
    return response
