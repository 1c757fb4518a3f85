"""Pages of panels."""

from portal.kit.routes import Doors
from portal.reviews.panels.views import minutes, sessions

router = Doors()
# Fixed addresses before open ones: minutes are no verb.
for _part in (minutes, sessions):
    router.routes.extend(_part.router.routes)  # flat, so that the guard tests see every route

__all__ = ["router"]
