"""Panel sessions by JSON: sessions, agenda, attendance, minutes. Voting takes a person in the room, at the page."""

import datetime as dt
from typing import Any

from portal.kit.answers import problems
from portal.kit.pages import Req
from portal.kit.routes import Doors, scope
from portal.reviews.panels import guards, protocol, reading
from portal.reviews.panels.answers import (
    AgendaItem,
    BallotItem,
    MemberItem,
    MinutesAnswer,
    MinutesPart,
    SessionAnswer,
    SessionItem,
    SessionList,
)
from portal.reviews.panels.guards import Sitting
from portal.reviews.panels.models import MotionState, PanelMotion, PanelSession

router = Doors()
TAGS: list[Any] = ["reviews"]


def _at(value: dt.datetime | None) -> str | None:
    return value.isoformat() if value is not None else None


def _session(row: PanelSession) -> dict[str, Any]:
    return {
        "id": str(row.id), "title": row.title, "place": row.place, "starts_at": _at(row.starts_at),
        "state": row.state.value, "opened_at": _at(row.opened_at), "closed_at": _at(row.closed_at),
    }  # fmt: skip


@router.api(
    "GET", "/api/v1/rounds/{id}/panel", guard=scope("read", guards.round_), response_model=SessionList,
    responses=problems(401, 404), summary="Panel sessions of a round", tags=TAGS,
)  # fmt: skip
def sessions(req: Req) -> SessionList:
    """All for the secretariat, the own ones for a panel; earliest first."""
    return SessionList(items=[SessionItem(**_session(row)) for row in reading.sessions(req.db, req.subject)])


def _ballot(one: PanelMotion | protocol.Motion, cast: int) -> BallotItem:
    counted = one.state in (MotionState.carried, MotionState.lost)
    return BallotItem(
        number=one.number, outcome=one.outcome, secret=one.secret, state=one.state.value, reason=one.reason,
        able=one.able, cast=cast, yes=one.yes if counted else 0, no=one.no if counted else 0,
        abstain=one.abstain if counted else 0,
    )  # fmt: skip


def _agenda(one: reading.Shown | None) -> AgendaItem:
    if one is None:
        return AgendaItem(submission=None, title="", state="", outcome="", ballots=[])
    return AgendaItem(
        submission=one.submission.number,
        title=one.submission.title,
        state=one.item.state.value,
        outcome=one.item.outcome,
        ballots=[_ballot(each.motion, each.cast) for each in one.ballots],
    )


@router.api(
    "GET", "/api/v1/rounds/{id}/panel/{session}", guard=scope("read", guards.sitting),
    response_model=SessionAnswer, responses=problems(401, 404), summary="One panel session", tags=TAGS,
)  # fmt: skip
def session(req: Req) -> SessionAnswer:
    """Agenda and attendance for its members and the secretariat. Who voted what is not in it, nor who has voted."""
    sitting: Sitting = req.subject
    view = reading.view(req.db, sitting)
    return SessionAnswer(
        **_session(sitting.session),
        present=view.present,
        members=[
            MemberItem(
                name=row.name,
                role=row.PanelMember.role.value,
                arrived_at=_at(row.PanelMember.arrived_at),
                left_at=_at(row.PanelMember.left_at),
            )
            for row in view.members
        ],
        agenda=[_agenda(one) for one in view.agenda],
    )


@router.api(
    "GET", "/api/v1/rounds/{id}/panel/{session}/minutes", guard=scope("read", guards.sitting),
    response_model=MinutesAnswer, responses=problems(401, 404), summary="Minutes of a session", tags=TAGS,
)  # fmt: skip
def minutes(req: Req) -> MinutesAnswer:
    """As they are now, or as they were frozen. Votes of open ballots by name stand in the document alone."""
    sitting: Sitting = req.subject
    whole, shown = reading.minutes(req.db, sitting)
    return MinutesAnswer(
        session=shown.session,
        place=shown.place,
        starts_at=_at(shown.starts_at),
        opened_at=_at(shown.opened_at),
        closed_at=_at(shown.closed_at),
        attendance=[
            MemberItem(
                name=one.name,
                role=one.role.value,
                arrived_at=_at(one.arrived_at),
                left_at=_at(one.left_at),
            )
            for one in shown.attendance
        ],
        items=[
            MinutesPart(
                submission=one.number,
                title=one.title,
                state=one.state.value,
                outcome=one.outcome,
                out_of_the_room=list(one.out),
                ballots=[_ballot(each, each.cast) for each in one.motions],
                text=one.text,
            )
            for one in shown.items
        ],
        hidden=len(whole.items) - len(shown.items),
        text=shown.text,
        frozen_at=_at(sitting.session.frozen_at),
        digest=sitting.session.digest,
    )
