"""Start, join and stop the embedded server of a home; one owner at a time, held by a file lock."""

import contextlib
import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO
from urllib.parse import quote

import psycopg

from portal.kit.children import spawn
from portal.kit.clock import monotonic
from portal.kit.embedded import leftovers
from portal.kit.embedded.cluster import (
    DATABASE,
    PORT,
    ROLE,
    Cluster,
    ensure_made,
    open_cluster,
    socket_folder,
    write_parameters,
)
from portal.kit.embedded.errors import PostgresTrouble, explain
from portal.kit.locks import holder, take

START_SECONDS = 600.0  # recovery after a crash may read a lot of log
OLD_BACKENDS_SECONDS = 20.0
JOIN_SECONDS = 120.0
LOG_BYTES = 20 * 2**20


class Server:
    """A running server as this process sees it: owned (its child) or joined (another process's child)."""

    def __init__(
        self, cluster: Cluster, url: str, process: subprocess.Popen[bytes] | None, locks: list[IO[str]]
    ) -> None:
        self.cluster = cluster
        self.url = url
        self.process = process
        self._locks = locks

    @property
    def owned(self) -> bool:
        """Whether this process started the server and will stop it."""
        return self.process is not None

    @property
    def pid(self) -> int | None:
        """The postmaster's process id, if it lives."""
        return leftovers.first_line_pid(self.cluster.data / "postmaster.pid")

    def poll(self) -> int | None:
        """The exit code of an owned server that has ended; None while it runs."""
        return self.process.poll() if self.process else None

    def last_words(self) -> str:
        """The end of the server's log."""
        with self.cluster.log.open("rb") as log:
            log.seek(max(0, log.seek(0, os.SEEK_END) - 4000))
            return log.read().decode(errors="replace")

    def trim_log(self) -> None:
        """Begin the log anew when it has grown large; the server appends, so it need not know."""
        if self.cluster.log.stat().st_size > LOG_BYTES:
            os.truncate(self.cluster.log, 0)

    def hurry(self) -> None:
        """Make a stop under way immediate: the next start replays the log, so nothing committed is lost."""
        if self.process is not None:
            self.process.send_signal(signal.SIGQUIT)

    def stop(self, *, wait_for_others: bool = False, at_once: bool = False) -> None:
        """Stop an owned server (nothing committed is lost, even ``at_once``) or leave a joined one alone."""
        if self.process is not None:
            if wait_for_others:
                self._locks.append(take(_users(self.cluster.home), wait=True))
            if at_once:
                self.hurry()
            _end(self.process)
            self.process = None
        while self._locks:
            self._locks.pop().close()


def _end(process: subprocess.Popen[bytes]) -> None:
    for number, seconds in leftovers.PATIENCE:
        if process.poll() is not None:
            return
        process.send_signal(number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(seconds)


def _lock(home: Path) -> Path:
    return home / "run" / "postgres.lock"  # held by whoever started the server


def _users(home: Path) -> Path:
    return home / "run" / "postgres.users"  # shared by those who joined it


def start(home: Path, *, durable: bool = True, join: bool = True) -> Server:
    """The server of ``home``, running, its database made: started here, or joined if another process has it.

    With ``join=False`` waits for the other process to let go (2 minutes at most) and owns the server.
    ``durable`` off is for tests. Raises ``PostgresTrouble`` in words for the operator; never harms data.
    """
    cluster = open_cluster(home)
    end = monotonic() + JOIN_SECONDS
    while monotonic() < end:
        with contextlib.suppress(BlockingIOError):
            return _start_owned(cluster, durable=durable)
        if join and (joined := _join(cluster)):
            return joined
        time.sleep(0.1)
    raise PostgresTrouble(
        f"Another process has held the database of {home} for {JOIN_SECONDS:.0f} s.",
        "See `cspon doctor` for which; end it, then start again.",
    )


def _start_owned(cluster: Cluster, *, durable: bool) -> Server:
    lock = take(_lock(cluster.home))
    try:
        ensure_made(cluster)
        sockets = socket_folder(cluster, _last_sockets(cluster.home))
        leftovers.clear(cluster, sockets)
        write_parameters(cluster, sockets, durable=durable)
        process = _launch(cluster)
        try:
            address = _address(sockets)
            _ensure_database(sockets)
            _remember(cluster, sockets, address)
        except BaseException:
            _end(process)
            raise
        return Server(cluster, address, process, [lock])
    except BaseException:
        lock.close()
        raise


def _launch(cluster: Cluster) -> subprocess.Popen[bytes]:
    """Start the postmaster, wait until it accepts connections; a killed one's backends may take a moment."""
    end = monotonic() + OLD_BACKENDS_SECONDS
    while True:
        offset = cluster.log.stat().st_size if cluster.log.exists() else 0
        with cluster.log.open("ab") as log:
            process = spawn(
                [cluster.programs / "postgres", "-D", cluster.data],
                death_signal=signal.SIGINT,  # a fast shutdown leaves a clean state behind
                ids=cluster.account.ids,
                env=cluster.environment(),
                cwd=Path("/"),
                stdout=log,
                stderr=log,
            )
        if _came_up(cluster, process):
            return process
        with cluster.log.open("rb") as log:
            log.seek(offset)
            words = log.read().decode(errors="replace")
        if "shared memory block" not in words or monotonic() > end:
            raise explain(words)
        time.sleep(0.3)


def _came_up(cluster: Cluster, process: subprocess.Popen[bytes]) -> bool:
    end = monotonic() + START_SECONDS
    try:
        while process.poll() is None and monotonic() < end:
            if leftovers.is_ready(cluster.data):
                return True
            time.sleep(0.02)
    except BaseException:
        _end(process)
        raise
    _end(process)
    return False


def _address(sockets: Path) -> str:
    return f"postgresql+psycopg://{ROLE}@/{DATABASE}?host={quote(str(sockets), safe='/')}&port={PORT}"


def _ensure_database(sockets: Path) -> None:
    try:
        _create_database(sockets)
    except psycopg.Error as error:
        raise PostgresTrouble(f"The database {DATABASE} cannot be made: {error}.") from error


def _create_database(sockets: Path) -> None:
    with psycopg.connect(
        host=str(sockets), port=PORT, user=ROLE, dbname="postgres", autocommit=True
    ) as server:
        found = server.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone()
        if not found:
            server.execute(f"CREATE DATABASE {DATABASE} TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C'")


def _remember(cluster: Cluster, sockets: Path, address: str) -> None:
    file = cluster.home / "run" / "postgres.json"
    part = file.with_suffix(f".{os.getpid()}")
    part.write_text(json.dumps({"url": address, "sockets": str(sockets), "data": str(cluster.data)}))
    part.replace(file)


def _remembered(home: Path) -> dict[str, str]:
    try:
        found = json.loads((home / "run" / "postgres.json").read_text())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _last_sockets(home: Path) -> Path | None:
    last = _remembered(home).get("sockets")
    return Path(last) if last else None


def _join(cluster: Cluster) -> Server | None:
    """Use the server another process owns, and say so by a shared lock; None while it cannot be used."""
    try:
        lock = take(_users(cluster.home), shared=True)
    except BlockingIOError:
        return None
    address = _remembered(cluster.home).get("url")
    if address and leftovers.is_ready(cluster.data):
        return Server(cluster, address, None, [lock])
    lock.close()
    return None


def url(home: Path) -> str:
    """Address of the server last started for ``home`` (it may be down just now). Refuses if never started."""
    address = _remembered(home).get("url")
    if not address:
        raise PostgresTrouble(
            f"No database was ever started for {home}.", "Start the portal with `cspon up`."
        )
    return address


def is_running(home: Path) -> bool:
    """Whether a server of ``home`` accepts connections now."""
    data = _remembered(home).get("data")
    return bool(data) and leftovers.is_ready(Path(str(data)))


def owner(home: Path) -> int | None:
    """The process that holds the server of ``home``, if one does."""
    return holder(_lock(home))


def stop(home: Path) -> None:
    """Stop the server of ``home`` whoever started it."""
    data = Path(_remembered(home).get("data", "/nonexistent"))
    pid = leftovers.first_line_pid(data / "postmaster.pid")
    if pid is not None and leftovers.is_postmaster(pid, data):
        leftovers.stop_pid(pid, data)


@contextmanager
def running(home: Path, *, durable: bool = True) -> Iterator[Server]:
    """The server of ``home`` for a block; one that was started here stops when nobody else uses it."""
    server = start(home, durable=durable)
    try:
        yield server
    finally:
        server.stop(wait_for_others=True)
