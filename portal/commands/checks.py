"""The checks of ``cspon doctor``, one function each."""

import json
import os
import platform
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import psycopg

from portal.commands.database import database
from portal.commands.findings import Check, Finding
from portal.commands.ports import why_taken
from portal.commands.runtime import place
from portal.kit import embedded, migrate
from portal.kit.clock import now
from portal.kit.i18n import set_locale
from portal.kit.locks import holder
from portal.kit.storage import get_store
from portal.settings import ROOT, get_settings
from registry.sandbox import runtimes

OLDEST_POSTGRES = 15
MOST_SKEW_S = 5.0


def python() -> Iterator[Finding]:
    """The interpreter and the machine."""
    words = f"{platform.python_version()} at {sys.executable}"
    if sys.platform != "linux":
        yield Finding("system", "fail", f"{platform.system()} cannot run jails", "Run the portal on Linux.")
    yield Finding("python", "ok", words)


def the_database() -> Iterator[Finding]:
    """Reachable, new enough, migrated, and with the same time as this machine."""
    try:
        with database() as url:
            yield from _server(url)
    except click.ClickException as trouble:
        yield Finding("database", "fail", trouble.message, "See the words above.")


def _server(url: str) -> Iterator[Finding]:
    kind = "configured" if embedded.owner(get_settings().home) is None else "embedded"
    try:
        with psycopg.connect(url.replace("+psycopg", "", 1), connect_timeout=5) as connection:
            version = connection.info.server_version // 10000
            row = connection.execute("SELECT clock_timestamp()").fetchone()
            skew = abs((row[0] - now()).total_seconds()) if row else 0.0
    except psycopg.OperationalError as error:
        yield Finding(
            "database", "fail", f"it does not answer: {error}", "Check CSPON_DATABASE_URL and the server."
        )
        return
    if version < OLDEST_POSTGRES:
        yield Finding("database", "fail", f"PostgreSQL {version}", f"Use version {OLDEST_POSTGRES} or newer.")
    else:
        yield Finding("database", "ok", f"PostgreSQL {version}, {kind}")
    if migrate.pending(url):
        yield Finding("schema", "fail", "the database is not at the present schema", "Run `cspon migrate`.")
    else:
        yield Finding("schema", "ok", "the present one")
    words = f"this machine and the database differ by {skew:.1f} s"
    if skew >= MOST_SKEW_S:
        yield Finding("clock", "fail", words, "Set both clocks by NTP; deadlines and sessions go by them.")
    else:
        yield Finding("clock", "ok", words)


def store() -> Iterator[Finding]:
    """Files can be written, and there is room for more."""
    settings = get_settings()
    where = settings.store_url or str(settings.home)
    try:
        get_store().check()
        yield Finding("store", "ok", where)
    except Exception as error:
        yield Finding(
            "store", "fail", f"{where}: {error}", "Check the folder's owner, or the CSPON_S3_... settings."
        )
    free = shutil.disk_usage(settings.home).free / 2**30
    words = f"{free:.1f} GiB free at {settings.home}"
    if free < settings.worker_min_free_gb:
        advice = f"Workers claim nothing below {settings.worker_min_free_gb:g} GiB: free some space."
        yield Finding("disk", "warn", words, advice)
    else:
        yield Finding("disk", "ok", words)


def jail() -> Iterator[Finding]:
    """Jails run here, in every runtime a new installation needs; a changed or missing runtime is found."""
    from registry.sandbox.doctor import check

    set_locale("en")
    settings = get_settings()
    names = runtimes.default_names(sys.version_info.minor)
    for found in check(runtime_names=names, runtime_root=place(), weak_allowed=settings.sandbox_weak):
        words, advice = found.translated()
        yield Finding("jail", "ok" if found.ok else "fail", words, advice)


def port() -> Iterator[Finding]:
    """The web process can listen, or does."""
    settings = get_settings()
    words = f"{settings.host}:{settings.port}"
    pid = holder(settings.home / "run" / "supervisor.lock")
    if pid is not None:
        yield Finding("port", "ok", f"`cspon up` runs (pid {pid}) at {settings.site_url}")
    elif taken := why_taken(settings.host, settings.port):
        yield Finding("port", "fail", words, taken)
    else:
        yield Finding("port", "ok", f"{words} is free")
    if settings.host not in {"127.0.0.1", "localhost", "::1"} and not settings.public_url:
        yield Finding(
            "address", "warn", "CSPON_PUBLIC_URL is empty", "Set it: mails need the address users type."
        )


def mail() -> Iterator[Finding]:
    """Mail leaves the machine, or is kept in the outbox page."""
    import smtplib

    settings = get_settings()
    if not settings.smtp_host:
        yield Finding("mail", "ok", "kept in the outbox page (CSPON_SMTP_HOST is empty)")
        return
    words = f"{settings.smtp_host}:{settings.smtp_port}"
    try:
        with smtplib.SMTP(settings.smtp_host, settings.smtp_port, timeout=5) as server:
            server.noop()
        yield Finding("mail", "ok", words)
    except (OSError, smtplib.SMTPException) as error:
        yield Finding("mail", "fail", f"{words}: {error}", "Check the CSPON_SMTP_... settings.")


def browser_files() -> Iterator[Finding]:
    """Scripts and styles made by others were installed."""
    listed = json.loads((ROOT / "static" / "vendor.json").read_text())
    missing = [row["to"] for row in listed if not (ROOT / row["to"]).exists()]
    if missing:
        yield Finding("browser", "fail", f"missing: {', '.join(missing)}", "Run `make setup`.")
    else:
        yield Finding("browser", "ok", f"{len(listed)} files in static/vendor")


def account() -> Iterator[Finding]:
    """Who runs this, and where the data lie."""
    settings = get_settings()
    loose = Path(settings.home).exists() and settings.home.stat().st_mode & 0o022
    words = f"{settings.home}, user id {os.geteuid()}"
    if loose:
        yield Finding(
            "home", "warn", f"{words}: others may write there", f"Run `chmod go-w {settings.home}`."
        )
    else:
        yield Finding("home", "ok", words)


def rollout_keys() -> Iterator[Finding]:
    """The keys of rollout were made, nothing waits for signatures for long, nothing expires soon."""
    import datetime as dt

    from registry.rollout import ceremony

    there = ceremony.repository()
    if not there.begun:
        yield Finding("rollout", "ok", "no keys yet: no bundles are made before `cspon keys init`")
        return
    for each in there.unsigned():
        words = f"{each.role} waits for signatures ({each.signed} of {each.wanted})"
        yield Finding("rollout", "warn", words, "Run `cspon rollout unsigned FOLDER` and have it signed.")
    for each in there.expiring(now() + dt.timedelta(days=30)):
        words = f"{each.role} expires on {each.expires:%Y-%m-%d}"
        online = each.role in ceremony.BY_DEFAULT
        advice = (
            "Is a worker running? It signs this daily." if online else f"Run `cspon keys renew {each.role}`."
        )
        yield Finding("rollout", "warn", words, advice)
    yield Finding("rollout", "ok", "keys of a demonstration" if there.demo else "keys were made")


CHECKS: dict[str, Check] = {
    "python": python,
    "home": account,
    "database": the_database,
    "store": store,
    "jail": jail,
    "port": port,
    "mail": mail,
    "browser": browser_files,
    "rollout": rollout_keys,
}
