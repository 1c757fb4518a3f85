"""``cspon migrate``."""

import click

from portal.commands.database import database


@click.command()
def migrate() -> None:
    """Bring the database to the present schema."""
    from portal.kit.errors import Refusal
    from portal.kit.migrate import upgrade
    from portal.kit.storage import get_store

    with database() as url:
        upgrade(url)
    click.echo("The database has the present schema.")
    try:
        get_store().check()  # makes the bucket of an S3 service on its first use
    except (OSError, Refusal) as error:
        raise click.ClickException(f"Files could not be stored: {error}. See `cspon doctor`.") from error


COMMANDS = {"migrate": migrate}
