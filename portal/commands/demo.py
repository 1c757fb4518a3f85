"""``cspon demo``."""

import click

from portal.commands.database import database


@click.command()
@click.option("--wait", "minutes", type=click.FloatRange(0), help="Minutes to wait for a worker to appear.")
def demo(minutes: float | None) -> None:
    """Put in the demo content; a second run changes nothing."""
    from portal.demo import main

    with database():
        main(minutes)


COMMANDS = {"demo": demo}
