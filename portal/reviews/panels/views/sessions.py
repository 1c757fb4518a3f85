"""Sessions of a round, planning one, and the live page of one."""

import datetime as dt
from collections.abc import Callable
from typing import Any

from fastapi.responses import Response, StreamingResponse

from portal.accounts.forms import filling
from portal.kit.clock import now, shanghai
from portal.kit.db import Session
from portal.kit.forms import Parsed, parse
from portal.kit.i18n import _
from portal.kit.ids import parse_id
from portal.kit.pages import Context, Req
from portal.kit.routes import Doors, admitted
from portal.kit.streams import HEADERS, changes
from portal.kit.templates import render
from portal.reviews.panels import actions, guards, reading
from portal.reviews.panels.actions.common import topic
from portal.reviews.panels.forms import MotionForm, PlanForm
from portal.reviews.panels.guards import Sitting
from portal.reviews.panels.models import Choice
from portal.reviews.rounds.models import Phase, RoundState
from portal.reviews.rounds.seen import Seen, nothing, runner

router = Doors()


def _list(req: Context, parsed: Parsed[Any], status: int = 200) -> Response:
    seen: Seen = req.subject
    plannable = (
        seen.standing.secretariat
        and seen.round.state is RoundState.closed
        and seen.round.phase is not Phase.conclusion
        and Phase.panel in seen.shape.phases()
    )
    return req.page(
        "panels/list.html",
        status=status,
        seen=seen,
        sessions=reading.sessions(req.db, seen),
        parsed=parsed,
        plannable=plannable,
        tomorrow=(shanghai(now()) + dt.timedelta(days=1)).strftime("%Y-%m-%d 09:30"),
    )


@router.page("/rounds/{id}/panel", guard=guards.round_)
def sessions(req: Req) -> Response:
    """Sessions of the round: all for the secretariat, the own ones for a panel."""
    return _list(req, Parsed(values={}))


@router.act("/rounds/{id}/panel", guard=runner)
def plan(req: Req) -> Response:
    """The secretariat plans a session."""
    seen: Seen = req.subject
    parsed = parse(PlanForm, req.form)
    made = None
    if parsed.model is not None:
        with filling(req.db, parsed):
            made = actions.plan(req.db, req.actor, round_id=seen.round.id, given=parsed.model)
    if parsed.errors or made is None:
        return _list(req, parsed, 422)
    return req.redirect(
        f"{seen.url}/panel/{made.id}", flash=_("The session is planned and its members are told.")
    )


def values(req: Context, sitting: Sitting) -> dict[str, Any]:
    """What the live block shows."""
    shape = sitting.seen.shape
    return {
        "sitting": sitting,
        "session": sitting.session,
        "view": reading.view(req.db, sitting),
        "outcomes": {one.key: one.title(req.locale) for one in shape.outcomes},
        "choices": list(Choice),
        "rules": shape.panel,
        "reason": _(why) if (why := sitting.session.state_reason) else "",
    }


def _page(req: Context, parsed: Parsed[Any], status: int = 200) -> Response:
    sitting: Sitting = req.subject
    return req.page("panels/session.html", block="room", status=status, parsed=parsed, **values(req, sitting))


@router.page("/rounds/{id}/panel/{session}", guard=guards.sitting)
def session(req: Req) -> Response:
    """One session: attendance, agenda, the item called, its ballot."""
    return _page(req, Parsed(values={}))


@router.stream("/rounds/{id}/panel/{session}/events", guard=guards.sitting)
async def events(req: Req) -> StreamingResponse:
    """The room again whenever something happens in it, as this reader may see it then."""
    await admitted(req, guards.sitting)
    shown = changes(topic(req.subject.session.id), lambda db: _draw(db, req))
    return StreamingResponse(shown, media_type="text/event-stream", headers=HEADERS)


def _draw(db: Session, req: Context) -> tuple[str, bool]:
    req.db = db
    sitting = guards.sitting(req)
    shown = {"parsed": Parsed(values={}), **values(req, sitting)}
    html = render(req.request, "panels/session.html", "room", req.actor, shown)
    return html, sitting.session.closed_at is None


Verb = Callable[[Context, Sitting], Any]
_VERBS: dict[str, Verb] = {
    "open": lambda req, s: actions.open_session(req.db, req.actor, session_id=s.session.id),
    "adjourn": lambda req, s: actions.adjourn(req.db, req.actor, session_id=s.session.id),
    "close": lambda req, s: actions.close(req.db, req.actor, session_id=s.session.id),
    "cancel": lambda req, s: actions.cancel(
        req.db, req.actor, session_id=s.session.id, reason=str(req.form.get("reason", ""))
    ),
    "arrive": lambda req, s: actions.arrive(req.db, req.actor, session_id=s.session.id),
    "depart": lambda req, s: actions.depart(req.db, req.actor, session_id=s.session.id),
    "out": lambda req, s: actions.step_out(
        req.db, req.actor, session_id=s.session.id, account_id=parse_id(str(req.form.get("account", "")))
    ),
    "call": lambda req, _s: actions.call(req.db, req.actor, item_id=_id(req, "item")),
    "put-off": lambda req, _s: actions.put_off(req.db, req.actor, item_id=_id(req, "item")),
    "finish": lambda req, _s: actions.finish(req.db, req.actor, item_id=_id(req, "item")),
    "take-off": lambda req, _s: actions.defer_item(req.db, req.actor, item_id=_id(req, "item")),
    "close-ballot": lambda req, _s: actions.close_ballot(req.db, req.actor, motion_id=_id(req, "motion")),
    "vote": lambda req, _s: actions.vote(
        req.db, req.actor, motion_id=_id(req, "motion"), choice=_choice(req)
    ),
}


def _id(req: Context, name: str) -> Any:
    found = parse_id(str(req.form.get(name, "")))
    if found is None:
        raise nothing()
    return found


def _choice(req: Context) -> Choice:
    text = str(req.form.get("choice", ""))
    if text not in set(Choice):
        raise nothing()
    return Choice(text)


@router.act("/rounds/{id}/panel/{session}/motion", guard=guards.sitting)
def motion(req: Req) -> Response:
    """Whoever leads puts a motion to the vote."""
    sitting: Sitting = req.subject
    parsed = parse(MotionForm, {key: value for key, value in req.form.items() if key != "item"})
    if parsed.model is not None:
        with filling(req.db, parsed):
            actions.move_motion(req.db, req.actor, item_id=_id(req, "item"), given=parsed.model)
    if parsed.errors:
        return _page(req, parsed, 422)
    return req.redirect(sitting.url, flash=_("The ballot is open."))


@router.act("/rounds/{id}/panel/{session}/{verb}", guard=guards.sitting)
def act(req: Req) -> Response:
    """``open``, ``adjourn``, ``close``, ``cancel``, ``call``, ``put-off``, ``finish``, ``take-off``, ``close-ballot``
    for whoever leads; ``arrive``, ``depart``, ``out``, ``vote`` for members."""
    sitting: Sitting = req.subject
    verb = _VERBS.get(req.path["verb"])
    if verb is None:
        raise nothing()
    verb(req, sitting)
    if req.path["verb"] == "vote":
        return req.redirect(sitting.url, flash=_("Your vote is counted."))
    return req.redirect(sitting.url)
