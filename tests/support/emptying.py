"""Emptying the tests' database."""

from psycopg import sql
from sqlmodel import SQLModel

from portal.audit import watermark
from portal.kit import readonly
from portal.kit.db import engine

QUEUE = tuple(f"procrastinate_{name}" for name in ("jobs", "events", "workers", "periodic_defers"))
_COUNTERS = """
SELECT setval(format('%I.%I', schemaname, sequencename)::regclass, start_value, false)
FROM pg_sequences WHERE schemaname = 'public' AND last_value IS NOT NULL
"""


def empty_database() -> None:
    """Delete every row and start every counter anew.

    Not by TRUNCATE of all tables: that makes new files for each of them and for their indexes, which took half a second
    after every test. Looking for the few that hold rows takes some milliseconds.
    """
    with engine().connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        driver = connection.connection.driver_connection
        assert driver is not None
        look = sql.SQL("SELECT {} WHERE EXISTS (SELECT FROM {})")
        names = (*SQLModel.metadata.tables, *QUEUE)
        looks = (look.format(name, sql.Identifier(name)) for name in names)
        filled = [sql.Identifier(name) for (name,) in driver.execute(sql.SQL(" UNION ALL ").join(looks))]
        with driver.transaction():
            # Tables refuse to lose rows that others name, the logs to lose any, by trigger: a superuser steps round it.
            driver.execute("SET LOCAL session_replication_role = replica")
            for name in filled:
                driver.execute(sql.SQL("DELETE FROM {}").format(name))
            driver.execute(_COUNTERS)
        if filled:
            # Back to files of no page: rows lie in the order of their writing again, as in a new table.
            driver.execute(sql.SQL("VACUUM (SKIP_LOCKED) {}").format(sql.SQL(", ").join(filled)))
    forget_the_log()


def forget_the_log() -> None:
    """An emptied log is shorter than what was seen of it: without this the site would be read-only."""
    watermark.path().unlink(missing_ok=True)
    readonly.forget()
