"""What the verbs share: the own seat, locked, with its standing asked anew; keeping a version; words for people."""

import uuid
from dataclasses import dataclass

from portal.kit.actor import Actor
from portal.kit.clock import now
from portal.kit.db import Session
from portal.kit.errors import Conflict, SignInNeeded
from portal.kit.i18n import _
from portal.reviews.estimates.rubric import Overall
from portal.reviews.reviewing import forms, policy
from portal.reviews.reviewing.models import ReviewVersion, VersionOrigin
from portal.reviews.reviewing.queries import reviews
from portal.reviews.rounds.models import Round, Seat, Submission
from portal.reviews.rounds.policy import Stage, Standing
from portal.reviews.rounds.queries import basic
from portal.reviews.rounds.seen import nothing
from portal.reviews.rounds.shape import Shape
from portal.reviews.rounds.standing import shape_of, stage_of, standing_of


@dataclass(frozen=True)
class Place:
    """A submission in its round, and what the actor is to it now."""

    round: Round
    shape: Shape
    submission: Submission
    standing: Standing

    @property
    def stage(self) -> Stage:
        """What of the round decides about sight."""
        return stage_of(self.round, self.shape)

    @property
    def address(self) -> str:
        """Where the submission stands."""
        return f"/rounds/{self.round.id}/submissions/{self.submission.number}"


def place_of(db: Session, actor: Actor, round_id: uuid.UUID, number: int) -> Place:
    """The submission and the actor's standing; whether the actor may know of it is for the caller to ask."""
    round_ = basic.one(db, round_id)
    submission = basic.submission_by_number(db, round_id, number) if round_ is not None else None
    if round_ is None or submission is None:
        raise nothing()
    return Place(round_, shape_of(round_), submission, standing_of(db, actor, round_))


def own_seat(db: Session, actor: Actor, round_id: uuid.UUID, number: int) -> tuple[Place, Seat]:
    """The actor's seat, locked, where its review may be read and written; a conflict found meanwhile hides it."""
    if actor.id is None:
        raise SignInNeeded(_("Please sign in first."))
    place = place_of(db, actor, round_id, number)
    # After the standing: whoever ends the phase locks the seats too, so what is read from here on is true.
    seat = basic.seat_of(db, place.submission.id, actor.id, lock=True)
    if seat is None or not place.standing.reviews(place.submission.id):
        raise nothing()
    return place, seat


def check_open(place: Place, seat: Seat) -> None:
    """Refuse what comes after the end of the reviews."""
    if not policy.takes_reviews(place.stage, reviews.due_of(seat, place.round), now()):
        raise Conflict(
            _("The time for this review is over."),
            hint=_("What you saved stays. If you need longer, please write to the secretariat."),
        )


def keep_version(
    db: Session, seat: Seat, overall: Overall, origin: VersionOrigin, *, reason: str = ""
) -> ReviewVersion:
    """Put what the seat holds on record as submitted now, and let the seat say so."""
    before = reviews.latest(db, seat.id)
    made = ReviewVersion(
        seat_id=seat.id,
        number=before.number + 1 if before else 1,
        origin=origin,
        score=overall.score,
        vetoes=list(overall.vetoes),
        reason=reason,
        digest=forms.digest(seat),
        at=now(),
        **forms.content(seat),
    )
    db.add(made)
    db.flush()
    show_version(seat, made)
    return made


def show_version(seat: Seat, version: ReviewVersion) -> None:
    """Let the seat hold what a version says."""
    seat.marks, seat.answers = dict(version.marks), dict(version.answers)
    seat.private_note, seat.confidence = version.private_note, version.confidence
    seat.score, seat.vetoes = version.score, list(version.vetoes)
    seat.digest, seat.submitted_at = version.digest, version.at
