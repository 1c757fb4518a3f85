"""What scores are computed from, and its digest. Pure."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from portal.reviews.rounds.models import Seat, Submission, SubmissionState
from portal.reviews.rounds.shape import Shape, digest_of


@dataclass(frozen=True)
class Review:
    """One counted review. ``submission`` is the submission's number, ``letter`` what others call the reviewer there."""

    submission: int
    account_id: uuid.UUID
    letter: str
    score: float
    marks: Mapping[str, float]
    vetoes: Sequence[str]


@dataclass(frozen=True)
class Inputs:
    """All counted reviews of the submissions that are still in the round, and the rule of the ranking."""

    reviews: Sequence[Review]
    panels: Mapping[int, str]
    """Number of every submission in the round -> its panel."""
    thresholds: Mapping[str, float | None]
    """Criterion -> the mean mark it must reach."""
    places: int | None
    threshold: float | None
    submissions: Mapping[int, uuid.UUID] = field(default_factory=dict)

    def digest(self) -> str:
        """SHA-256 over every mark, whose it is, and the rule: what changes the result changes it."""
        return digest_of(
            {
                "reviews": [
                    [one.submission, str(one.account_id), one.score, dict(one.marks), list(one.vetoes)]
                    for one in self.reviews
                ],
                "panels": sorted(self.panels.items()),
                "thresholds": dict(self.thresholds),
                "rule": [self.places, self.threshold],
            }
        )


def gather(shape: Shape, submissions: Sequence[Submission], seats: Sequence[Seat]) -> Inputs:
    """The inputs of a round from its rows; withdrawn submissions and seats without a score do not count."""
    entered = {one.id: one for one in submissions if one.state is not SubmissionState.withdrawn}
    reviews = [
        Review(
            entered[seat.submission_id].number,
            seat.account_id,
            seat.letter,
            seat.score,
            seat.marks,
            seat.vetoes,
        )
        for seat in seats
        if seat.submission_id in entered and seat.score is not None
    ]
    return Inputs(
        sorted(reviews, key=lambda one: (one.submission, one.letter)),
        {one.number: one.panel for one in entered.values()},
        {one.key: one.threshold for one in shape.criteria},
        shape.places,
        shape.threshold,
        {one.number: key for key, one in entered.items()},
    )
