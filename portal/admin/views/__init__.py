"""Pages of the system administrator (roles, workers, state of the machine) and of the auditor (the log)."""

from portal.admin.views import people, workers
from portal.kit.routes import Doors

router = Doors()
for _part in (workers, people):
    router.routes.extend(_part.router.routes)  # flat, so that the guard tests see every route

__all__ = ["router"]
