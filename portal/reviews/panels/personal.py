"""What panels add to a person's export, and what of it stays when an account is closed."""

import uuid

from portal.accounts.personal import register, register_stays
from portal.kit.db import Session
from portal.kit.i18n import N_, _
from portal.reviews.panels.queries import attended


def stays(db: Session, account_id: uuid.UUID) -> str | None:
    """Minutes are the record of a decision."""
    if not attended(db, account_id):
        return None
    return _("Attendance and minutes of panels you sat on.")


register("panels", N_("Panels and whether you voted"), 47, attended)
register_stays("panels", stays)
