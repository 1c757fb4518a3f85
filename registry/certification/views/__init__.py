"""Pages of certification."""

from portal.kit.routes import Doors
from registry.certification import hooks, panels
from registry.certification.views import assess, profiles, public, request, tables

assert hooks  # noqa: S101 - reports upheld on a page suspend certificates
assert panels  # noqa: S101 - pages of assets and versions show certificates
router = Doors()
# Fixed addresses before open ones: /certificates/verify is no certificate.
for _part in (profiles, request, tables, assess, public):
    router.routes.extend(_part.router.routes)  # flat, so that the guard tests see every route

__all__ = ["router"]
