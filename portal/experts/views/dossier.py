"""One's own affiliations and declared relations."""

from typing import Any

from fastapi.responses import Response

from portal.accounts import queries as accounts
from portal.accounts.forms import filling
from portal.experts import policy
from portal.experts.actions import dossier as actions
from portal.experts.forms import AffiliationForm, EndAffiliationForm, RelationForm
from portal.experts.guards import mine, myself
from portal.experts.models import RelationKind
from portal.experts.queries import dossier as queries
from portal.kit.errors import NotFound
from portal.kit.forms import Parsed, parse
from portal.kit.i18n import _, label
from portal.kit.pages import Context, Req
from portal.kit.routes import Doors

router = Doors()


def _keeps(req: Context) -> bool:
    """Whether there is a profile to lead to: relations and affiliations are stated by people outside the pool too."""
    return policy.keeps_profile(mine(req))


def _affiliations_page(req: Context, parsed: Parsed[Any], status: int = 200) -> Response:
    return req.page(
        "experts/affiliations.html",
        status=status,
        rows=queries.affiliations_of(req.db, req.subject),
        keeps=_keeps(req),
        units=[(row.slug, row.name) for row in accounts.organisations_of(req.db, req.subject)],
        parsed=parsed,
    )


@router.page("/me/expert/affiliations", guard=myself)
def affiliations(req: Req) -> Response:
    """Where one works and worked, with what the organisations say."""
    return _affiliations_page(req, Parsed(values={}))


@router.act("/me/expert/affiliations", guard=myself)
def add_affiliation(req: Req) -> Response:
    """State one more."""
    parsed = parse(AffiliationForm, req.form)
    if parsed.model is not None:
        with filling(req.db, parsed):
            actions.add_affiliation(req.db, req.actor, given=parsed.model)
    if parsed.errors:
        return _affiliations_page(req, parsed, 422)
    return req.redirect("/me/expert/affiliations", flash=_("Saved."))


@router.act("/me/expert/affiliations/{id}/{verb}", guard=myself)
def change_affiliation(req: Req) -> Response:
    """``end`` it on a day, or take it back (``withdraw``) while it is not confirmed."""
    verb, key = req.path["verb"], req.path_id()
    if verb == "end":
        given = parse(EndAffiliationForm, req.form).require()
        actions.end_affiliation(req.db, req.actor, affiliation_id=key, until=given.until)
    elif verb == "withdraw":
        actions.take_affiliation_back(req.db, req.actor, affiliation_id=key)
    else:
        raise NotFound(_("There is nothing at this address."))
    return req.redirect("/me/expert/affiliations", flash=_("Saved."))


def _relations_page(req: Context, parsed: Parsed[Any], status: int = 200) -> Response:
    return req.page(
        "experts/relations.html",
        status=status,
        rows=queries.relations_of(req.db, req.subject),
        keeps=_keeps(req),
        kinds=[(kind.value, label(kind)) for kind in RelationKind],
        parsed=parsed,
    )


@router.page("/me/expert/relations", guard=myself)
def relations(req: Req) -> Response:
    """What one has declared."""
    return _relations_page(req, Parsed(values={}))


@router.act("/me/expert/relations", guard=myself)
def declare(req: Req) -> Response:
    """Declare one more."""
    parsed = parse(RelationForm, req.form)
    if parsed.model is not None:
        with filling(req.db, parsed):
            actions.declare(req.db, req.actor, given=parsed.model)
    if parsed.errors:
        return _relations_page(req, parsed, 422)
    return req.redirect("/me/expert/relations", flash=_("Declared. Only you and the secretariat see it."))


@router.act("/me/expert/relations/{id}/withdraw", guard=myself)
def take_back(req: Req) -> Response:
    """Take a declaration back."""
    actions.take_relation_back(req.db, req.actor, relation_id=req.path_id())
    return req.redirect("/me/expert/relations", flash=_("Saved."))
