"""The schema, made and moved by Alembic migrations only; tests use the same door."""

import sys
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import MetaData, create_engine

FOLDER = Path(__file__).resolve().parent.parent / "migrations"


def _config(url: str) -> Config:
    config = Config(stdout=sys.stderr)
    config.set_main_option("script_location", str(FOLDER))
    config.attributes["url"] = url
    return config


def upgrade(url: str) -> None:
    """Bring the database at ``url`` to the newest schema. Safe to call by several processes at once (a lock)."""
    command.upgrade(_config(url), "head")


def pending(url: str) -> bool:
    """Whether the database is behind the code."""
    engine = create_engine(url)
    try:
        with engine.connect() as connection:
            current = MigrationContext.configure(connection).get_current_heads()
    finally:
        engine.dispose()
    return set(current) != set(ScriptDirectory.from_config(_config(url)).get_heads())


def drift(url: str, metadata: MetaData) -> list[object]:
    """Differences between the migrated schema and the models' ``metadata``; empty when they agree."""
    from alembic.autogenerate import compare_metadata

    engine = create_engine(url)
    try:
        with engine.connect() as connection:
            context = MigrationContext.configure(connection, opts={"include_name": _ours})
            return list(compare_metadata(context, metadata))
    finally:
        engine.dispose()


def _ours(name: str | None, kind: str, _parents: object) -> bool:
    return not (kind == "table" and name and name.startswith("procrastinate_"))
