"""Mail: leaves with the transaction, over TLS, five tries, and cannot be given headers."""

import datetime as dt
from collections.abc import Callable, Iterator
from email import message_from_string
from email.header import decode_header, make_header
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlmodel import Session, select

from portal.kit.clock import now
from portal.kit.db import transaction
from portal.kit.errors import Invalid
from portal.notices import actions, smtp
from portal.notices.models import Mail, MailState
from portal.notices.tasks import send_mail
from portal.settings import get_settings
from tests.notices.smtp_server import Behaviour, Server, certificate

Configure = Callable[..., None]


@pytest.fixture
def configure(monkeypatch: pytest.MonkeyPatch) -> Iterator[Configure]:
    """Set CSPON_SMTP_... for one test."""

    def change(**values: object) -> None:
        for name, value in values.items():
            monkeypatch.setenv(f"CSPON_SMTP_{name.upper()}", str(value))
        get_settings.cache_clear()

    yield change
    monkeypatch.undo()
    get_settings.cache_clear()


def _write(subject: str = "标题", recipient: str = "a@example.org") -> Mail:
    with transaction() as db:
        return actions.send_mail(db, recipient, subject, "正文\n第二行\n")


def _jobs(db: Session) -> list[dt.datetime | None]:
    db.expire_all()
    sql = "SELECT scheduled_at FROM procrastinate_jobs WHERE task_name = 'notices.send_mail' AND status = 'todo'"
    return list(db.scalars(text(sql)))


def _take_job(db: Session) -> None:
    db.execute(text("UPDATE procrastinate_jobs SET status = 'succeeded'"))
    db.commit()


def _state(db: Session, mail: Mail) -> Mail:
    db.expire_all()
    return db.exec(select(Mail).where(Mail.id == mail.id)).one()


def test_without_a_server_mail_is_kept(database: None, db: Session) -> None:
    assert _state(db, _write()).state is MailState.kept
    assert _jobs(db) == []


def test_with_a_server_it_is_sent_over_tls(
    db: Session, configure: Configure, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority, context = certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(authority))
    with Server(Behaviour(tls=context)) as server:
        configure(host="localhost", port=server.port)
        mail = _write("你好")
        assert _state(db, mail).state is MailState.waiting
        assert len(_jobs(db)) == 1
        send_mail(str(mail.id))
        send_mail(str(mail.id))
        [received] = server.behaviour.received
    assert received.tls
    assert received.recipient == "a@example.org"
    parsed = message_from_string(received.content)
    assert str(make_header(decode_header(parsed["Subject"]))) == "你好"
    assert parsed.get_payload(decode=True).decode() == "正文\r\n第二行\r\n"  # type: ignore[union-attr]
    assert _state(db, mail).state is MailState.sent


def test_an_untrusted_certificate_gets_no_mail(db: Session, configure: Configure, tmp_path: Path) -> None:
    _authority, context = certificate(tmp_path)
    with Server(Behaviour(tls=context)) as server:
        configure(host="localhost", port=server.port, user="u", password="secret")
        mail = _write()
        send_mail(str(mail.id))
        assert server.behaviour.received == []
        assert not any("AUTH" in command for command in server.behaviour.commands)
    assert _state(db, mail).state is MailState.waiting
    assert "SSL" in (_state(db, mail).error or "")


def test_a_server_without_tls_gets_no_mail(db: Session, configure: Configure) -> None:
    with Server(Behaviour()) as server:
        configure(host="localhost", port=server.port)
        mail = _write()
        send_mail(str(mail.id))
        assert server.behaviour.received == []
        configure(starttls="false")
        send_mail(str(mail.id))
        assert len(server.behaviour.received) == 1
    assert _state(db, mail).attempts == 2


def test_five_tries_with_growing_delay_then_failed(db: Session, configure: Configure) -> None:
    with Server(Behaviour(recipient_reply="451 later")) as server:
        configure(host="localhost", port=server.port, starttls="false")
        mail = _write()
        delays = []
        for _n in range(5):
            _take_job(db)
            send_mail(str(mail.id))
            delays += [at - now() for at in _jobs(db) if at is not None]
        assert _state(db, mail).state is MailState.failed
        send_mail(str(mail.id))
    assert _state(db, mail).attempts == 5
    assert len(delays) == 4
    assert delays == sorted(delays)
    assert _jobs(db) == []


def test_a_refused_recipient_is_final(db: Session, configure: Configure) -> None:
    with Server(Behaviour(recipient_reply="550 no such box")) as server:
        configure(host="localhost", port=server.port, starttls="false")
        mail = _write()
        send_mail(str(mail.id))
    found = _state(db, mail)
    assert found.state is MailState.failed
    assert "550" in (found.error or "")


def test_nobody_listens(db: Session, configure: Configure) -> None:
    with Server(Behaviour()) as server:
        port = server.port
    configure(host="127.0.0.1", port=port)
    mail = _write()
    send_mail(str(mail.id))
    assert _state(db, mail).state is MailState.waiting
    assert "Refused" in (_state(db, mail).error or "")


def test_mail_whose_job_was_lost_is_found(db: Session, configure: Configure) -> None:
    configure(host="localhost", port=1)
    mail = _write()
    _take_job(db)
    assert actions.wake_mail(db) == 0
    row = _state(db, mail)
    row.created_at -= dt.timedelta(minutes=16)
    db.add(row)
    db.commit()
    assert actions.wake_mail(db) == 1
    assert actions.wake_mail(db) == 1
    db.commit()
    assert len(_jobs(db)) == 1, "one job however often it is woken"
    row.attempts = 5
    row.created_at -= dt.timedelta(days=1)
    db.add(row)
    db.commit()
    actions.wake_mail(db)
    db.commit()
    assert _state(db, mail).state is MailState.failed


@pytest.mark.parametrize("evil", ["a\nBcc: b@example.org", "a\r\nX: y", "a\x00b", "a\x7fb"])
def test_no_header_can_be_added(db: Session, evil: str) -> None:
    with pytest.raises(Invalid):
        actions.send_mail(db, "a@example.org", evil, "x")
    with pytest.raises(Invalid):
        actions.send_mail(db, evil, "x", "x")
    with pytest.raises(ValueError):
        smtp.message(get_settings(), "a@example.org", "x\r\nBcc: b@example.org", "x")


def test_a_rolled_back_change_sends_nothing(db: Session, configure: Configure) -> None:
    configure(host="localhost", port=1)

    def change() -> None:
        with transaction() as other:
            actions.send_mail(other, "a@example.org", "x", "x")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        change()
    assert _jobs(db) == []
    assert db.exec(select(Mail)).all() == []
