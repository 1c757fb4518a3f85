"""A round from the first invitation to its end: each step by hand where its conditions hold, or by the clock."""

import datetime as dt
import uuid
from collections.abc import Collection
from typing import Any

from portal.audit.actions import record
from portal.kit.actor import SYSTEM, Actor
from portal.kit.clock import now
from portal.kit.db import Session
from portal.kit.errors import Conflict, Invalid
from portal.kit.i18n import N_, _
from portal.reviews.rounds.actions import invitations
from portal.reviews.rounds.actions.common import inform, move_round, move_seat, run_by, tell_secretariat
from portal.reviews.rounds.actions.drafting import end_of_day
from portal.reviews.rounds.actions.secretaries import require_impartial
from portal.reviews.rounds.actions.submissions import read_digest
from portal.reviews.rounds.models import (
    COUNTED,
    PHASE_STATE,
    RUNNING,
    WORKING,
    InvitationState,
    Phase,
    Round,
    RoundState,
    SeatState,
    SubmissionState,
)
from portal.reviews.rounds.queries import basic, running
from portal.reviews.rounds.standing import shape_of

MISSING = (SeatState.planned, SeatState.invited, SeatState.accepted, SeatState.draft, SeatState.returned)
"""A review in such a seat may still come."""
ACCEPTED = (*WORKING, SeatState.locked)
OPENED = N_("Reviews in “%(round)s” are open until %(day)s.")
CLOSED = N_("The reviews of “%(round)s” are closed; what follows: %(phase_msg)s.")
ANSWER = N_("You may answer the reviews of your submission to “%(round)s” until %(day)s.")
DISCUSS = N_("The reviewers of “%(round)s” discuss until %(day)s.")
CANCELLED = N_("“%(round)s” was cancelled: %(reason)s")
LAPSED = N_("“%(round)s” lapsed: it was not carried on in time.")


def begin_inviting(db: Session, actor: Actor, *, round_id: uuid.UUID) -> invitations.Sent:
    """Freeze the rules and what is reviewed, fix the end of the reviews, and send the invitations.

    Refused without submissions, and while nobody is planned to be asked.
    """
    round_, _standing = run_by(db, actor, round_id)
    _require(round_, RoundState.draft)
    entries = [
        row for row in basic.submissions(db, round_.id, lock=True) if row.state is SubmissionState.entered
    ]
    if not entries:
        raise Conflict(_("There is nothing to review yet."), hint=_("Enter submissions first."))
    planned = [row for row in basic.invitations(db, round_.id) if row.state is InvitationState.planned]
    if not planned and not basic.seats(db, round_.id, states=(SeatState.planned,)):
        raise Conflict(_("Nobody is planned to be asked."), hint=_("Assign or draw experts, or name some."))
    shape = shape_of(round_)
    for entry in entries:
        entry.digest = read_digest(entry)
        entry.touch()
        db.add(entry)
    round_.shape_digest = shape.digest()
    end = end_of_day(shape.days(Phase.invitation))
    round_.review_until = end_of_day(shape.days(Phase.review), end)
    _enter(db, actor, round_, Phase.invitation, "secretariat", end)
    record(
        db, actor, verb="review_round.frozen", object=round_, shape=round_.shape_digest,
        submissions={str(entry.number): entry.digest for entry in entries},
    )  # fmt: skip
    db.flush()
    return invitations.send_planned(db, actor, round_)


def _require(round_: Round, *states: RoundState) -> None:
    if round_.state not in states:
        raise Conflict(_("This is not possible while the state is “%(state)s”.", state=_(round_.state.label)))


def _enter(
    db: Session, actor: Actor, round_: Round, phase: Phase, who: str, deadline: dt.datetime | None
) -> None:
    """Into a phase; the secretariat is reminded anew there."""
    move_round(db, actor, round_, PHASE_STATE[phase], who, phase=phase, deadline=deadline)
    round_.reminders = 0


def open_reviews(db: Session, actor: Actor, *, round_id: uuid.UUID) -> Round:
    """Begin the reviews before the time of inviting is over: every submission has as many reviewers as asked for.

    The end of the reviews stays where the invitations said it is.
    """
    round_, standing = run_by(db, actor, round_id)
    _require(round_, RoundState.inviting)
    require_impartial(standing)
    wanted = shape_of(round_).staffing.reviews
    thin = [number for number, count in running.coverage(db, round_.id, ACCEPTED).values() if count < wanted]
    if thin:
        raise Conflict(
            _(
                "Submissions with fewer than %(n)s reviewers who accepted: %(numbers)s.",
                n=wanted,
                numbers=listed(thin),
            ),
            hint=_("The reviews begin by themselves when the time of inviting is over."),
        )
    begin_reviews(db, actor, round_, "secretariat")
    return round_


def listed(numbers: Collection[int], most: int = 12) -> str:
    """Numbers of submissions for a sentence."""
    some = ", ".join(str(number) for number in list(numbers)[:most])
    return f"{some} …" if len(numbers) > most else some


def begin_reviews(db: Session, actor: Actor, round_: Round, who: str) -> None:
    """From inviting into the reviews; invitations that nobody answered are over."""
    until = round_.review_until or end_of_day(shape_of(round_).days(Phase.review))
    round_.review_until = until
    db.flush()
    _enter(db, actor, round_, Phase.review, who, until)
    for row in basic.invitations(db, round_.id):
        if row.state is InvitationState.sent and row.deadline_at is not None and row.deadline_at <= now():
            invitations.expire(db, round_, row)
    seats = basic.seats(db, round_.id, states=WORKING, lock=True)
    for seat in seats:
        seat.reminders = 0
        db.add(seat)
    for account_id in sorted({seat.account_id for seat in seats}):
        inform(db, account_id, OPENED, "/me/reviews", round=round_.titles, day=invitations.at(until))


def close_reviews(db: Session, actor: Actor, *, round_id: uuid.UUID) -> Round:
    """End the reviews before their time: only when none is missing."""
    round_, standing = run_by(db, actor, round_id)
    _require(round_, RoundState.open)
    require_impartial(standing)
    missing = len(basic.seats(db, round_.id, states=MISSING))
    if missing:
        raise Conflict(
            _("%(n)s reviews are still missing.", n=missing),
            hint=_("The reviews close by themselves at their deadline."),
        )
    advance(db, actor, round_, "secretariat")
    return round_


def next_phase(db: Session, actor: Actor, *, round_id: uuid.UUID) -> Round:
    """End the discussion or the panel before their time. What was promised to the applicants runs to its end."""
    round_, _standing = run_by(db, actor, round_id)
    if round_.phase not in (Phase.discussion, Phase.panel) or round_.state is not RoundState.closed:
        raise Conflict(
            _("Only the discussion and the panel can be ended by hand."),
            hint=_("The other phases end at their deadlines."),
        )
    advance(db, actor, round_, "secretariat")
    return round_


def advance(db: Session, actor: Actor, round_: Round, who: str) -> None:
    """From the reviews, or a phase after them, into the next one."""
    shape = shape_of(round_)
    following = shape.after(round_.phase)
    was, deadline = round_.phase, end_of_day(shape.days(following))
    _enter(db, actor, round_, following, who, deadline)
    db.flush()
    if was is Phase.review:
        _end_reviews(db, actor, round_)
    url, day = f"/rounds/{round_.id}", invitations.at(deadline)
    tell_secretariat(db, CLOSED, url, round=round_.titles, phase_msg=following.label)
    if following is Phase.rebuttal:
        _tell_leads(db, round_, ANSWER, page="rebuttal", round=round_.titles, day=day)
    if following is Phase.discussion:
        people = {seat.account_id for seat in basic.seats(db, round_.id, states=COUNTED)}
        for account_id in sorted(people):
            inform(db, account_id, DISCUSS, "/me/reviews", round=round_.titles, day=day)


def _end_reviews(db: Session, actor: Actor, round_: Round) -> None:
    """Reviews that did not come are over, and so are invitations nobody answered.

    Whoever keeps the reviews has ended what was written when the round moved; here is what is left.
    """
    late = (SeatState.planned, SeatState.invited, SeatState.accepted, SeatState.draft)
    for seat in basic.seats(db, round_.id, states=late, lock=True):
        move_seat(db, SYSTEM, seat, SeatState.expired, "system")
    db.flush()
    for row in basic.invitations(db, round_.id):
        if row.state is InvitationState.sent:
            invitations.expire(db, round_, row)
        elif row.state is InvitationState.planned:
            invitations.end(db, actor, round_, row, "system", "")


def _tell_leads(db: Session, round_: Round, message: str, *, page: str = "", **params: Any) -> None:
    entries = {
        row.id: row for row in basic.submissions(db, round_.id) if row.state is not SubmissionState.withdrawn
    }
    for person in basic.people(db, list(entries)):
        if person.account_id is not None and person.lead:
            url = f"/rounds/{round_.id}/submissions/{entries[person.submission_id].number}"
            inform(db, person.account_id, message, f"{url}/{page}" if page else url, **params)


def conclude(db: Session, actor: Actor, *, round_id: uuid.UUID) -> Round:
    """End the round once every submission that is in it has an outcome; sends no letters."""
    round_, _standing = run_by(db, actor, round_id)
    if round_.phase is not Phase.conclusion or round_.state is not RoundState.closed:
        raise Conflict(_("The round is not in its last phase."))
    left = running.undecided(db, round_.id)
    if left:
        raise Conflict(_("Submissions without an outcome: %(numbers)s.", numbers=listed(left)))
    _lock_reviews(db, round_)
    move_round(db, actor, round_, RoundState.concluded, "secretariat", phase=Phase.over)
    return round_


def cancel(db: Session, actor: Actor, *, round_id: uuid.UUID, reason: str) -> Round:
    """End a round that should not go on, with a reason that everybody concerned reads."""
    round_, _standing = run_by(db, actor, round_id)
    _require(round_, RoundState.draft, *RUNNING)
    text = reason.strip()
    if len(text) < 4:
        why = _("Please give a reason that others can understand.")
        raise Invalid(why, fields={"reason": why})
    _stop(db, actor, round_, RoundState.cancelled, "secretariat", text)
    return round_


def lapse(db: Session, round_: Round) -> None:
    """End a round that nobody carried on; the secretariat was reminded twice."""
    was = round_.state
    _stop(db, SYSTEM, round_, RoundState.lapsed, "system", "")
    if was is RoundState.draft:
        tell_secretariat(db, LAPSED, f"/rounds/{round_.id}", round=round_.titles)


def _stop(db: Session, actor: Actor, round_: Round, state: RoundState, who: str, reason: str) -> None:
    """Take back every invitation and seat; reviews that were delivered stay on record."""
    ran = round_.state is not RoundState.draft
    people = {seat.account_id for seat in basic.seats(db, round_.id, states=ACCEPTED)}
    for row in basic.invitations(db, round_.id):
        if row.state is InvitationState.sent:
            people.add(row.account_id)
        if row.state in (InvitationState.planned, InvitationState.sent):
            invitations.end(db, actor, round_, row, "system", reason)
    db.flush()
    open_ = (SeatState.planned, SeatState.invited, SeatState.accepted, SeatState.draft)
    for seat in basic.seats(db, round_.id, states=open_, lock=True):
        move_seat(db, SYSTEM, seat, SeatState.replaced, "system", reason=reason)
    _lock_reviews(db, round_)
    move_round(db, actor, round_, state, who, phase=Phase.over, reason=reason)
    if not ran:
        return
    message = CANCELLED if state is RoundState.cancelled else LAPSED
    params: dict[str, Any] = {"round": round_.titles} | (
        {"reason": reason} if state is RoundState.cancelled else {}
    )
    for account_id in sorted(people):
        inform(db, account_id, message, "/me/invitations", **params)
    _tell_leads(db, round_, message, **params)
    tell_secretariat(db, message, f"/rounds/{round_.id}", **params)


def _lock_reviews(db: Session, round_: Round) -> None:
    """What was delivered stays as it is."""
    for seat in basic.seats(db, round_.id, states=(SeatState.submitted, SeatState.returned), lock=True):
        move_seat(db, SYSTEM, seat, SeatState.locked, "system")
    db.flush()
