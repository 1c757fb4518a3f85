"""Who wants to hear of a certificate's change at once: higher layers register here, because imports go down only."""

import uuid
from collections.abc import Callable

from portal.kit.db import Session

CHANGED: dict[str, Callable[[Session, uuid.UUID], None]] = {}
"""Name -> called with the version's id, in the transaction that changes the certificate."""
