"""Guards of reviewing: absent and hidden are the same 404; conflicts are looked for at every view."""

import re
import uuid
from dataclasses import dataclass

from portal.kit.pages import Context
from portal.kit.routes import signed_in
from portal.reviews.reviewing import policy
from portal.reviews.reviewing.actions.common import Place, place_of
from portal.reviews.reviewing.queries import reviews
from portal.reviews.rounds.models import Phase, Round, Seat
from portal.reviews.rounds.policy import Standing, is_secretariat, sees_reviews, sees_submission
from portal.reviews.rounds.queries import basic
from portal.reviews.rounds.seen import nothing
from portal.reviews.rounds.standing import standing_of

_NUMBER = re.compile(r"[1-9][0-9]{0,8}")


@dataclass(frozen=True)
class Chair:
    """A reviewer's own seat, at a submission that the reviewer may read."""

    place: Place
    seat: Seat


@dataclass(frozen=True)
class Office:
    """A round, for the secretariat."""

    round: Round
    standing: Standing


def myself(req: Context) -> uuid.UUID:
    """Somebody must be signed in; gives the account."""
    signed_in(req)
    assert req.actor.id is not None  # noqa: S101 - the line above
    return req.actor.id


def place(req: Context) -> Place:
    """The submission of the address for whoever is signed in; whether it may be known of is asked by the others."""
    signed_in(req)
    if not _NUMBER.fullmatch(req.path["number"]):
        raise nothing()
    return place_of(req.db, req.actor, req.path_id(), int(req.path["number"]))


def chair(req: Context) -> Chair:
    """The own seat at the submission of the address, open or handed in."""
    found = place(req)
    seat = basic.seat_of(req.db, found.submission.id, myself(req))
    key = found.submission.id
    if seat is None or seat.state not in reviews.OWN or key in found.standing.applied:
        raise nothing()
    if not sees_submission(found.standing, key, found.stage):
        raise nothing()
    return Chair(found, seat)


def reader(req: Context) -> Place:
    """A submission whose reviews may be read."""
    found = place(req)
    if not sees_reviews(found.standing, found.submission.id, found.stage):
        raise nothing()
    return found


def joiner(req: Context) -> Place:
    """A submission whose discussion may be read."""
    found = place(req)
    held = Phase.discussion in found.shape.phases() and found.stage.reached(Phase.discussion)
    if not held or not policy.joins(found.standing, found.submission.id, found.stage):
        raise nothing()
    return found


def answered(req: Context) -> Place:
    """A submission whose applicants' answer may be read (or written)."""
    found = place(req)
    if not found.stage.reached(Phase.rebuttal) or not policy.reads_answer(
        found.standing, found.submission.id, found.stage
    ):
        raise nothing()
    return found


def office(req: Context) -> Office:
    """The round of the address, for the secretariat; what its member is in conflict with is left out by the view."""
    signed_in(req)
    found = basic.one(req.db, req.path_id())
    if found is None or not is_secretariat(req.actor):
        raise nothing()
    return Office(found, standing_of(req.db, req.actor, found))
