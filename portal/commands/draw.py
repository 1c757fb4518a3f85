"""``cspon draw``: replay a published draw of experts, without a portal and without a network."""

import json
from pathlib import Path
from typing import NoReturn

import click

from portal.kit.i18n import _

DIFFERS, UNREADABLE = 1, 2


@click.group()
def draw() -> None:
    """Verify a published draw of experts, offline."""


@draw.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--commitment", default="", metavar="HEX", help="The commitment published before the round closed."
)
@click.option("--seal", default="", metavar="HEX", help="The seal published before the draw.")
def verify(file: Path, commitment: str, seal: str) -> None:
    """Replay the draw recorded in FILE from its seed and compare it with its list.

    Exit code 0: it is what it claims; 1: it differs, and where; 2: FILE is no such record.
    """
    from portal.client.language import speak_by_environment
    from portal.reviews.matching.lots import read_record
    from portal.reviews.matching.problem import ProblemError
    from portal.reviews.matching.verifying import verify as replay

    speak_by_environment()
    try:
        record = read_record(json.loads(file.read_bytes()))
    except ProblemError as error:
        _refuse(file, str(error))
    except (ValueError, RecursionError, OSError) as error:
        _refuse(file, _("not JSON: %(what)s", what=error))
    verdict = replay(record, commitment=commitment.strip().lower(), seal=seal.strip().lower())
    for step in verdict.steps:
        click.echo(f"{click.style('✓', fg='green') if step.ok else click.style('✗', fg='red')} {step.words}")
    if not verdict.ok:
        click.echo(_("The draw is not what its record claims."))
        raise SystemExit(DIFFERS)
    if not commitment:
        click.echo(_("Compare the commitment with the one that was published before the round closed."))
    if record.beacon:
        click.echo(_("Compare the beacon with its source: %(beacon)s", beacon=record.beacon))
    click.echo(_("The draw is what its record claims."))


def _refuse(file: Path, why: str) -> NoReturn:
    click.echo(f"{file}: {why}", err=True)
    raise SystemExit(UNREADABLE)


COMMANDS = {"draw": draw}
