"""Public profiles."""

from fastapi.responses import Response

from portal.accounts import queries
from portal.kit.errors import NotFound
from portal.kit.i18n import _
from portal.kit.pages import Req
from portal.kit.routes import Doors, public

router = Doors()


@router.page("/people/{slug}", guard=public)
def person(req: Req) -> Response:
    """Who somebody is. A closed account keeps its address, as assets may refer to it, but says nothing more."""
    found = queries.person(req.db, req.path["slug"])
    if found is None:
        raise NotFound(_("There is nothing at this address."))
    return req.page(
        "accounts/person.html", person=found, organisations=queries.organisations_of(req.db, found.id)
    )
