"""The last net: a process that can do no good any more ends itself, and its supervisor starts a fresh one."""

import faulthandler
import logging
import os
import threading
import time
from collections.abc import Callable

from portal.kit.clock import monotonic

EXIT_RESTART = os.EX_TEMPFAIL  # 75
STUCK_S = 60.0
log = logging.getLogger(__name__)


def die(reason: str) -> None:
    """End this process at once. Its jails end with it: the kernel kills them when their parent goes."""
    log.critical("%s: this worker ends, to be started afresh", reason)
    logging.shutdown()
    os._exit(EXIT_RESTART)


class LoopGuard(threading.Thread):
    """Ends the process when the event loop stands still, or when ``verdict`` finds a reason."""

    def __init__(self, verdict: Callable[[], str | None]) -> None:
        super().__init__(name="loop guard", daemon=True)
        self._verdict = verdict
        self._beat = monotonic()
        self._over = threading.Event()

    def beat(self) -> None:
        """The loop is alive."""
        self._beat = monotonic()

    def release(self) -> None:
        """Watch no longer."""
        self._over.set()

    def run(self) -> None:
        """See the class."""
        while not self._over.wait(1.0):
            if monotonic() - self._beat > STUCK_S:
                faulthandler.dump_traceback()
                die(f"the event loop has stood still for {STUCK_S:.0f} s")
            reason = self._verdict()
            if reason:
                die(reason)


def end_within(seconds: float) -> None:
    """A stop that was asked for is over after ``seconds`` at the latest, however threads may hang."""

    def end() -> None:
        time.sleep(seconds)
        log.warning("did not stop in %.0f s: ended", seconds)
        logging.shutdown()
        os._exit(0)

    threading.Thread(target=end, daemon=True, name="end").start()
