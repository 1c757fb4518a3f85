"""Pages of evaluations, of one benchmark, and of leaderboards."""

from portal.kit.routes import Doors
from registry.evaluation import panels
from registry.evaluation.views import benchmark, board, cells, evaluations, live, queue, versions

router = Doors()
for _part in (benchmark, board, cells, evaluations, live, queue, versions):
    router.routes.extend(_part.router.routes)  # flat, so that the guard tests see every route

__all__ = ["panels", "router"]
