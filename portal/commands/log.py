"""``cspon log``: sign now, export, witnesses, and opening the site again after a loss."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from portal.commands.database import database


@click.group()
def log() -> None:
    """Sign, export and look after the audit log."""


@contextmanager
def _ready() -> Iterator[None]:
    from portal.client.language import speak_by_environment
    from portal.kit.db import configure
    from portal.kit.errors import Refusal
    from portal.kit.signing import BadKey

    speak_by_environment()
    with database() as url:
        configure(url)
        try:
            yield
        except Refusal as refusal:
            raise click.ClickException(f"{refusal.message} {refusal.hint or ''}".strip()) from refusal
        except BadKey as error:
            raise click.ClickException(str(error)) from error


@log.command()
def checkpoint() -> None:
    """Sign a checkpoint now and print the newest one. It is signed every minute by itself."""
    from portal.audit import actions, queries, watermark
    from portal.kit.db import transaction
    from portal.kit.i18n import _

    with _ready():
        with transaction() as db:
            made = actions.sign_checkpoint(db)
        if made is not None:
            watermark.raise_to(made.note)
        with transaction() as db:
            newest = queries.newest_checkpoint(db)
    click.echo(newest.note if newest is not None else _("This log has signed no checkpoint yet."), nl=False)


@log.command()
@click.argument("file", type=click.Path(exists=False, path_type=Path))
@click.option("--without-names", is_flag=True, help="Leave out who acted and the reasons given.")
def export(file: Path, without_names: bool) -> None:
    """Write the whole log with its proofs to a new FILE for `cspon verify FILE`.

    FILE holds the salts and, unless left out, names and reasons: only its owner can read it.
    """
    from portal.audit import exports
    from portal.audit.reading import own_log
    from portal.kit.db import transaction
    from portal.kit.i18n import _

    with _ready(), transaction() as db:
        try:
            count = exports.write(file, own_log(db), names=not without_names)
        except FileExistsError:
            raise click.ClickException(_("%(file)s is there already; name a new file.", file=file)) from None
        except OSError as error:
            raise click.ClickException(str(error)) from error
    click.echo(_("%(n)s leaves written to %(file)s", n=count, file=file))


@log.command("accept-loss")
@click.option("--reason", required=True, help="Why the loss is accepted; recorded for ever.")
def accept_loss(reason: str) -> None:
    """Open the site again although the log is shorter than, or differs from, a checkpoint that was seen.

    For the security administrator at this machine. The event keeps the contradicted checkpoints.
    """
    from portal.audit import actions, watermark
    from portal.kit.db import transaction
    from portal.kit.i18n import _

    with _ready():
        with transaction() as db:
            actions.hold_against(db)
            count = actions.accept_loss(db, reason=reason)
        with transaction() as db:
            made = actions.sign_checkpoint(db)
        if made is not None:
            watermark.raise_to(made.note, even_lower=True)
    click.echo(_("%(n)s alarms accepted; the site takes changes again.", n=count))


@log.command("erase-reason")
@click.argument("seq", type=int)
@click.option("--reason", required=True, help="Why; recorded for ever, so do not repeat what is erased.")
def erase_reason(seq: int, reason: str) -> None:
    """Erase the reason given in event SEQ (the number in /admin/audit); the leaf stays and the log still verifies.

    For a reason that names somebody or tells what must not be known. Exports and backups made before still hold it.
    """
    from portal.audit import actions
    from portal.kit.actor import SYSTEM
    from portal.kit.db import transaction
    from portal.kit.i18n import _

    with _ready(), transaction() as db:
        actions.erase_reason(db, SYSTEM, seq=seq, reason=reason)
    click.echo(_("The reason of event %(seq)s was erased.", seq=seq))


@log.command("witness-add")
@click.argument("key")
@click.option("--reason", default="", help="Recorded with the change.")
def witness_add(key: str, reason: str) -> None:
    """Take cosignatures of the witness with this KEY (name+hash+key, as C2SP writes it)."""
    from portal.audit import actions
    from portal.kit.actor import SYSTEM
    from portal.kit.db import transaction

    with _ready(), transaction() as db:
        row = actions.add_witness(db, SYSTEM, key=key, reason=reason)
    click.echo(row.name)


@log.command("witness-remove")
@click.argument("name")
@click.option("--reason", default="", help="Recorded with the change.")
def witness_remove(name: str, reason: str) -> None:
    """Take no more cosignatures of the witness NAME; what it signed stays."""
    from portal.audit import actions
    from portal.kit.actor import SYSTEM
    from portal.kit.db import transaction

    with _ready(), transaction() as db:
        actions.remove_witness(db, SYSTEM, name=name, reason=reason)


@log.command()
def witnesses() -> None:
    """List the witnesses in service with their keys."""
    from portal.audit import queries
    from portal.kit.db import transaction

    with _ready(), transaction() as db:
        for row in queries.witnesses(db):
            click.echo(row.key)


COMMANDS = {"log": log}
"""Read by ``portal.cli``."""
