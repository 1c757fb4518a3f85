"""What reviewing adds to a person's export, and what of it stays when an account is closed."""

from sqlmodel import col

from portal.accounts.personal import register, register_stays
from portal.accounts.queries.personal import rows_of
from portal.kit.i18n import N_, _
from portal.reviews.reviewing.queries.personal import reviews_data, said_data
from portal.reviews.rounds.models import Seat


def stays(_n: int) -> str:
    """Reviews stay with what they are about."""
    return _("Reviews you gave, with the rounds they belong to; others know them by a letter.")


register("reviews", N_("Reviews I gave"), 43, reviews_data)
register("review_talk", N_("Discussions of reviews and answers to them"), 44, said_data)
register_stays("reviews", lambda key: rows_of(col(Seat.account_id), key), stays)
