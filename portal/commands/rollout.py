"""``cspon rollout``: what waits for signatures, what came back signed, bundles by hand, the root for nodes."""

from pathlib import Path

import click

from portal.commands.database import database
from portal.commands.keys import refusing


@click.group()
def rollout() -> None:
    """Look after the repository of rollout bundles."""


@rollout.command()
def status() -> None:
    """Show every role with its expiry and what waits; exit code 1 when something expires within 30 days or waits."""
    import datetime as dt

    from portal.kit.clock import now
    from registry.rollout import ceremony

    with refusing():
        there = ceremony.repository()
        if not there.begun:
            raise click.ClickException("There is no repository yet. Begin with: cspon keys init")
        soon = {each.role for each in there.expiring(now() + dt.timedelta(days=30))}
        rows = there.standing()
        for each in rows:
            until = f"{each.expires:%Y-%m-%d}" if each.expires else "-"
            waits = (
                f"version {each.pending}: {each.signed} of {each.wanted} signatures" if each.pending else ""
            )
            mark = "expires soon" if each.role in soon else ""
            click.echo(f"{each.role:<10} {each.version:>4} {until:<12} {waits} {mark}".rstrip())
    raise SystemExit(1 if soon or any(each.pending for each in rows) else 0)


@rollout.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
def unsigned(folder: Path) -> None:
    """Write what waits for signatures into FOLDER, to be carried to the key holders."""
    from registry.rollout import ceremony

    with refusing():
        there = ceremony.repository()
        folder.mkdir(parents=True, exist_ok=True)
        for each in there.unsigned():
            (folder / f"{each.role}.json").write_bytes(there.waiting(each.role))
            click.echo(f"{folder / each.role}.json: {each.signed} of {each.wanted} signatures")
        if not there.unsigned():
            click.echo("Nothing waits for signatures.")


@rollout.command("take-back")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def take_back(file: Path) -> None:
    """Take FILE back, signed by `cspon keys sign`. Refused when what waits has changed since."""
    from portal.kit.clock import now
    from registry.rollout import ceremony

    with refusing():
        role, served = ceremony.repository().take_back(file.read_bytes(), ceremony.signers(), now())
    click.echo(
        f"{role}: served now. A worker goes on with bundles that waited for it within five minutes."
        if served
        else f"{role}: taken; more signatures are waited for."
    )


@rollout.command()
@click.argument("file", type=click.Path(path_type=Path))
def root(file: Path) -> None:
    """Write the root that nodes trust into a new FILE; hand it over by a way you trust, not with a bundle."""
    from registry.rollout import ceremony

    with refusing():
        try:
            data = ceremony.repository().root()
        except FileNotFoundError:
            raise click.ClickException("There is no root yet. Begin with: cspon keys init") from None
        with file.open("xb") as out:
            out.write(data)
    click.echo(f"{file} is written.")


@rollout.command()
@click.argument("version")
@click.option(
    "--channel", type=click.Choice(["pilot", "regional", "national"]), help="Default: that of its stage."
)
@click.option(
    "--wheels", type=click.Path(exists=True, file_okay=False, path_type=Path), help="Folder of wheels to add."
)
def bundle(version: str, channel: str | None, wheels: Path | None) -> None:
    """Order a new bundle of VERSION (namespace/name@1.0.0), for instance with wheels for nodes without an index.

    Refused for a channel its promotion has not reached: this goes round no gate. A worker builds it.
    """
    import portal.metadata
    from portal.kit.actor import SYSTEM
    from portal.kit.db import configure, transaction
    from registry.rollout import hooks, wheelhouse
    from registry.rollout.actions import bundles
    from registry.rollout.models import Channel
    from registry.rollout.queries import bundles as queries

    assert portal.metadata  # noqa: S101 - all tables are known
    assert hooks  # noqa: S101 - whoever wants to hear of it
    with refusing(), database() as url:
        configure(url)
        with transaction() as db:
            promotion_id = queries.promoted(db, version)
            if promotion_id is None:
                raise click.ClickException(f"{version} is not promoted; write namespace/name@1.0.0")
            parts = wheelhouse.stored(db, wheels) if wheels is not None else {}
            made = bundles.order(
                db,
                SYSTEM,
                promotion_id=promotion_id,
                channel=Channel(channel) if channel else None,
                wheels=parts,
            )
            words = f"bundle {made.sequence} for {made.channel.value} is ordered, with {len(parts)} wheels"
    click.echo(words)


COMMANDS = {"rollout": rollout}
