"""Submissions: the table of the secretariat, entering them, one submission by its reader's standing."""

from collections.abc import Sequence
from typing import Any

from fastapi.responses import Response

from portal.accounts.forms import filling
from portal.experts.queries import disciplines as taxonomy
from portal.kit.errors import Invalid, NotFound
from portal.kit.forms import Parsed, parse
from portal.kit.i18n import _
from portal.kit.pages import Context, Req
from portal.kit.routes import Doors
from portal.kit.text import to_csv
from portal.reviews.desk import guards
from portal.reviews.desk.queries import tables
from portal.reviews.desk.reading import facing
from portal.reviews.desk.work import hidden_from
from portal.reviews.rounds import sight, subjects
from portal.reviews.rounds.actions import importing, submissions
from portal.reviews.rounds.forms import ExclusionForm, PersonForm, SubjectForm, SubmissionForm
from portal.reviews.rounds.models import Submission
from portal.reviews.rounds.seen import Seen

router = Doors()
HEADER = (
    "number", "title", "panel", "state", "lead", "outcome", "digest", "letter", "reviewer", "reviewer_name",
    "seat_state", "origin", "deadline", "submitted",
)  # fmt: skip


@router.page("/rounds/{id}/submissions", guard=guards.run)
def matrix(req: Req) -> Response:
    """Submissions and their seats, 20 at a time. Those the reader has no rights over show their number only."""
    seen: Seen = req.subject
    panels = tables.panels(req.db, seen.round.id)
    chosen = req.query.get("panel", "")
    chosen = chosen if chosen in panels else ""
    page = tables.submissions_page(
        req.db, seen.round.id, panel=chosen, after=req.query.get("after"), before=req.query.get("before")
    )
    hidden = hidden_from(seen)
    own = [row[0].id for row in page if row[0].id not in hidden]
    sight.names_seen(req.db, req.actor, seen.round, "desk.matrix")
    seats = tables.seats_by_submission(req.db, own)
    return req.page(
        "rounds/matrix.html",
        round=seen.round,
        shape=seen.shape,
        page=page,
        seats=seats,
        leads=tables.leads_of(req.db, own),
        hidden=hidden,
        wanted=seen.shape.staffing.reviews,
        panels=[
            (name, req.url_with(panel=name or None, after=None, before=None), name == chosen)
            for name in ("", *panels)
        ]
        if panels
        else [],
    )


@router.page("/rounds/{id}/submissions.csv", guard=guards.run)
def table(req: Req) -> Response:
    """The same as a table, a line for each seat."""
    seen: Seen = req.subject
    rows = [row for row in tables.all_submissions(req.db, seen.round.id) if row.id not in hidden_from(seen)]
    ids = [row.id for row in rows]
    sight.names_seen(req.db, req.actor, seen.round, "desk.matrix_table")
    seats, leads = tables.seats_by_submission(req.db, ids, every=True), tables.leads_of(req.db, ids)
    lines = [line for row in rows for line in _lines(row, seats.get(row.id, []), leads.get(row.id, ""))]
    headers = {"Content-Disposition": 'attachment; filename="submissions.csv"'}
    return Response(to_csv(HEADER, lines), media_type="text/csv; charset=utf-8", headers=headers)


def _lines(row: Submission, seats: Sequence[Any], lead: str) -> list[tuple[Any, ...]]:
    first = (row.number, row.title, row.panel, row.state.value, lead, row.outcome, row.digest)
    if not seats:
        return [(*first, "", "", "", "", "", "", "")]
    return [
        (
            *first, seat.alias, seat.slug, seat.name, seat.state.value, seat.origin.value,
            seat.deadline_at.isoformat(timespec="minutes") if seat.deadline_at else "",
            seat.submitted_at.isoformat(timespec="minutes") if seat.submitted_at else "",
        )
        for seat in seats
    ]  # fmt: skip


def _groups(req: Context) -> list[tuple[str, list[tuple[str, str]]]]:
    """The taxonomy as a choice: disciplines of the second level by those of the first."""
    rows = [row for row in taxonomy.all_of(req.db) if row.active]
    below = {row.parent_code for row in rows}
    return [
        (
            top.name(req.locale),
            [
                (row.code, row.name(req.locale))
                for row in rows
                if row.parent_code == top.code or (row is top and top.code not in below)
            ],
        )
        for top in rows
        if top.parent_code is None
    ]


def _new(req: Context, form: str = "text", parsed: Parsed[Any] | None = None, status: int = 200) -> Response:
    seen: Seen = req.subject
    return req.page(
        "rounds/submission_new.html",
        status=status,
        round=seen.round,
        double=seen.shape.blind == "double",
        form=form,
        parsed=parsed or Parsed(values={}),
        kinds=[(kind.kind, _(kind.label)) for kind in subjects.kinds()],
        groups=_groups(req),
        columns=importing.COLUMNS,
    )


@router.page("/rounds/{id}/submissions/new", guard=guards.run)
def new_page(req: Req) -> Response:
    """Three ways to enter: a text, something of the portal, a table."""
    form = req.query.get("by", "text")
    return _new(req, form if form in ("text", "subject", "table") else "text")


@router.act("/rounds/{id}/submissions/new", guard=guards.run)
def new(req: Req) -> Response:
    """Enter by the way that was chosen."""
    key, form = req.subject.round.id, str(req.form.get("by", "text"))
    if form == "table":
        return _import(req)
    parsed: Parsed[Any] = parse(SubjectForm if form == "subject" else SubmissionForm, req.form)
    made = None
    if parsed.model is not None:
        with filling(req.db, parsed):
            verb: Any = submissions.enter_subject if form == "subject" else submissions.enter_text
            made = verb(req.db, req.actor, round_id=key, given=parsed.model)
    if made is None:
        return _new(req, form, parsed, 422)
    return req.redirect(
        f"/rounds/{key}/submissions/{made.number}", flash=_("Entered. Now name the people behind it.")
    )


def _import(req: Context) -> Response:
    key = req.subject.round.id
    files = req.files("file")
    content = str(req.form.get("table", ""))
    parsed: Parsed[Any] = Parsed(values={"table": content})
    made: list[Submission] = []
    try:
        if files:
            content = files[0].file.read().decode("utf-8-sig")
        with filling(req.db, parsed):
            made = importing.import_table(req.db, req.actor, round_id=key, content=content)
    except UnicodeDecodeError:
        parsed.errors["table"] = _("The file is not UTF-8; save it as “CSV UTF-8”.")
    if parsed.errors:
        return _new(req, "table", parsed, 422)
    return req.redirect(f"/rounds/{key}/submissions", flash=_("Submissions entered: %(n)s.", n=len(made)))


def _page(req: Context, form: str = "", parsed: Parsed[Any] | None = None, status: int = 200) -> Response:
    entry: guards.Entry = req.subject
    if entry.runs:
        sight.names_seen(req.db, req.actor, entry.seen.round, "desk.submission", entry.submission.id)
    shown = facing(req, entry)
    return req.page(
        "rounds/submission.html", status=status, form=form, parsed=parsed or Parsed(values={}), **shown
    )


@router.page("/rounds/{id}/submissions/{number}", guard=guards.entry)
def detail(req: Req) -> Response:
    """The submission as its reader may see it."""
    return _page(req)


def _edit(req: Context, parsed: Parsed[Any], status: int = 200) -> Response:
    entry: guards.Entry = req.subject
    return req.page(
        "rounds/submission_edit.html",
        status=status,
        round=entry.seen.round,
        submission=entry.submission,
        double=entry.seen.shape.blind == "double",
        parsed=parsed,
        groups=_groups(req),
    )


@router.page("/rounds/{id}/submissions/{number}/edit", guard=guards.entry_run)
def edit_page(req: Req) -> Response:
    """The text and where it belongs, filled in."""
    row: Submission = req.subject.submission
    names = ("title", "text", "panel", "disciplines")
    return _edit(
        req,
        Parsed(values={name: getattr(row, name) for name in names} | {"keywords": "\n".join(row.keywords)}),
    )


@router.act("/rounds/{id}/submissions/{number}/edit", guard=guards.entry_run)
def edit(req: Req) -> Response:
    """Keep it, while the round is prepared."""
    entry: guards.Entry = req.subject
    parsed = parse(SubmissionForm, req.form)
    if parsed.model is not None:
        with filling(req.db, parsed):
            submissions.change(
                req.db,
                req.actor,
                round_id=entry.seen.round.id,
                number=entry.submission.number,
                given=parsed.model,
            )
    if parsed.errors:
        return _edit(req, parsed, 422)
    return req.redirect(_at(entry), flash=_("Saved."))


def _at(entry: guards.Entry) -> str:
    return f"/rounds/{entry.seen.round.id}/submissions/{entry.submission.number}"


@router.act("/rounds/{id}/submissions/{number}/withdraw", guard=guards.entry_for_member)
def withdraw(req: Req) -> Response:
    """By the secretariat, or by whoever leads it; with a reason."""
    entry: guards.Entry = req.subject
    if not (entry.runs or entry.submission.id in entry.seen.standing.leads):
        raise NotFound(_("There is nothing at this address."))
    reason = str(req.form.get("reason", "")).strip()[:1000]
    if len(reason) < 4:
        why = _("Please give a reason that others can understand.")
        raise Invalid(why, fields={"reason": why})
    submissions.withdraw(
        req.db, req.actor, round_id=entry.seen.round.id, number=entry.submission.number, reason=reason
    )
    return req.redirect(_at(entry), flash=_("The submission is withdrawn."))


def _add(req: Context, part: str, form: type[Any], verb: Any) -> Response:
    entry: guards.Entry = req.subject
    parsed: Parsed[Any] = parse(form, req.form)
    if parsed.model is not None:
        with filling(req.db, parsed):
            key, number = entry.seen.round.id, entry.submission.number
            verb(req.db, req.actor, round_id=key, number=number, given=parsed.model)
    if parsed.errors:
        return _page(req, part, parsed, 422)
    return req.redirect(_at(entry), flash=_("Saved."))


@router.act("/rounds/{id}/submissions/{number}/people/new", guard=guards.entry_run)
def add_person(req: Req) -> Response:
    """Name somebody behind it."""
    return _add(req, "people", PersonForm, submissions.add_person)


@router.act("/rounds/{id}/submissions/{number}/exclusions/new", guard=guards.entry_run)
def add_exclusion(req: Req) -> Response:
    """Note somebody the applicants ask not to have."""
    return _add(req, "exclusions", ExclusionForm, submissions.add_exclusion)


@router.act("/rounds/{id}/submissions/{number}/people/{row}/remove", guard=guards.entry_run)
def remove_person(req: Req) -> Response:
    """Take a person off."""
    entry: guards.Entry = req.subject
    submissions.remove_person(
        req.db,
        req.actor,
        round_id=entry.seen.round.id,
        number=entry.submission.number,
        person_id=req.path_id("row"),
    )
    return req.redirect(_at(entry), flash=_("Removed."))


@router.act("/rounds/{id}/submissions/{number}/exclusions/{row}/remove", guard=guards.entry_run)
def remove_exclusion(req: Req) -> Response:
    """Take an exclusion back."""
    entry: guards.Entry = req.subject
    submissions.remove_exclusion(
        req.db, req.actor, round_id=entry.seen.round.id, number=entry.submission.number,
        exclusion_id=req.path_id("row"),
    )  # fmt: skip
    return req.redirect(_at(entry), flash=_("Removed."))
