"""What happens to reviews and answers by themselves, at the end of their time and when the round moves on."""

import uuid

from portal.audit.actions import record
from portal.kit.actor import SYSTEM, Actor
from portal.kit.clock import now
from portal.kit.db import Session
from portal.kit.i18n import N_
from portal.kit.states import check_move
from portal.reviews.reviewing import forms, policy
from portal.reviews.reviewing.actions.common import keep_version, show_version
from portal.reviews.reviewing.models import (
    REBUTTAL_TRANSITIONS,
    Rebuttal,
    RebuttalState,
    VersionOrigin,
)
from portal.reviews.reviewing.queries import reviews, talk
from portal.reviews.rounds import hooks
from portal.reviews.rounds.actions.common import inform, move_seat
from portal.reviews.rounds.models import Phase, Round, Seat, SeatState
from portal.reviews.rounds.queries import basic
from portal.reviews.rounds.shape import digest_of
from portal.reviews.rounds.standing import shape_of

SUBMITTED = N_("Your complete draft was submitted when the time was over: submission %(number)s, %(title)s")
RESTORED = N_("The time is over: the review you had submitted counts, submission %(number)s, %(title)s")
EXPIRED = N_("The time for your review is over, and none was submitted: submission %(number)s, %(title)s")
_TAKING = (Phase.preparation, Phase.invitation, Phase.review)


def run_deadlines(db: Session) -> int:
    """Close seats whose time is over and answers whose phase is over; how many that were."""
    done = 0
    for seat_id in reviews.due(db, now()):
        done += close(db, seat_id)
    for round_id in talk.rounds_with_late_drafts(db):
        done += end_rebuttals(db, round_id)
    return done


def close(db: Session, seat_id: uuid.UUID) -> bool:
    """End one seat if its time is over: a complete draft is submitted where its author wished that, else what was
    submitted before counts, else the seat expires. A submitted review is locked once the round takes none any more."""
    seat = basic.seat(db, seat_id, lock=True)
    round_ = basic.one(db, seat.round_id) if seat is not None else None
    if seat is None or round_ is None:
        return False
    ended = round_.phase not in _TAKING
    if not ended and (seat.deadline_at is None or seat.deadline_at > now()):
        return False
    if seat.state in policy.WRITABLE:
        _finish(db, round_, seat)
    elif ended and seat.state in (SeatState.planned, SeatState.invited):
        move_seat(db, SYSTEM, seat, SeatState.expired, "system")
    if ended and seat.state in (SeatState.submitted, SeatState.returned):
        move_seat(db, SYSTEM, seat, SeatState.locked, "system")
    return True


def _finish(db: Session, round_: Round, seat: Seat) -> None:
    """What becomes of a review that lies open when its time is over."""
    before = reviews.latest(db, seat.id)
    complete = seat.auto_submit and forms.is_complete(shape_of(round_), seat)
    changed = before is None or forms.digest(seat) != before.digest
    if seat.state is not SeatState.accepted and complete and changed:
        keep_version(db, seat, forms.complete(shape_of(round_), seat), VersionOrigin.clock)
        said = SUBMITTED
    elif before is not None:
        show_version(seat, before)
        said = RESTORED
    else:
        said = EXPIRED
    if said is EXPIRED and seat.state is not SeatState.returned:
        move_seat(db, SYSTEM, seat, SeatState.expired, "system")
    elif seat.state is SeatState.returned:
        move_seat(db, SYSTEM, seat, SeatState.locked, "system")
    else:
        move_seat(db, SYSTEM, seat, SeatState.submitted, "system")
    submission = basic.submission(db, seat.submission_id)
    number, title = (submission.number, submission.title) if submission else (0, "")
    inform(db, seat.account_id, said, "/me/reviews", number=number, title=title)


def end_rebuttals(db: Session, round_id: uuid.UUID) -> int:
    """Submit the drafts of answers that are long enough and whose authors wished that; the others lapse."""
    found = talk.drafts_in(db, round_id)
    for answer in found:
        fits = forms.LEAST_REBUTTAL <= len(answer.text.strip()) <= forms.MOST_REBUTTAL
        if answer.auto_submit and fits:
            submit_answer(db, SYSTEM, answer, "system")
        else:
            check_move(REBUTTAL_TRANSITIONS, answer.state, RebuttalState.lapsed, "system")
            answer.state = RebuttalState.lapsed
            answer.touch()
            db.add(answer)
            record(db, SYSTEM, verb="review_rebuttal.lapsed", object=answer)
    return len(found)


def submit_answer(db: Session, actor: Actor, answer: Rebuttal, who: str) -> None:
    """Hand in a locked answer."""
    check_move(REBUTTAL_TRANSITIONS, answer.state, RebuttalState.submitted, who)
    answer.state, answer.submitted_at = RebuttalState.submitted, now()
    answer.digest = digest_of(answer.text)
    answer.touch()
    db.add(answer)
    record(db, actor, verb="review_rebuttal.submitted", object=answer, digest=answer.digest)


def _entered(db: Session, _actor: Actor, round_: Round, was: Phase) -> None:
    """Nothing that was open in a phase is open in the next one."""
    if was is not round_.phase and round_.phase not in _TAKING:
        for seat_id in reviews.unfinished_in(db, round_.id):
            close(db, seat_id)
    if was is Phase.rebuttal and round_.phase is not Phase.rebuttal:
        end_rebuttals(db, round_.id)


hooks.on_phase(_entered)
