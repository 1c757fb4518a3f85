"""Pages of conflicts and staffing."""

from portal.kit.routes import Doors
from portal.reviews.staffing.views import conflicts, staffing

router = Doors()
for _part in (conflicts, staffing):
    router.routes.extend(_part.router.routes)  # flat, so that the guard tests see every route

__all__ = ["router"]
