"""``cspon demo``."""

import click

from portal.commands.database import database


@click.command()
def demo() -> None:
    """Put in the demo content; a second run changes nothing."""
    from portal.demo import main

    with database():
        main()


COMMANDS = {"demo": demo}
