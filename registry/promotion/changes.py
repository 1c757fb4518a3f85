"""Who wants to hear of a promotion's new stage at once: higher layers register here, because imports go down only."""

import uuid
from collections.abc import Callable

from portal.kit.db import Session

MOVED: dict[str, Callable[[Session, uuid.UUID], None]] = {}
"""Name -> called with the promotion's id, in the transaction that moved it."""
