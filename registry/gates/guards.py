"""Guards of gates."""

from typing import Any

from portal.kit.pages import Context
from portal.kit.routes import signed_in
from registry.assets.guards import readable_asset


def askable_asset(req: Context) -> Any:
    """The asset in the address, for somebody who is signed in."""
    signed_in(req)
    return readable_asset(req)
