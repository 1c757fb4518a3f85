"""A session as a whole: planned, opened, adjourned, closed, cancelled; who comes and goes."""

import datetime as dt
import uuid

from portal.audit.actions import record
from portal.kit.actor import Actor
from portal.kit.clock import SHANGHAI, now
from portal.kit.db import Session, notify
from portal.kit.errors import Conflict, Forbidden, Invalid
from portal.kit.events import CHANNEL
from portal.kit.i18n import N_, _
from portal.reviews.panels import groups, queries
from portal.reviews.panels.actions.common import enter, hosted, move_item, move_session, topic, url
from portal.reviews.panels.actions.items import gone
from portal.reviews.panels.actions.members import PLANNED, in_order, people_of
from portal.reviews.panels.forms import PlanForm
from portal.reviews.panels.models import (
    CALLED,
    ItemState,
    MemberRole,
    MotionState,
    PanelItem,
    PanelMember,
    PanelSession,
    SessionState,
)
from portal.reviews.panels.sitting import barred
from portal.reviews.rounds.actions.common import inform, run_by, tell_secretariat
from portal.reviews.rounds.models import Phase, Round, RoundState, Submission, SubmissionState
from portal.reviews.rounds.queries import basic
from portal.reviews.rounds.standing import shape_of

NOT_OPENED = dt.timedelta(days=1)
"""A planned session that nobody opens so long after its beginning is cancelled."""
LONGEST = dt.timedelta(days=1)
"""An open session ends after so long, or with the panel's phase."""
MINUTES = dt.timedelta(days=7)
"""Minutes that nobody confirms for so long are frozen as they are."""
CANCELLED = N_("A panel session was cancelled: %(title)s")
LEFT_OVER = N_("A panel session left submissions undecided: %(title)s (%(count)s)")
WRITE = N_("A panel session is over; its minutes wait: %(title)s")


def plan(db: Session, actor: Actor, *, round_id: uuid.UUID, given: PlanForm) -> PanelSession:
    """Plan a session: its people, and an agenda of the submissions that need it, in the order of the fewest moves."""
    round_, standing = run_by(db, actor, round_id)
    if standing.account_id is None:
        raise Forbidden(_("Somebody plans a session, not the program."))
    if round_.state is not RoundState.closed or round_.phase is Phase.conclusion:
        raise Conflict(_("A panel meets after the reviews are closed and before the conclusion."))
    if Phase.panel not in shape_of(round_).phases():
        raise Conflict(_("This round has no panel."))
    starts = _instant(given.starts_at)
    people = people_of(db, round_, given)
    chosen = _submissions(db, round_, given.scope)
    session = PanelSession(
        round_id=round_id, title=given.title, place=given.place, starts_at=starts, created_by=standing.account_id,
        deadline_at=starts + NOT_OPENED,
    )  # fmt: skip
    db.add(session)
    db.flush()
    for account_id, role in people.items():
        db.add(PanelMember(session_id=session.id, account_id=account_id, role=role))
    for position, one in enumerate(in_order(db, round_, chosen, people), 1):
        db.add(PanelItem(session_id=session.id, submission_id=one.id, position=position))
    db.flush()
    record(db, actor, verb="panel_session.planned", object=session, members=len(people), items=len(chosen))
    for account_id in people:
        inform(db, account_id, PLANNED, url(session), title=session.title, when=given.starts_at)
    return session


def _instant(text: str) -> dt.datetime:
    try:
        found = dt.datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)
    except ValueError:
        raise Invalid(
            _("Please correct the marked fields."),
            fields={"starts_at": _("Write the date and the time as 2026-11-26 09:30.")},
        ) from None
    if not now() - dt.timedelta(days=1) < found < now() + dt.timedelta(days=400):
        raise Invalid(
            _("Please correct the marked fields."),
            fields={"starts_at": _("A session begins today or within the coming year.")},
        )
    return found.astimezone(dt.UTC)


def _submissions(db: Session, round_: Round, scope: str) -> list[Submission]:
    """Those that wait for a decision and are on no other agenda; ``undecided``: only those the scores leave so."""
    ranks, taken = groups.ranks(db, round_), queries.busy(db, round_.id) | set(queries.decided(db, round_.id))
    found = [
        one
        for one in basic.submissions(db, round_.id)
        if one.state is SubmissionState.entered
        and one.id not in taken
        and (scope == "all" or ranks.get(one.id, 0) == 0)
    ]
    if not found:
        raise Invalid(
            _("Please correct the marked fields."),
            fields={"scope": _("There is nothing to put on the agenda: all are decided or on another one.")},
        )
    return found


def open_session(db: Session, actor: Actor, *, session_id: uuid.UUID) -> PanelSession:
    """Begin, or go on, in the panel's phase of the round."""
    room = hosted(db, actor, session_id)
    if room.round.state is not RoundState.closed or room.round.phase is not Phase.panel:
        raise Conflict(
            _("The round is not at its panel."),
            hint=_("The secretariat moves the round on to its panel first."),
        )
    move_session(db, actor, room.session, SessionState.open, "host")
    at = now()
    room.session.opened_at = room.session.opened_at or at
    room.session.deadline_at = min(filter(None, (room.round.deadline_at, at + LONGEST)))
    db.add(room.session)
    return room.session


def adjourn(db: Session, actor: Actor, *, session_id: uuid.UUID) -> PanelSession:
    """Interrupt; what is called goes back to waiting, and everybody signs in anew when it goes on."""
    room = hosted(db, actor, session_id)
    _check_no_ballot(db, session_id)
    called = queries.called(db, session_id)
    if called is not None:
        move_item(db, actor, called, ItemState.waiting, "host")
    move_session(db, actor, room.session, SessionState.adjourned, "host")
    for row in queries.members(db, session_id):
        if row.PanelMember.present:
            row.PanelMember.left_at = now()
            db.add(row.PanelMember)
    db.flush()
    return room.session


def close(db: Session, actor: Actor, *, session_id: uuid.UUID) -> PanelSession:
    """End; what was not decided stays undecided, and the secretariat is told."""
    room = hosted(db, actor, session_id)
    _check_no_ballot(db, session_id)
    end(db, actor, room.session, "host")
    return room.session


def end(db: Session, actor: Actor, session: PanelSession, who: str, *, reason: str = "") -> None:
    """End a locked session in which no ballot is open."""
    left = 0
    for row in queries.items(db, session.id):
        if row.PanelItem.state in (ItemState.waiting, *CALLED):
            move_item(db, actor, row.PanelItem, ItemState.undecided, who)
            left += 1
    at = now()
    session.closed_at, session.deadline_at, session.minutes_due_at = at, None, at + MINUTES
    move_session(db, actor, session, SessionState.closed, who, reason=reason)
    if left:
        tell_secretariat(db, LEFT_OVER, url(session), title=session.title, count=left)
    for row in queries.members(db, session.id):
        if row.PanelMember.role is not MemberRole.member:
            inform(db, row.PanelMember.account_id, WRITE, f"{url(session)}/minutes", title=session.title)


def cancel(db: Session, actor: Actor, *, session_id: uuid.UUID, reason: str) -> PanelSession:
    """Call a planned session off, with a reason; its members are told."""
    room = hosted(db, actor, session_id)
    if len(reason.strip()) < 4:
        raise Invalid(_("Please give a reason of at least four characters."))
    drop(db, actor, room.session, "host", reason=reason.strip())
    return room.session


def drop(db: Session, actor: Actor, session: PanelSession, who: str, *, reason: str) -> None:
    """Cancel a locked session that never began."""
    for row in queries.items(db, session.id):
        move_item(db, actor, row.PanelItem, ItemState.undecided, who)
    session.deadline_at = None
    move_session(db, actor, session, SessionState.cancelled, who, reason=reason)
    for row in queries.members(db, session.id):
        inform(db, row.PanelMember.account_id, CANCELLED, url(session), title=session.title)


def _check_no_ballot(db: Session, session_id: uuid.UUID) -> None:
    called = queries.called(db, session_id)
    if called is None:
        return
    if any(one.state is MotionState.open for one in queries.motions(db, [called.id])[called.id]):
        raise Conflict(_("A ballot is open."), hint=_("Close it first."))


def arrive(db: Session, actor: Actor, *, session_id: uuid.UUID) -> PanelMember:
    """Sign in. Whoever must be out for the item that is called waits outside."""
    room = enter(db, actor, session_id)
    member = room.member
    if member is None:
        raise Conflict(_("Only members of the session sign in."))
    if room.session.state is not SessionState.open:
        raise Conflict(_("The session is not open."), hint=_("Sign in when it has begun."))
    called = queries.called(db, session_id)
    if called is not None and barred(db, room.round.id, member.account_id, [called.submission_id]):
        raise Conflict(
            _("The panel is at an item for which you are out of the room."),
            hint=_("Sign in when it is over; this page tells you."),
        )
    if not member.present:
        member.arrived_at, member.left_at = member.arrived_at or now(), None
        db.add(member)
        db.flush()
        record(db, actor, verb="panel_member.arrived", object=member)
        notify(db, CHANNEL, topic(session_id))
    return member


def depart(db: Session, actor: Actor, *, session_id: uuid.UUID) -> PanelMember:
    """Leave the session. An item that waited for this member to leave the room waits no longer for it."""
    room = enter(db, actor, session_id)
    member = room.member
    if member is None or not member.present:
        raise Conflict(_("You are not signed in to this session."))
    member.left_at = now()
    db.add(member)
    db.flush()
    record(db, actor, verb="panel_member.left", object=member)
    notify(db, CHANNEL, topic(session_id))
    gone(db, actor, session_id, member.account_id)
    return member
