"""What rounds add to a person's export, and what of it stays when an account is closed."""

import uuid

from portal.accounts.personal import register, register_stays
from portal.kit.db import Session
from portal.kit.i18n import N_, _
from portal.reviews.rounds.queries.personal import invitation_data, submission_data


def stays(db: Session, account_id: uuid.UUID) -> str | None:
    """Whoever stood behind a submission stays named there."""
    if not submission_data(db, account_id):
        return None
    return _("Your name at submissions you stand behind, with the rounds they belong to.")


register("invitations", N_("Invitations to review"), 45, invitation_data)
register("submissions", N_("Submissions I stand behind"), 46, submission_data)
register_stays("submissions", stays)
