"""The reviewer's verbs: saved, submitted, taken up again, kept as it was, declined, recused."""

import uuid

from portal.audit.actions import record
from portal.kit.actor import Actor
from portal.kit.clock import now
from portal.kit.db import Session
from portal.kit.errors import Conflict, SignInNeeded
from portal.kit.i18n import N_, _
from portal.reviews.reviewing import forms, policy
from portal.reviews.reviewing.actions.common import (
    check_open,
    keep_version,
    own_seat,
    place_of,
    show_version,
)
from portal.reviews.reviewing.models import VersionOrigin
from portal.reviews.reviewing.queries import reviews
from portal.reviews.rounds import hooks
from portal.reviews.rounds.actions.common import move_seat, tell_secretariat
from portal.reviews.rounds.models import Seat, SeatState
from portal.reviews.rounds.queries import basic
from portal.reviews.rounds.seen import nothing

RECUSED = N_("A reviewer of submission %(number)s recused: %(title)s. The reason is with the seat.")
DECLINED = N_("A reviewer of submission %(number)s stepped back: %(title)s. The reason is with the seat.")
LATE = N_("A reviewer of submission %(number)s declares a conflict after the review was locked: %(title)s")


class Outdated(Conflict):
    """A save that began from an older revision than the one that is stored; the message says what to do."""

    code = "outdated"


def _outdated() -> Outdated:
    return Outdated(
        _("This review was changed in another window in the meantime."),
        hint=_("Nothing was overwritten. Compare both and save what you want to keep."),
    )


def save(db: Session, actor: Actor, *, round_id: uuid.UUID, number: int, given: forms.ReviewForm) -> Seat:
    """Keep a review as far as it is written. What begins from an older revision is refused (``Outdated``), unless it
    says the same: then its answer was lost on the way."""
    place, seat = own_seat(db, actor, round_id, number)
    if seat.state is SeatState.submitted:
        raise Conflict(_("This review is submitted."), hint=_("Take it up again to change it."))
    check_open(place, seat)
    forms.check(place.shape, given)
    said = forms.content(given)
    if seat.revision != given.revision:
        if said == forms.content(seat) and seat.auto_submit is given.auto_submit:
            return seat
        raise _outdated()
    if seat.state is SeatState.accepted:
        move_seat(db, actor, seat, SeatState.draft, "expert", deadline=seat.deadline_at)
    seat.marks, seat.answers = said["marks"], said["answers"]
    seat.private_note, seat.confidence = said["private_note"], said["confidence"]
    seat.auto_submit = given.auto_submit
    seat.revision += 1
    seat.saved_at = now()
    seat.touch()
    db.add(seat)
    db.flush()
    return seat


def submit(db: Session, actor: Actor, *, round_id: uuid.UUID, number: int, revision: int) -> Seat:
    """Hand in the saved review of this revision. ``Invalid`` names what is missing; the draft stays as it is."""
    place, seat = own_seat(db, actor, round_id, number)
    if seat.state not in policy.WRITABLE:
        raise Conflict(_("This review is submitted."), hint=_("Take it up again to change it."))
    check_open(place, seat)
    if seat.revision != revision:
        raise _outdated()
    keep_version(db, seat, forms.complete(place.shape, seat), VersionOrigin.hand)
    move_seat(db, actor, seat, SeatState.submitted, "expert")
    return seat


def reopen(db: Session, actor: Actor, *, round_id: uuid.UUID, number: int) -> Seat:
    """Take a submitted review up again while reviews are taken. What was submitted stays on record, and counts at the
    end unless something newer is submitted."""
    place, seat = own_seat(db, actor, round_id, number)
    check_open(place, seat)
    move_seat(db, actor, seat, SeatState.draft, "expert", deadline=reviews.due_of(seat, place.round))
    return seat


def keep(db: Session, actor: Actor, *, round_id: uuid.UUID, number: int) -> Seat:
    """Drop the changes since the last submission: what was submitted stands as it was."""
    place, seat = own_seat(db, actor, round_id, number)
    before = reviews.latest(db, seat.id)
    if seat.state is not SeatState.draft or before is None:
        raise Conflict(_("There is no submitted review to go back to."))
    check_open(place, seat)
    show_version(seat, before)
    seat.revision += 1
    move_seat(db, actor, seat, SeatState.submitted, "expert")
    return seat


def recuse(db: Session, actor: Actor, *, round_id: uuid.UUID, number: int, reason: str) -> Seat:
    """Give up the seat for a conflict of interest, at any time. A locked review stays until the secretariat, which is
    told, has looked at it."""
    return _leave(db, actor, round_id, number, SeatState.recused, reason)


def decline(db: Session, actor: Actor, *, round_id: uuid.UUID, number: int, reason: str) -> Seat:
    """Give up a review that was not submitted yet, for want of time or knowledge."""
    return _leave(db, actor, round_id, number, SeatState.declined, reason)


def _leave(
    db: Session, actor: Actor, round_id: uuid.UUID, number: int, state: SeatState, reason: str
) -> Seat:
    """Without asking the standing: also whoever was found in conflict meanwhile may say so."""
    if actor.id is None:
        raise SignInNeeded(_("Please sign in first."))
    place = place_of(db, actor, round_id, number)
    seat = basic.seat_of(db, place.submission.id, actor.id, lock=True)
    if seat is None or seat.state not in reviews.OWN:
        raise nothing()
    said = {"number": number, "title": place.submission.title}
    where = f"{place.address}/reviews"
    if seat.state is SeatState.locked and state is SeatState.recused:
        seat.state_reason = reason
        seat.touch()
        db.add(seat)
        record(db, actor, verb="review_seat.conflict_declared", object=seat, reason=reason)
        tell_secretariat(db, LATE, where, **said)
        return seat
    move_seat(db, actor, seat, state, "expert", reason=reason)
    tell_secretariat(db, RECUSED if state is SeatState.recused else DECLINED, where, **said)
    hooks.recused(db, actor, seat)
    return seat
