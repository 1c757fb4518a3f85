"""Recording scans, faults, deadlines, unpacked archives."""

import datetime as dt

import pytest
from sqlalchemy import text
from sqlmodel import Session, select

from portal.audit.models import AuditEvent
from portal.kit.actor import Actor
from portal.kit.clock import now
from portal.kit.errors import Conflict, Forbidden
from portal.kit.storage import Blob
from portal.notices.models import Notice
from registry.assets.models import Asset, AssetKind
from registry.scanning import actions
from registry.scanning.models import Scan, ScanFinding
from registry.scanning.report import ScannedFile, ScanReport
from registry.scanning.rules import finding
from registry.versions import actions as versions
from registry.versions.actions.files import NewFile
from registry.versions.models import UploadState, Version, VersionFile, VersionState, VersionUpload
from tests.support.make import Make, Person

FILES = (ScannedFile(path="README.md", size=7, kind="text"),)
CLEAN = ScanReport(files=FILES, tools={"picklescan": "1.0"})
KEY = ScanReport(files=FILES, findings=(finding("secret.private_key", path="README.md"),))
STOPPED = ScanReport(findings=(finding("scan.incomplete", end="timeout"),))


def scanning(make: Make, owner: Person | None = None, kind: AssetKind = AssetKind.algorithm) -> Version:
    owner = owner or make.account("发布者")
    return make.version(
        make.asset(owner, kind=kind),
        state=VersionState.scanning,
        deadline_at=now() + dt.timedelta(minutes=30),
        submitted_at=now(),
    )


def jobs(db: Session, name: str) -> int:
    found = db.execute(text("SELECT count(*) FROM procrastinate_jobs WHERE task_name = :n"), {"n": name})
    return int(found.scalar_one())


def fresh(db: Session, version: Version) -> Version:
    db.commit()
    db.expire_all()
    return db.get_one(Version, version.id)


def conclude(db: Session, version: Version, report: ScanReport) -> Version:
    attempt = actions.begin_scan(db, version_id=version.id)
    assert attempt is not None
    assert actions.record_scan(db, version_id=version.id, attempt=attempt, report=report)
    return fresh(db, version)


def test_clean_versions_are_published(make: Make, db: Session) -> None:
    version = conclude(db, scanning(make), CLEAN)
    assert version.state is VersionState.published
    assert version.published_at is not None
    assert version.deadline_at is None
    asset = db.get_one(Asset, version.asset_id)
    assert (asset.is_public, asset.latest_version) == (True, "1.0.0")
    event = db.exec(select(AuditEvent).where(AuditEvent.verb == "version.scanned")).one()
    assert event.evidence["to"] == "published"
    assert event.evidence["tree_digest"] == version.tree_digest
    assert db.exec(select(Notice)).one().account_id == version.created_by
    assert jobs(db, "benchmarks.register") == 0


def test_published_benchmarks_are_registered(make: Make, db: Session) -> None:
    conclude(db, scanning(make, kind=AssetKind.benchmark), CLEAN)
    assert jobs(db, "benchmarks.register") == 1


def test_dangers_are_quarantined_and_broken_scans_rejected(make: Make, db: Session) -> None:
    version = conclude(db, scanning(make), KEY)
    assert version.state is VersionState.quarantined
    assert not db.get_one(Asset, version.asset_id).is_public
    row = db.exec(select(ScanFinding)).one()
    assert (row.rule, row.severity, row.path) == ("secret.private_key", "danger", "README.md")
    other = conclude(db, scanning(make), STOPPED)
    assert other.state is VersionState.rejected
    assert not db.get_one(Asset, other.asset_id).is_public


def test_pickles_mark_the_version(make: Make, db: Session) -> None:
    report = ScanReport(files=FILES, findings=(finding("pickle.executable_format", path="README.md"),))
    version = conclude(db, scanning(make), report)
    assert (version.state, version.executable_format) == (VersionState.published, True)


def test_stale_tries_write_nothing(make: Make, db: Session) -> None:
    version = scanning(make)
    first = actions.begin_scan(db, version_id=version.id)
    second = actions.begin_scan(db, version_id=version.id)
    assert first is not None
    assert second is not None
    assert not actions.record_scan(db, version_id=version.id, attempt=first, report=STOPPED)
    actions.note_fault(db, version_id=version.id, attempt=first)
    assert jobs(db, "scanning.scan") == 0
    assert actions.record_scan(db, version_id=version.id, attempt=second, report=CLEAN)
    assert not actions.record_scan(db, version_id=version.id, attempt=second, report=STOPPED)
    assert actions.begin_scan(db, version_id=version.id) is None
    assert fresh(db, version).state is VersionState.published
    assert len(db.exec(select(Scan)).all()) == 1


def test_faults_end_after_three_tries(make: Make, db: Session) -> None:
    version = scanning(make)
    for n in range(1, 4):
        attempt = actions.begin_scan(db, version_id=version.id)
        assert attempt == n
        actions.note_fault(db, version_id=version.id, attempt=attempt)
    version = fresh(db, version)
    assert version.state is VersionState.draft
    assert version.state_reason == actions.GIVEN_BACK
    assert jobs(db, "scanning.scan") == 2
    assert len(db.exec(select(Notice)).all()) == 1


def test_deadlines_end_even_without_a_worker(make: Make, db: Session) -> None:
    version = scanning(make)
    for _ in range(3):
        assert actions.watch(db) == 0
        version.deadline_at = now() - dt.timedelta(seconds=1)
        db.add(version)
        db.commit()
        assert actions.watch(db) == 1
        version = fresh(db, version)
    assert version.state is VersionState.draft
    assert actions.watch(db) == 0


def certifier(make: Make, **values: object) -> Actor:
    person = make.account("认证员", roles=("certifier",))
    return Actor(id=person.id, name="认证员", roles=frozenset({"certifier"}), **values)  # type: ignore[arg-type]


def test_certifiers_release_and_reject(make: Make, db: Session) -> None:
    one, two = conclude(db, scanning(make), KEY), conclude(db, scanning(make), KEY)
    actor = certifier(make)
    actions.release(db, actor, version_id=one.id, reason="测试密钥，无害")
    actions.reject(db, actor, version_id=two.id, reason="真实密钥")
    one, two = fresh(db, one), fresh(db, two)
    assert (one.state, two.state) == (VersionState.published, VersionState.rejected)
    assert two.state_reason == "真实密钥"
    assert db.get_one(Asset, one.asset_id).is_public
    event = db.exec(select(AuditEvent).where(AuditEvent.verb == "version.released")).one()
    assert (event.reason, event.actor_id) == ("测试密钥，无害", actor.id)
    for verb in (actions.release, actions.reject):
        for version in (one, two):
            with pytest.raises(Conflict):
                verb(db, actor, version_id=version.id, reason="再次")


def test_nobody_decides_about_their_own(make: Make, db: Session) -> None:
    owner = make.account("发布者")
    version = conclude(db, scanning(make, owner), KEY)
    with pytest.raises(Forbidden):
        actions.release(
            db,
            certifier(make, namespaces=frozenset({owner.namespace.id})),
            version_id=version.id,
            reason="自己的",
        )
    with pytest.raises(Forbidden):
        actions.release(db, Actor(id=owner.id), version_id=version.id, reason="没有角色")


def upload(make: Make, db: Session) -> tuple[Version, VersionUpload]:
    owner = make.account("发布者")
    version = make.version(make.asset(owner), {}, state=VersionState.draft)
    blob = make.blob(b"archive")
    row = VersionUpload(
        version_id=version.id,
        created_by=owner.id,
        filename="a.zip",
        sha256=blob.sha256,
        size=blob.size,
        deadline_at=now() + dt.timedelta(minutes=1),
    )
    db.add(row)
    db.commit()
    return version, row


def stored(make: Make, content: bytes) -> Blob:
    row = make.blob(content)
    return Blob(row.sha256, row.size)


def test_unpacked_files_join_the_draft(make: Make, db: Session) -> None:
    version, row = upload(make, db)
    files = [NewFile("a/b.txt", stored(make, b"1")), NewFile("c.txt", stored(make, b"2"))]
    versions.accept_upload(db, upload_id=row.id, files=files)
    assert fresh(db, version).file_count == 2
    assert db.get_one(VersionUpload, row.id).state is UploadState.unpacked
    versions.accept_upload(db, upload_id=row.id, files=[NewFile("x", stored(make, b"3"))])
    assert fresh(db, version).file_count == 2


def test_files_that_do_not_fit_refuse_the_archive_whole(make: Make, db: Session) -> None:
    version, row = upload(make, db)
    files = [NewFile("good.txt", stored(make, b"1")), NewFile("GOOD.txt", stored(make, b"2"))]
    versions.accept_upload(db, upload_id=row.id, files=files)
    assert fresh(db, version).file_count == 0
    found = db.get_one(VersionUpload, row.id)
    assert found.state is UploadState.refused
    assert "GOOD.txt" in found.reason
    assert db.exec(select(VersionFile)).all() == []


def test_uploads_end_too(make: Make, db: Session) -> None:
    _version, row = upload(make, db)
    for _ in range(3):
        row.deadline_at = now() - dt.timedelta(seconds=1)
        db.add(row)
        db.commit()
        assert actions.watch(db) == 1
        db.commit()
        db.expire_all()
        row = db.get_one(VersionUpload, row.id)
    assert row.state is UploadState.refused
    assert actions.watch(db) == 0


def test_refusals_say_why(make: Make, db: Session) -> None:
    from registry.scanning.rules import RULES
    from registry.versions.pages import explain

    _version, row = upload(make, db)
    params: dict[str, object] = {"path": "../x"}
    versions.refuse_upload(db, upload_id=row.id, reason=RULES["archive.parent_name"].title, params=params)
    db.commit()
    found = db.get_one(VersionUpload, row.id)
    assert found.state is UploadState.refused
    assert explain(found.reason, found.params)
