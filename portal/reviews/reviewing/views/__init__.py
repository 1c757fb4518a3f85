"""Pages of reviewing."""

from portal.kit.routes import Doors
from portal.reviews.reviewing.views import discussion, queue, rebuttal, review, reviews

router = Doors()
for _part in (queue, review, reviews, discussion, rebuttal):
    router.routes.extend(_part.router.routes)  # flat, so that the guard tests see every route

__all__ = ["router"]
