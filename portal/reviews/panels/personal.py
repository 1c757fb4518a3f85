"""What panels add to a person's export, and what of it stays when an account is closed."""

from sqlmodel import col

from portal.accounts.personal import register, register_stays
from portal.accounts.queries.personal import rows_of
from portal.kit.i18n import N_, _
from portal.reviews.panels.models import PanelMember
from portal.reviews.panels.queries import attended


def stays(_n: int) -> str:
    """Minutes are the record of a decision."""
    return _("Attendance and minutes of panels you sat on.")


register("panels", N_("Panels and whether you voted"), 47, attended)
register_stays("panels", lambda key: rows_of(col(PanelMember.account_id), key), stays)
