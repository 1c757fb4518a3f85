"""What promotion adds to a person's export, and what of it stays when an account is closed."""

from sqlmodel import col

from portal.accounts.personal import register, register_stays
from portal.accounts.queries.personal import rows_of
from portal.kit.i18n import N_, _
from registry.promotion.models import Promotion, PromotionReport, PromotionVote
from registry.promotion.queries.pilots import reported_data
from registry.promotion.queries.promotions import nominated_data, voted_data


def stays(_n: int) -> str:
    """Nominations stay with the versions they are about."""
    return _("Nominations for promotion stay on record with their versions.")


def votes_stay(_n: int) -> str:
    """Votes that let a promotion go on are shown for ever, without names."""
    return _("Votes in the promotion committee stay on record.")


def reports_stay(_n: int) -> str:
    """Reports from pilots stay with the promotion."""
    return _("Reports from pilots stay on record with their promotions.")


register("nominations", N_("Nominations for promotion"), 47, nominated_data)
register("promotion_votes", N_("Votes in the promotion committee"), 48, voted_data)
register_stays("nominations", lambda key: rows_of(col(Promotion.nominated_by), key), stays)
register_stays("promotion_votes", lambda key: rows_of(col(PromotionVote.account_id), key), votes_stay)
register("pilot_reports", N_("Reports from pilots"), 49, reported_data)
register_stays("pilot_reports", lambda key: rows_of(col(PromotionReport.reported_by), key), reports_stay)
