"""``cspon totp``: the way into demo accounts, and the way back for somebody who lost every factor."""

from typing import TYPE_CHECKING

import click

from portal.commands.database import database

if TYPE_CHECKING:
    from portal.accounts.models import Account
    from portal.kit.db import Session


@click.group()
def totp() -> None:
    """Show a demo account's code, or take somebody's lost factors away."""


@totp.command()
@click.argument("email")
def show(email: str) -> None:
    """Print a code that works now for the demo account EMAIL; codes of other accounts are never shown."""
    from portal.accounts import actions
    from portal.kit.db import configure, transaction

    with database() as url:
        configure(url)
        with transaction() as db:
            account = _account(db, email)
            if not account.demo:
                raise click.ClickException(f"{email} is not a demo account: its codes are its owner's alone.")
            code = actions.demo_code(db, account)
    if code is None:
        raise click.ClickException("There is no code just now; wait 30 seconds, or run `cspon demo` first.")
    click.echo(code)


@totp.command()
@click.argument("email")
@click.option("--reason", required=True, help="Why, for the audit log and the owner.")
def reset(email: str, reason: str) -> None:
    """Take app, keys and recovery codes of EMAIL away, once you know for sure who asks."""
    from portal.accounts import actions
    from portal.kit.actor import SYSTEM
    from portal.kit.db import configure, transaction

    with database() as url:
        configure(url)
        with transaction() as db:
            actions.reset_factors(db, SYSTEM, account_id=_account(db, email).id, reason=reason)
    click.echo(f"{email}: factors taken away, sessions ended")


def _account(db: "Session", email: str) -> "Account":
    from portal.accounts import queries

    account = queries.by_email(db, email)
    if account is None and "@" not in email:
        from portal.demo.cast import DOMAIN

        account = queries.by_email(db, f"{email.removeprefix('demo-')}@{DOMAIN}")
    if account is None:
        raise click.ClickException(f"There is no account with the address {email}.")
    return account


COMMANDS = {"totp": totp}
