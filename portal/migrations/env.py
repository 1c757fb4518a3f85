"""Alembic's environment: online only, one transaction, under an advisory lock, with a short lock timeout."""

from alembic import context
from sqlalchemy import create_engine, text

from portal.metadata import metadata

LOCK = 7_020_261_122


def run() -> None:
    """Migrate the database named by ``config.attributes['url']``."""
    engine = create_engine(context.config.attributes["url"])
    with engine.connect() as connection:
        # Two portals that start at once migrate one after the other.
        connection.execute(text("SELECT pg_advisory_lock(:k)"), {"k": LOCK})
        connection.execute(text("SET lock_timeout = '5s'"))
        connection.commit()
        context.configure(connection=connection, target_metadata=metadata, transaction_per_migration=True)
        with context.begin_transaction():
            context.run_migrations()
    engine.dispose()


run()
