"""The editor of the taxonomy."""

from typing import Any

from fastapi.responses import Response

from portal.accounts.forms import filling
from portal.experts.actions import disciplines as actions
from portal.experts.forms import CODE, COLUMNS, DisciplineForm, MergeForm
from portal.experts.guards import secretariat
from portal.experts.models import Discipline
from portal.experts.queries import disciplines as queries
from portal.kit.errors import Invalid, NotFound
from portal.kit.forms import Parsed, parse
from portal.kit.i18n import _
from portal.kit.pages import Context, Req
from portal.kit.routes import Doors
from portal.kit.text import to_csv

router = Doors()
PLACE = "/admin/disciplines"


def _page(req: Context, errors: dict[str, str] | None = None) -> Response:
    return req.page(
        "experts/disciplines.html",
        status=422 if errors else 200,
        rows=queries.all_of(req.db),
        usage=queries.usage(req.db),
        errors=errors or {},
    )


@router.page(PLACE, guard=secretariat)
def taxonomy(req: Req) -> Response:
    """The whole taxonomy, with how many profiles name each, and the ways to change it."""
    return _page(req)


@router.page(f"{PLACE}.csv", guard=secretariat)
def export(req: Req) -> Response:
    """The taxonomy as a table; the same form is read back."""
    rows = [
        (row.code, row.parent_code or "", row.name_zh, row.name_en, row.position, "true" if row.active else "false")
        for row in queries.all_of(req.db)
    ]  # fmt: skip
    headers = {"Content-Disposition": 'attachment; filename="disciplines.csv"'}
    return Response(to_csv(COLUMNS, rows), media_type="text/csv; charset=utf-8", headers=headers)


@router.act(f"{PLACE}/import", guard=secretariat)
def read_file(req: Req) -> Response:
    """Take over a CSV: all of its rows, or none."""
    files = req.files("file")
    if not files:
        return _page(req, {"file": _("Please choose a file.")})
    parsed: Parsed[Any] = Parsed(values={})
    count = 0
    try:
        text = files[0].file.read().decode("utf-8")
    except UnicodeDecodeError:
        return _page(req, {"file": _("The file is no UTF-8 text; save it as “CSV UTF-8”.")})
    with filling(req.db, parsed):
        count = actions.read_file(req.db, req.actor, text=text)
    if parsed.errors:
        return _page(req, parsed.errors)
    return req.redirect(PLACE, flash=_("%(n)s disciplines were taken over.", n=count))


@router.act(f"{PLACE}/proposed", guard=secretariat)
def proposed(req: Req) -> Response:
    """Fill an empty taxonomy with the one the portal comes with."""
    count = actions.load_proposed(req.db, req.actor)
    return req.redirect(PLACE, flash=_("%(n)s disciplines were taken over.", n=count))


def _one(req: Context) -> Discipline:
    secretariat(req)
    code = req.path["code"]
    found = queries.one(req.db, code) if CODE.fullmatch(code) else None
    if found is None:
        raise NotFound(_("There is nothing at this address."))
    return found


def _form(req: Context, parsed: Parsed[Any], row: Discipline | None, status: int = 200) -> Response:
    rows = queries.all_of(req.db)
    return req.page(
        "experts/discipline.html",
        status=status,
        row=row,
        parsed=parsed,
        tops=[
            (item.code, f"{item.code} {item.name(req.locale)}") for item in rows if item.parent_code is None
        ],
        others=[
            (item.code, f"{item.code} {item.name(req.locale)}")
            for item in rows
            if item.active and (row is None or item.code != row.code)
        ],
    )


@router.page(f"{PLACE}/new", guard=secretariat)
def new_page(req: Req) -> Response:
    """The empty form."""
    return _form(req, Parsed(values={"active": True}), None)


@router.act(f"{PLACE}/new", guard=secretariat)
def new(req: Req) -> Response:
    """Add a discipline."""
    parsed = parse(DisciplineForm, req.form)
    if parsed.model is not None and queries.one(req.db, parsed.model.code) is not None:
        parsed.errors["code"] = _("There is a discipline of this code already.")
    return _save(req, parsed, None)


@router.page(f"{PLACE}/{{code}}", guard=_one)
def edit_page(req: Req) -> Response:
    """The form, filled in; merging stands below."""
    row: Discipline = req.subject
    values = {
        "code": row.code, "parent": row.parent_code or "", "name_zh": row.name_zh, "name_en": row.name_en,
        "position": row.position, "active": row.active,
    }  # fmt: skip
    return _form(req, Parsed(values=values), row)


@router.act(f"{PLACE}/{{code}}", guard=_one)
def edit(req: Req) -> Response:
    """Rename, move, offer or no longer offer; the code in the address counts."""
    values = {name: req.form.get(name) for name in DisciplineForm.model_fields}
    values |= {"code": req.subject.code, "active": "1" if req.form.get("active") else "0"}
    return _save(req, parse(DisciplineForm, values), req.subject)


def _save(req: Context, parsed: Parsed[DisciplineForm], row: Discipline | None) -> Response:
    if parsed.model is not None and not parsed.errors:
        with filling(req.db, parsed):
            actions.save(req.db, req.actor, given=parsed.model)
    if parsed.errors:
        return _form(req, parsed, row, 422)
    return req.redirect(PLACE, flash=_("Saved."))


@router.act(f"{PLACE}/{{code}}/merge", guard=_one)
def merge(req: Req) -> Response:
    """Merge it into another."""
    parsed = parse(MergeForm, req.form)
    if parsed.model is None:
        raise Invalid(_("Choose another discipline that is offered."), fields=parsed.errors)
    actions.merge(req.db, req.actor, code=req.subject.code, into=parsed.model.into)
    return req.redirect(PLACE, flash=_("Merged. Profiles and questions name the other one from now on."))
