"""Pages of scores: the sheet of a round, its file, starting a computation, and one submission's own scores."""

from collections.abc import Sequence
from typing import Any

from fastapi.responses import Response

from portal.kit.i18n import N_, _
from portal.kit.pages import Context, Req
from portal.kit.routes import Doors
from portal.kit.text import to_csv
from portal.reviews import charts
from portal.reviews.estimates.results import Group
from portal.reviews.rounds.seen import Seen, runner
from portal.reviews.scores import actions, guards, reading
from portal.reviews.scores.reading import Line, Sheet
from portal.reviews.scores.results import Row

router = Doors()
SHOWN = 100
"""Lines on one page; the chart above the table shows the same ones."""
GROUPS = {
    Group.IN: (N_("Surely in"), "good"),
    Group.UNDECIDED: (N_("Still undecided"), "warn"),
    Group.OUT: (N_("Surely out"), "neutral"),
}
REASONS = {
    "disconnected": N_(
        "No reviews tie the parts of this round together, so nothing tells whether one part is better or its "
        "reviewers milder."
    ),
    "too_few": N_(
        "There are too few reviews to tell the quality of submissions from the severity of reviewers and from chance."
    ),
    "not_converged": N_("The estimate did not settle; adjusted scores from it would be arbitrary."),
}


@router.page("/rounds/{id}/scores", guard=guards.reader)
def scores(req: Req) -> Response:
    """Scores of the round's submissions: raw, adjusted with their bands, in groups."""
    seen: Seen = req.subject
    sheet = reading.sheet(req.db, seen)
    sort = req.query.get("sort", "")
    default = "place" if sheet.whole and sheet.result else "number"
    sort = sort if reading.is_sort(sort) else default
    chosen = req.query.get("group", "") if req.query.get("group", "") in set(Group) and sheet.whole else ""
    lines = [line for line in sheet.lines if not chosen or line.row.standing == chosen]
    turn, last = _turn(req, len(lines))
    page = reading.ordered(lines, sort)[turn * SHOWN : (turn + 1) * SHOWN]
    return req.page(
        "scores/sheet.html",
        seen=seen,
        sheet=sheet,
        sort=sort,
        chosen=chosen,
        lines=page,
        total=len(lines),
        tabs=_tabs(req, sheet, chosen),
        groups=GROUPS,
        reason=REASONS.get(sheet.result.reason, "") if sheet.result else "",
        criteria={one.key: one.title(req.locale) for one in seen.shape.criteria},
        chart=_intervals(page),
        distributions=(rows := reading.distributions(seen, sheet.lines, req.locale)),
        distribution_chart=charts.distributions(
            rows, title=_("Marks per criterion"), withheld=_("Too few reviews to be shown")
        )
        if sheet.lines
        else None,
        pages=(
            req.url_with(page=str(turn)) if turn else None,
            req.url_with(page=str(turn + 2)) if turn < last else None,
        ),
    )


def _turn(req: Context, count: int) -> tuple[int, int]:
    """The page asked for, from 0, and the last one."""
    last = max(0, (count - 1) // SHOWN)
    text = req.query.get("page", "1")
    asked = int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 1
    return min(max(asked, 1) - 1, last), last


def _tabs(req: Context, sheet: Sheet, chosen: str) -> list[tuple[str, str, bool, int]]:
    """The groups to choose from; none where they are not shown."""
    if not sheet.whole or not sheet.lines:
        return []
    counts = reading.grouped(sheet.lines)
    tabs = [(_("All"), req.url_with(group=None, page=None), not chosen, len(sheet.lines))]
    return tabs + [
        (_(name), req.url_with(group=group.value, page=None), chosen == group, counts.get(group, 0))
        for group, (name, _level) in GROUPS.items()
    ]


def _intervals(lines: Sequence[Line]) -> Any:
    rows = [
        charts.ScoreRow(
            f"{line.submission.number} {line.submission.title}",
            row.score,
            row.low,
            row.high,
            row.mean,
            row.standing,
        )
        for line in lines
        if (row := line.row).score is not None
        and row.low is not None
        and row.high is not None
        and row.mean is not None
        and row.standing is not None
    ]
    if not rows:
        return None
    return charts.score_intervals(
        rows,
        title=_("Scores with their uncertainty"),
        names={group: _(name) for group, (name, _level) in GROUPS.items()},
        mean_name=_("Raw mean"),
        unit=_("Score, 0 to 100"),
    )


@router.page("/rounds/{id}/scores.csv", guard=guards.reader)
def scores_csv(req: Req) -> Response:
    """The same lines for a spreadsheet; what the page does not show is not in it either."""
    seen: Seen = req.subject
    sheet = reading.sheet(req.db, seen)
    header = [
        "number", "title", "panel", "reviews", "mean", "sd", "adjusted", "low", "high", "place", "chance", "group",
        "below_threshold", "missed_criteria", "vetoes", *(f"mean_{one.key}" for one in seen.shape.criteria),
    ]  # fmt: skip
    rows = [
        [
            line.submission.number, line.submission.title, line.submission.panel, *_cells(line.row),
            *(_digits(line.row.criteria.get(one.key)) for one in seen.shape.criteria),
        ]
        for line in sheet.lines
    ]  # fmt: skip
    headers = {"Content-Disposition": f'attachment; filename="scores-{seen.round.id}.csv"'}
    return Response(to_csv(header, rows), media_type="text/csv; charset=utf-8", headers=headers)


def _digits(value: float | None) -> object:
    return "" if value is None else round(value, 4)


def _cells(row: Row) -> list[object]:
    return [
        row.reviews, _digits(row.mean), _digits(row.sd), _digits(row.score), _digits(row.low), _digits(row.high),
        row.place if row.place is not None else "", _digits(row.chance), row.standing or "",
        "yes" if row.below else "", " ".join(row.missed),
        " ".join(f"{key}:{count}" for key, count in sorted(row.vetoes.items())),
    ]  # fmt: skip


@router.act("/rounds/{id}/scores", guard=runner)
def start(req: Req) -> Response:
    """The secretariat has the scores computed (again)."""
    seen: Seen = req.subject
    actions.start(req.db, req.actor, round_id=seen.round.id)
    return req.redirect(f"{seen.url}/scores", flash=_("The scores are being computed; reload in a moment."))


@router.page("/rounds/{id}/submissions/{number}/scores", guard=guards.own)
def own(req: Req) -> Response:
    """One submission's scores as they were given, by the reviewers' letters; never an adjusted one."""
    found: guards.Own = req.subject
    given = reading.given(req.db, found.seen, found.submission)
    return req.page(
        "scores/own.html",
        seen=found.seen,
        submission=found.submission,
        mine=found.submission.id in found.seen.standing.applied,
        seats=given.seats,
        mean=given.mean,
        sd=given.sd,
        criteria=given.criteria,
        outcome=found.seen.shape.outcome(found.submission.outcome),
    )
