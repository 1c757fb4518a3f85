"""Pages of accounts."""

from portal.accounts.views.data import router as data
from portal.accounts.views.doors import router as doors
from portal.accounts.views.factors import router as factors
from portal.accounts.views.keys import router as keys
from portal.accounts.views.passkeys import router as passkeys
from portal.accounts.views.people import router as people
from portal.accounts.views.recovery import router as recovery
from portal.accounts.views.second import router as second
from portal.accounts.views.settings import router as settings
from portal.accounts.views.tokens import router as tokens
from portal.kit.routes import Doors

router = Doors()
for _part in (doors, second, recovery, settings, factors, keys, passkeys, data, tokens, people):
    # Flat, not nested: one level of matching, and every route in sight of the guard tests.
    router.routes.extend(_part.routes)

__all__ = ["router"]
