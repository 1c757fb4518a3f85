"""Minutes: read, written, confirmed, as a document."""

from typing import Any

from fastapi.responses import Response

from portal.kit.forms import parse
from portal.kit.i18n import _
from portal.kit.ids import parse_id
from portal.kit.pages import Req
from portal.kit.routes import Doors
from portal.reviews.panels import actions, document, guards, policy, queries, reading
from portal.reviews.panels.forms import MinutesForm
from portal.reviews.panels.guards import Sitting
from portal.reviews.panels.models import MemberRole, SessionState
from portal.reviews.rounds.seen import nothing
from portal.reviews.rounds.shape import digest_of

router = Doors()
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


@router.page("/rounds/{id}/panel/{session}/minutes", guard=guards.sitting)
def minutes(req: Req) -> Response:
    """The minutes without the items the reader was out of the room for."""
    sitting: Sitting = req.subject
    whole, shown = reading.minutes(req.db, sitting)
    session, standing, role = sitting.session, sitting.seen.standing, sitting.role
    closed = session.state is SessionState.closed and session.frozen_at is None
    return req.page(
        "panels/minutes.html",
        sitting=sitting,
        session=session,
        protocol=shown,
        hidden=len(whole.items) - len(shown.items),
        digest=digest_of(whole.model_dump(mode="json")),
        writes=policy.hosts(standing, role) and session.frozen_at is None,
        confirms=closed and role is MemberRole.chair,
        stands_in=closed and role is MemberRole.member,
        outcomes={one.key: one.title(req.locale) for one in sitting.seen.shape.outcomes},
        confirmed_by=queries.names(req.db, [session.confirmed_by]).get(session.confirmed_by, "")
        if session.confirmed_by
        else "",
    )


@router.page("/rounds/{id}/panel/{session}/minutes.docx", guard=guards.sitting)
def minutes_docx(req: Req) -> Response:
    """The same as a document."""
    sitting: Sitting = req.subject
    _whole, shown = reading.minutes(req.db, sitting)
    outcomes = {one.key: one.title(req.locale) for one in sitting.seen.shape.outcomes}
    data = document.minutes(shown, outcomes, sitting.session.digest)
    headers = {"Content-Disposition": f'attachment; filename="minutes-{sitting.session.id}.docx"'}
    return Response(data, media_type=DOCX, headers=headers)


@router.act("/rounds/{id}/panel/{session}/minutes", guard=guards.sitting)
def write(req: Req) -> Response:
    """``save`` the text of the session or of an ``item``, ``see`` an item, ``confirm`` the whole."""
    sitting: Sitting = req.subject
    what = str(req.form.get("what", ""))
    item = parse_id(str(req.form.get("item", "")))
    given = parse(MinutesForm, {"text": req.form.get("text", "")})
    done: dict[str, Any] = {
        "save": lambda: actions.write(
            req.db, req.actor, session_id=sitting.session.id, text=given.require().text
        ),
        "confirm": lambda: actions.confirm(
            req.db, req.actor, session_id=sitting.session.id, digest=str(req.form.get("digest", ""))
        ),
    }
    if item is not None:
        done = {
            "save": lambda: actions.write_item(req.db, req.actor, item_id=item, text=given.require().text),
            "see": lambda: actions.confirm_item(req.db, req.actor, item_id=item),
        }
    if what not in done:
        raise nothing()
    done[what]()
    return req.redirect(f"{sitting.url}/minutes", flash=_("Saved."))
