"""What reviewing adds to a person's export, and what of it stays when an account is closed."""

import uuid

from portal.accounts.personal import register, register_stays
from portal.kit.db import Session
from portal.kit.i18n import N_, _
from portal.reviews.reviewing.queries.personal import reviews_data, said_data


def stays(db: Session, account_id: uuid.UUID) -> str | None:
    """Reviews stay with what they are about."""
    if not reviews_data(db, account_id):
        return None
    return _("Reviews you gave, with the rounds they belong to; others know them by a letter.")


register("reviews", N_("Reviews I gave"), 43, reviews_data)
register("review_talk", N_("Discussions of reviews and answers to them"), 44, said_data)
register_stays("reviews", stays)
