"""Pages of rollout."""

from portal.kit.routes import Doors
from registry.rollout import hooks, panels
from registry.rollout.views import acts, nodes, tables

assert hooks  # noqa: S101 - promotions moved by the web process order bundles
assert panels  # noqa: S101 - the page of a version shows its bundles

router = Doors()
for _part in (tables, nodes, acts):
    router.routes.extend(_part.router.routes)  # flat, so that the guard tests see every route
