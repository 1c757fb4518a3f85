"""Who wants to hear at once of what is said of an asset: higher layers register here, because imports go down only."""

import uuid
from collections.abc import Callable

from portal.kit.db import Session

DESCRIBED: dict[str, Callable[[Session, uuid.UUID], None]] = {}
"""Name -> called with the asset's id, in the transaction that replaces its description and relations."""
