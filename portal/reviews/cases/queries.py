"""Reading cases of any kind."""

import datetime as dt
import uuid
from typing import TypeVar

from sqlalchemy import select
from sqlmodel import col

from portal.kit.db import Session
from portal.kit.errors import NotFound
from portal.kit.i18n import _
from portal.reviews.cases.models import Case

C = TypeVar("C", bound=Case)


def one(db: Session, kind: type[C], case_id: uuid.UUID, *, lock: bool = False) -> C:
    """One case; ``NotFound`` where there is none."""
    statement = select(kind).where(col(kind.id) == case_id)
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    found = db.scalars(statement).one_or_none()
    if found is None:
        raise NotFound(_("There is nothing at this address."))
    return found


def due(db: Session, kind: type[C], at: dt.datetime, limit: int = 200) -> list[uuid.UUID]:
    """Cases whose time is over, oldest first."""
    statement = select(col(kind.id)).where(col(kind.deadline_at) <= at)
    return list(db.scalars(statement.order_by(col(kind.deadline_at)).limit(limit)))
