"""Scores as their reader may see them: the one way from a stored result to pages, tables and files."""

import statistics
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from portal.kit.db import Session
from portal.reviews.charts import Distribution
from portal.reviews.estimates.results import Group
from portal.reviews.rounds.models import COUNTED, Seat, Submission, SubmissionState
from portal.reviews.rounds.queries import basic
from portal.reviews.rounds.seen import Seen
from portal.reviews.rounds.shape import Criterion
from portal.reviews.scores import policy, queries
from portal.reviews.scores.inputs import Inputs
from portal.reviews.scores.models import RunState, ScoreRun
from portal.reviews.scores.results import Result, Row

TOGETHER = ("score", "low", "high", "place", "chance", "group")
"""What of a row is computed from all submissions."""


@dataclass(frozen=True)
class Line:
    """One submission with its scores."""

    submission: Submission
    row: Row


@dataclass(frozen=True)
class Sheet:
    """All scores of a round that one reader may see."""

    run: ScoreRun | None
    """The newest computation."""
    result: Result | None
    """Of the newest that is done, cut down to what the reader may see."""
    lines: Sequence[Line]
    whole: bool
    """Whether nothing of the round is hidden from the reader; else nothing computed from all together is shown."""
    stale: bool
    """Whether reviews have changed since."""
    at: ScoreRun | None
    """The computation the result is of."""


def sheet(db: Session, seen: Seen) -> Sheet:
    """The newest result, without what the reader must not see."""
    submissions = [
        one for one in basic.submissions(db, seen.round.id) if one.state is not SubmissionState.withdrawn
    ]
    allowed = policy.shown(seen.standing, [one.id for one in submissions], seen.stage)
    whole = len(allowed) == len(submissions)
    runs = queries.latest(db, seen.round.id)
    done = next((run for run in runs if run.state is RunState.done), None)
    newest = runs[0] if runs else None
    if done is None:
        return Sheet(newest, None, (), whole, False, None)
    numbers = {one.number for one in submissions if one.id in allowed}
    result = _cut(Result.model_validate(done.result), numbers, whole=whole, runs=seen.standing.secretariat)
    rows = {row.number: row for row in result.rows}
    lines = [
        Line(one, rows.get(one.number) or Row(number=one.number, reviews=0))
        for one in submissions
        if one.id in allowed
    ]
    current = queries.inputs(db, seen.round, seen.shape)
    stale = current.digest() != done.inputs if whole else _changed(current, lines)
    return Sheet(newest, result, lines, whole, stale, done)


def _cut(result: Result, numbers: set[int], *, whole: bool, runs: bool) -> Result:
    """Only rows the reader may see, and of these only what does not tell of others; letters for the secretariat."""
    rows = [row for row in result.rows if row.number in numbers]
    if not whole:
        rows = [row.model_copy(update=dict.fromkeys(TOGETHER)) for row in rows]
        return Result(adjusted=False, level=result.level, rows=tuple(rows))
    careless = result.careless if runs else ()
    bridges = result.bridges if runs else ()
    return result.model_copy(update={"rows": tuple(rows), "careless": careless, "bridges": bridges})


def _changed(current: Inputs, lines: Sequence[Line]) -> bool:
    """Whether the reviews of the lines shown are others now: of the hidden ones not even that is told."""
    scores: dict[int, list[float]] = {}
    for one in current.reviews:
        scores.setdefault(one.submission, []).append(one.score)
    for line in lines:
        now = scores.get(line.row.number, [])
        mean = statistics.fmean(now) if now else None
        if len(now) != line.row.reviews or (mean is not None and abs(mean - (line.row.mean or 0)) > 1e-9):
            return True
    return False


@dataclass(frozen=True)
class Given:
    """One submission's scores as they were given."""

    seats: Sequence[Seat]
    mean: float | None
    sd: float | None
    criteria: Sequence[tuple[Criterion, float | None]]
    """Criterion and the mean of its marks."""


def given(db: Session, seen: Seen, submission: Submission) -> Given:
    """By the reviewers' letters; never an adjusted one."""
    seats = [seat for seat in basic.seats_at(db, submission.id, states=COUNTED) if seat.score is not None]
    values = [seat.score for seat in seats if seat.score is not None]
    return Given(
        seats,
        statistics.fmean(values) if values else None,
        statistics.stdev(values) if len(values) > 1 else None,
        [
            (one, statistics.fmean(marks) if (marks := _marks(seats, one.key)) else None)
            for one in seen.shape.criteria
        ],
    )


def _marks(seats: Sequence[Seat], key: str) -> list[float]:
    return [seat.marks[key] for seat in seats if key in seat.marks]


_KEYS: dict[str, Callable[[Line], float | None]] = {
    "number": lambda line: line.submission.number,
    "mean": lambda line: line.row.mean,
    "sd": lambda line: line.row.sd,
    "score": lambda line: line.row.score,
    "place": lambda line: line.row.place,
}


def ordered(lines: Sequence[Line], sort: str) -> list[Line]:
    """By a column (``-`` in front: largest first); lines without a value come last, ties by number."""
    down, key = sort.startswith("-"), _KEYS[sort.removeprefix("-")]
    known = [(value, line) for line in lines if (value := key(line)) is not None]
    rest = [line for line in lines if key(line) is None]
    return [line for _value, line in sorted(known, key=lambda pair: -pair[0] if down else pair[0])] + rest


def is_sort(sort: str) -> bool:
    """Whether lines can be ordered so."""
    return sort.removeprefix("-") in _KEYS and not sort.startswith("--")


def grouped(lines: Sequence[Line]) -> dict[Group, int]:
    """How many lines stand in each group."""
    return dict(Counter(line.row.standing for line in lines if line.row.standing is not None))


def distributions(seen: Seen, lines: Sequence[Line], locale: str) -> list[Distribution]:
    """Per criterion how many of the reviews shown gave each level."""
    found = []
    for criterion in seen.shape.criteria:
        counts: Counter[str] = Counter()
        for line in lines:
            counts.update(line.row.levels.get(criterion.key, {}))
        levels = [f"{level.value:g}" for level in criterion.levels]
        found.append(Distribution(criterion.title(locale), [(name, counts[name]) for name in levels]))
    return found
