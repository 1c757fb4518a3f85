"""What integrity adds to a person's export, and what stays when an account is closed."""

import uuid
from typing import Any

from sqlmodel import col

from portal.accounts.personal import register, register_stays
from portal.accounts.queries.personal import rows_of
from portal.kit.db import Session
from portal.kit.i18n import N_, _
from portal.reviews.integrity.models import Approach
from portal.reviews.integrity.queries import own_reports


def report_data(db: Session, account_id: uuid.UUID) -> list[dict[str, Any]]:
    """The person's reports of an approach."""
    names = ("text", "who", "channel", "happened", "state", "state_reason", "created_at")
    return [{name: getattr(row, name) for name in names} for row in own_reports(db, account_id)]


def stays(_n: int) -> str:
    """What was reported stays reported."""
    return _("Approaches you reported, for those who examine them.")


register("approaches", N_("Reports of an approach"), 46, report_data)
register_stays("approaches", lambda key: rows_of(col(Approach.account_id), key), stays)
