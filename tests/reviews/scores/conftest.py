"""A closed round of six submissions whose twelve reviews tie everything together, with a checker that can be told."""

import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass

import pytest
from sqlmodel import Session

from portal.kit.db import transaction
from portal.reviews.estimates import rubric
from portal.reviews.rounds import standing
from portal.reviews.rounds.models import Phase, SeatState
from portal.reviews.rounds.shape import Shape
from portal.reviews.scores import actions, queries, tasks
from portal.reviews.scores.models import ScoreRun
from tests.reviews.rounds import Fixed, fixed_round
from tests.support.make import Make


@dataclass
class Conflicts:
    """Who is in conflict with what; the round's checker asks here."""

    pairs: set[tuple[uuid.UUID, uuid.UUID]]

    def add(self, account_id: uuid.UUID, submission_id: uuid.UUID) -> None:
        self.pairs.add((account_id, submission_id))

    def __call__(
        self, _db: Session, account_id: uuid.UUID, asked: Collection[uuid.UUID]
    ) -> frozenset[uuid.UUID]:
        return frozenset(key for key in asked if (account_id, key) in self.pairs)


@pytest.fixture
def conflicts(monkeypatch: pytest.MonkeyPatch) -> Conflicts:
    found = Conflicts(set())
    monkeypatch.setattr(standing, "_checkers", [found])
    return found


Marks = Mapping[tuple[int, int], tuple[int, int]]
"""(submission, expert) -> marks for merit and use."""
MARKS: Marks = {
    (0, 0): (5, 5), (0, 1): (5, 4), (0, 2): (5, 5),
    (1, 1): (4, 4), (1, 2): (4, 5), (1, 3): (3, 4),
    (2, 2): (3, 3), (2, 3): (3, 2), (2, 0): (3, 4),
    (3, 3): (3, 2), (3, 0): (4, 3), (3, 1): (3, 3),
    (4, 0): (2, 2), (4, 2): (2, 1), (4, 3): (2, 2),
    (5, 1): (1, 2), (5, 3): (2, 2), (5, 0): (2, 2),
}  # fmt: skip


def review(found: Fixed, marks: Marks, state: SeatState = SeatState.locked) -> None:
    """Seats with these marks, under letters that do not follow the experts' numbers."""
    shape = Shape.model_validate(found.round.shape)
    for (submission, expert), (merit, use) in marks.items():
        given = {"merit": float(merit), "use": float(use)}
        overall = rubric.overall(shape.rubric(), given)
        found.seat(
            submission, expert, state, 7 - expert, marks=given, score=overall.score, vetoes=list(overall.vetoes)
        )  # fmt: skip


@pytest.fixture
def closed(make: Make, db: Session, conflicts: Conflicts) -> Fixed:
    found = fixed_round(make, db, submissions=6, experts=4, phase=Phase.panel)
    review(found, MARKS)
    return found


def compute(found: Fixed) -> ScoreRun:
    """Have the scores computed as a worker would."""
    run = found.do(actions.start, found.secretary, round_id=found.round.id)
    tasks.compute(str(run.id))
    with transaction() as db:
        done = queries.one(db, run.id)
    assert done is not None
    return done
