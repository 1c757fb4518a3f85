"""Handing one mail to the mail server."""

import smtplib
import ssl
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, make_msgid

from portal.kit.clock import now
from portal.settings import Settings

TIMEOUT_S = 20.0


def message(settings: Settings, recipient: str, subject: str, body: str) -> EmailMessage:
    """The mail as it travels. The header classes refuse line breaks, so nothing can add a header."""
    mail = EmailMessage(policy=SMTP)
    mail["From"] = settings.mail_from
    mail["To"] = Address(addr_spec=recipient)
    mail["Subject"] = subject
    mail["Date"] = format_datetime(now())
    mail["Message-ID"] = make_msgid(domain=settings.mail_from.rpartition("@")[2] or "cspon.invalid")
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(body, cte="base64")  # not every server takes 8-bit text
    return mail


def deliver(settings: Settings, mail: EmailMessage) -> None:
    """Give the mail to the server of the settings.

    With ``smtp_starttls`` (the default) a server that does not offer TLS, or whose certificate does not hold, gets
    neither password nor mail. Raises ``smtplib.SMTPException`` or ``OSError``.
    """
    with smtplib.SMTP(settings.smtp_host or "", settings.smtp_port, timeout=TIMEOUT_S) as server:
        if settings.smtp_starttls:
            server.starttls(context=ssl.create_default_context())
        if settings.smtp_user:
            server.login(settings.smtp_user, settings.smtp_password or "")
        server.send_message(mail)


def is_final(error: Exception) -> bool:
    """Whether trying again is pointless: the server refuses this recipient or mail for good (5xx), or it is no mail."""
    if isinstance(error, ValueError) and not isinstance(error, OSError):
        return True  # an address or a subject that no mail can carry; a bad certificate is an OSError, too
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return all(code >= 500 for code, _text in error.recipients.values())
    return isinstance(error, smtplib.SMTPSenderRefused | smtplib.SMTPDataError) and error.smtp_code >= 500
