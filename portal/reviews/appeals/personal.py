"""What appeals add to a person's export, and what stays when an account is closed."""

import uuid
from typing import Any

from sqlmodel import col

from portal.accounts.personal import register, register_stays
from portal.accounts.queries.personal import rows_of
from portal.kit.db import Session
from portal.kit.i18n import N_, _
from portal.reviews.appeals.models import Appeal
from portal.reviews.appeals.queries import filed_by


def appeal_data(db: Session, account_id: uuid.UUID) -> list[dict[str, Any]]:
    """The person's appeals."""
    names = ("title", "grounds", "text", "links", "state", "state_reason", "created_at")
    return [{name: getattr(row, name) for name in names} for row in filed_by(db, account_id)]


def stays(_n: int) -> str:
    """An appeal belongs to the record of a decision."""
    return _("Appeals you made, as part of the decision's record.")


register("appeals", N_("Appeals"), 48, appeal_data)
register_stays("appeals", lambda key: rows_of(col(Appeal.account_id), key), stays)
