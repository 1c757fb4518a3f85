"""Pages of staffing: runs of a round, one run with its proposal, draws in public, who fits a submission."""

from typing import Any

from fastapi.responses import Response, StreamingResponse

from portal.accounts.forms import filling
from portal.kit.db import Session
from portal.kit.errors import NotFound
from portal.kit.forms import Parsed, parse
from portal.kit.i18n import N_, _
from portal.kit.pages import Context, Req
from portal.kit.routes import Doors, admitted
from portal.kit.streams import HEADERS, changes
from portal.kit.templates import render
from portal.kit.text import to_csv
from portal.reviews.rounds.models import RUNNING, RoundState
from portal.reviews.rounds.queries import basic
from portal.reviews.rounds.seen import Seen
from portal.reviews.staffing import guards, policy, reading
from portal.reviews.staffing.actions import adopting, runs
from portal.reviews.staffing.forms import ChangeForm, StartForm
from portal.reviews.staffing.guards import Place, Run
from portal.reviews.staffing.models import AT_WORK, OPEN, READABLE, RunKind, RunState
from portal.reviews.staffing.queries import notes
from portal.reviews.staffing.queries import runs as queries
from portal.reviews.staffing.words import facts_in_words

router = Doors()
STARTED = {
    RunKind.assignment: N_("The assignment is being computed."),
    RunKind.replacement: N_("Replacements are being computed."),
    RunKind.lot: N_("The commitment is public now."),
}


@router.page("/rounds/{id}/staffing", guard=guards.cleared)
def staffing(req: Req) -> Response:
    """How far the round is staffed, and its runs."""
    seen: Seen = req.subject
    return _overview(req, seen, {})


def _overview(req: Context, seen: Seen, errors: dict[str, str]) -> Response:
    seats = basic.seats(req.db, seen.round.id)
    entered = [each for each in basic.submissions(req.db, seen.round.id) if each.state != "withdrawn"]
    here = {each.id: 0 for each in entered}
    for seat in seats:
        if seat.submission_id in here:
            here[seat.submission_id] += 1
    wanted = seen.shape.staffing.reviews
    found = queries.of_round(req.db, seen.round.id)
    busy = next((run for run in found if run.state in OPEN), None)
    return req.page(
        "staffing/overview.html",
        status=422 if errors else 200,
        seen=seen,
        runs=found,
        busy=busy if busy is None or not policy.gives_way(busy) else None,
        failed=busy if busy is not None and policy.gives_way(busy) else None,
        errors=errors,
        seats=len(seats),
        experts=len({seat.account_id for seat in seats}),
        short=[(each, wanted - here[each.id]) for each in entered if here[each.id] < wanted],
        entered=len(entered),
        counts=notes.counts(req.db, seen.round.id),
        before=seen.round.state in (RoundState.draft, RoundState.inviting),
        running=seen.round.state in RUNNING,
        rules=seen.shape.staffing,
    )


@router.act("/rounds/{id}/staffing", guard=guards.cleared)
def start(req: Req) -> Response:
    """Begin an assignment or a replacement, or commit to the seed of a draw."""
    seen: Seen = req.subject
    parsed = parse(StartForm, req.form)
    if parsed.model is None:
        return _overview(req, seen, parsed.errors)
    if parsed.model.kind is RunKind.lot:
        run = runs.promise(req.db, req.actor, round_id=seen.round.id)
    else:
        run = runs.start(
            req.db, req.actor, round_id=seen.round.id, kind=parsed.model.kind,
            invited_only=bool(parsed.model.invited_only),
        )  # fmt: skip
    return req.redirect(f"{seen.url}/staffing/{run.id}", flash=_(STARTED[run.kind]))


@router.page("/rounds/{id}/staffing/lots", guard=guards.lots)
def lots(req: Req) -> Response:
    """What everybody may know of the round's draws: what was promised, sealed, drawn and revealed, and when."""
    seen: Seen = req.subject
    return req.page("staffing/lots.html", seen=seen, lots=queries.lots_of(req.db, seen.round.id))


@router.page("/rounds/{id}/staffing/submissions/{number}", guard=guards.place)
def affinity(req: Req) -> Response:
    """Who fits one submission best, with reasons, and what speaks against."""
    found: Place = req.subject
    run = queries.compared(req.db, found.seen.round.id)
    rows = reading.candidates(req.db, run, found.submission, req.locale) if run else []
    return req.page(
        "staffing/affinity.html",
        seen=found.seen,
        submission=found.submission,
        run=run,
        rows=rows,
        parts=reading.PARTS,
        facts=facts_in_words,
    )


def _run(req: Context, parsed: Parsed[Any], status: int = 200) -> Response:
    found: Run = req.subject
    run = found.run
    readable = run.state in READABLE
    shown = reading.proposal(req.db, run, req.locale) if readable else None
    refused = run.result.get("refused")
    return req.page(
        "staffing/run.html",
        status=status,
        seen=found.seen,
        run=run,
        base=found.url,
        shown=shown,
        chart=reading.loads_chart(shown.loads) if shown else None,
        refused=reading.Reader(req.db, run, req.locale).words(refused) if refused else "",
        parts=reading.PARTS,
        parsed=parsed,
        concluded=found.seen.round.state is RoundState.concluded,
        pool=[
            (str(row.account_id), f"{row.name} ({row.slug})")
            for row in (queries.candidates(req.db, found.seen.round.id) if run.state is RunState.done else ())
        ],
    )


@router.page("/rounds/{id}/staffing/{run}", guard=guards.run)
def run(req: Req) -> Response:
    """One run: its state, its proposal, why each expert, what is short and whom to ask."""
    return _run(req, Parsed(values={}))


@router.stream("/rounds/{id}/staffing/{run}/events", guard=guards.watched)
async def events(req: Req) -> StreamingResponse:
    """What the worker is at, whenever that changes; ``end`` once the run waits for people."""
    await admitted(req, guards.watched)
    shown = changes(runs.topic(req.subject.run.id), lambda db: _draw(db, req))
    return StreamingResponse(shown, media_type="text/event-stream", headers=HEADERS)


def _draw(db: Session, req: Context) -> tuple[str, bool]:
    req.db = db
    found = guards.watched(req)
    html = render(
        req.request, "staffing/run.html", "progress", req.actor, {"run": found.run, "base": found.url}
    )
    return html, found.run.state in AT_WORK


@router.page("/rounds/{id}/staffing/{run}/seats.csv", guard=guards.run)
def seats(req: Req) -> Response:
    """The proposal as a table."""
    found: Run = req.subject
    if found.run.state not in READABLE:
        raise NotFound(_("There is nothing at this address."))
    shown = reading.proposal(req.db, found.run, req.locale)
    header = (
        "submission",
        "title",
        "expert",
        "organisation",
        "senior",
        "affinity",
        "terms",
        "taken_before",
        "by_hand",
    )
    rows = [
        (
            row.submission.number, row.submission.title, chair.person.name if chair.person else "",
            chair.organisations,
            "yes" if chair.person and chair.person.senior else "", chair.why["value"] if chair.why else "",
            " ".join(term for term, _share in chair.why["terms"]) if chair.why else "",
            "yes" if chair.is_fixed else "", "yes" if chair.by_hand else "",
        )
        for row in shown.rows
        for chair in row.chairs
    ]  # fmt: skip
    headers = {"Content-Disposition": f'attachment; filename="staffing-{found.run.id}.csv"'}
    return Response(to_csv(header, rows), media_type="text/csv; charset=utf-8", headers=headers)


@router.act("/rounds/{id}/staffing/{run}/change", guard=guards.run)
def change(req: Req) -> Response:
    """Change a seat of the proposal by hand."""
    found: Run = req.subject
    parsed = parse(ChangeForm, req.form)
    if parsed.model is not None:
        with filling(req.db, parsed):
            adopting.change(
                req.db,
                req.actor,
                round_id=found.seen.round.id,
                run_id=found.run.id,
                **parsed.model.model_dump(),
            )
    if parsed.errors:
        return _run(req, parsed, 422)
    return req.redirect(found.url, flash=_("Changed; the change is recorded with its reason."))


@router.act("/rounds/{id}/staffing/{run}/{verb}", guard=guards.run)
def act(req: Req) -> Response:
    """``seal`` and ``draw`` a draw, ``again`` a failed run, ``cancel``, ``adopt`` a proposal, ``reveal`` a seed."""
    found: Run = req.subject
    verbs: dict[str, tuple[Any, dict[str, Any]]] = {
        "seal": (runs.seal, {"invited_only": req.form.get("invited_only") == "1"}),
        "draw": (runs.draw, {}),
        "again": (runs.again, {}),
        "cancel": (runs.cancel, {"reason": str(req.form.get("reason", ""))}),
        "adopt": (adopting.adopt, {}),
        "reveal": (runs.reveal, {}),
    }
    if req.path["verb"] not in verbs:
        raise NotFound(_("There is nothing at this address."))
    action, values = verbs[req.path["verb"]]
    action(req.db, req.actor, round_id=found.seen.round.id, run_id=found.run.id, **values)
    flash = _("Adopted: the seats are planned, and invitations wait to be sent.")
    return req.redirect(found.url, flash=flash if req.path["verb"] == "adopt" else _("Saved."))
