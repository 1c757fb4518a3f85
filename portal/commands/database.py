"""A database for the length of one command: the configured one, or the embedded one, started if down."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import click

from portal.settings import get_settings


@contextmanager
def database() -> Iterator[str]:
    """Give the address of a database that answers; everything in this process then uses it.

    Joins the embedded server when ``cspon up`` has it, else starts it and stops it at the end.
    """
    settings = get_settings()
    if settings.database_url:
        yield settings.database_url
        return
    from portal.kit import db, embedded

    try:
        with embedded.running(settings.home) as server:
            os.environ["CSPON_DATABASE_URL"] = server.url
            get_settings.cache_clear()
            db.configure(server.url)
            yield server.url
    except embedded.PostgresTrouble as trouble:
        raise click.ClickException(str(trouble)) from trouble
