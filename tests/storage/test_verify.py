"""Verification: damage is found, told to the administrators once, shown, and closed when the file is sound again."""

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlmodel import Session, col, select

from portal.audit.models import AuditEvent
from portal.commands.store import store as command
from portal.kit.clock import now
from portal.kit.errors import Unavailable
from portal.kit.storage import S3Store, Store, get_store
from portal.notices.models import Notice
from portal.settings import Settings, get_settings
from registry.storage import actions, tasks
from registry.storage.models import Damage, StoreFinding
from registry.versions.models import StoredBlob
from tests.storage.conftest import content
from tests.support.browser import Client
from tests.support.make import Make
from tests.versions.conftest import Draft

AGO = dt.timedelta(days=7)


def damage(store: Store, sha256: str, data: bytes) -> None:
    """What a failing disk does: other bytes, same size."""
    if isinstance(store, S3Store):
        path = get_settings().home / "rotten"
        path.write_bytes(data)
        store.client.fput_object(store.bucket, f"sha256/{sha256[:2]}/{sha256}", str(path))
        path.unlink()
    else:
        path = stored(sha256)
        path.chmod(0o644)
        path.write_bytes(data)


def stored(sha256: str) -> Path:
    return get_settings().home / "store/sha256" / sha256[:2] / sha256


def digests(db: Session) -> list[str]:
    return list(db.exec(select(StoredBlob.sha256).order_by(col(StoredBlob.size))))


def test_damage_is_found_told_and_closed(draft: Draft, make: Make, db: Session, store: Store) -> None:
    admin = make.account("管理员", roles=("system_admin",))
    data = content(3000)
    draft.put("small", b"sound")
    draft.put("a/data.bin", data)
    _small, big = digests(db)
    assert actions.verify(now()).damaged == []
    damage(store, big, bytes(3000))
    assert actions.verify(now() - AGO).files == 0, "nothing is due"
    seen = actions.verify(now())
    assert (seen.files, seen.bytes, seen.damaged) == (2, 3005, [big])
    assert actions.verify(now()).damaged == [big]
    db.rollback()
    finding = db.exec(select(StoreFinding)).one()
    assert (finding.sha256, finding.damage, finding.resolved_at) == (big, Damage.damaged, None)
    notices = db.exec(select(Notice).where(col(Notice.account_id) == admin.id)).all()
    assert len(notices) == 1, "told once, not at every look"
    draft.client.sign_out()
    draft.client.sign_in(admin)
    page = draft.client.get("/admin/storage").text
    assert big in page
    assert draft.asset.name in page
    assert "请从备份恢复" in draft.client.get("/notices").text
    damage(store, big, data)
    assert draft.client.post(f"/admin/storage/{finding.id}/check").status_code == 303
    tasks._check(finding.id)
    db.expire_all()
    assert db.get_one(StoreFinding, finding.id).resolved_at is not None
    assert big not in draft.client.get("/admin/storage").text
    verbs = db.exec(select(AuditEvent.verb).where(col(AuditEvent.object_type) == "store_finding")).all()
    assert verbs == ["store.file-damaged", "store.file-sound-again"]


def test_a_missing_file_is_another_finding(draft: Draft, db: Session, store: Store) -> None:
    draft.put("a", b"to be lost")
    (digest,) = digests(db)
    store.remove(digest)
    assert actions.verify(now()).damaged == [digest]
    assert db.exec(select(StoreFinding)).one().damage is Damage.missing
    assert draft.put("b", b"to be lost") == 201, "the same content again puts it back"
    assert actions.verify(now()).damaged == []


def test_slices_go_on_where_the_last_one_stopped(draft: Draft, db: Session) -> None:
    for number in range(5):
        draft.put(f"{number}", content(1000 + number))
    begin = now()
    sizes = []
    while (seen := actions.verify(begin, budget=2000)).files:
        sizes.append(seen.files)
    assert sizes == [2, 2, 1]
    db.rollback()
    assert all(row.verified_at and row.verified_at >= begin for row in db.exec(select(StoredBlob)))


def test_a_store_that_does_not_answer_is_no_damage(
    draft: Draft, db: Session, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    draft.put("a", b"x")
    gone = Settings(home=tmp_path, store_url="s3://cspon", s3_endpoint="127.0.0.1:1", s3_secure=False)
    from registry.storage.actions import verifying

    monkeypatch.setattr(verifying, "get_store", lambda: S3Store(gone))
    with pytest.raises(Unavailable):
        actions.verify(now())
    assert db.exec(select(StoreFinding)).all() == []


def run(*words: str, code: int = 0) -> str:
    result = CliRunner().invoke(command, list(words))
    assert result.exit_code == code, f"{result.output} {result.exception!r}"
    return str(result.output)


@pytest.fixture
def _by_command(monkeypatch: pytest.MonkeyPatch, database_url: str) -> None:
    monkeypatch.setattr(get_settings(), "database_url", database_url)


@pytest.mark.usefixtures("_by_command")
def test_the_command_verifies_and_goes_on(draft: Draft, db: Session) -> None:
    draft.put("a", b"one")
    draft.put("b", b"three")
    assert "2 files (8 B) verified, 0 damaged" in run("verify")
    assert "0 files" in run("verify", "--resume")
    assert "0 files" in run("verify", "--days", "7")
    damage(get_store(), digests(db)[1], b"tampe")
    said = run("verify", code=1)
    assert "1 damaged" in said
    assert digests(db)[1] in said


@pytest.mark.usefixtures("_by_command")
def test_the_command_sweeps(draft: Draft, db: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    draft.put("a", b"kept")
    orphan = get_store().put([b"orphan"])
    assert "would go: 0 files" in run("sweep", "--dry-run")
    monkeypatch.setattr(get_settings(), "store_sweep_after_h", 0)
    assert "would go: 1 files" in run("sweep", "--dry-run")
    assert get_store().exists(orphan.sha256)
    assert "removed: 1 files" in run("sweep")
    assert not get_store().exists(orphan.sha256)
    assert get_store().exists(digests(db)[0])


def test_who_sees_the_store(draft: Draft, make: Make, application: Any, db: Session) -> None:
    admin, auditor = make.account("甲", roles=("system_admin",)), make.account("乙", roles=("auditor",))
    finding = StoreFinding(sha256="0" * 64, size=1, damage=Damage.missing)
    db.add(finding)
    db.commit()
    check = f"/admin/storage/{finding.id}/check"
    with Client(application) as other:
        assert other.get("/admin/storage").status_code in {303, 401}
        assert other.post(check).status_code in {303, 401}
        other.sign_in(auditor)
        assert other.get("/admin/storage").status_code == 403
        assert other.post(check).status_code == 403
        other.sign_out()
        other.sign_in(admin)
        assert other.get("/admin/storage").status_code == 200
        assert other.post(check.replace(str(finding.id), str(admin.id))).status_code == 404
    assert draft.client.get("/admin/storage").status_code == 403
