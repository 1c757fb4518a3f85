"""Jobs of notices: mail leaves here."""

import smtplib
import uuid

from portal.kit.db import transaction
from portal.kit.jobs import job, periodic
from portal.notices import actions, smtp
from portal.settings import get_settings


@job("notices.send_mail")
def send_mail(mail_id: str) -> None:
    """Try one mail. The network is waited for outside any transaction; a crash in between may send it twice."""
    wanted = uuid.UUID(mail_id)
    with transaction() as db:
        mail = actions.claim_mail(db, wanted)
        if mail is None:
            return
        recipient, subject, body = mail.recipient, mail.subject, mail.body
    settings = get_settings()
    try:
        smtp.deliver(settings, smtp.message(settings, recipient, subject, body))
    except (smtplib.SMTPException, OSError, ValueError) as error:
        with transaction() as db:
            actions.mail_not_sent(db, wanted, f"{type(error).__name__}: {error}", final=smtp.is_final(error))
        return
    with transaction() as db:
        actions.mail_sent(db, wanted)


@periodic("notices.wake_mail", "*/10 * * * *")
def wake_mail(timestamp: int) -> None:  # noqa: ARG001 - Procrastinate passes it
    """Queue again the mail whose job was lost."""
    with transaction() as db:
        actions.wake_mail(db)
