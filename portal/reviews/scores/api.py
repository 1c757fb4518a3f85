"""Scores of a round by JSON: what the page shows the same reader, and nothing else."""

from typing import Any

from portal.kit.answers import problems
from portal.kit.pages import Req
from portal.kit.routes import Doors, scope
from portal.reviews.rounds.seen import Seen
from portal.reviews.scores import guards, reading
from portal.reviews.scores.answers import GivenReview, GivenScores, ScoreLine, ScoreSheet
from portal.reviews.scores.reading import Line

router = Doors()
TAGS: list[Any] = ["reviews"]


def _line(line: Line) -> ScoreLine:
    row, entry = line.row, line.submission
    return ScoreLine(
        number=entry.number, title=entry.title, panel=entry.panel, reviews=row.reviews, mean=row.mean, sd=row.sd,
        adjusted=row.score, low=row.low, high=row.high, place=row.place, chance=row.chance,
        group=row.standing.value if row.standing else None, below_threshold=row.below,
        missed_criteria=list(row.missed), vetoes=row.vetoes, criteria=row.criteria,
    )  # fmt: skip


@router.api(
    "GET", "/api/v1/rounds/{id}/scores", guard=scope("read", guards.reader), response_model=ScoreSheet,
    responses=problems(401, 404), summary="Scores of a round", tags=TAGS,
)  # fmt: skip
def scores(req: Req) -> ScoreSheet:
    """For the secretariat, and for the panel from its phase on: raw means, adjusted scores with their intervals, three
    groups, or why the correction was refused. By number."""
    seen: Seen = req.subject
    sheet = reading.sheet(req.db, seen)
    result = sheet.result
    known = result if result is not None and sheet.whole else None
    return ScoreSheet(
        state=sheet.run.state.value if sheet.run else None,
        computed_at=sheet.at.created_at.isoformat() if sheet.at else None,
        stale=sheet.stale,
        whole=sheet.whole,
        correction=known.adjusted if known else None,
        refused=known.reason if known else "",
        robust=known.robust if known else False,
        level=result.level if result else None,
        parts=[list(part) for part in known.components] if known else [],
        groups={group.value: count for group, count in reading.grouped(sheet.lines).items()},
        items=[_line(line) for line in reading.ordered(sheet.lines, "number")],
    )


@router.api(
    "GET", "/api/v1/rounds/{id}/submissions/{number}/scores", guard=scope("read", guards.own),
    response_model=GivenScores, responses=problems(401, 404), summary="One submission's scores", tags=TAGS,
)  # fmt: skip
def own(req: Req) -> GivenScores:
    """As they were given, by the reviewers' letters: for whoever sees the reviews, and for applicants once the round is
    concluded."""
    found: guards.Own = req.subject
    given = reading.given(req.db, found.seen, found.submission)
    over = found.seen.stage.over
    return GivenScores(
        number=found.submission.number,
        title=found.submission.title,
        mean=given.mean,
        sd=given.sd,
        criteria={one.key: mean for one, mean in given.criteria},
        reviews=[
            GivenReview(letter=seat.letter, score=seat.score, marks=seat.marks, vetoes=list(seat.vetoes))
            for seat in given.seats
        ],
        outcome=found.submission.outcome if over else "",
    )
