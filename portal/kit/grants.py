"""Rights of a worker's database role: what it reads and writes is listed here; what is not listed it cannot touch.

Least privilege for hosts one trusts less than the site's own: the role claims evaluations, renews leases, writes logs,
results, boards, notices and audit events, and takes jobs. It reads no password hash, session, token, mail or address.
"""

import re

import psycopg
from psycopg import sql

READ = (
    "asset", "attempt", "audit_alarm", "audit_head", "benchmark_cell", "benchmark_metric", "benchmark_version",
    "blob", "board_entry", "evaluation", "evaluation_event", "fair_share", "namespace", "pace", "paired_result",
    "queue_rule", "result", "result_metric", "station_drain", "trial", "version", "version_file", "worker",
)  # fmt: skip
INSERT = (
    "attempt", "attempt_log", "audit_event", "board_entry", "evaluation_event", "fair_share", "notice", "pace",
    "result", "result_metric", "result_statement", "blob", "worker",
)  # fmt: skip
UPDATE = ("asset", "attempt", "evaluation", "fair_share", "pace", "trial", "worker")
DELETE = ("board_entry", "trial", "worker")
JOBS = (
    "procrastinate_jobs",
    "procrastinate_workers",
    "procrastinate_events",
    "procrastinate_periodic_defers",
)
NAME = re.compile(r"cspon_worker_[a-z0-9][a-z0-9_]{0,39}\Z")
PREFIX = "cspon_worker_"
"""Only roles of this beginning are made and removed, so that no slip touches another role."""


class NotARole(ValueError):  # noqa: N818 - a refusal
    """The name is none this module would touch."""


def checked(name: str) -> str:
    """The whole name of the role; refuses what is no plain name."""
    full = name if name.startswith(PREFIX) else PREFIX + name
    if not NAME.match(full):
        raise NotARole(f"{name!r}: use lower-case letters, digits and underscores, 40 at most")
    return full


def _connect(url: str) -> "psycopg.Connection[tuple[object, ...]]":
    return psycopg.connect(url.replace("+psycopg", "", 1), connect_timeout=5)


def grant_worker(url: str, name: str, password: str) -> str:
    """Make the role, or set its password and rights anew; its whole name. Needs a role that may make roles."""
    role = checked(name)
    if len(password) < 12:
        raise NotARole("the password needs 12 characters at least")
    with _connect(url) as connection:
        known = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (role,)).fetchone()
        verb = sql.SQL("ALTER ROLE {} " if known else "CREATE ROLE {} ").format(sql.Identifier(role))
        connection.execute(
            verb
            + sql.SQL("LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION PASSWORD {}").format(
                sql.Literal(password)
            )
        )
        _strip(connection, role)
        _grant(connection, role)
    return role


def _grant(connection: "psycopg.Connection[tuple[object, ...]]", role: str) -> None:
    who = sql.Identifier(role)
    for rights, tables in (("SELECT", READ), ("INSERT", INSERT), ("UPDATE", UPDATE), ("DELETE", DELETE)):
        connection.execute(
            sql.SQL("GRANT {} ON {} TO {}").format(
                sql.SQL(rights), sql.SQL(", ").join(map(sql.Identifier, tables)), who
            )
        )
    jobs = sql.SQL(", ").join(map(sql.Identifier, JOBS))
    connection.execute(sql.SQL("GRANT SELECT, INSERT, UPDATE, DELETE ON {} TO {}").format(jobs, who))
    # Identity columns and job numbers; RETURNING of the log's own number needs to read that column only.
    connection.execute(sql.SQL("GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {}").format(who))
    connection.execute(
        sql.SQL("GRANT SELECT (id, evaluation_id, attempt_no) ON attempt_log TO {}").format(who)
    )
    connection.execute(sql.SQL("GRANT SELECT (seq) ON audit_event TO {}").format(who))
    connection.execute(sql.SQL("GRANT SELECT (id) ON notice TO {}").format(who))


def _strip(connection: "psycopg.Connection[tuple[object, ...]]", role: str) -> None:
    who = sql.Identifier(role)
    for kind in ("TABLES", "SEQUENCES"):
        connection.execute(
            sql.SQL("REVOKE ALL ON ALL {} IN SCHEMA public FROM {}").format(sql.SQL(kind), who)
        )


def drop_worker(url: str, name: str) -> None:
    """End its connections, take its rights, remove the role. One that is not there is no fault."""
    role = checked(name)
    with _connect(url) as connection:
        known = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (role,)).fetchone()
        if known:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = %s", (role,)
            )
            connection.execute(sql.SQL("DROP OWNED BY {}").format(sql.Identifier(role)))
            connection.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(role)))
