"""The list of organisations, and registering one."""

from typing import Any

from fastapi.responses import Response

from portal.accounts.forms import filling
from portal.kit.clock import shanghai
from portal.kit.forms import Parsed, parse
from portal.kit.i18n import _
from portal.kit.pages import Context, Req
from portal.kit.routes import Doors, public, signed_in
from portal.kit.sheets import csv_file
from portal.organisations import actions, queries
from portal.organisations.forms import NewOrganisationForm
from portal.organisations.models import Organisation, OrganisationKind

router = Doors()
MOST_ROWS = 5_000
LEVELS = {
    "unverified": "neutral",
    "requested": "busy",
    "verified": "good",
    "refused": "warn",
    "revoked": "bad",
}


def wanted(req: Context) -> queries.Filter:
    """What the address asks for; unknown values are ignored."""
    kinds = {str(kind) for kind in OrganisationKind} & set(req.query_list("kind"))
    states = set(req.query_list("verified")) & {"yes", "no"}
    return queries.Filter(
        words=req.query.get("q", "").replace("\x00", "").strip()[:100],
        kinds=frozenset(OrganisationKind(kind) for kind in kinds),
        verified=states == {"yes"} if len(states) == 1 else None,
    )


def _groups(req: Context, found: queries.Filter) -> list[dict[str, Any]]:
    kinds, verified = queries.facets(req.db, req.actor, found)
    return [
        {
            "name": "kind",
            "label": _("Kind"),
            "options": [
                (kind.value, _(kind.label), kinds.get(kind, 0), kind in found.kinds)
                for kind in OrganisationKind
                if kinds.get(kind) or kind in found.kinds
            ],
        },
        {
            "name": "verified",
            "label": _("Verification"),
            "options": [
                ("yes", _("Verified"), verified.get(True, 0), found.verified is True),
                ("no", _("Not verified"), verified.get(False, 0), found.verified is False),
            ],
        },
    ]


@router.page("/organisations", guard=public)
def organisations(req: Req) -> Response:
    """All organisations, by pinyin or newest first, with facets."""
    found = wanted(req)
    sort = "newest" if req.query.get("sort") == "newest" else "name"
    page = queries.page_of(
        req.db,
        req.actor,
        found,
        newest_first=sort == "newest",
        after=req.query.get("after"),
        before=req.query.get("before"),
    )
    return req.page(
        "organisations/list.html",
        page=page,
        wanted=found,
        groups=_groups(req, found),
        sort=sort,
        levels=LEVELS,
    )


@router.page("/organisations.csv", guard=public)
def organisations_csv(req: Req) -> Response:
    """The same list as a table, 5,000 rows at most."""
    header = (
        "short_name",
        "name",
        "name_en",
        "kind",
        "verification",
        "credit_code",
        "division",
        "registered",
    )
    rows = [
        (
            row.slug, row.name, row.name_en, row.kind.value, row.verification.value, row.credit_code,
            row.division_code, shanghai(row.created_at).date().isoformat(),
        )
        for row in queries.page_of(
            req.db, req.actor, wanted(req), newest_first=req.query.get("sort") == "newest", size=MOST_ROWS
        )
    ]  # fmt: skip
    return csv_file("organisations.csv", header, rows)


def _kinds() -> list[tuple[str, str]]:
    return [(kind.value, _(kind.label)) for kind in OrganisationKind]


@router.page("/organisations/new", guard=signed_in)
def new_page(req: Req) -> Response:
    """The form."""
    return req.page("organisations/new.html", parsed=Parsed(values={}), kinds=_kinds())


@router.act("/organisations/new", guard=signed_in)
def new(req: Req) -> Response:
    """Register; the person who does becomes its administrator."""
    parsed = parse(NewOrganisationForm, req.form)
    organisation: Organisation | None = None
    if parsed.model is not None:
        with filling(req.db, parsed):
            organisation = actions.register(req.db, req.actor, **parsed.model.model_dump())
    if organisation is None:
        return req.page("organisations/new.html", status=422, parsed=parsed, kinds=_kinds())
    return req.redirect(actions.page_url(req.db, organisation), flash=_("The organisation is registered."))
