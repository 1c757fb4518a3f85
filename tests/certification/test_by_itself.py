"""What comes by itself: reminders before a certificate ends, suspension by a new database of vulnerabilities."""

import datetime as dt
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import text
from sqlmodel import select

from portal.cli import main
from portal.kit.clock import now
from portal.kit.db import database_url, transaction
from portal.kit.errors import Conflict
from portal.notices.models import Notice
from portal.settings import get_settings
from registry.certification.actions import deciding
from registry.certification.models import CertificateState, Level
from registry.certification.queries.certificates import certificate_of
from registry.certification.tasks import recheck_all
from tests.certification.conftest import REASON, Bureau
from tests.certification.test_parts import osv, zipped
from tests.support.browser import Client

S = CertificateState


def test_owners_are_reminded_once_before_a_certificate_ends(bureau: Bureau) -> None:
    key = bureau.granted()
    days = get_settings().certificate_remind_days

    def told() -> int:
        with transaction() as db:
            assert deciding.watch(db) == 0
        rows = bureau.db.exec(select(Notice).where(Notice.account_id == bureau.owner.id))
        return [row.message for row in rows].count(deciding.ENDING)

    assert told() == 0
    bureau.change(key, deadline_at=now() + dt.timedelta(days=days, hours=1))
    assert told() == 0
    bureau.change(key, deadline_at=now() + dt.timedelta(days=days - 1))
    assert [told(), told()] == [1, 1]
    assert bureau.row(key).reminded_at is not None


def test_who_was_reminded_while_it_was_assessed_is_reminded_of_its_end_too(bureau: Bureau) -> None:
    key = bureau.ask()
    bureau.change(key, reminded_at=now())
    bureau.take(key)
    bureau.assess(key)
    bureau.grant(key)
    assert bureau.row(key).reminded_at is None


def test_an_import_of_vulnerabilities_suspends_at_once(
    bureau: Bureau, client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """End to end: the operator's command, the job it leaves, the certificate, its page and badge, who is told."""
    version = bureau.make.version(
        bureau.asset, {"requirements.txt": b"numpy==2.1.0\n"}, number="2.0.0", runtime="base-py311"
    )
    bureau.scan(version=version)
    key = bureau.ask(version=version)
    bureau.take(key)
    bureau.assess(key)
    bureau.grant(key)
    assert "暂停" not in client.get(f"/certificates/{key}/badge.svg").text
    monkeypatch.setenv("CSPON_DATABASE_URL", database_url())
    get_settings.cache_clear()
    done = CliRunner().invoke(main, ["vulnerabilities", "import", str(zipped(tmp_path / "all.zip", osv(1)))])
    get_settings.cache_clear()
    assert done.exit_code == 0, done.output
    waiting = text("SELECT task_name FROM procrastinate_jobs WHERE status = 'todo'")
    assert "certification.recheck_all" in set(bureau.db.execute(waiting).scalars())
    recheck_all()
    row = bureau.row(key)
    assert (row.state, row.state_reason) == (S.suspended, deciding.FOUND)
    assert "暂停" in client.get(f"/certificates/{key}/badge.svg").text
    assert client.get(f"/api/v1/certificates/{key}").json()["standing"] == "suspended"
    for who in (bureau.owner, bureau.colleague):
        told = [n.message for n in bureau.db.exec(select(Notice).where(Notice.account_id == who.id))]
        assert any("suspended" in each for each in told), who.account.name
    found = certificate_of(bureau.db, version.id)
    assert found is not None
    assert not found.holds(Level.pilot)
    with pytest.raises(Conflict):
        bureau.do(deciding.lift, bureau.certifier, certificate_id=key, reason=REASON)
