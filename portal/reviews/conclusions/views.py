"""Pages of the conclusion: outcomes, letters, files of the whole round."""

from typing import Any

from fastapi.responses import Response

from portal.accounts.forms import filling
from portal.kit.forms import Parsed, clean
from portal.kit.i18n import _, ngettext
from portal.kit.pages import Context, Req
from portal.kit.routes import Doors
from portal.reviews.conclusions import actions, document, guards, queries, reading, workbook
from portal.reviews.conclusions.actions import Given
from portal.reviews.conclusions.guards import Addressed
from portal.reviews.conclusions.models import Basis
from portal.reviews.panels import queries as panels
from portal.reviews.reviewing.reading import Said, said
from portal.reviews.rounds import policy as sight
from portal.reviews.rounds.actions.lifecycle import conclude
from portal.reviews.rounds.models import COUNTED, Phase, RoundState, SubmissionState
from portal.reviews.rounds.queries import basic
from portal.reviews.rounds.seen import Seen, nothing, runner
from portal.reviews.rounds.sight import names_seen
from portal.reviews.scores import reading as scores
from portal.reviews.scores.views import GROUPS

router = Doors()
SHOWN = 100
"""Submissions on one page of the form."""
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def _turn(req: Context, count: int) -> int:
    text = req.query.get("page", "1")
    asked = int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 1
    return min(max(asked, 1) - 1, max(0, (count - 1) // SHOWN))


def _page(req: Context, parsed: Parsed[Any], status: int = 200) -> Response:
    seen: Seen = req.subject
    mine = reading.mine(req.db, seen)
    turn = _turn(req, len(mine))
    page = mine[turn * SHOWN : (turn + 1) * SHOWN]
    suggested, groups = actions.suggestions(req.db, seen.round, seen.shape, seen.standing)
    waiting = [one for one in mine if one.state is SubmissionState.entered]
    editable = seen.round.state is RoundState.closed and seen.round.phase is Phase.conclusion
    return req.page(
        "conclusions/outcomes.html",
        status=status,
        seen=seen,
        parsed=parsed,
        rows=page,
        total=len(mine),
        hidden=len(basic.submission_ids(req.db, seen.round.id)) != len(mine),
        waiting=len(waiting),
        editable=editable or (seen.round.state is RoundState.concluded and bool(waiting)),
        concludable=editable and not waiting,
        suggested=suggested,
        reasons={one.id: actions.proposed_reason(seen.shape, suggested[one.id]) for one in page},
        groups=groups,
        group_words=GROUPS,
        kept=queries.conclusions(req.db, [one.id for one in page]),
        lettered=queries.lettered(req.db, seen.round.id),
        outcomes=[(one.key, one.title(req.locale)) for one in seen.shape.outcomes],
        taken=sum(
            (found := seen.shape.outcome(one.outcome)) is not None and found.kind == "in" for one in mine
        ),
        bulk={
            basis.value: sum(suggested[one.id].basis is basis for one in waiting)
            for basis in (Basis.panel, Basis.group)
        },
        pages=(
            req.url_with(page=str(turn)) if turn else None,
            req.url_with(page=str(turn + 2)) if (turn + 1) * SHOWN < len(mine) else None,
        ),
    )


@router.page("/rounds/{id}/conclusion", guard=runner)
def outcomes(req: Req) -> Response:
    """Every submission with what the scores and the panel suggest, and its outcome."""
    return _page(req, Parsed(values={}))


@router.act("/rounds/{id}/conclusion", guard=runner)
def decide(req: Req) -> Response:
    """Set the outcomes chosen on the page, all or none."""
    seen: Seen = req.subject
    parsed: Parsed[Any] = Parsed(values={k: clean(v) for k, v in req.form.items() if isinstance(v, str)})
    before = {one.number: one for one in reading.mine(req.db, seen)}
    given = {}
    for name, outcome in parsed.values.items():
        number = name.removeprefix("outcome-")
        if not name.startswith("outcome-") or not number.isascii() or not number.isdigit() or not outcome:
            continue
        reason = parsed.values.get(f"reason-{number}", "").strip()
        known = before.get(int(number))
        if known is None or (outcome, reason) != (known.outcome, known.outcome_reason):
            given[int(number)] = Given(outcome, reason)
    with filling(req.db, parsed):
        actions.decide(req.db, req.actor, round_id=seen.round.id, given=given)
    if parsed.errors:
        return _page(req, parsed, 422)
    text = ngettext("%(n)s outcome is set.", "%(n)s outcomes are set.", len(given))
    return req.redirect(req.url_with(), flash=text)


@router.act("/rounds/{id}/conclusion/take-over", guard=runner)
def take_over(req: Req) -> Response:
    """Set what is suggested by the panel's votes, or by the sure groups, in one go."""
    seen: Seen = req.subject
    basis = str(req.form.get("basis", ""))
    if basis not in (Basis.panel, Basis.group):
        raise nothing()
    count = actions.take_over(req.db, req.actor, round_id=seen.round.id, basis=basis)
    text = ngettext("%(n)s outcome is set.", "%(n)s outcomes are set.", count)
    return req.redirect(f"{seen.url}/conclusion", flash=text)


@router.act("/rounds/{id}/conclusion/finish", guard=runner)
def finish(req: Req) -> Response:
    """Conclude the round; the letters follow by themselves."""
    seen: Seen = req.subject
    conclude(req.db, req.actor, round_id=seen.round.id)
    return req.redirect(
        f"{seen.url}/conclusion", flash=_("The round is concluded; the letters are sent within minutes.")
    )


def _reviews(req: Context, found: Addressed) -> list[tuple[str, Said]]:
    """The reviews that go with a letter: by letter, as the policy lets its reader see them."""
    standing, key, stage = found.seen.standing, found.submission.id, found.seen.stage
    if not sight.sees_reviews(standing, key, stage):
        return []
    scored = sight.sees_scores(standing, key, stage)
    return [
        (seat.letter, said(found.seen.shape, seat, req.locale, scores=scored))
        for seat in basic.seats_at(req.db, key, states=COUNTED)
    ]


@router.page("/rounds/{id}/submissions/{number}/letter", guard=guards.addressed)
def letter(req: Req) -> Response:
    """The newest letter with the reviews by letter."""
    found: Addressed = req.subject
    return req.page(
        "conclusions/letter.html",
        found=found,
        seen=found.seen,
        outcome=found.seen.shape.outcome(found.letter.outcome),
        reviews=_reviews(req, found),
        leads=found.submission.id in found.seen.standing.leads,
    )


def _file(data: bytes, kind: str, name: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "private, no-store"}
    return Response(data, media_type=kind, headers=headers)


@router.page("/rounds/{id}/submissions/{number}/letter.docx", guard=guards.addressed)
def letter_docx(req: Req) -> Response:
    """The same as a document."""
    found: Addressed = req.subject
    data = document.letter(found.submission, found.letter, _reviews(req, found), req.locale)
    return _file(data, DOCX, f"letter-{found.submission.number}.docx")


def _content(req: Context, seen: Seen, names: workbook.Names | None) -> workbook.Content:
    mine = reading.mine(req.db, seen)
    numbers = {one.id: one.number for one in mine}
    rows = {line.row.number: line.row for line in scores.sheet(req.db, seen).lines}
    kept = queries.conclusions(req.db, list(numbers))
    seats = [
        (numbers[seat.submission_id], seat)
        for seat in basic.seats(req.db, seen.round.id, states=COUNTED)
        if seat.submission_id in numbers
    ]
    seats.sort(key=lambda pair: (pair[0], pair[1].alias))
    return workbook.Content(
        seen, [(one, rows.get(one.number), kept.get(one.id)) for one in mine], seats, names
    )


@router.page("/rounds/{id}/round.xlsx", guard=runner)
def round_xlsx(req: Req) -> Response:
    """The whole round, reviewers by letter and applicants without names."""
    seen: Seen = req.subject
    return _file(
        workbook.workbook(_content(req, seen, None), req.locale), XLSX, f"round-{seen.round.id}.xlsx"
    )


@router.act("/rounds/{id}/round-named.xlsx", guard=runner)
def named_xlsx(req: Req) -> Response:
    """The same with names. The view is logged before a name is read, so this is a POST."""
    seen: Seen = req.subject
    names_seen(req.db, req.actor, seen.round, "conclusions.workbook")
    content = _content(req, seen, None)
    keys = [one.id for one, _row, _kept in content.submissions]
    applicants: dict[Any, list[str]] = {}
    for person in basic.people(req.db, keys):
        name = person.name + (f" ({person.organisation_name})" if person.organisation_name else "")
        applicants.setdefault(person.submission_id, []).append(name)
    names = workbook.Names(
        panels.names(req.db, {seat.account_id for _number, seat in content.seats}),
        {key: ", ".join(several) for key, several in applicants.items()},
    )
    named = workbook.Content(seen, content.submissions, content.seats, names)
    return _file(workbook.workbook(named, req.locale), XLSX, f"round-named-{seen.round.id}.xlsx")


@router.page("/rounds/{id}/summary.docx", guard=runner)
def summary_docx(req: Req) -> Response:
    """Outcomes, reasons, deviations and panel sessions as a document."""
    seen: Seen = req.subject
    mine = reading.mine(req.db, seen)
    kept = queries.conclusions(req.db, [one.id for one in mine])
    sessions = panels.of_round(req.db, seen.round.id)
    data = document.summary(seen, [(one, kept.get(one.id)) for one in mine], sessions, req.locale)
    return _file(data, DOCX, f"summary-{seen.round.id}.docx")
