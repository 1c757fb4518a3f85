"""What public notices add to a person's export, and what stays when an account is closed."""

import uuid
from typing import Any

from sqlmodel import col

from portal.accounts.personal import register, register_stays
from portal.accounts.queries.personal import rows_of
from portal.kit.db import Session
from portal.kit.i18n import N_, _
from portal.reviews.publicity.models import Objection
from portal.reviews.publicity.queries import filed_by


def objection_data(db: Session, account_id: uuid.UUID) -> list[dict[str, Any]]:
    """The person's objections."""
    names = ("title_zh", "ground", "text", "contact", "state", "state_reason", "created_at")
    return [{name: getattr(row, name) for name in names} for row in filed_by(db, account_id, 1000)]


def stays(_n: int) -> str:
    """Objections stay with what they are about."""
    return _("Objections you made by name, for those who examined them; open ones are withdrawn.")


register("objections", N_("Objections to public notices"), 45, objection_data)
register_stays("objections", lambda key: rows_of(col(Objection.account_id), key), stays)
