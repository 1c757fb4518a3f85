"""``cspon up``: everything under one supervisor."""

import contextlib
import http.client
import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from hashlib import sha256
from pathlib import Path

import click

from portal.commands.ports import why_taken
from portal.commands.web import override
from portal.kit import embedded
from portal.kit.locks import holder, take
from portal.kit.schema import is_current
from portal.settings import Settings, get_settings
from portal.supervisor import Child, Printer, Supervisor
from portal.supervisor.loop import Stopped

NAME = "CSPON Commons 国土空间治理开源社区"


@click.command()
@click.option("--demo/--no-demo", default=False, help="Put in the demo content on the first start.")
@click.option(
    "--allow-weak-sandbox", is_flag=True, help="Run without an outer memory limit; results will say so."
)
@click.option("--host", help="Address to listen on (CSPON_HOST).")
@click.option("--port", type=click.IntRange(1, 65535), help="Port to listen on (CSPON_PORT).")
def up(demo: bool, allow_weak_sandbox: bool, host: str | None, port: int | None) -> None:
    """Start everything: database, web, worker. Ctrl-C stops it."""
    override(host, port)
    if demo:
        os.environ["CSPON_DEMO"] = "true"
    if allow_weak_sandbox:
        os.environ["CSPON_SANDBOX_WEAK"] = "true"
    get_settings.cache_clear()
    settings = get_settings()
    with only_one(settings.home):
        if taken := why_taken(settings.host, settings.port):
            raise click.ClickException(taken)
        raise SystemExit(supervise(settings, demo=demo))


@contextmanager
def only_one(home: Path) -> Iterator[None]:
    """Hold the home for this supervisor. Refuses, and harms nothing, when another one has it."""
    path = home / "run" / "supervisor.lock"
    try:
        home.mkdir(parents=True, exist_ok=True)
        lock = take(path)
    except BlockingIOError:
        pid = holder(path)
        raise click.ClickException(f"CSPON Commons is already running, pid {pid}, on {home}.") from None
    except OSError as error:
        raise click.ClickException(f"{home} cannot be written: {error}. Choose with CSPON_HOME.") from error
    with lock:
        yield


def supervise(settings: Settings, *, demo: bool) -> int:
    """Put the parts together, keep them alive until a signal, stop them; the exit code."""
    printer = Printer(sys.stdout)
    start = None if settings.database_url else partial(embedded.start, settings.home, join=False)
    supervisor = Supervisor(printer, start_database=start)
    code = 1
    with supervisor.watch_signals():
        try:
            code = _run(supervisor, printer, settings, demo=demo)
        except Stopped:
            code = 0
        except embedded.PostgresTrouble as trouble:
            printer.say("cspon", str(trouble))
        finally:
            printer.say("cspon", "stopping")
            supervisor.stop()
            printer.say("cspon", "stopped")
    return code


def _run(supervisor: Supervisor, printer: Printer, settings: Settings, *, demo: bool) -> int:
    if not settings.database_url:
        holder = embedded.owner(settings.home)
        printer.say("cspon", f"waiting for process {holder} to let the database go" if holder else "database")
        server = supervisor.start_database()
        assert server is not None  # noqa: S101 - a start function was given
        os.environ["CSPON_DATABASE_URL"] = server.url
    os.environ["CSPON_HOME"] = str(settings.home)
    if not is_current(os.environ["CSPON_DATABASE_URL"]) and supervisor.run_once(part("migrate")) != 0:
        printer.say("cspon", "the database could not be brought to the present schema (see above)")
        return 1
    marker = DemoMarker(settings)
    supervisor.on_ready = partial(
        _on_ready, supervisor, printer, settings, wanted=demo and not marker.is_set()
    )
    supervisor.on_once_done = partial(_on_once_done, printer, settings, marker)
    serves = partial(answers, settings.host, settings.port)
    return supervisor.run([part("web", ready=serves, stop_seconds=15)])


def part(name: str, *, ready: partial[bool] | None = None, stop_seconds: float = 20.0) -> Child:
    """The child that runs ``cspon NAME``."""
    return Child(
        name,
        [sys.executable, "-m", "portal.cli", name],
        once=name in {"migrate", "demo"},
        ready=ready,
        stop_seconds=stop_seconds,
    )


def answers(host: str, port: int) -> bool:
    """Whether the web process says it is well."""
    here = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - compared, not bound
    connection = http.client.HTTPConnection(here, port, timeout=2)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _on_ready(supervisor: Supervisor, printer: Printer, settings: Settings, *, wanted: bool) -> None:
    printer.plain(f"\n  {NAME}\n  {settings.site_url}\n")
    # Only now, so that the two do not fight for the processor while somebody waits for the first page.
    supervisor.start(part("worker", stop_seconds=30))
    if wanted:
        printer.say("cspon", "putting in the demo content; the site already serves")
        supervisor.start(part("demo"))
    else:
        printer.plain(demo_logins(settings.home))


def _on_once_done(printer: Printer, settings: Settings, marker: "DemoMarker", name: str, code: int) -> None:
    if name != "demo":
        return
    if code == 0:
        marker.set()
        printer.plain(f"\n  {settings.site_url}\n{demo_logins(settings.home)}")
    else:
        printer.say("cspon", "the demo content is not complete (see above); the next start tries again")


def demo_logins(home: Path) -> str:
    """The demo accounts as ``cspon demo`` left them in ``demo-logins.json``; empty without them."""
    try:
        rows = json.loads((home / "demo-logins.json").read_text())
        lines = [f"  {row['login']:<26} {row['password']:<20} {row['role']}" for row in rows]
    except (OSError, ValueError, KeyError, TypeError):
        return ""
    head = "  Demo accounts (sign-in name, password, role):"
    note = "  Second step: the sign-in page of a demo site shows the code; so does `cspon totp show NAME`."
    return "\n".join([head, *lines, note, ""])


class DemoMarker:
    """Remembers that this very database has the demo content, so that a second start is quick."""

    def __init__(self, settings: Settings) -> None:
        self._file = settings.home / "run" / "demo-done"
        self._name = sha256((settings.database_url or self._embedded(settings.home)).encode()).hexdigest()

    @staticmethod
    def _embedded(home: Path) -> str:
        with contextlib.suppress(OSError, ValueError, KeyError):
            data = Path(json.loads((home / "run" / "postgres.json").read_text())["data"])
            return f"{data}:{data.stat().st_ino}"
        return "unknown"

    def is_set(self) -> bool:
        """Whether the demo content was put into this database to its end."""
        return self._file.exists() and self._file.read_text() == self._name

    def set(self) -> None:
        """Say that it was."""
        self._file.write_text(self._name)


COMMANDS = {"up": up}
