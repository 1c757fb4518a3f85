"""What assets add to a person's export, and what of them stays when an account is closed."""

from portal.accounts.personal import register, register_stays
from portal.kit.i18n import N_, ngettext
from registry.assets.queries.personal import asset_data, public_of


def stays(n: int) -> str:
    """Published assets stay: others depend on them, and results refer to them."""
    return ngettext(
        "%(n)s published asset under your short name: results and other people's work refer to it. Withdraw its "
        "versions first if they should no longer be found.",
        "%(n)s published assets under your short name: results and other people's work refer to them. Withdraw their "
        "versions first if they should no longer be found.",
        n,
    )


register("assets", N_("Assets"), 30, asset_data)
register_stays("assets", public_of, stays)
