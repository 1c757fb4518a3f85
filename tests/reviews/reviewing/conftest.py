"""A round with reviewers in their seats; conflicts are those a test names."""

import uuid
from collections.abc import Collection

import pytest
from sqlmodel import Session

from portal.reviews.reviewing.forms import ReviewForm
from portal.reviews.rounds import standing
from tests.reviews.rounds import Fixed, fixed_round
from tests.support.make import Make

WORDS = "方法清楚，数据来源可靠，验证充分，结论可信，可供推广。"
MARKS = {"merit": 4.0, "use": 3.0}


def review(revision: int = 0, **values: object) -> ReviewForm:
    """A complete review, begun from a revision."""
    whole = {"marks": MARKS, "answers": {"strengths": WORDS}, "confidence": 4, "private_note": "", **values}
    return ReviewForm.model_validate({"revision": revision, **whole})


class Conflicts(set[tuple[uuid.UUID, uuid.UUID]]):
    """(account, submission) pairs a test declares to be in conflict."""

    def __call__(
        self, _db: Session, account: uuid.UUID, asked: Collection[uuid.UUID]
    ) -> frozenset[uuid.UUID]:
        return frozenset(key for key in asked if (account, key) in self)


@pytest.fixture
def conflicts(monkeypatch: pytest.MonkeyPatch) -> Conflicts:
    found = Conflicts()
    monkeypatch.setattr(standing, "_checkers", [found])
    return found


@pytest.fixture
def round_(make: Make, db: Session, conflicts: Conflicts) -> Fixed:
    """Three submissions, four experts; the first expert has accepted the first submission."""
    found = fixed_round(make, db)
    found.seat(0, 0)
    return found
