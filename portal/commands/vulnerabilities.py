"""``cspon vulnerabilities``: the offline database that certification looks parts up in."""

from pathlib import Path

import click

from portal.commands.database import database

STALE_DAYS = 30


@click.group()
def vulnerabilities() -> None:
    """Import the offline database of known vulnerabilities, and show how old it is."""


@vulnerabilities.command(name="import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def load(file: Path) -> None:
    """Put FILE in the place of the database there is.

    FILE is what osv.dev exports (PyPI/all.zip), or JSON: one entry or a list of them. A file that does not hold changes
    nothing. Certificates are then rechecked by a worker.
    """
    import portal.metadata  # noqa: F401
    from portal.kit.db import transaction
    from portal.kit.errors import Refusal
    from registry.certification.actions import advisories

    with database():
        try:
            with transaction() as db:
                made = advisories.load(db, file)
                line = f"{made.entries} entries, the newest of {made.newest_at:%Y-%m-%d}; {made.left_out} left out"
        except Refusal as refusal:
            raise click.ClickException(f"{refusal.message} {refusal.hint or ''}".strip()) from refusal
    click.echo(line)


@vulnerabilities.command()
def show() -> None:
    """Say which database is in use; exit code 1 where there is none."""
    import portal.metadata  # noqa: F401
    from portal.kit.clock import now
    from portal.kit.db import transaction
    from registry.certification.queries import advisories

    with database(), transaction() as db:
        found = advisories.newest(db)
        if found is None:
            click.echo(
                "none imported; get PyPI/all.zip from osv.dev and run: cspon vulnerabilities import FILE"
            )
            raise SystemExit(1)
        click.echo(f"{found.filename}: {found.entries} entries, the newest of {found.newest_at:%Y-%m-%d}")
        age = (now() - found.newest_at).days
        if age > STALE_DAYS:
            click.echo(f"warning: {age} days old; export a newer one from osv.dev", err=True)
        click.echo(f"imported {found.at:%Y-%m-%d %H:%M} UTC, sha256 {found.digest}")


COMMANDS = {"vulnerabilities": vulnerabilities}
