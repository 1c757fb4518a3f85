"""Which submissions need the panel most: lent by the layer above that computes scores."""

import uuid
from collections.abc import Callable, Mapping

from portal.kit.db import Session
from portal.reviews.rounds.models import Round

Ranks = Callable[[Session, Round], Mapping[uuid.UUID, int]]
"""(database, round) -> submission -> 0 for undecided, 1 for all others."""
_ranks: list[Ranks] = []


def register(ranks: Ranks) -> None:
    """Make known what knows the groups; there is one."""
    _ranks[:] = [ranks]


def ranks(db: Session, round_: Round) -> Mapping[uuid.UUID, int]:
    """How urgent the round's submissions are; empty where nothing has been computed: then all are."""
    return _ranks[0](db, round_) if _ranks else {}
