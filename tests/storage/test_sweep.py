"""The sweep takes what nothing refers to, after a day, and never anything else."""

import datetime as dt
import os
import uuid
from typing import Any

import pytest
from sqlmodel import Session, SQLModel, col, select

from portal.audit.models import AuditEvent
from portal.kit.actor import SYSTEM
from portal.kit.clock import now
from portal.kit.db import engine, transaction
from portal.kit.errors import Unavailable
from portal.kit.storage import FolderStore, Store, get_store
from portal.settings import get_settings
from registry.previews.models import Preview, PreviewKind, PreviewState
from registry.storage import actions, queries
from registry.storage.actions import sweeping
from registry.versions.models import NamespaceBlob, StoredBlob
from registry.versions.queries import note_blobs, owned_bytes
from tests.storage.conftest import content, send
from tests.versions.conftest import Draft

LATER = dt.timedelta(hours=25)


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Moves the sweep's clock on by so many days of 25 hours: what a store says of its files cannot be changed."""
    passed = dt.timedelta()

    def move(times: int = 1) -> None:
        nonlocal passed
        passed += LATER * times
        monkeypatch.setattr(sweeping, "now", lambda: now() + passed)

    return move


def names(store: Store) -> set[str]:
    return {found.name for found in store.files()}


def test_a_file_without_a_row_goes_after_a_day(draft: Draft, db: Session, store: Store, later: Any) -> None:
    assert draft.put("kept.txt", b"kept") == 201
    orphan = store.put([b"orphan" + os.urandom(8)])
    assert not actions.sweep(SYSTEM), "young: its row may be about to be written"
    later()
    would = actions.sweep(SYSTEM, dry_run=True)
    assert (would.files, would.bytes) == (1, orphan.size)
    assert orphan.sha256 in names(store), "a dry run changes nothing"
    swept = actions.sweep(SYSTEM)
    assert swept == would
    assert orphan.sha256 not in names(store)
    assert draft.client.get(f"{draft.api}/files/kept.txt").content == b"kept"
    event = db.exec(select(AuditEvent).where(col(AuditEvent.verb) == "store.swept")).one()
    assert (event.evidence["files"], event.evidence["some"]) == (1, [orphan.sha256])
    assert not actions.sweep(SYSTEM)


def test_content_no_version_holds_leaves_quota_and_store(
    draft: Draft, db: Session, store: Store, later: Any
) -> None:
    first, second = content(1000), content(500)
    assert draft.put("a", first) == 201
    old = names(store)
    assert draft.put("a", second) == 201
    space = draft.owner.namespace.id
    later()
    actions.sweep(SYSTEM)
    assert owned_bytes(db, space) == 1500, "marked only now, released a day later"
    assert queries.unused(db, space) == 1000
    later()
    swept = actions.sweep(SYSTEM)
    assert (swept.released, swept.rows, swept.files, swept.bytes) == (1, 1, 1, 1000)
    db.rollback()
    assert owned_bytes(db, space) == 500
    assert not old & names(store)
    assert draft.client.get(f"{draft.api}/files/a").content == second


def test_what_comes_back_in_time_stays(draft: Draft, db: Session, later: Any) -> None:
    data = content(1000)
    draft.put("a", data)
    draft.client.delete(f"{draft.api}/files/a")
    later()
    actions.sweep(SYSTEM)
    row = db.exec(select(NamespaceBlob)).one()
    assert row.unreferenced_at is not None
    assert draft.put("b", data) == 201
    db.expire_all()
    assert db.exec(select(NamespaceBlob)).one().unreferenced_at is None
    later(2)
    actions.sweep(SYSTEM)
    assert draft.client.get(f"{draft.api}/files/b").content == data


def test_an_upload_under_way_keeps_its_parts_however_old(draft: Draft, db: Session, later: Any) -> None:
    up = send(draft, content(3000))
    up.put_all()
    stray = get_store().incoming / "incoming-broken"
    stray.write_bytes(b"half")
    later(2)
    swept = actions.sweep(SYSTEM)
    assert (swept.leftovers, swept.bytes) == (1, 4)
    assert not stray.exists()
    assert up.complete().status_code == 201


def test_parts_of_previews_stay_as_long_as_their_file(draft: Draft, db: Session, later: Any) -> None:
    """They are named in a JSON column, not by a foreign key; the preview itself does not keep its file."""
    draft.put("table.csv", b"a,b\n1,2\n")
    source = db.exec(select(StoredBlob)).one()
    part = get_store().put([b"part of a preview"])
    with transaction() as tx:
        note_blobs(tx, [part])
        preview = Preview(
            sha256=source.sha256,
            kind=next(iter(PreviewKind)),
            state=PreviewState.ready,
            parts={"page": part.sha256},
        )
        tx.add(preview)
    later()
    assert not actions.sweep(SYSTEM)
    draft.client.delete(f"{draft.api}/files/table.csv")
    actions.sweep(SYSTEM)
    later()
    actions.sweep(SYSTEM)
    actions.sweep(SYSTEM)
    db.rollback()
    assert db.exec(select(Preview)).all() == []
    assert names(get_store()) == set()


def test_every_table_that_names_a_file_is_asked(db: Session) -> None:
    holders = {
        table.name for table in SQLModel.metadata.sorted_tables for key in table.foreign_keys
        if key.target_fullname == "blob.sha256"
    }  # fmt: skip
    assert {"version_file", "version_upload", "namespace_blob", "result"} <= holders
    assert queries.unknown_holders(db) == []


def test_a_table_nobody_told_of_stops_the_sweep(db: Session, later: Any) -> None:
    """A plugin's table, or one of a domain this process has not loaded: nothing may be deleted then."""
    name = f"other_{uuid.uuid4().hex[:8]}"
    with engine().begin() as connection:
        connection.exec_driver_sql(f"CREATE TABLE {name} (sha256 varchar(64) REFERENCES blob)")
    try:
        orphan = get_store().put([b"orphan"])
        later()
        with pytest.raises(RuntimeError, match=name):
            actions.sweep(SYSTEM)
        assert get_store().exists(orphan.sha256)
    finally:
        with engine().begin() as connection:
            connection.exec_driver_sql(f"DROP TABLE {name}")


def test_a_row_is_never_written_for_a_file_just_swept(db: Session, later: Any) -> None:
    """Stored a day ago, never named: taken between the check of its being there and the writing of its row."""
    orphan = get_store().put([b"orphan"])
    later()
    actions.sweep(SYSTEM)
    with pytest.raises(Unavailable), transaction() as tx:
        note_blobs(tx, [orphan])
    assert db.get(StoredBlob, orphan.sha256) is None


def test_storing_again_makes_a_file_young(db: Session) -> None:
    store = FolderStore(get_settings().home / "store")
    blob = store.put([b"again"])
    path = next((get_settings().home / "store/sha256").glob(f"??/{blob.sha256}"))
    os.utime(path, (0, 0))
    store.put([b"again"])
    (found,) = store.files()
    assert now() - found.since < dt.timedelta(minutes=1)
