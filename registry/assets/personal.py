"""What assets add to a person's export, and what of them stays when an account is closed."""

import uuid

from portal.accounts.personal import register, register_stays
from portal.kit.db import Session
from portal.kit.i18n import N_, ngettext
from registry.assets.queries.personal import asset_data, public_of


def stays(db: Session, account_id: uuid.UUID) -> str | None:
    """Published assets stay: others depend on them, and results refer to them."""
    n = public_of(db, account_id)
    if not n:
        return None
    return ngettext(
        "%(n)s published asset under your short name: results and other people's work refer to it. Withdraw its "
        "versions first if they should no longer be found.",
        "%(n)s published assets under your short name: results and other people's work refer to them. Withdraw their "
        "versions first if they should no longer be found.",
        n,
    )


register("assets", N_("Assets"), 30, asset_data)
register_stays("assets", stays)
