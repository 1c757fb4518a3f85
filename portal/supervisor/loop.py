"""The supervising loop: output, deaths, restarts, signals, and the end in order."""

import contextlib
import os
import selectors
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import FrameType

import psutil

from portal.kit.children import adopt_orphans
from portal.kit.clock import monotonic
from portal.kit.embedded import PostgresTrouble, Server
from portal.supervisor.child import Backoff, Child, Running, how_it_ended
from portal.supervisor.output import Printer

TICK = 0.1
GIVE_UP_AFTER = 5  # deaths before a child that must serve ever did
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Stopped(BaseException):
    """Somebody asked to stop while the parts were still being put together."""


class Supervisor:
    """Keeps children and, if it was given one, the embedded database alive until it is asked to stop."""

    def __init__(self, printer: Printer, *, start_database: Callable[[], Server] | None = None) -> None:
        self._printer = printer
        self._start_database = start_database
        self._selector = selectors.DefaultSelector()
        self._children: list[Running] = []
        self._asked = 0
        self._interruptible = True
        self._failed = False
        self._stopping_database = False
        self._database_backoff = Backoff()
        self._database_next = self._next_trim = 0.0
        self._database_since = 0.0
        self.database: Server | None = None
        self.on_ready: Callable[[], None] | None = None
        self.on_once_done: Callable[[str, int], None] | None = None

    @contextmanager
    def watch_signals(self) -> Iterator[None]:
        """Stop in order on SIGINT, SIGTERM and SIGHUP inside the block; at once on the second of them."""
        before = {number: signal.signal(number, self._on_signal) for number in SIGNALS}
        adopt_orphans()
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        self._asked += 1
        if self._interruptible:
            self._interruptible = False
            raise Stopped
        if self._asked > 1 and self._stopping_database and self.database is not None:
            self.database.hurry()

    def start_database(self) -> Server | None:
        """Start the embedded database, if this supervisor has one; it is kept alive from then on."""
        if self._start_database is not None:
            self.database = self._start_database()
            self._database_since = monotonic()
        return self.database

    def run_once(self, child: Child) -> int:
        """Run a child to its end and return its exit code."""
        self._interruptible = False
        running = self._add(child)
        while running.code is None and not self._asked:
            self._tick()
        self._interruptible = True
        if self._asked:
            raise Stopped
        return running.code if running.code is not None else 1

    def start(self, child: Child) -> None:
        """Start a child and keep it alive (or, with ``once``, wait for its end beside the others)."""
        self._add(child)

    def run(self, children: Sequence[Child]) -> int:
        """Keep ``children`` alive until a signal comes; 0 after an asked-for stop, 1 after giving up."""
        self._interruptible = False
        for child in children:
            self._add(child)
        while not self._asked and not self._failed:
            self._tick()
            self._ask_ready()
        return 1 if self._failed else 0

    def _add(self, child: Child) -> Running:
        running = Running(child)
        self._children.append(running)
        self._start(running)
        return running

    def _start(self, running: Running) -> None:
        try:
            self._selector.register(running.start(), selectors.EVENT_READ, running)
        except OSError as error:
            self._printer.say(running.name, f"cannot be started: {error}")
            running.code = 127
            running.bury()

    def _tick(self) -> None:
        for key, _events in self._selector.select(TICK):
            self._read(key.fd, key.data)
        for running in list(self._children):
            if running.ended():
                self._after_end(running)
            elif running.process is None and not running.child.once and monotonic() >= running.next_start:
                self._start(running)
        self._watch_database()
        if self.database is not None and monotonic() >= self._next_trim:
            self.database.trim_log()
            self._next_trim = monotonic() + 60

    def _read(self, fd: int, running: Running) -> None:
        try:
            data = os.read(fd, 65536)
        except BlockingIOError:
            return
        for line in running.lines.feed(data) if data else running.lines.flush():
            self._printer.say(running.name, line)
        if not data:
            self._selector.unregister(fd)

    def _after_end(self, running: Running) -> None:
        """Say how a child ended and plan its next life. Its last words are read first."""
        self._drain(running)
        code = running.code or 0
        delay = running.bury()
        sweep_strays({other.process.pid for other in self._children if other.process}, self.database)
        if running.child.once:
            self._children.remove(running)
            if self.on_once_done is not None:
                self.on_once_done(running.name, code)
            return
        if self._asked:
            return
        if code == os.EX_CONFIG:
            self._children.remove(running)
            self._failed = running.child.ready is not None
            self._printer.say("cspon", f"{running.name} cannot work as it is set up; it is not started again")
            return
        if running.child.ready and not running.was_ready and running.backoff.count >= GIVE_UP_AFTER:
            self._printer.say(
                "cspon", f"{running.name} {how_it_ended(code)} {GIVE_UP_AFTER} times: giving up"
            )
            self._failed = True
            return
        self._printer.say("cspon", f"{running.name} {how_it_ended(code)}; starting it again in {delay:g} s")

    def _drain(self, running: Running) -> None:
        for key in list(self._selector.get_map().values()):
            if key.data is running:
                self._read(key.fd, running)
                with contextlib.suppress(KeyError):
                    self._selector.unregister(key.fd)
        for line in running.lines.flush():
            self._printer.say(running.name, line)
        if running.process is not None and running.process.stdout is not None:
            running.process.stdout.close()

    def _watch_database(self) -> None:
        if self._start_database is None or self.database is None:
            return
        if self._database_next and monotonic() >= self._database_next:
            self._restart_database()
        elif not self._database_next and (code := self.database.poll()) is not None:
            delay = self._database_backoff.next_delay(monotonic() - self._database_since)
            self._database_next = monotonic() + delay
            self._printer.say("cspon", f"postgres {how_it_ended(code)}; starting it again in {delay:g} s")
            self.database.stop()

    def _restart_database(self) -> None:
        sweep_strays({running.process.pid for running in self._children if running.process}, None)
        try:
            self.start_database()
            self._database_next = 0.0
            self._printer.say("cspon", "postgres runs again")
        except PostgresTrouble as trouble:
            delay = self._database_backoff.next_delay(0.0)
            self._database_next = monotonic() + delay
            self._printer.say("cspon", f"{trouble} Trying again in {delay:g} s")

    def _ask_ready(self) -> None:
        for running in self._children:
            if running.child.ready and not running.was_ready and running.process and running.child.ready():
                running.was_ready = True
                if self.on_ready is not None and all(
                    r.was_ready or not r.child.ready for r in self._children
                ):
                    self.on_ready()

    def stop(self) -> None:
        """Stop the children in the order of their start, then the database; a second signal: all at once."""
        self._interruptible = False
        self._asked = max(self._asked, 1)
        for running in list(self._children):
            self._stop_child(running)
        if self.database is not None:
            self._stopping_database = True
            self.database.stop(at_once=self._asked > 1)
        sweep_strays(set(), None)

    def _stop_child(self, running: Running) -> None:
        running.terminate()
        end = monotonic() + running.child.stop_seconds
        while running.process is not None:
            if self._asked > 1 or monotonic() > end:
                if self._asked == 1:
                    self._printer.say("cspon", f"{running.name} does not stop: ending it by force")
                running.signal(signal.SIGKILL)
                end = float("inf")
            self._tick_stopping(running)

    def _tick_stopping(self, running: Running) -> None:
        for key, _events in self._selector.select(TICK / 2):
            self._read(key.fd, key.data)
        if running.ended():
            self._drain(running)
            running.bury()


def sweep_strays(known: set[int], database: Server | None) -> None:
    """End processes that were left to us by a child that has gone; reap the dead ones."""
    if database is not None and database.process is not None:
        known = known | {database.process.pid}
    for process in psutil.Process().children():
        if process.pid in known:
            continue
        with contextlib.suppress(psutil.NoSuchProcess, ProcessLookupError, ChildProcessError):
            for orphan in [*process.children(recursive=True), process]:
                orphan.kill()
            os.waitpid(process.pid, 0)
