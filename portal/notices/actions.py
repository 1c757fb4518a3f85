"""Telling people something: on their notices page, and by mail."""

import datetime as dt
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from portal.kit.clock import now
from portal.kit.db import Session
from portal.kit.errors import Invalid
from portal.kit.i18n import _, get_locale, set_locale
from portal.kit.jobs import defer
from portal.kit.states import check_move
from portal.notices import queries
from portal.notices.models import MAIL_TRANSITIONS, Mail, MailState, Notice
from portal.settings import get_settings

DELAYS = tuple(dt.timedelta(minutes=minutes) for minutes in (1, 5, 30, 120))
"""How long after its n-th failure a mail is tried again; after the fifth it has failed."""
OVERDUE = dt.timedelta(minutes=15)


def tell(db: Session, account_id: uuid.UUID, *, message: str, url: str = "/", **params: object) -> Notice:
    """Put a notice on somebody's page. ``message`` is a message id (marked with ``N_``), read in the reader's language.

    ``url`` is a path of this site. A parameter whose name ends in ``_msg`` is itself a message id; one that is a
    mapping of languages to texts is read in the reader's, too.
    """
    if not url.startswith("/") or url.startswith(("//", "/\\")):
        raise ValueError("a notice points to a path of this site")
    kept = {
        key: value if isinstance(value, int | float | dict) else str(value) for key, value in params.items()
    }
    notice = Notice(account_id=account_id, message=message, url=url, params=kept)
    db.add(notice)
    return notice


def filled(params: Mapping[str, object]) -> dict[str, object]:
    """The parameters of a notice or mail in the current language."""
    found: dict[str, object] = {}
    for key, value in params.items():
        if isinstance(value, dict):
            found[key] = value.get(get_locale()) or next(iter(value.values()), "")
        else:
            found[key] = _(str(value)) if key.endswith("_msg") else value
    return found


def mark_read(db: Session, account_id: uuid.UUID, notice_id: uuid.UUID | None = None) -> int:
    """Mark one notice, or all, as read. A notice of somebody else is left alone and not counted."""
    return queries.mark_read(db, account_id, notice_id)


@contextmanager
def speaking(locale: str) -> Iterator[None]:
    """Translate into the recipient's language for the length of a block."""
    mine = get_locale()
    set_locale(locale)
    try:
        yield
    finally:
        set_locale(mine)


def send_mail(db: Session, recipient: str, subject: str, body: str) -> Mail:
    """Write a mail, already in the recipient's language. It leaves only if this transaction commits.

    Without a mail server it stays in the outbox. Refuses line breaks in address and subject (header injection).
    """
    if any(ord(sign) < 32 or ord(sign) == 127 for sign in recipient + subject):
        raise Invalid(_("An address or a subject of a mail may not contain control characters."))
    waiting = bool(get_settings().smtp_host)
    mail = Mail(
        recipient=recipient,
        subject=subject,
        body=body,
        state=MailState.waiting if waiting else MailState.kept,
    )
    db.add(mail)
    db.flush()
    if waiting:
        _queue(db, mail)
    return mail


def _queue(db: Session, mail: Mail, at: dt.datetime | None = None) -> None:
    defer(db, "notices.send_mail", queueing_lock=f"mail:{mail.id}", at=at, mail_id=str(mail.id))


def claim_mail(db: Session, mail_id: uuid.UUID) -> Mail | None:
    """Count one more try of a waiting mail; None if there is nothing to send (any more)."""
    mail = queries.mail(db, mail_id)
    if mail is None or mail.state is not MailState.waiting:
        return None
    mail.attempts += 1
    db.add(mail)
    return mail


def mail_sent(db: Session, mail_id: uuid.UUID) -> None:
    """The mail server took it."""
    _move(db, mail_id, MailState.sent, None)


def mail_not_sent(db: Session, mail_id: uuid.UUID, error: str, *, final: bool = False) -> None:
    """The mail server did not take it: another try after a growing delay, at most five; ``final`` ends at once."""
    mail = queries.mail(db, mail_id)
    if mail is None or mail.state is not MailState.waiting:
        return
    if final or mail.attempts > len(DELAYS):
        _move(db, mail_id, MailState.failed, error)
        return
    mail.error = error[:500]
    db.add(mail)
    _queue(db, mail, now() + DELAYS[mail.attempts - 1])


def _move(db: Session, mail_id: uuid.UUID, state: MailState, error: str | None) -> None:
    mail = queries.mail(db, mail_id)
    if mail is None or mail.state is state:
        return
    check_move(MAIL_TRANSITIONS, mail.state, state, "system")
    mail.state = state
    mail.error = error[:500] if error else None
    db.add(mail)


def wake_mail(db: Session) -> int:
    """Queue again what waits longer than its delays explain (a worker died in the middle); how many were overdue."""
    found = 0
    for mail in queries.waiting_mail(db, now() - OVERDUE):
        spent = sum(DELAYS[: mail.attempts], dt.timedelta())
        if now() - mail.created_at > spent + OVERDUE:
            found += 1
            if mail.attempts > len(DELAYS):
                mail_not_sent(db, mail.id, mail.error or "no answer", final=True)
            else:
                _queue(db, mail)
    return found
