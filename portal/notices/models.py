"""Tables of notices and mail."""

import datetime as dt
import uuid
from enum import StrEnum
from typing import Any

from sqlalchemy import Index, column
from sqlmodel import Field

from portal.kit.i18n import N_
from portal.kit.states import Transitions
from portal.kit.tables import Table, enum_field, instant_field, json_field


class Notice(Table, table=True):
    """Something a person should know. ``message`` is a message id, so that it is read in the reader's language."""

    __tablename__ = "notice"
    __table_args__ = (
        Index("ix_notice_account", "account_id", "id"),
        # Every page of a signed-in reader counts these.
        Index("ix_notice_unread", "account_id", postgresql_where=column("read_at").is_(None)),
    )

    account_id: uuid.UUID = Field(foreign_key="account.id", ondelete="CASCADE")
    created_at: dt.datetime = instant_field(default_now=True)
    read_at: dt.datetime | None = instant_field(nullable=True)
    message: str
    params: dict[str, Any] = json_field()
    url: str = Field(default="/")


class MailState(StrEnum):
    """How far a mail has come."""

    waiting = "waiting"
    kept = "kept"
    sent = "sent"
    failed = "failed"

    @property
    def label(self) -> str:
        """Message id of the state's name."""
        return {
            "waiting": N_("Waiting"),
            "kept": N_("Kept in the local outbox"),
            "sent": N_("Sent"),
            "failed": N_("Failed"),
        }[self.value]


MAIL_TRANSITIONS: Transitions[MailState] = {
    MailState.waiting: {MailState.sent: frozenset({"system"}), MailState.failed: frozenset({"system"})},
}


class Mail(Table, table=True):
    """One mail. Without a mail server it stays here, on the outbox page of the machine."""

    __tablename__ = "mail"

    created_at: dt.datetime = instant_field(default_now=True)
    recipient: str = Field(max_length=320)
    subject: str
    body: str
    state: MailState = enum_field(MailState, MailState.waiting, name="state", index=True)
    attempts: int = 0
    error: str | None = None
