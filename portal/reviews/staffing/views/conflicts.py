"""Pages of conflicts: the list with its filters, looking anew, confirming and dismissing."""

from typing import Any

from fastapi.responses import Response

from portal.kit.errors import NotFound
from portal.kit.i18n import N_, _, label
from portal.kit.pages import Context, Req
from portal.kit.routes import Doors
from portal.kit.text import to_csv
from portal.reviews.rounds.seen import Seen, runner
from portal.reviews.rounds.sight import names_seen
from portal.reviews.staffing.actions import notes as actions
from portal.reviews.staffing.models import Verdict
from portal.reviews.staffing.queries import notes as queries
from portal.reviews.staffing.words import facts_in_words

router = Doors()
TABS = {
    "open": N_("Not looked at"),
    "hard": N_("Hard ones"),
    "soft": N_("Soft ones"),
    "confirmed": N_("Confirmed ones"),
    "dismissed": N_("Dismissed ones"),
    "gone": N_("No longer so"),
    "all": N_("All of them"),
}


def _hidden(seen: Seen) -> frozenset[Any]:
    return seen.standing.applied | seen.standing.conflicted


def _shown(req: Context) -> str:
    chosen = req.query.get("show", "open")
    return chosen if chosen in TABS else "open"


@router.page("/rounds/{id}/conflicts", guard=runner)
def conflicts(req: Req) -> Response:
    """Conflicts by submission. What its reader is in conflict with is not listed, nor counted."""
    seen: Seen = req.subject
    names_seen(req.db, req.actor, seen.round, "staffing.conflicts")
    shown, hidden = _shown(req), _hidden(seen)
    typed = req.query.get("submission", "")
    number = int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 9 else None
    counts = queries.counts(req.db, seen.round.id, hidden=hidden)
    page = queries.listed(
        req.db, seen.round.id, shown=shown, hidden=hidden, number=number, after=req.query.get("after"),
        before=req.query.get("before"),
    )  # fmt: skip
    return req.page(
        "staffing/conflicts.html",
        seen=seen,
        page=page,
        shown=shown,
        number=number,
        facts={row.id: facts_in_words(row.shown) for row in page},
        tabs=[
            (_(title), req.url_with(show=name, after=None, before=None), name == shown, counts[name])
            for name, title in TABS.items()
        ],
    )


@router.page("/rounds/{id}/conflicts.csv", guard=runner)
def table(req: Req) -> Response:
    """The same as a table."""
    seen: Seen = req.subject
    names_seen(req.db, req.actor, seen.round, "staffing.conflicts")
    header = (
        "submission", "title", "expert", "ground", "weight", "facts", "verdict", "reason", "decided_by", "decided_at",
        "remembered", "gone_at",
    )  # fmt: skip
    rows = [
        (
            row.number, row.title, row.name, label(row.ground), row.weight.value,
            "; ".join(f"{name}: {value}" for name, value, _address in facts_in_words(row.shown)),
            row.verdict.value, row.reason, row.decided_by or "", _stamp(row.decided_at),
            "yes" if row.remembered else "", _stamp(row.gone_at),
        )
        for row in queries.for_csv(req.db, seen.round.id, shown=_shown(req), hidden=_hidden(seen))
    ]  # fmt: skip
    headers = {"Content-Disposition": f'attachment; filename="conflicts-{seen.round.id}.csv"'}
    return Response(to_csv(header, rows), media_type="text/csv; charset=utf-8", headers=headers)


def _stamp(value: Any) -> str:
    return value.isoformat(timespec="minutes") if value is not None else ""


@router.act("/rounds/{id}/conflicts/look", guard=runner)
def look(req: Req) -> Response:
    """Look for conflicts now."""
    seen: Seen = req.subject
    found = actions.look_soon(req.db, req.actor, round_id=seen.round.id)
    if found is None:
        flash = _("A worker looks for them; reload in a minute.")
    else:
        flash = _("New: %(new)s. Experts recused: %(recused)s.", new=found.new, recused=found.recused)
    return req.redirect(f"{seen.url}/conflicts", flash=flash)


@router.act("/rounds/{id}/conflicts/{note}/{verb}", guard=runner)
def decide(req: Req) -> Response:
    """``confirm`` or ``dismiss``."""
    seen: Seen = req.subject
    verdicts = {"confirm": Verdict.confirmed, "dismiss": Verdict.dismissed}
    if req.path["verb"] not in verdicts:
        raise NotFound(_("There is nothing at this address."))
    actions.decide(
        req.db, req.actor, round_id=seen.round.id, note_id=req.path_id("note"),
        verdict=verdicts[req.path["verb"]], reason=str(req.form.get("reason", "")),
    )  # fmt: skip
    back = str(req.form.get("show", "open"))
    return req.redirect(
        f"{seen.url}/conflicts?show={back if back in TABS else 'open'}", flash=_("The decision is recorded.")
    )
