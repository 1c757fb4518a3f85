"""The discussion among reviewers: said, withdrawn, moderated, own marks revised; by letter all along."""

import uuid

from portal.audit.actions import record
from portal.kit.actor import Actor
from portal.kit.clock import now
from portal.kit.db import Session, lock_key
from portal.kit.errors import Conflict, Forbidden, Invalid
from portal.kit.i18n import N_, _
from portal.notices.actions import tell
from portal.reviews.reviewing import forms, policy
from portal.reviews.reviewing.actions.common import Place, keep_version, place_of
from portal.reviews.reviewing.models import Message, VersionOrigin
from portal.reviews.reviewing.queries import talk
from portal.reviews.rounds.models import COUNTED, Phase, Seat
from portal.reviews.rounds.queries import basic
from portal.reviews.rounds.seen import nothing
from portal.reviews.rounds.standing import conflicts_of

SAID = N_("Something was said in the discussion of submission %(number)s: %(title)s")
OVER = N_("The discussion is not open.")


def _place(db: Session, actor: Actor, round_id: uuid.UUID, number: int) -> Place:
    """A submission whose discussion the actor may read, while its phase lasts."""
    place = place_of(db, actor, round_id, number)
    if not policy.joins(place.standing, place.submission.id, place.stage):
        raise nothing()
    if place.stage.phase is not Phase.discussion:
        raise Conflict(_(OVER))
    if not policy.speaks(place.standing, place.submission.id, place.stage):
        raise Forbidden(_("You may read this discussion and not take part in it."))
    return place


def _seat(db: Session, actor: Actor, place: Place) -> Seat | None:
    """The own seat of a reviewer; None for the secretariat, which has none."""
    if actor.id is None or not place.standing.has_reviewed(place.submission.id):
        return None
    return basic.seat_of(db, place.submission.id, actor.id, lock=True)


def say(db: Session, actor: Actor, *, round_id: uuid.UUID, number: int, given: forms.MessageForm) -> Message:
    """Say something. The other reviewers are told that something was said, not by whom."""
    place = _place(db, actor, round_id, number)
    seat = _seat(db, actor, place)
    assert actor.id is not None  # noqa: S101 - nobody speaks without a standing
    lock_key(db, "review_message", place.submission.id)
    made = Message(
        submission_id=place.submission.id,
        number=talk.last_number(db, place.submission.id) + 1,
        seat_id=seat.id if seat is not None else None,
        account_id=actor.id,
        text=given.text,
    )
    db.add(made)
    db.flush()
    record(db, actor, verb="review_message.said", object=made)
    for other in basic.seats_at(db, place.submission.id, states=COUNTED):
        if other.account_id != actor.id and not conflicts_of(db, other.account_id, [place.submission.id]):
            tell(
                db, other.account_id, message=SAID, url=f"{place.address}/discussion",
                number=place.submission.number, title=place.submission.title,
            )  # fmt: skip
    return made


def withdraw(
    db: Session, actor: Actor, *, round_id: uuid.UUID, number: int, message: int, reason: str = ""
) -> Message:
    """Take back what one said, or, as the secretariat and with a reason, what somebody said; its place stays."""
    place = _place(db, actor, round_id, number)
    found = talk.message(db, place.submission.id, message, lock=True)
    if found is None:
        raise nothing()
    own = found.account_id == actor.id
    if not own and not place.standing.runs(place.submission.id):
        raise Forbidden(_("Only its author and the secretariat may withdraw a message."))
    if found.withdrawn_at is not None:
        raise Conflict(_("This message is withdrawn already."))
    said = reason.strip()
    if not own and len(said) < 4:
        why = _("Please give a reason that others can understand.")
        raise Invalid(why, fields={"reason": why})
    found.withdrawn_at, found.moderated, found.withdrawn_reason = now(), not own, said[:1000]
    db.add(found)
    verb = "review_message.withdrawn" if own else "review_message.moderated"
    record(db, actor, verb=verb, object=found, reason=said or None)
    return found


def revise(db: Session, actor: Actor, *, round_id: uuid.UUID, number: int, given: forms.RevisionForm) -> Seat:
    """Give one's own marks anew after what was said, with a reason; the marks before stay on record."""
    place = _place(db, actor, round_id, number)
    seat = _seat(db, actor, place)
    if seat is None or not policy.revises(place.standing, place.submission.id, place.stage):
        raise Forbidden(_("Only whoever reviewed it may revise marks."))
    marks = {key: float(mark) for key, mark in given.marks.items()}
    if marks == {key: float(mark) for key, mark in seat.marks.items()}:
        why = _("These are the marks you have given already.")
        raise Invalid(why, fields={"marks": why})
    overall = forms.complete(place.shape, forms.Said.of(seat, marks))
    seat.marks = marks
    seat.revision += 1
    keep_version(db, seat, overall, VersionOrigin.revised, reason=given.reason)
    seat.touch()
    db.add(seat)
    record(db, actor, verb="review_seat.revised", object=seat, reason=given.reason)
    return seat
