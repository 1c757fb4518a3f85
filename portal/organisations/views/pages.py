"""One organisation: its page, and editing it."""

from fastapi.responses import Response

from portal.accounts.forms import filling
from portal.kit.forms import Parsed, parse
from portal.kit.i18n import _
from portal.kit.pages import Context, Req
from portal.kit.routes import Doors
from portal.organisations import actions, policy, queries
from portal.organisations.forms import OrganisationForm
from portal.organisations.models import LinkState, OrganisationKind
from portal.organisations.views.guards import Loaded, managed, shown, url
from portal.organisations.views.lists import LEVELS

router = Doors()


@router.page("/organisations/{slug}", guard=shown)
def organisation(req: Req) -> Response:
    """What the organisation is and who belongs to it."""
    found: Loaded = req.subject
    return req.page(
        "organisations/detail.html",
        organisation=found[0],
        namespace=found[1],
        members=queries.members(req.db, found[0].id),
        can_manage=policy.can_manage(req.actor, found[0].id),
        can_verify=policy.can_verify(req.actor),
        is_member=policy.is_member(req.actor, found[0].id),
        levels=LEVELS,
        links=[row for row in queries.links_of(req.db, found[0].id) if row.state is LinkState.in_force],
    )


def _form(req: Context, parsed: Parsed[OrganisationForm], status: int) -> Response:
    found: Loaded = req.subject
    kinds = [(kind.value, _(kind.label)) for kind in OrganisationKind]
    return req.page(
        "organisations/edit.html",
        status=status,
        organisation=found[0],
        namespace=found[1],
        parsed=parsed,
        kinds=kinds,
    )


@router.page("/organisations/{slug}/edit", guard=managed)
def edit_page(req: Req) -> Response:
    """The form, filled in."""
    found: Loaded = req.subject
    values = {name: getattr(found[0], name) for name in OrganisationForm.model_fields}
    return _form(req, Parsed(values=values | {"kind": found[0].kind.value}), 200)


@router.act("/organisations/{slug}/edit", guard=managed)
def edit(req: Req) -> Response:
    """Keep the description."""
    found: Loaded = req.subject
    parsed = parse(OrganisationForm, req.form)
    if parsed.model is not None:
        with filling(req.db, parsed):
            actions.edit(req.db, req.actor, organisation_id=found[0].id, **parsed.model.model_dump())
    if parsed.errors:
        return _form(req, parsed, 422)
    return req.redirect(url(req), flash=_("Saved."))
