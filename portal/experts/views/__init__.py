"""Pages of experts."""

from portal.experts.views import disciplines, dossier, mine, public, secretariat, units
from portal.kit.routes import Doors

router = Doors()
# Fixed addresses before open ones: /me/expert/affiliations is no verb.
for _part in (dossier, mine, disciplines, secretariat, units, public):
    router.routes.extend(_part.router.routes)  # flat, so that the guard tests see every route

__all__ = ["router"]
