"""What staffing adds to a person's export, and what of it stays when an account is closed."""

from portal.accounts.personal import register, register_stays
from portal.kit.i18n import N_, _
from portal.reviews.staffing.queries.personal import declared_data, noted_of


def stays(_n: int) -> str:
    """Decisions about conflicts stay: they say why somebody did or did not review."""
    return _("Decisions about conflicts of interest in rounds of review, for the secretariat and auditors.")


register("review_conflicts", N_("Conflicts of interest I declared"), 45, declared_data)
register_stays("review_conflicts", noted_of, stays)
