"""How a run ends before its result."""

from typing import Any

from sqlalchemy.exc import InterfaceError, OperationalError, PendingRollbackError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from portal.kit.errors import Unavailable

OUTAGE = (Unavailable, OperationalError, InterfaceError, PendingRollbackError, PoolTimeoutError)
"""What a database that is away, or just coming back, makes of a call; trying again is right."""


class RunFailed(Exception):  # noqa: N818 - an ending, not a fault of the program
    """The attempt failed for a reason of ``failures.FAILURES``."""

    def __init__(self, code: str, **params: object) -> None:
        super().__init__(code)
        self.code = code
        self.params: dict[str, Any] = params


class Released(Exception):  # noqa: N818 - an ending
    """The worker stops, or cannot reach what it needs: the attempt goes back uncounted."""

    def __init__(self, delay_s: float = 0.0) -> None:
        super().__init__("released")
        self.delay_s = delay_s
