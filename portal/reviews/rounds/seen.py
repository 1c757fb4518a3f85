"""A round and its reader, loaded together: what guards of round pages hand to their views."""

import uuid
from dataclasses import dataclass

from portal.kit.errors import NotFound
from portal.kit.i18n import _
from portal.kit.pages import Context
from portal.kit.routes import signed_in
from portal.reviews.rounds.models import Round, Submission
from portal.reviews.rounds.policy import Stage, Standing
from portal.reviews.rounds.queries import basic
from portal.reviews.rounds.shape import Shape
from portal.reviews.rounds.standing import shape_of, stage_of, standing_of


@dataclass(frozen=True)
class Seen:
    """A round, what decides about sight in it, and what its reader is there."""

    round: Round
    shape: Shape
    stage: Stage
    standing: Standing

    @property
    def url(self) -> str:
        """The round's permanent address."""
        return f"/rounds/{self.round.id}"


def nothing() -> NotFound:
    """The answer for what is absent or hidden."""
    return NotFound(_("There is nothing at this address."))


def seen(req: Context) -> Seen:
    """The round in the address, for somebody who is signed in. Whether that somebody may see it is not asked here."""
    signed_in(req)
    return load(req, req.path_id())


def runner(req: Context) -> Seen:
    """The round in the address, for the secretariat, of which each sees what it is not in conflict with."""
    found = seen(req)
    if not found.standing.secretariat:
        raise nothing()
    return found


def load(req: Context, round_id: uuid.UUID) -> Seen:
    """The round of that id with the reader's standing in it, read now."""
    found = basic.one(req.db, round_id)
    if found is None:
        raise nothing()
    shape = shape_of(found)
    return Seen(found, shape, stage_of(found, shape), standing_of(req.db, req.actor, found))


def numbered(req: Context, there: Seen) -> Submission:
    """The submission whose number is in the address."""
    text = req.path["number"]
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 0
    found = basic.submission_by_number(req.db, there.round.id, number)
    if found is None:
        raise nothing()
    return found
