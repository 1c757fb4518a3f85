"""Pages of panels."""

from portal.kit.routes import Doors
from portal.reviews.panels.views import members, minutes, sessions

router = Doors()
# Fixed addresses before open ones: members and minutes are no verbs.
for _part in (members, minutes, sessions):
    router.routes.extend(_part.router.routes)  # flat, so that the guard tests see every route

__all__ = ["router"]
