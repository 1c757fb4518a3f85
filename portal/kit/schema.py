"""Whether a database has the present schema, asked without loading the migration machinery: every start asks."""

import re
from pathlib import Path

import psycopg

VERSIONS = Path(__file__).resolve().parent.parent / "migrations" / "versions"


def head() -> str:
    """The newest revision. Migrations are files ``r0001_name.py`` of one line of descent (a test compares)."""
    names = (re.match(r"r(\d{4})_", path.name) for path in VERSIONS.glob("r*.py"))
    return max(found[1] for found in names if found)


def is_current(url: str) -> bool:
    """Whether the database at ``url`` is at the newest revision; False where it cannot say."""
    try:
        with psycopg.connect(
            url.replace("postgresql+psycopg://", "postgresql://", 1), connect_timeout=5
        ) as connection:
            row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    except psycopg.Error:
        return False
    return row is not None and row[0] == head()
