"""``cspon role``: the operator's way to the first administrator; everything later has its page."""

import click

from portal.accounts.models import Role
from portal.commands.database import database

ROLES = click.Choice([role.value for role in Role])


@click.group()
def role() -> None:
    """Grant or take away a platform role."""


@role.command()
@click.argument("email")
@click.argument("name", type=ROLES)
def grant(email: str, name: str) -> None:
    """Give the account with the address EMAIL the role NAME (the first system_admin, for example)."""
    _change(email, Role(name), granted=True)
    click.echo(f"{email}: {name} granted")


@role.command()
@click.argument("email")
@click.argument("name", type=ROLES)
def revoke(email: str, name: str) -> None:
    """Take the role NAME from the account with the address EMAIL."""
    _change(email, Role(name), granted=False)
    click.echo(f"{email}: {name} taken away")


def _change(email: str, wanted: Role, *, granted: bool) -> None:
    from portal.accounts import actions, queries
    from portal.kit.actor import SYSTEM
    from portal.kit.db import configure, transaction
    from portal.kit.errors import Refusal

    verb = actions.grant_role if granted else actions.revoke_role
    with database() as url:
        configure(url)
        try:
            with transaction() as db:
                account = queries.by_email(db, email)
                if account is None:
                    raise click.ClickException(
                        f"There is no account with the address {email}. Sign up first."
                    )
                verb(db, SYSTEM, account_id=account.id, role=wanted, reason="by the operator, cspon role")
        except Refusal as refusal:
            raise click.ClickException(refusal.message) from refusal


COMMANDS = {"role": role}
