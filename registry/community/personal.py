"""What the community adds to a person's export, and what of it stays when an account is closed."""

import uuid

from portal.accounts.personal import register, register_stays
from portal.kit.db import Session
from portal.kit.i18n import N_, _
from registry.community.queries.personal import like_data, post_data


def stays(db: Session, account_id: uuid.UUID) -> str | None:
    """Posts stay where others answered them."""
    if not post_data(db, account_id):
        return None
    return _(
        "What you wrote in discussions, where others answered it; delete single posts first if they should go."
    )


register("discussions", N_("Discussions"), 50, post_data)
register("likes", N_("Likes and watched assets"), 51, like_data)
register_stays("discussions", stays)
