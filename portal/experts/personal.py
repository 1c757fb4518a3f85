"""What the expert pool adds to a person's export, and what of it stays when an account is closed."""

from portal.accounts.personal import register, register_stays
from portal.experts.advice.queries import advice_data, published_of
from portal.experts.queries.personal import dossier_data, expert_data
from portal.kit.i18n import N_, _


def stays(_n: int) -> str:
    """Published questions and answers stay, without the name."""
    return _("Published questions and answers of expert advice, without your name.")


register("expert", N_("Expert profile"), 40, expert_data)
register("affiliations", N_("Affiliations and declared relations"), 41, dossier_data)
register("advice", N_("Expert advice"), 42, advice_data)
register_stays("advice", published_of, stays)
