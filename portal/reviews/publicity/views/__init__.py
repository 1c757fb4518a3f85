"""Pages of public notices."""

from portal.kit.routes import Doors
from portal.reviews.publicity.views import objections, public, secretariat

router = Doors()
# Fixed addresses before open ones: /publicity/objections/{id} is no notice.
for _part in (objections, secretariat, public):
    router.routes.extend(_part.router.routes)  # flat, so that the guard tests see every route

__all__ = ["router"]
