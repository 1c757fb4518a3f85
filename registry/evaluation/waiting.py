"""What a waiting evaluation's page says of its place in the queue."""

import math
import uuid
from dataclasses import dataclass

from portal.kit.db import Session
from registry.evaluation.expected import Contender, Forecast, forecast
from registry.evaluation.queries import claims
from registry.evaluation.queries import queue as queries
from registry.workers import queries as workers


@dataclass(frozen=True)
class Standing:
    """Place, estimate, and what may hold the queue up."""

    queue: str
    found: Forecast | None
    served: bool
    drained: bool

    @property
    def minutes(self) -> int | None:
        """The estimate in whole minutes, rounded up; None where there is none."""
        seconds = self.found.seconds if self.found else None
        return None if seconds is None else math.ceil(seconds / 60)


def standing(db: Session, evaluation_id: uuid.UUID) -> Standing:
    """Where a queued evaluation stands now."""
    place = queries.place_of(db, evaluation_id)
    rule = workers.rule(db)
    slots = {row.queue: int(row.slots) for row in workers.capacity(db)}
    served = place.queue in slots
    mine: Contender | None = None
    others: list[Contender] = []
    for row in claims.contenders(db, rule, place.queue):
        contender = Contender(int(row[1]), float(row.used_s), int(row.n), float(row.seconds))
        if row.submitted_by == place.submitted_by:
            mine = contender
        else:
            others.append(contender)
    found: Forecast | None = None
    if mine is not None:
        ahead = claims.own_ahead(db, evaluation_id)
        running = queries.running_in(db, [place.queue])
        found = forecast(mine, others, own_ahead=ahead, slots=slots.get(place.queue, 0), running=running)
    return Standing(place.queue, found, served, rule.drained_at is not None)
