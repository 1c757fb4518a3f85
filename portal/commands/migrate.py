"""``cspon migrate``."""

import click

from portal.commands.database import database


@click.command()
def migrate() -> None:
    """Bring the database to the present schema."""
    from portal.kit.migrate import upgrade

    with database() as url:
        upgrade(url)
    click.echo("The database has the present schema.")


COMMANDS = {"migrate": migrate}
