"""The secretariat's verbs over reviews: given back, no longer counted."""

import uuid

from portal.accounts import queries as accounts
from portal.kit.actor import Actor
from portal.kit.clock import now
from portal.kit.db import Session
from portal.kit.errors import Conflict
from portal.kit.i18n import N_, _, label
from portal.notices.actions import speaking
from portal.reviews.reviewing import forms, policy
from portal.reviews.reviewing.actions.common import place_of
from portal.reviews.reviewing.queries import reviews
from portal.reviews.rounds import hooks
from portal.reviews.rounds.actions.common import inform, move_seat, run_by
from portal.reviews.rounds.models import Seat, SeatState
from portal.reviews.rounds.seen import nothing

RETURNED = N_("Your review of submission %(number)s came back, to be completed: %(title)s. %(reason)s")


def _judged(db: Session, actor: Actor, round_id: uuid.UUID, number: int, alias: int) -> Seat:
    """The seat behind a letter, locked, for whoever has the secretariat's rights over its submission."""
    run_by(db, actor, round_id)
    place = place_of(db, actor, round_id, number)
    if not place.standing.runs(place.submission.id):
        raise nothing()
    seat = reviews.by_letter(db, place.submission.id, alias, lock=True)
    if seat is None:
        raise nothing()
    return seat


def give_back(
    db: Session, actor: Actor, *, round_id: uuid.UUID, number: int, alias: int, given: forms.ReturnForm
) -> Seat:
    """Return a submitted review to its reviewer, for its form and never for what it says, while reviews are taken.

    What was submitted stays on record and counts at the end unless it is mended.
    """
    seat = _judged(db, actor, round_id, number, alias)
    place = place_of(db, actor, round_id, number)
    due = reviews.due_of(seat, place.round)
    if not policy.takes_reviews(place.stage, due, now()):
        raise Conflict(_("Reviews can be returned only while reviews are taken."))
    account = accounts.by_id(db, seat.account_id)
    with speaking(account.locale if account is not None else "zh_Hans"):
        reason = _("%(kind)s: %(reason)s", kind=label(given.kind), reason=given.reason)
    move_seat(db, actor, seat, SeatState.returned, "secretariat", deadline=due, reason=reason)
    inform(
        db, seat.account_id, RETURNED, f"{place.address}/review", number=number, title=place.submission.title,
        reason=reason,
    )  # fmt: skip
    return seat


def discount(db: Session, actor: Actor, *, round_id: uuid.UUID, number: int, alias: int, reason: str) -> Seat:
    """Let a review no longer count, since its author turned out to be in conflict; it stays on record."""
    seat = _judged(db, actor, round_id, number, alias)
    if seat.state not in (SeatState.submitted, SeatState.returned, SeatState.locked):
        raise Conflict(_("There is no review here that counts."))
    move_seat(db, actor, seat, SeatState.recused, "secretariat", reason=reason)
    hooks.recused(db, actor, seat)
    return seat
