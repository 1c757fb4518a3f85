"""Drafts: numbers, uploads, limits, quotas, submission."""

import hashlib
import threading
from typing import Any

import pytest
from sqlalchemy import text
from sqlmodel import Session, select

from portal.audit.models import AuditEvent
from portal.kit.storage import get_store
from portal.settings import get_settings
from registry.assets.models import AssetKind
from registry.versions.digests import tree_digest
from registry.versions.models import (
    StoredBlob,
    UploadState,
    Version,
    VersionFile,
    VersionState,
    VersionUpload,
)
from tests.support.browser import Client
from tests.support.make import Make
from tests.versions.conftest import Draft, begin

MANIFEST = b"name: {name}\nruntime: geo-py311\ncommand: python main.py $input $output\n"


def jobs(db: Session, name: str) -> list[dict[str, Any]]:
    db.rollback()
    rows = db.execute(
        text("SELECT args FROM procrastinate_jobs WHERE task_name = :n ORDER BY id"), {"n": name}
    )
    return [row[0] for row in rows]


def test_form_makes_a_draft(client: Client, make: Make, db: Session) -> None:
    owner = make.account("发布者")
    asset = make.asset(owner)
    client.sign_in(owner)
    base = f"/assets/{owner.namespace.slug}/{asset.name}/versions"
    assert 'value="0.1.0"' in client.get(f"{base}/new").text
    wrong = client.post(f"{base}/new", data={"number": "1.0", "submission": "program"})
    assert wrong.status_code == 422
    assert 'id="f-number-error"' in wrong.text
    made = client.post(
        f"{base}/new", data={"number": "1.0.0-rc.1+b", "submission": "program", "notes": "**新**"}
    )
    assert made.headers["location"] == f"{base}/1.0.0-rc.1%2Bb"
    assert "<strong>新</strong>" in client.get(made.headers["location"]).text
    again = client.post(f"{base}/new", data={"number": "1.0.0-rc.1+b", "submission": "program"})
    assert again.status_code == 422
    assert 'value="1.0.0"' in client.get(f"{base}/new").text
    edited = client.post(f"{base}/1.0.0-rc.1%2Bb/edit", data={"number": "1.0.0", "submission": "files"})
    assert edited.headers["location"] == f"{base}/1.0.0"
    assert db.exec(select(Version)).one().number == "1.0.0"


def test_editing_to_a_used_number_is_refused(draft: Draft) -> None:
    base = draft.api.rpartition("/")[0]
    draft.client.post(base, json={"number": "2.0.0"})
    response = draft.client.post(f"{draft.page}/edit", data={"number": "2.0.0", "submission": "files"})
    assert response.status_code == 409
    assert draft.client.patch(draft.api, json={"number": "2.0.0"}).status_code == 409


def test_datasets_are_not_evaluated(client: Client, make: Make) -> None:
    draft = begin(client, make, kind=AssetKind.dataset)
    response = client.post(draft.api.rpartition("/")[0], json={"number": "2.0.0", "submission": "program"})
    assert response.status_code == 409
    assert "submission" in response.json()["fields"]


def test_put_stores_by_digest(draft: Draft, db: Session) -> None:
    content = bytes(range(256)) * 9000
    response = draft.client.put(f"{draft.api}/files/data/一.bin", content=content)
    digest = hashlib.sha256(content).hexdigest()
    assert response.status_code == 201, response.text
    assert response.json() == {"path": "data/一.bin", "size": len(content), "sha256": digest}
    assert get_store().exists(digest)
    row = db.exec(select(VersionFile)).one()
    assert (row.path, row.sha256, row.hidden) == ("data/一.bin", digest, False)
    version = db.exec(select(Version)).one()
    assert (version.size, version.file_count) == (len(content), 1)
    assert draft.put("data/一.bin", b"new") == 201
    assert draft.paths() == ["data/一.bin"]
    head = draft.client.head(f"{draft.api}/files/data/一.bin")
    assert head.headers["etag"] == f'"{hashlib.sha256(b"new").hexdigest()}"'
    assert head.headers["content-length"] == "3"
    assert list((get_settings().home / "store" / "incoming").iterdir()) == []


@pytest.mark.parametrize("path", ["%2e%2e/x", "a%00b", "a%5Cb", "%20a", "a/%E2%80%AEb", "C%3A/x"])
def test_hostile_paths_are_refused(draft: Draft, path: str) -> None:
    assert draft.put(path, b"x") in {404, 422}
    assert draft.paths() == []


def test_colliding_paths_are_refused(draft: Draft) -> None:
    assert draft.put("Data/a.txt", b"1") == 201
    for path in ("data/b.txt", "Data/A.TXT", "Data", "Data/a.txt/x"):
        assert draft.put(path, b"2") == 409, path
    assert draft.paths() == ["Data/a.txt"]


def test_too_large_is_refused_while_it_streams(draft: Draft, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(get_settings(), "max_upload_mb", 1)
    assert draft.put("a", b"x" * (2**20 + 1)) == 413

    def endless() -> Any:
        for _ in range(40):
            yield b"y" * 65536

    response = draft.client.put(f"{draft.api}/files/b", content=endless())
    assert response.status_code == 413
    assert draft.paths() == []
    assert list((get_settings().home / "store" / "incoming").iterdir()) == []
    assert draft.put("c", b"x" * 2**20) == 201


def test_quota_of_the_namespace(draft: Draft, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(get_settings(), "user_quota_gb", 1000 / 2**30)
    assert draft.put("a", b"x" * 600) == 201
    assert draft.put("b", b"x" * 600) == 201, "the same content counts once"
    assert draft.put("c", b"y" * 600) == 413
    assert draft.paths() == ["a", "b"]


def test_browser_upload(draft: Draft, db: Session) -> None:
    files = [("files", ("main.py", b"print(1)\n")), ("files", ("说明.md", "# 说明\n".encode()))]
    response = draft.client.post(f"{draft.page}/upload", data={"folder": "src"}, files=files)
    assert response.status_code == 303, response.text[-1500:]
    assert draft.paths() == ["src/main.py", "src/说明.md"]
    page = draft.client.get(draft.page).text
    assert "src/main.py" in page
    removed = draft.client.post(f"{draft.page}/remove", data={"path": "src/main.py"})
    assert removed.status_code == 303
    assert draft.paths() == ["src/说明.md"]
    assert draft.client.post(f"{draft.page}/remove", data={"path": "nope"}).status_code == 404
    none = draft.client.post(f"{draft.page}/upload", data={"folder": ""}, files=[("files", ("", b""))])
    assert none.status_code == 422
    escape = draft.client.post(
        f"{draft.page}/upload", data={"folder": "../.."}, files=[("files", ("x", b"1"))]
    )
    assert escape.status_code == 422
    assert len(db.exec(select(VersionFile)).all()) == 1


def test_multipart_of_many_sizes_arrives_whole(draft: Draft) -> None:
    sizes = [0, 1, 65535, 65536, 2**20, 2**20 + 1, 3 * 2**20 + 17]
    contents = {f"f{size}": hashlib.sha256(str(size).encode()).digest()[:1] * size for size in sizes}
    files = [("files", (name, data)) for name, data in contents.items()]
    assert draft.client.post(f"{draft.page}/upload", files=files).status_code == 303
    found = {item["path"]: item["sha256"] for item in draft.client.get(draft.api).json()["files"]}
    assert found == {name: hashlib.sha256(data).hexdigest() for name, data in contents.items()}


def test_broken_multipart_is_refused(draft: Draft) -> None:
    for kind, body in (
        ("multipart/form-data", b"x"),
        ("multipart/form-data; boundary=a", b"--b\r\nnonsense"),
        ("text/plain", b"x"),
        ("multipart/form-data; boundary=a", b"--a\r\n" + b"X: " + b"y" * 200_000),
    ):
        response = draft.client.post(f"{draft.page}/upload", content=body, headers={"content-type": kind})
        assert response.status_code in {413, 422}, kind
    assert list((get_settings().home / "store" / "incoming").iterdir()) == []


def test_archives_wait_for_the_jail(draft: Draft, db: Session) -> None:
    response = draft.client.post(f"{draft.page}/upload", files=[("archive", ("tree.zip", b"PK\x03\x04..."))])
    assert response.status_code == 303
    upload = db.exec(select(VersionUpload)).one()
    assert upload.state is UploadState.pending
    assert upload.deadline_at > upload.created_at
    assert jobs(db, "versions.unpack") == [{"upload_id": str(upload.id)}]
    assert draft.paths() == []
    draft.put("a", b"1")
    early = draft.client.post(f"{draft.api}/submit")
    assert early.status_code == 409
    wrong = draft.client.post(f"{draft.page}/upload", files=[("archive", ("tree.exe", b"MZ"))])
    assert wrong.status_code == 422
    assert draft.client.put(f"{draft.api}/archives/tree.tar.gz", content=b"x").status_code == 202


def test_known_files_are_no_oracle(draft: Draft, make: Make, db: Session) -> None:
    mine, theirs = b"my own bytes", b"somebody else's bytes"
    draft.put("a", mine)
    other = make.account("别人")
    make.version(make.asset(other), {"x": theirs})
    digests = {
        name: hashlib.sha256(data).hexdigest() for name, data in (("b", mine), ("c", theirs), ("d", b"new"))
    }
    body = {"files": [{"path": path, "sha256": digest} for path, digest in digests.items()]}
    answer = draft.client.post(f"{draft.api}/files", json=body).json()
    assert answer == {"added": ["b"], "missing": ["c", "d"]}
    assert draft.paths() == ["a", "b"]
    assert db.get(StoredBlob, digests["c"]) is not None


def test_submit_freezes_and_defers(draft: Draft, db: Session) -> None:
    assert draft.client.post(f"{draft.api}/submit").status_code == 409
    draft.put("b.txt", b"2")
    draft.put("a.txt", b"1")
    assert draft.client.post(f"{draft.page}/submit").status_code == 303
    version = db.exec(select(Version)).one()
    digests = [("a.txt", hashlib.sha256(b"1").hexdigest()), ("b.txt", hashlib.sha256(b"2").hexdigest())]
    assert version.state is VersionState.scanning
    assert version.tree_digest == tree_digest(digests)
    assert version.deadline_at is not None
    assert jobs(db, "scanning.scan") == [{"version_id": str(version.id)}]
    event = db.exec(select(AuditEvent).where(AuditEvent.verb == "version.submitted")).one()
    assert event.evidence["tree_digest"] == version.tree_digest
    assert draft.client.post(f"{draft.api}/submit").status_code == 409


@pytest.mark.parametrize(
    ("submission", "files", "word"),
    [
        ("program", {"main.py": b"1"}, "cspon.yaml"),
        ("program", {"cspon.yaml": b"name: other\nruntime: r\ncommand: c\n"}, "other"),
        ("program", {"cspon.yaml": b"name: a\nname: b\n"}, "cspon.yaml"),
        ("program", {"cspon.yaml": b"version: 9.9.9\nruntime: r\ncommand: c\n"}, "9.9.9"),
        ("model", {"weights.bin": b"1"}, "model.onnx"),
        ("model", {"model.onnx": b"1", "model.skops": b"2"}, "model.onnx"),
    ],
)
def test_incomplete_submissions(
    client: Client, make: Make, submission: str, files: dict[str, bytes], word: str
) -> None:
    draft = begin(client, make, submission=submission)
    for path, content in files.items():
        assert draft.put(path, content) == 201
    response = client.post(f"{draft.api}/submit")
    assert response.status_code == 409
    assert word in response.text
    assert word in client.post(f"{draft.page}/submit").text
    assert draft.state() == "draft"


def test_the_manifest_names_the_runtime(client: Client, make: Make, db: Session) -> None:
    draft = begin(client, make, submission="program")
    draft.put("cspon.yaml", MANIFEST.replace(b"{name}", draft.asset.name.encode()))
    assert client.post(f"{draft.api}/submit").status_code == 202
    assert db.exec(select(Version)).one().runtime == "geo-py311"


def test_two_submits_race_to_one(draft: Draft, application: object, db: Session) -> None:
    draft.put("a", b"1")
    answers: list[int] = []

    def go() -> None:
        with Client(application) as browser:
            browser.cookies = draft.client.cookies
            answers.append(browser.post(f"{draft.api}/submit").status_code)

    threads = [threading.Thread(target=go) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [202, 409, 409, 409]
    assert len(jobs(db, "scanning.scan")) == 1


def test_upload_races_with_submit(draft: Draft, application: object, db: Session) -> None:
    """Whatever wins: the frozen digest is that of the files which are there."""
    draft.put("a", b"1")

    def put(n: int) -> None:
        with Client(application) as browser:
            browser.cookies = draft.client.cookies
            browser.put(f"{draft.api}/files/f{n}", content=b"%d" % n)

    threads = [threading.Thread(target=put, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    assert draft.client.post(f"{draft.api}/submit").status_code == 202
    for thread in threads:
        thread.join()
    version = db.exec(select(Version)).one()
    rows = db.exec(select(VersionFile)).all()
    assert version.tree_digest == tree_digest((row.path, row.sha256) for row in rows)
    assert version.file_count == len(rows)


def test_strangers_and_readers(draft: Draft, make: Make, db: Session) -> None:
    draft.put("a", b"1")
    stranger = make.account("陌生人")
    draft.client.sign_out()
    for who in (None, stranger):
        if who:
            draft.client.sign_in(who)
        assert draft.client.get(draft.page).status_code == 404
        assert draft.client.get(draft.api).status_code == 404
        writes = 404 if who else 401
        assert draft.put("b", b"2") == writes
        assert draft.client.post(f"{draft.api}/submit").status_code == writes
        for path in ("files/a", "download/a", "raw/a", "archive.zip", "sha256sums.txt", "events"):
            assert draft.client.get(f"{draft.page}/{path}").status_code == 404, path
        assert draft.client.post(f"{draft.page}/upload", files=[("files", ("x", b"1"))]).status_code == writes
    assert db.exec(select(Version)).one().file_count == 1


def test_refused_uploads_show_the_page_again(draft: Draft, monkeypatch: pytest.MonkeyPatch) -> None:
    draft.put("a.txt", b"1")
    refused = draft.client.post(f"{draft.page}/upload", files=[("files", ("A.TXT", b"2"))])
    assert refused.status_code == 409
    assert "a.txt" in refused.text
    assert "冲突" in refused.text
    assert 'enctype="multipart/form-data"' in refused.text
    monkeypatch.setattr(get_settings(), "max_upload_mb", 1)
    large = draft.client.post(f"{draft.page}/upload", files=[("files", ("b", b"x" * 2_200_000))])
    assert large.status_code == 413
    assert 'enctype="multipart/form-data"' in large.text
    assert draft.paths() == ["a.txt"]


def test_live_state_ends_when_nothing_is_under_way(draft: Draft) -> None:
    response = draft.client.get(f"{draft.page}/events")
    assert response.headers["content-type"].startswith("text/event-stream")
    assert "event: end" in response.text
