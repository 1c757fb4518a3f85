"""What an organisation's administrators do: confirm nominations and affiliations, recommend members."""

from typing import Any

from fastapi.responses import Response

from portal.accounts.forms import filling
from portal.experts.actions import dossier as dossier_actions
from portal.experts.actions import nominations
from portal.experts.forms import RecommendationForm
from portal.experts.guards import spokesman
from portal.experts.models import WAITING
from portal.experts.queries import dossier, pool
from portal.kit.errors import NotFound
from portal.kit.forms import Parsed, parse
from portal.kit.i18n import _
from portal.kit.pages import Context, Req
from portal.kit.routes import Doors
from portal.organisations import queries as organisations

router = Doors()


def _page(req: Context, parsed: Parsed[Any], status: int = 200) -> Response:
    organisation, namespace = req.subject
    members = organisations.members(req.db, organisation.id)
    return req.page(
        "experts/unit.html",
        status=status,
        organisation=organisation,
        namespace=namespace,
        nominations=pool.nominations_of(req.db, organisation.id, WAITING),
        affiliations=dossier.waiting_for(req.db, organisation.id),
        members=[(row.slug, row.name) for row in members if row.account_id != req.actor.id],
        parsed=parsed,
    )


@router.page("/organisations/{slug}/experts", guard=spokesman)
def unit(req: Req) -> Response:
    """What waits for the organisation, and the form to recommend a member."""
    return _page(req, Parsed(values={}))


@router.act("/organisations/{slug}/experts", guard=spokesman)
def recommend(req: Req) -> Response:
    """Recommend a member."""
    organisation, namespace = req.subject
    parsed = parse(RecommendationForm, req.form)
    if parsed.model is not None:
        with filling(req.db, parsed):
            nominations.recommend(
                req.db, req.actor, organisation_id=organisation.id, **parsed.model.model_dump()
            )
    if parsed.errors:
        return _page(req, parsed, 422)
    return req.redirect(
        f"/organisations/{namespace.slug}/experts", flash=_("The person is asked for consent.")
    )


@router.act("/organisations/{slug}/experts/{id}/{verb}", guard=spokesman)
def judge_nomination(req: Req) -> Response:
    """``confirm`` or ``refuse`` a nomination that names the organisation, or ``take-back`` a recommendation."""
    organisation, namespace = req.subject
    verb, key = req.path["verb"], req.path_id()
    found = pool.one(req.db, key)
    if found is None or found.organisation_id != organisation.id:
        raise NotFound(_("There is nothing at this address."))
    if verb == "take-back":
        nominations.take_back(req.db, req.actor, expert_id=key)
    elif verb in {"confirm", "refuse"}:
        reason = str(req.form.get("reason", ""))
        nominations.confirm(req.db, req.actor, expert_id=key, confirmed=verb == "confirm", reason=reason)
    else:
        raise NotFound(_("There is nothing at this address."))
    return req.redirect(f"/organisations/{namespace.slug}/experts", flash=_("The decision is recorded."))


@router.act("/organisations/{slug}/affiliations/{id}/{verb}", guard=spokesman)
def judge_affiliation(req: Req) -> Response:
    """``confirm`` or ``refuse`` an affiliation with the organisation."""
    organisation, namespace = req.subject
    verb, key = req.path["verb"], req.path_id()
    if verb not in {"confirm", "refuse"} or not any(
        row.id == key for row in dossier.waiting_for(req.db, organisation.id)
    ):
        raise NotFound(_("There is nothing at this address."))
    dossier_actions.judge_affiliation(
        req.db,
        req.actor,
        affiliation_id=key,
        confirmed=verb == "confirm",
        reason=str(req.form.get("reason", "")),
    )
    return req.redirect(f"/organisations/{namespace.slug}/experts", flash=_("The decision is recorded."))
