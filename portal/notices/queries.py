"""Reading notices and mail."""

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import func, select, update
from sqlmodel import col

from portal.kit.clock import now
from portal.kit.db import Session
from portal.kit.paging import Page, keyset
from portal.notices.models import Mail, MailState, Notice

_NOTICE_KEY: list[Any] = [col(Notice.id)]
_MAIL_KEY: list[Any] = [col(Mail.id)]


def page_of(
    db: Session,
    account_id: uuid.UUID,
    *,
    unread_only: bool = False,
    after: str | None = None,
    before: str | None = None,
) -> Page[Any]:
    """Somebody's notices, newest first."""
    statement: Any = select(
        col(Notice.message),
        col(Notice.params),
        col(Notice.url),
        col(Notice.created_at),
        col(Notice.read_at),
        col(Notice.id),
    ).where(col(Notice.account_id) == account_id)
    if unread_only:
        statement = statement.where(col(Notice.read_at).is_(None))
    return keyset(db, statement, _NOTICE_KEY, after=after, before=before)


def counts(db: Session, account_id: uuid.UUID) -> tuple[int, int]:
    """How many notices somebody has, and how many of them are unread."""
    unread = func.count().filter(col(Notice.read_at).is_(None))
    total, new = db.execute(select(func.count(), unread).where(col(Notice.account_id) == account_id)).one()
    return total, new


def mark_read(db: Session, account_id: uuid.UUID, notice_id: uuid.UUID | None) -> int:
    """Mark one notice (or all) of an account as read; how many changed."""
    statement = update(Notice).where(col(Notice.account_id) == account_id, col(Notice.read_at).is_(None))
    if notice_id is not None:
        statement = statement.where(col(Notice.id) == notice_id)
    result: Any = db.execute(
        statement.values(read_at=now()), execution_options={"synchronize_session": False}
    )
    return int(result.rowcount)


def mail(db: Session, mail_id: uuid.UUID) -> Mail | None:
    """One mail, locked; None while another worker has it."""
    statement = select(Mail).where(col(Mail.id) == mail_id).with_for_update(skip_locked=True)
    return db.scalars(statement.execution_options(populate_existing=True)).one_or_none()


def waiting_mail(db: Session, created_before: dt.datetime, limit: int = 200) -> list[Mail]:
    """Mail that still waits although it was written before that instant, oldest first."""
    statement = select(Mail).where(
        col(Mail.state) == MailState.waiting, col(Mail.created_at) < created_before
    )
    return list(db.scalars(statement.order_by(col(Mail.id)).limit(limit)))


def outbox(db: Session, *, after: str | None = None, before: str | None = None) -> Page[Any]:
    """All mail, newest first."""
    statement: Any = select(
        col(Mail.recipient),
        col(Mail.subject),
        col(Mail.body),
        col(Mail.state),
        col(Mail.attempts),
        col(Mail.error),
        col(Mail.created_at),
        col(Mail.id),
    )
    return keyset(db, statement, _MAIL_KEY, after=after, before=before)
