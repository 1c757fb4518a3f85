"""``cspon store``: sweep what nothing refers to, and verify what is stored."""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager

import click

from portal.commands.database import database


@click.group()
def store() -> None:
    """Sweep and verify the file store."""


@contextmanager
def _ready() -> Iterator[None]:
    """A database that answers, and the models of every domain, because any table may name a file."""
    import portal.metadata  # noqa: F401
    from portal.kit.errors import Refusal

    with database():
        try:
            yield
        except Refusal as refusal:
            raise click.ClickException(f"{refusal.message} {refusal.hint or ''}".strip()) from refusal


@store.command()
@click.option("--dry-run", is_flag=True, help="Say what would go, and change nothing.")
def sweep(dry_run: bool) -> None:
    """Delete files that nothing refers to and that are old enough (CSPON_STORE_SWEEP_AFTER_H).

    The same runs every hour by itself. What was removed is in the audit log.
    """
    from portal.kit.actor import SYSTEM
    from portal.kit.formats import filesize
    from registry.storage import actions

    with _ready():
        actions.clean_sessions()
        swept = actions.sweep(SYSTEM, dry_run=dry_run)
    would = "would go" if dry_run else "removed"
    click.echo(
        f"{would}: {swept.files} files, {swept.leftovers} broken-off uploads, {filesize(swept.bytes)}; "
        f"{swept.released} contents leave their namespace's quota"
    )


@store.command()
@click.option(
    "--days", type=click.IntRange(0), default=0, show_default=True,
    help="Only files not verified for so many days; 0: all that were not verified since this command began.",
)  # fmt: skip
@click.option("--resume", is_flag=True, help="Go on with what the last day has not verified.")
def verify(days: int, resume: bool) -> None:
    """Hash every stored file again; exit code 1 where one is damaged or missing.

    A run that was stopped goes on with --resume. Slices of the same run by themselves (CSPON_STORE_VERIFY_MB).
    """
    from portal.kit.clock import now
    from portal.kit.formats import filesize
    from registry.storage import actions

    before = now() - dt.timedelta(days=max(days, 1) if resume else days)
    with _ready():
        seen = actions.verify(before, told=_Progress())
    click.echo(f"{seen.files} files ({filesize(seen.bytes)}) verified, {len(seen.damaged)} damaged")
    for digest in seen.damaged:
        click.echo(f"  {digest}")
    if seen.damaged:
        raise SystemExit(1)


class _Progress:
    """A line every thousand files, so that a long run says that it lives."""

    EVERY = 1000

    def __call__(self, seen: object) -> None:
        """Told after every file."""
        files = getattr(seen, "files", 0)
        if files % self.EVERY == 0:
            click.echo(f"{files} files …", err=True)


COMMANDS = {"store": store}
