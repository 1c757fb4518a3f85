"""Pages of the community."""

from portal.kit.routes import Doors
from registry.community.views import discussions, posts, reactions, reports

router = Doors()
for part in (reactions, discussions, posts, reports):
    router.include_router(part.router)
