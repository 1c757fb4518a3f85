"""Pages of promotion."""

from portal.kit.routes import Doors
from registry.promotion import hooks, panels
from registry.promotion.views import acts, adoption, history, nominate, one, pilots, profiles, public, tables

assert hooks  # noqa: S101 - certificates changed on a page suspend promotions
assert panels  # noqa: S101 - pages of versions show promotions
router = Doors()
# Fixed addresses before open ones: /promotions/national is no promotion.
for _part in (profiles, nominate, history, adoption, tables, pilots, public, one, acts):
    router.routes.extend(_part.router.routes)  # flat, so that the guard tests see every route

__all__ = ["router"]
