"""``cspon worker-role``: database roles for workers on other hosts, which do a worker's work and read no secrets."""

import click

from portal.commands.database import database


@click.group(name="worker-role")
def worker_role() -> None:
    """Make or remove a database role for workers on other hosts."""


@worker_role.command()
@click.argument("name")
@click.password_option(
    "--password", envvar="CSPON_WORKER_PASSWORD", help="Password of the role; asked for if not given."
)
def create(name: str, password: str) -> None:
    """Make the role NAME, or set its password and rights anew after an upgrade."""
    from portal.kit.grants import NotARole, grant_worker

    with database() as url:
        try:
            grant_worker(url, name, password)
        except NotARole as refusal:
            raise click.ClickException(str(refusal)) from refusal
    click.echo(
        f"{name}: may claim, show life, write logs and results; reads no password, session, token or mail"
    )


@worker_role.command()
@click.argument("name")
def drop(name: str) -> None:
    """Take all rights from the role NAME and remove it; its connections end."""
    from portal.kit.grants import NotARole, drop_worker

    with database() as url:
        try:
            drop_worker(url, name)
        except NotARole as refusal:
            raise click.ClickException(str(refusal)) from refusal
    click.echo(f"{name}: removed")


COMMANDS = {"worker-role": worker_role}
