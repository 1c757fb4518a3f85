"""JSON doors of evaluations and leaderboards."""

from portal.kit.routes import Doors
from registry.evaluation.api import boards, cells, evaluations, versions

router = Doors()
for _part in (boards, cells, evaluations, versions):
    router.routes.extend(_part.router.routes)  # flat, so that the guard tests see every route

__all__ = ["router"]
