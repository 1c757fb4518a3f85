"""Uploads in parts: any order, any number of goes, checked part by part and as a whole; on both stores."""

import datetime as dt
import hashlib
import uuid
from typing import Any

import pytest
from sqlmodel import Session, col, select

from portal.accounts.actions import create_token
from portal.accounts.models import Scope
from portal.accounts.sessions import actor_of
from portal.audit.models import AuditEvent
from portal.kit.clock import now
from portal.kit.db import transaction
from portal.kit.storage import Store, get_store
from portal.settings import get_settings
from registry.storage import actions
from registry.storage.models import SessionState, UploadPart, UploadSession
from registry.versions.models import StoredBlob, VersionFile, VersionUpload
from tests.storage.conftest import MIB, PART, content, send
from tests.support.browser import Client
from tests.support.make import Make
from tests.versions.conftest import Draft, begin

THREE = 2 * PART + 12345


def session_row(db: Session, key: str) -> UploadSession:
    db.rollback()
    return db.get_one(UploadSession, uuid.UUID(key))


def test_a_file_in_three_parts(draft: Draft, db: Session, store: Store) -> None:
    up = send(draft, content(THREE))
    assert (up.session["parts"], up.session["part_size"], up.session["missing"]) == (3, PART, [0, 1, 2])
    up.put_all([2, 0])
    assert up.look()["missing"] == [1]
    early = up.complete()
    assert early.status_code == 409
    assert draft.paths() == []
    up.put_all([1, 1])
    done = up.complete()
    assert done.status_code == 201, done.text
    assert done.json()["sha256"] == up.digest
    assert up.complete().json()["state"] == "done", "completing twice answers the same"
    row = db.exec(select(VersionFile)).one()
    assert (row.path, row.sha256, row.size) == ("data/big.bin", up.digest, THREE)
    assert draft.client.get(f"{draft.api}/files/data/big.bin").content == up.data
    middle = draft.client.get(
        f"{draft.api}/files/data/big.bin", headers={"Range": f"bytes={PART - 3}-{PART + 2}"}
    )
    assert middle.content == up.data[PART - 3 : PART + 3]
    assert list(store.leftovers()) == []
    assert db.exec(select(UploadPart)).all() == []
    verbs = db.exec(select(AuditEvent.verb).where(col(AuditEvent.object_type) == "upload_session")).all()
    assert verbs == ["upload-session.begun", "upload-session.assembling-begun", "upload-session.done"]


def test_beginning_again_goes_on(draft: Draft) -> None:
    data = content(THREE)
    first = send(draft, data)
    first.put_all([1])
    again = send(draft, data)
    assert again.session["id"] == first.session["id"]
    assert again.session["missing"] == [0, 2]
    assert again.session["present"] == {"1": hashlib.sha256(first.part(1)).hexdigest()}
    other = send(draft, data[:-1])
    assert other.session["id"] != first.session["id"], "another size is another file"
    assert first.look()["state"] == "cancelled"


def test_a_part_that_is_not_what_it_says_is_not_kept(draft: Draft) -> None:
    up = send(draft, content(THREE))
    flipped = bytearray(up.part(0))
    flipped[77] ^= 1
    wrong = up.put(0, bytes(flipped), hashlib.sha256(up.part(0)).hexdigest())
    assert wrong.status_code == 409
    assert wrong.json()["code"] == "part-damaged"
    assert up.put(0, up.part(0)[:-1]).status_code == 409, "too short"
    assert up.put(0, up.part(0) + b"x").status_code == 409, "too long"
    assert up.put(3, b"x").status_code == 404
    assert up.put(-1, b"x").status_code == 404
    assert up.look()["missing"] == [0, 1, 2]
    assert up.put(0).status_code == 200
    changed = bytes(len(up.part(0)))
    assert up.put(0, changed).status_code == 409, "a part that has arrived is not exchanged"
    up.put_all()
    assert up.complete().status_code == 201


@pytest.mark.parametrize("header", ["", "sha-256=:AAAA:", "sha-512=:AAAA:", "sha-256=nonsense", "x" * 5000])
def test_a_part_needs_its_digest(draft: Draft, header: str) -> None:
    up = send(draft, content(1000))
    answer = draft.client.put(f"{up.url}/parts/0", content=up.data, headers={"Content-Digest": header})
    assert answer.status_code == 422
    assert up.look()["missing"] == [0]


def test_rot_between_arrival_and_completion_is_found(draft: Draft, db: Session) -> None:
    """In the folder store the bad part is sent again; nothing else is."""
    up = send(draft, content(THREE))
    up.put_all()
    handle = session_row(db, up.session["id"]).handle
    with (get_settings().home / "store/incoming" / handle).open("r+b") as file:
        file.seek(PART + 5)
        file.write(b"rot")
    answer = up.complete()
    assert (answer.status_code, answer.json()["code"]) == (409, "parts-damaged")
    assert up.look()["missing"] == [1]
    up.put_all([1])
    assert up.complete().json()["sha256"] == up.digest


def test_the_announced_digest_of_the_whole_decides(draft: Draft, store: Store) -> None:
    data = content(PART + 1)
    up = send(draft, data, sha256="ab" * 32)
    up.put_all()
    answer = up.complete()
    assert answer.status_code == 422
    assert up.look()["state"] == "refused"
    assert draft.paths() == []
    assert list(store.leftovers()) == []
    right = send(draft, data, sha256=hashlib.sha256(data).hexdigest())
    right.put_all()
    assert right.complete().status_code == 201


def test_two_people_with_the_same_content_store_it_once(
    draft: Draft, client: Client, make: Make, db: Session, store: Store
) -> None:
    data = content(PART + 99)
    first = send(draft, data)
    first.put_all()
    assert first.complete().status_code == 201
    second = send(begin(client, make), data, path="elsewhere.bin")
    assert second.session["missing"] == [0, 1], "nobody learns what others have stored"
    second.put_all()
    assert second.complete().json()["sha256"] == first.digest
    assert [found.name for found in store.files()].count(first.digest) == 1
    assert len(db.exec(select(StoredBlob).where(StoredBlob.sha256 == first.digest)).all()) == 1


def test_an_archive_in_parts_is_unpacked_by_a_job(draft: Draft, db: Session) -> None:
    up = send(draft, content(1000), path="all.zip", archive=True)
    up.put_all()
    assert up.complete().status_code == 202
    row = db.exec(select(VersionUpload)).one()
    assert (row.filename, row.sha256) == ("all.zip", up.digest)
    for path in ("all.rar", "a/all.zip"):
        answer = draft.client.post(f"{draft.api}/uploads", json={"path": path, "size": 9, "archive": True})
        assert answer.status_code == 422, path


@pytest.mark.parametrize("path", ["../x", "/x", "a//b", "a\\b", "C:/x", "a/\u202eb", " a", "a" * 501, ""])
def test_hostile_paths_are_refused(draft: Draft, path: str) -> None:
    answer = draft.client.post(f"{draft.api}/uploads", json={"path": path, "size": 10})
    assert answer.status_code == 422
    assert list(get_store().leftovers()) == []


def test_names_that_would_be_one_file_are_refused(draft: Draft) -> None:
    assert draft.put("数据/Cafe\u0301.csv", b"1") == 201
    base = f"{draft.api}/uploads"
    for path in ("数据/CAFÉ.csv", "数据", "数据/Café.csv/x"):
        answer = draft.client.post(base, json={"path": path, "size": 10})
        assert answer.status_code == 409, path
    same = draft.client.post(base, json={"path": "数据/Cafe\u0301.csv", "size": 10})
    assert same.json()["path"] == "数据/Café.csv", "normalised: it replaces that file"


def test_limits_are_known_before_a_byte_is_sent(draft: Draft, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(get_settings(), "max_upload_mb", 6)
    base = f"{draft.api}/uploads"
    assert draft.client.post(base, json={"path": "a", "size": 6 * MIB + 1}).status_code == 413
    assert draft.client.post(base, json={"path": "a", "size": 0}).status_code == 422
    monkeypatch.setattr(get_settings(), "user_quota_gb", 10 * MIB / 2**30)
    assert draft.client.post(base, json={"path": "a", "size": 6 * MIB}).status_code == 201
    second = draft.client.post(base, json={"path": "b", "size": 6 * MIB})
    assert second.status_code == 413, "uploads under way are held against the quota"
    assert draft.client.post(base, json={"path": "b", "size": 3 * MIB}).status_code == 201


def test_a_quota_filled_meanwhile_refuses_and_may_be_tried_again(
    draft: Draft, monkeypatch: pytest.MonkeyPatch
) -> None:
    up = send(draft, content(5000))
    up.put_all()
    monkeypatch.setattr(get_settings(), "user_quota_gb", 4000 / 2**30)
    assert up.complete().status_code == 413
    assert up.look()["state"] == "open"
    monkeypatch.setattr(get_settings(), "user_quota_gb", 1.0)
    assert up.complete().status_code == 201


def test_large_files_come_in_larger_parts() -> None:
    size = 200 * 2**30
    session = UploadSession(size=size, part_size=actions.sessions.part_size_for(size))
    assert actions.parts_in(session) <= 9000
    assert session.part_size % MIB == 0
    assert actions.part_bytes(session, actions.parts_in(session) - 1) <= session.part_size


def test_cancelling_frees_what_had_arrived(draft: Draft, db: Session, store: Store) -> None:
    up = send(draft, content(PART + 1))
    up.put_all([0])
    assert draft.client.delete(up.url).status_code == 204
    assert draft.client.delete(up.url).status_code == 204
    assert up.put(1).status_code == 409
    assert up.complete().status_code == 409
    actions.clean_sessions()
    assert session_row(db, up.session["id"]).handle == ""
    assert list(store.leftovers()) == []


def test_a_silent_upload_expires(draft: Draft, db: Session, store: Store) -> None:
    up = send(draft, content(PART + 1))
    up.put_all([0])
    assert actions.clean_sessions() == 0
    row = session_row(db, up.session["id"])
    assert dt.timedelta(hours=71) < row.deadline_at - now() <= dt.timedelta(hours=72)
    row.deadline_at = now() - dt.timedelta(seconds=1)
    db.add(row)
    db.commit()
    assert actions.clean_sessions() == 1
    assert up.look()["state"] == "expired"
    assert list(store.leftovers()) == []
    assert send(draft, up.data).session["missing"] == [0, 1]


def _as_if_died(db: Session, key: str, *, lease: dt.timedelta, digest: str = "") -> None:
    row = session_row(db, key)
    row.state, row.attempts, row.content_sha256 = SessionState.assembling, 1, digest
    row.deadline_at = now() + lease
    db.add(row)
    db.commit()


def test_one_process_at_a_time_puts_a_file_together(draft: Draft, db: Session) -> None:
    up = send(draft, content(3000))
    up.put_all()
    _as_if_died(db, up.session["id"], lease=dt.timedelta(seconds=30))
    busy = up.complete()
    assert (busy.status_code, busy.json()["code"]) == (409, "assembling")
    assert draft.client.delete(up.url).status_code == 409
    _as_if_died(db, up.session["id"], lease=-dt.timedelta(seconds=1))
    assert up.complete().status_code == 201, "a lease that ran out is taken over"


def test_a_process_that_died_after_naming_the_file(draft: Draft, db: Session, store: Store) -> None:
    up = send(draft, content(PART + 5))
    up.put_all()
    blob = store.put([up.data])
    handle = session_row(db, up.session["id"]).handle
    b"".join(store.assembled(handle))
    store.keep(handle, blob)
    _as_if_died(db, up.session["id"], lease=-dt.timedelta(seconds=1), digest=blob.sha256)
    assert up.complete().json()["sha256"] == up.digest
    assert draft.paths() == ["data/big.bin"]


def test_a_dead_process_is_noticed_by_the_clean_up(draft: Draft, db: Session) -> None:
    up = send(draft, content(3000))
    up.put_all()
    _as_if_died(db, up.session["id"], lease=-dt.timedelta(seconds=1))
    assert actions.clean_sessions() == 1
    assert up.look()["state"] == "open"
    assert up.complete().status_code == 201


def test_what_left_the_store_ends_the_session(draft: Draft, db: Session) -> None:
    up = send(draft, content(3000))
    up.put_all()
    get_store().drop(session_row(db, up.session["id"]).handle)
    assert up.complete().status_code == 422
    assert up.look()["state"] == "refused"


def test_ended_sessions_are_forgotten_after_a_month(draft: Draft, db: Session) -> None:
    up = send(draft, content(10))
    draft.client.delete(up.url)
    actions.clean_sessions()
    row = session_row(db, up.session["id"])
    row.updated_at = now() - dt.timedelta(days=31)
    db.add(row)
    db.commit()
    actions.clean_sessions()
    db.rollback()
    assert db.exec(select(UploadSession)).all() == []


def test_a_submitted_version_takes_no_uploads(draft: Draft) -> None:
    up = send(draft, content(3000))
    up.put_all()
    assert draft.put("README.md", b"x") == 201
    assert draft.client.post(f"{draft.api}/submit").status_code == 202
    assert up.complete().status_code == 409
    assert draft.client.post(f"{draft.api}/uploads", json={"path": "a", "size": 1}).status_code == 409


def _token(person: Any, *scopes: Scope) -> dict[str, str]:
    with transaction() as db:
        secret = create_token(db, actor_of(db, person.id), name="t", scopes=scopes, days=1)[1]
    return {"Authorization": f"Bearer {secret}"}


def test_who_may(draft: Draft, client: Client, make: Make, application: object) -> None:
    up = send(draft, content(3000))
    stranger, reader = make.account("外人"), _token(draft.owner, Scope.read)
    writer = _token(draft.owner, Scope.write)
    calls = [
        ("POST", f"{draft.api}/uploads"), ("GET", f"{draft.api}/uploads"), ("GET", up.url),
        ("PUT", f"{up.url}/parts/0"), ("POST", f"{up.url}/parts/0"), ("POST", f"{up.url}/parts/0/address"),
        ("POST", f"{up.url}/complete"), ("DELETE", up.url),
    ]  # fmt: skip
    bodies = {
        f"{draft.api}/uploads": {"json": {"path": "a", "size": 1}},
        f"{up.url}/parts/0": {"json": {"sha256": "a" * 64}},
    }
    with Client(application) as other:
        for method, url in calls:
            extra: Any = bodies.get(url, {}) if method == "POST" else {}
            assert other.request(method, url, **extra).status_code == 401, f"anonymous {method} {url}"
            assert other.request(method, url, headers=reader, **extra).status_code == 403, (
                f"reader {method} {url}"
            )
        assert other.get(up.url, headers=writer).status_code == 200
        other.sign_in(stranger)
        for method, url in calls:
            extra: Any = bodies.get(url, {}) if method == "POST" else {}
            assert other.request(method, url, **extra).status_code == 404, f"stranger {method} {url}"
    elsewhere = begin(client, make)
    assert client.get(f"{elsewhere.api}/uploads/{up.session['id']}").status_code == 404
    assert client.get(f"{elsewhere.api}/uploads/nonsense").status_code == 404


def test_unfinished_uploads_are_on_the_page_and_work_without_scripts(draft: Draft) -> None:
    up = send(draft, content(THREE), path="数据/大文件.bin")
    up.put_all([0])
    page = draft.client.get(draft.page).text
    assert "数据/大文件.bin" in page
    assert "未完成的上传" in page
    assert f"/uploads/{up.session['id']}/cancel" in page
    draft.client.post("/language", data={"locale": "en", "next": "/"})
    assert "Unfinished uploads" in draft.client.get(draft.page).text
    cancelled = draft.client.post(f"{draft.page}/uploads/{up.session['id']}/cancel")
    assert cancelled.status_code == 303
    assert up.session["id"] not in draft.client.get(draft.page).text
    listed = draft.client.get(f"{draft.api}/uploads").json()
    assert listed == []
