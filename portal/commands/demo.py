"""``cspon demo``."""

import click

from portal.commands.database import database


@click.command()
@click.option("--wait", "minutes", type=click.FloatRange(0), help="Minutes to wait for a worker to appear.")
@click.option(
    "--scale",
    "assets",
    type=click.IntRange(100, 100_000),
    help="Instead: so many synthetic assets (10000: a national registry) to measure pages with.",
)
def demo(minutes: float | None, assets: int | None) -> None:
    """Put in the demo content; a second run changes nothing."""
    import portal.listeners  # noqa: F401 - notices, the log and rollout hear of what the cast does
    from portal.demo import main, scale
    from portal.kit.migrate import upgrade

    with database() as url:
        if assets is not None:
            upgrade(url)
            scale.main(assets)
        else:
            main(minutes)


COMMANDS = {"demo": demo}
