"""What the community adds to a person's export, and what of it stays when an account is closed."""

from sqlmodel import col

from portal.accounts.personal import register, register_stays
from portal.accounts.queries.personal import rows_of
from portal.kit.i18n import N_, _
from registry.community.models import Post
from registry.community.queries.personal import like_data, post_data


def stays(_n: int) -> str:
    """Posts stay where others answered them."""
    return _(
        "What you wrote in discussions, where others answered it; delete single posts first if they should go."
    )


register("discussions", N_("Discussions"), 50, post_data)
register("likes", N_("Likes and watched assets"), 51, like_data)
register_stays("discussions", lambda key: rows_of(col(Post.account_id), key), stays)
