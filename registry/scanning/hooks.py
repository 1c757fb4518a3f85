"""Who wants to hear of a recorded scan at once: higher layers register here, because imports go down only."""

import uuid
from collections.abc import Callable

from portal.kit.db import Session
from registry.scanning.findings import Verdict

SCANNED: dict[str, Callable[[Session, uuid.UUID, Verdict], None]] = {}
"""Name -> called with the version's id and the verdict, in the transaction that records the scan."""
