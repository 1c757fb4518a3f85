"""``cspon psql``."""

import shutil
import subprocess

import click

from portal.commands.database import database
from portal.settings import get_settings


@click.command(context_settings={"ignore_unknown_options": True})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def psql(arguments: tuple[str, ...]) -> None:
    """Open a database prompt.

    ARGUMENTS go to psql as they are: cspon psql -c 'SELECT 1'.
    """
    with database() as url:
        program = _program()
        dsn = url.replace("postgresql+psycopg://", "postgresql://", 1)
        raise SystemExit(subprocess.run([program, dsn, *arguments], check=False).returncode)


def _program() -> str:
    from portal.kit.embedded.cluster import open_cluster

    if get_settings().database_url and (found := shutil.which("psql")):
        return found
    return str(open_cluster(get_settings().home).programs / "psql")


COMMANDS = {"psql": psql}
