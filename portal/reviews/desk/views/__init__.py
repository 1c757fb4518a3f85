"""Pages of rounds."""

from portal.kit.routes import Doors
from portal.reviews.desk.views import answering, detail, invitations, lists, submissions, templates

router = Doors()
# Fixed addresses before open ones: /rounds/new is no round.
for _part in (lists, templates, answering, invitations, submissions, detail):
    router.routes.extend(_part.router.routes)  # flat, so that the guard tests see every route

__all__ = ["router"]
