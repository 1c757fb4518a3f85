"""Who wants to hear of an upheld report at once: higher layers register here, because imports go down only."""

import uuid
from collections.abc import Callable

from portal.kit.db import Session

UPHELD: dict[str, Callable[[Session, uuid.UUID, uuid.UUID], None]] = {}
"""Name -> called with the asset's id and the report's, in the transaction of the decision; not for reports of posts."""
