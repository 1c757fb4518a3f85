"""What becomes of the reviews of an account that was closed."""

import uuid

from portal.kit.actor import SYSTEM
from portal.kit.db import Session
from portal.reviews.reviewing.queries import reviews
from portal.reviews.rounds import hooks
from portal.reviews.rounds.actions.common import move_seat
from portal.reviews.rounds.models import SeatState
from portal.reviews.rounds.queries import basic


def forget_person(db: Session, *, account_id: uuid.UUID) -> None:
    """Seats without a submitted review are given up; what was submitted stays, under its letter."""
    for seat_id in reviews.unfinished_of(db, account_id):
        seat = basic.seat(db, seat_id, lock=True)
        if seat is not None:
            move_seat(db, SYSTEM, seat, SeatState.declined, "system")
            hooks.recused(db, SYSTEM, seat)
