"""What rounds add to a person's export, and what of it stays when an account is closed."""

from sqlmodel import col

from portal.accounts.personal import register, register_stays
from portal.accounts.queries.personal import rows_of
from portal.kit.i18n import N_, _
from portal.reviews.rounds.models import SubmissionPerson
from portal.reviews.rounds.queries.personal import invitation_data, submission_data


def stays(_n: int) -> str:
    """Whoever stood behind a submission stays named there."""
    return _("Your name at submissions you stand behind, with the rounds they belong to.")


register("invitations", N_("Invitations to review"), 45, invitation_data)
register("submissions", N_("Submissions I stand behind"), 46, submission_data)
register_stays("submissions", lambda key: rows_of(col(SubmissionPerson.account_id), key), stays)
