"""Pages of organisations."""

from portal.kit.routes import Doors
from portal.organisations.views.invitations import router as invitations
from portal.organisations.views.lists import router as lists
from portal.organisations.views.members import router as members
from portal.organisations.views.pages import router as pages
from portal.organisations.views.tree import router as tree
from portal.organisations.views.verification import router as verification

router = Doors()
# Fixed addresses before the short names: /organisations/new is no organisation.
for _part in (lists, verification, tree, members, invitations, pages):
    # Flat, not nested: one level of matching, and every route in sight of the guard tests.
    router.routes.extend(_part.routes)

__all__ = ["router"]
