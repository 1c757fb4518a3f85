"""The verbs of previews: one row per content, three tries, an end for everything, a record of each change."""

import datetime as dt
import uuid
from collections.abc import Callable

from sqlalchemy import text
from sqlmodel import Session, select

from portal.audit.models import AuditEvent
from portal.kit.actor import SYSTEM
from portal.kit.clock import now
from portal.kit.db import transaction
from portal.kit.storage import get_store
from registry.assets.models import AssetKind, AssetText
from registry.previews import actions, queries, tasks
from registry.previews.kinds import MIB, kind_of, largest
from registry.previews.models import Preview, PreviewKind, PreviewState
from registry.previews.reading import Result
from registry.versions.models import StoredBlob, VersionState
from tests.previews.conftest import Prepare
from tests.previews.samples import pdf
from tests.support.browser import Client
from tests.support.make import Make

CSV = b"a\n1\n"


def asked(make: Make, content: bytes = CSV, path: str = "a.csv") -> uuid.UUID:
    blob = make.blob(content)
    with transaction() as db:
        found = actions.ask(db, SYSTEM, path=path, sha256=blob.sha256, size=blob.size)
    assert found is not None
    return found


def row(db: Session, preview_id: uuid.UUID) -> Preview:
    db.rollback()
    db.expire_all()
    found = db.get(Preview, preview_id)
    assert found is not None
    return found


def waiting(db: Session, name: str) -> int:
    db.rollback()
    counted = text("SELECT count(*) FROM procrastinate_jobs WHERE task_name = :name AND status = 'todo'")
    return int(db.execute(counted, {"name": name}).scalar_one())


def begin(preview_id: uuid.UUID) -> int | None:
    with transaction() as db:
        found = actions.begin(db, preview_id=preview_id)
        return found.attempts if found is not None else None


def test_kinds_follow_the_name() -> None:
    assert kind_of("a/B.CSV") is PreviewKind.table
    assert kind_of("x.svg") is PreviewKind.text
    assert kind_of("LICENSE") is PreviewKind.text
    assert [kind_of(name) for name in ("a.npy", "a.pkl", "noending", ".csv/x", "a.exe")] == [None] * 5


def test_a_content_is_asked_for_once(make: Make, db: Session) -> None:
    preview_id = asked(make)
    blob = make.blob(CSV)
    with transaction() as session:
        assert actions.ask(session, SYSTEM, path="b.csv", sha256=blob.sha256, size=blob.size) is None
        # Another reader of the same bytes is another preview.
        assert actions.ask(session, SYSTEM, path="b.txt", sha256=blob.sha256, size=blob.size) is not None
        assert actions.ask(session, SYSTEM, path="b.bin", sha256=blob.sha256, size=blob.size) is None
    assert waiting(db, "previews.make") == 2
    assert row(db, preview_id).deadline_at is not None


def test_what_is_too_large_is_never_read(make: Make, db: Session) -> None:
    blob = make.blob(CSV)
    size = largest(PreviewKind.table) + 1
    with transaction() as session:
        found = actions.ask(session, SYSTEM, path="a.csv", sha256=blob.sha256, size=size)
    assert found is not None
    preview = row(db, found)
    assert (preview.state, preview.params) == (PreviewState.unsupported, {"limit": (size - 1) // MIB})
    assert preview.deadline_at is None
    assert waiting(db, "previews.make") == 0


def test_only_the_try_that_counts_may_write(make: Make, db: Session) -> None:
    preview_id = asked(make)
    assert (begin(preview_id), begin(preview_id)) == (1, 2)
    late = Result(PreviewState.failed, "late")
    with transaction() as session:
        assert not actions.record_end(session, preview_id=preview_id, attempt=1, result=late, parts={})
    assert row(db, preview_id).state is PreviewState.pending
    blob = get_store().put([b"{}"])
    good = Result(PreviewState.ready, facts={"rows": 1}, parts={"rows-1.json": b"{}"})
    with transaction() as session:
        assert actions.record_end(
            session, preview_id=preview_id, attempt=2, result=good, parts={"rows-1": blob}
        )
    preview = row(db, preview_id)
    assert (preview.state, preview.parts, preview.deadline_at) == (
        PreviewState.ready,
        {"rows-1": blob.sha256},
        None,
    )
    assert db.get(StoredBlob, blob.sha256) is not None
    assert begin(preview_id) is None


def test_faults_of_the_platform_are_retried_thrice(make: Make, db: Session) -> None:
    preview_id = asked(make)
    for attempt in (1, 2, 3):
        assert begin(preview_id) == attempt
        with transaction() as session:
            actions.note_fault(session, preview_id=preview_id, attempt=attempt)
    preview = row(db, preview_id)
    assert (preview.state, preview.reason) == (PreviewState.failed, actions.FAULT)
    assert waiting(db, "previews.make") == 3


def test_the_watchdog_ends_what_no_worker_takes(make: Make, db: Session) -> None:
    preview_id = asked(make)
    for _time in range(3):
        preview = row(db, preview_id)
        preview.deadline_at = now() - dt.timedelta(seconds=1)
        db.add(preview)
        db.commit()
        tasks.watchdog(0)
    assert row(db, preview_id).state is PreviewState.failed
    with transaction() as session:
        assert actions.watch(session) == 0


def test_every_change_is_on_record(make: Make, db: Session, run_job: Callable[[uuid.UUID], None]) -> None:
    preview_id = asked(make)
    run_job(preview_id)
    run_job(preview_id)  # a job that runs twice changes nothing
    db.rollback()
    events = db.exec(select(AuditEvent).where(AuditEvent.object_id == str(preview_id))).all()
    assert [event.verb for event in events] == ["preview.asked", "preview.made"]
    assert events[-1].evidence == {"kind": "table", "from": "pending", "to": "ready"}


def test_a_missing_file_is_a_fault_of_the_platform(
    make: Make, db: Session, run_job: Callable[[uuid.UUID], None]
) -> None:
    db.add(StoredBlob(sha256="0" * 64, size=3))
    db.commit()
    with transaction() as session:
        found = actions.ask(session, SYSTEM, path="a.csv", sha256="0" * 64, size=3)
    assert found is not None
    run_job(found)
    preview = row(db, found)
    assert (preview.state, preview.attempts) == (PreviewState.pending, 1)


def test_the_text_of_a_paper_is_found_once_it_is_ready(
    client: Client, make: Make, db: Session, prepare: Prepare
) -> None:
    asset = make.asset(make.account("甲"), kind=AssetKind.paper, title="论文")
    version = make.version(asset, {"p.pdf": pdf(["Observing land use plans"])})
    prepare(version, "p.pdf")
    assert waiting(db, "previews.index") == 1
    tasks.index(str(version.id))
    assert "论文" in client.get("/search?q=land use plans").text
    address = f"/assets/{make_slug(db, asset)}/{asset.name}"
    assert "Observing land use plans" in client.get(address).text
    # A newer version without the document: the old text is neither shown nor found.
    make.version(asset, {"README.md": b"x"}, number="2.0.0")
    assert "论文" not in client.get("/search?q=land use plans").text
    assert "Observing" not in client.get(address).text


def make_slug(db: Session, asset: object) -> str:
    from portal.accounts.models import Namespace

    found = db.get(Namespace, asset.namespace_id)  # type: ignore[attr-defined]
    assert found is not None
    return found.slug


def test_drafts_and_hidden_documents_are_not_indexed(make: Make, db: Session, prepare: Prepare) -> None:
    owner = make.account("甲")
    asset = make.asset(owner, kind=AssetKind.benchmark)
    hidden = make.version(asset, {"labels/p.pdf": pdf(["answer"])}, hidden=("labels/",))
    prepare(hidden, "labels/p.pdf")
    draft = make.version(asset, {"d.pdf": pdf(["draft text"])}, state=VersionState.draft, number="1.1.0")
    prepare(draft, "d.pdf")
    for version in (hidden, draft):
        with transaction() as session:
            assert not actions.index_version(session, version_id=version.id)
    assert db.exec(select(AssetText)).all() == []
    with transaction() as session:
        assert queries.papers_of(session, draft.id) == []


def test_many_files_wait_in_two_lanes_behind_everything_else(make: Make, db: Session) -> None:
    files = {f"{n}.csv": b"a\n%d\n" % n for n in range(20)}
    version = make.version(make.asset(make.account("甲"), kind=AssetKind.dataset), files)
    with transaction() as session:
        assert actions.ask_for_version(session, version_id=version.id) == 20
    db.rollback()
    lanes = text("SELECT lock, priority, count(*) FROM procrastinate_jobs GROUP BY 1, 2 ORDER BY 1")
    found = db.execute(lanes).all()
    assert [(row[0], row[1]) for row in found] == [("previews-0", -10), ("previews-1", -10)]
    assert sum(row[2] for row in found) == 20
