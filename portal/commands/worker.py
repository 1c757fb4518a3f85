"""``cspon worker``."""

import os

import click

from portal.commands.database import database

FRESH = (
    "SELECT count(*) FROM procrastinate_workers WHERE last_heartbeat > clock_timestamp() - interval '60 s'"
)


@click.command()
@click.option("--queues", metavar="A,B", help="Take jobs of these queues only, such as cpu,gpu,himem.")
@click.option(
    "--allow-weak-sandbox", is_flag=True, help="Run without an outer memory limit; results will say so."
)
@click.option("--check", is_flag=True, help="Run nothing; the exit code says whether any worker lives.")
def worker(queues: str | None, allow_weak_sandbox: bool, check: bool) -> None:
    """Run one worker alone."""
    if allow_weak_sandbox:
        os.environ["CSPON_SANDBOX_WEAK"] = "true"
    with database() as url:
        if check:
            raise SystemExit(0 if living(url) else 1)
        from portal.worker import main

        main(queues=[name.strip() for name in queues.split(",") if name.strip()] if queues else None)


def living(url: str) -> int:
    """How many workers have shown a sign of life within the last minute, by the database's clock."""
    import psycopg

    with psycopg.connect(url.replace("+psycopg", "", 1), connect_timeout=5) as connection:
        row = connection.execute(FRESH).fetchone()
    return int(row[0]) if row else 0


COMMANDS = {"worker": worker}
