"""The list of rounds, and beginning one."""

from typing import Any

from fastapi.responses import Response

from portal.accounts.forms import filling
from portal.kit.forms import Parsed, parse
from portal.kit.i18n import N_, _
from portal.kit.pages import Context, Req
from portal.kit.routes import Doors, public
from portal.kit.sheets import MOST_ROWS, csv_file, minute
from portal.reviews.desk import guards
from portal.reviews.desk.queries import lists
from portal.reviews.rounds import policy, subjects
from portal.reviews.rounds.actions import drafting, templates
from portal.reviews.rounds.forms import NewRoundForm
from portal.reviews.rounds.queries import basic

router = Doors()
TABS = {"": N_("All rounds"), "running": N_("Running"), "over": N_("Over"), "draft": N_("In preparation")}


def wanted_of(req: Context) -> lists.Filter:
    """The filter in the address; what is none counts as absent."""
    state = req.query.get("state", "")
    runs = policy.is_secretariat(req.actor)
    return lists.Filter(
        words=req.query.get("q", "").replace("\x00", "").strip()[:100],
        state=state if state in lists.STATES and (runs or state != "draft") else "",
        mine=req.query.get("mine") == "1" and not req.actor.is_anonymous,
    )


@router.page("/rounds", guard=public)
def rounds(req: Req) -> Response:
    """The public rounds and one's own; the secretariat sees all."""
    wanted, runs = wanted_of(req), policy.is_secretariat(req.actor)
    page = lists.page_of(
        req.db, req.actor, wanted, after=req.query.get("after"), before=req.query.get("before")
    )
    return req.page(
        "rounds/list.html",
        page=page,
        wanted=wanted,
        runs=runs,
        tabs=[
            (_(title), req.url_with(state=name or None, after=None, before=None), name == wanted.state)
            for name, title in TABS.items()
            if runs or name != "draft"
        ],
    )


@router.page("/rounds.csv", guard=public)
def table(req: Req) -> Response:
    """The same list as a table."""
    header = ("round", "title", "title_en", "state", "phase", "since", "deadline", "demo")
    lines = [
        (
            row[0].id, row[0].title("zh_Hans"), row[0].title("en"), row[0].state.value, row[0].phase.value,
            minute(row[0].state_at), minute(row[0].deadline_at), "demo" if row[0].demo else "",
        )
        for row in lists.page_of(req.db, req.actor, wanted_of(req), size=MOST_ROWS)
    ]  # fmt: skip
    return csv_file("rounds.csv", header, lines)


def _form(req: Context, parsed: Parsed[Any], status: int = 200) -> Response:
    return req.page(
        "rounds/new.html",
        status=status,
        parsed=parsed,
        templates=[(row.key, row.title(req.locale)) for row in basic.templates(req.db)],
        kinds=[(kind.kind, _(kind.label)) for kind in subjects.kinds()],
    )


@router.page("/rounds/new", guard=guards.secretariat)
def new_page(req: Req) -> Response:
    """The form to begin a round."""
    return _form(req, Parsed(values={"template": req.query.get("template", "")}))


@router.act("/rounds/new", guard=guards.secretariat)
def new(req: Req) -> Response:
    """Begin a round."""
    parsed = parse(NewRoundForm, req.form)
    made = None
    if parsed.model is not None:
        with filling(req.db, parsed):
            made = drafting.create(req.db, req.actor, given=parsed.model)
    if made is None:
        return _form(req, parsed, 422)
    return req.redirect(
        f"/rounds/{made.id}", flash=_("The round is in preparation. Enter what is to be reviewed.")
    )


@router.act("/rounds/templates", guard=guards.secretariat)
def load_templates(req: Req) -> Response:
    """Put in the templates that come with the program."""
    made = templates.load_shipped(req.db, req.actor)
    return req.redirect("/admin/round-templates", flash=_("Templates put in: %(n)s.", n=made))
