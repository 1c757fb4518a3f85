"""After publication: nothing changes; downloads, previews, hidden files, withdrawal."""

import hashlib
import io
import zipfile

import pytest
from sqlmodel import Session, select

from portal.audit.models import AuditEvent
from portal.kit.actor import SYSTEM
from portal.kit.errors import Conflict
from registry.assets.models import Asset, AssetKind
from registry.versions import actions
from registry.versions.forms import VersionInput
from registry.versions.models import Version, VersionDownload, VersionFile, VersionState
from tests.support.browser import Client
from tests.support.make import Make, Person

CSV = "名称,值\n" + "".join(f"第{n}行,<b>{n}</b>\n" for n in range(80))


def published(make: Make, owner: Person, files: dict[str, bytes], **values: object) -> tuple[Version, str]:
    asset = make.asset(owner)
    version = make.version(asset, files, **values)  # type: ignore[arg-type]
    return version, f"/assets/{owner.namespace.slug}/{asset.name}/versions/{version.number}"


FROZEN = [state for state in VersionState if state is not VersionState.draft]


@pytest.mark.parametrize("state", FROZEN)
def test_only_drafts_change(client: Client, make: Make, db: Session, state: VersionState) -> None:
    owner = make.account("发布者")
    version, page = published(make, owner, {"a": b"1"}, state=state)
    client.sign_in(owner)
    api = "/api/v1" + page
    before = (version.tree_digest, version.size, version.number, version.notes)
    digest = hashlib.sha256(b"1").hexdigest()
    attempts = [
        client.put(f"{api}/files/b", content=b"2"),
        client.put(f"{api}/files/a", content=b"2"),
        client.put(f"{api}/archives/x.zip", content=b"2"),
        client.delete(f"{api}/files/a"),
        client.post(f"{api}/files", json={"files": [{"path": "b", "sha256": digest}]}),
        client.patch(api, json={"number": "3.0.0"}),
        client.post(f"{api}/submit"),
        client.post(f"{page}/remove", data={"path": "a"}),
        client.post(f"{page}/edit", data={"number": "3.0.0", "submission": "files"}),
        client.post(f"{page}/submit"),
        client.post(f"{page}/upload", files=[("files", ("b", b"2"))]),
    ]
    assert {response.status_code for response in attempts} <= {409, 422}, [r.status_code for r in attempts]
    with pytest.raises(Conflict):
        actions.add_files(db, SYSTEM, version_id=version.id, files=[])
    with pytest.raises(Conflict):
        actions.edit(db, SYSTEM, version_id=version.id, given=VersionInput(number="9.0.0"))
    db.rollback()
    db.expire_all()
    again = db.exec(select(Version)).one()
    assert (again.tree_digest, again.size, again.number, again.notes) == before
    assert [row.path for row in db.exec(select(VersionFile))] == ["a"]


def test_download_headers_and_ranges(client: Client, make: Make) -> None:
    owner = make.account("发布者")
    content = bytes(range(200)) * 30_000
    _version, page = published(make, owner, {'数据/a"b.html': content, "empty": b""})
    url = f'{page}/download/数据/a"b.html'
    whole = client.get(url)
    assert whole.content == content
    digest = hashlib.sha256(content).hexdigest()
    assert whole.headers["etag"] == f'"{digest}"'
    assert whole.headers["content-type"] == "application/octet-stream"
    assert whole.headers["x-content-type-options"] == "nosniff"
    assert whole.headers["content-security-policy"] == "sandbox; default-src 'none'"
    assert (
        whole.headers["content-disposition"]
        == "attachment; filename=\"a_b.html\"; filename*=UTF-8''a%22b.html"
    )
    cases = {"bytes=0-0": content[:1], "bytes=1048570-1048590": content[1048570:1048591],
             "bytes=5999990-": content[5999990:], "bytes=-5": content[-5:], "bytes=0-99999999999": content}  # fmt: skip
    for asked, expected in cases.items():
        part = client.get(url, headers={"range": asked})
        assert (part.status_code, part.content) == (206, expected), asked
        assert part.headers["content-length"] == str(len(expected))
    assert (
        client.get(url, headers={"range": "bytes=0-4"}).headers["content-range"]
        == f"bytes 0-4/{len(content)}"
    )
    for asked in ("bytes=6000000-", "bytes=9-5"):
        refused = client.get(url, headers={"range": asked})
        assert (refused.status_code, refused.headers["content-range"]) == (416, f"bytes */{len(content)}")
    assert client.get(url, headers={"range": "bytes=0-1", "if-range": '"old"'}).status_code == 200
    assert client.get(url, headers={"range": "bytes=0-1,5-6"}).status_code == 200
    assert client.get(url, headers={"if-none-match": f'"{digest}"'}).status_code == 304
    assert client.get(f"{page}/download/empty").content == b""
    api = client.get(f'/api/v1{page}/files/数据/a"b.html', headers={"range": "bytes=3-5"})
    assert (api.status_code, api.content) == (206, content[3:6])


def test_archive_and_digests(client: Client, make: Make) -> None:
    owner = make.account("发布者")
    files = {"a.txt": b"1" * 3_000_000, "目录/b.txt": b"2"}
    version, page = published(make, owner, files)
    data = client.get(f"{page}/archive.zip").content
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        prefix = archive.namelist()[0].split("/")[0]
        assert {name: archive.read(f"{prefix}/{name}") for name in files} == files
    assert client.get(f"/api/v1{page}/archive.zip").content[:4] == b"PK\x03\x04"
    sums = client.get(f"{page}/sha256sums.txt").text
    assert hashlib.sha256(sums.encode()).hexdigest() == version.tree_digest


def test_downloads_count_once_a_day(client: Client, make: Make, db: Session) -> None:
    owner, reader = make.account("发布者"), make.account("读者")
    _version, page = published(make, owner, {"a": b"123456"})
    client.get(f"{page}/download/a", headers={"range": "bytes=3-"})
    client.head(f"/api/v1{page}/files/a")
    client.get(f"{page}/files/a")
    db.expire_all()
    assert db.exec(select(Asset)).one().downloads == 0
    for _ in range(3):
        client.get(f"{page}/download/a")
        client.get(f"{page}/archive.zip")
    client.sign_in(reader)
    for _ in range(2):
        client.get(f"/api/v1{page}/files/a")
    client.sign_out()
    client.sign_in(owner)
    client.get(f"{page}/download/a")
    db.expire_all()
    assert db.exec(select(Asset)).one().downloads == 2
    kept = db.exec(select(VersionDownload)).all()
    assert len(kept) == 2
    assert not [row for row in kept if str(reader.id) in row.who or "testclient" in row.who]


HIDDEN = {
    "labels/y.csv": b"secret-label\n1\n",
    "scorer/score.py": b"secret-scorer",
    "inputs/x.csv": b"secret-input",
}


def test_hidden_files_of_benchmarks(client: Client, make: Make, db: Session) -> None:
    owner, certifier = make.account("发布者"), make.account("认证员", roles=("certifier", "secretariat"))
    asset = make.asset(owner, kind=AssetKind.benchmark)
    client.sign_in(owner)
    page = f"/assets/{owner.namespace.slug}/{asset.name}/versions/1.0.0"
    api = "/api/v1" + page
    client.post(api.rpartition("/")[0], json={"number": "1.0.0"})
    for path, content in {**HIDDEN, "benchmark.yaml": b"title: x\n", "public/r.csv": b"a\n1\n"}.items():
        assert client.put(f"{api}/files/{path}", content=content).status_code == 201
    assert {row.path for row in db.exec(select(VersionFile)) if row.hidden} == set(HIDDEN)
    assert client.get(f"{page}/download/labels/y.csv").content == HIDDEN["labels/y.csv"]
    assert len(client.get(api).json()["files"]) == 5
    version = db.exec(select(Version)).one()
    version.state = VersionState.published
    asset.is_public, asset.latest_version = True, "1.0.0"
    asset.touch()
    db.add_all([version, asset])
    db.commit()
    client.sign_out()
    for who in (None, certifier):
        if who:
            client.sign_in(who)
        for path in HIDDEN:
            for door in ("files", "download", "raw"):
                assert client.get(f"{page}/{door}/{path}").status_code == 404, (door, path)
            assert client.get(f"{api}/files/{path}").status_code == 404
            assert client.head(f"{api}/files/{path}").status_code == 404
        pages = [client.get(page).text, client.get(f"/assets/{owner.namespace.slug}/{asset.name}").text,
                 client.get(f"{page}/sha256sums.txt").text, client.get(api).text]  # fmt: skip
        for text in pages:
            for path, content in HIDDEN.items():
                assert path not in text
                assert hashlib.sha256(content).hexdigest() not in text
        assert [item["path"] for item in client.get(api).json()["files"]] == [
            "benchmark.yaml",
            "public/r.csv",
        ]
        with zipfile.ZipFile(io.BytesIO(client.get(f"{page}/archive.zip").content)) as archive:
            assert len(archive.namelist()) == 2


def test_yank(client: Client, make: Make, db: Session) -> None:
    owner, stranger = make.account("发布者"), make.account("陌生人")
    version, page = published(make, owner, {"a": b"1"})
    older = make.version(db.get_one(Asset, version.asset_id), number="0.9.0")
    asset = db.get_one(Asset, version.asset_id)
    asset.latest_version = "1.0.0"
    db.add(asset)
    db.commit()
    client.sign_in(stranger)
    assert client.post(f"{page}/yank", data={"reason": "我不喜欢"}).status_code == 403
    client.sign_out()
    client.sign_in(owner)
    assert client.post(f"{page}/yank", data={"reason": ""}).status_code == 422
    assert client.post(f"{page}/yank", data={"reason": "结果有误，见更正"}).status_code == 303
    assert client.post(f"{page}/yank", data={"reason": "再次撤回"}).status_code == 409
    client.sign_out()
    db.expire_all()
    assert db.get_one(Asset, version.asset_id).latest_version == "0.9.0"
    shown = client.get(page)
    assert shown.status_code == 200
    assert "结果有误，见更正" in shown.text
    assert client.get(f"{page}/download/a").content == b"1"
    event = db.exec(select(AuditEvent).where(AuditEvent.verb == "version.yanked")).one()
    assert (event.reason, event.actor_id) == ("结果有误，见更正", owner.id)
    client.sign_in(owner)
    client.post(page.replace("1.0.0", older.number) + "/yank", data={"reason": "全部撤回"})
    client.sign_out()
    assert asset.name not in client.get("/assets").text
    assert client.get(page).status_code == 200


def test_tokens_need_the_scope(client: Client, make: Make, db: Session) -> None:
    from portal.accounts.actions.tokens import create_token
    from portal.accounts.models import Scope
    from portal.accounts.sessions import actor_of

    owner = make.account("发布者")
    asset = make.asset(owner)
    secrets = {}
    for scope in (Scope.read, Scope.write):
        _row, secrets[scope] = create_token(db, actor_of(db, owner.id), name=scope, scopes=[scope], days=1)
    db.commit()
    path = f"/api/v1/assets/{owner.namespace.slug}/{asset.name}"
    reading = {"authorization": f"Bearer {secrets[Scope.read]}"}
    writing = {"authorization": f"Bearer {secrets[Scope.write]}"}
    assert client.get(path, headers=reading).status_code == 200
    assert client.post(f"{path}/versions", json={"number": "1.0.0"}, headers=reading).status_code == 403
    assert client.post(f"{path}/versions", json={"number": "1.0.0"}, headers=writing).status_code == 201
    assert client.put(f"{path}/versions/1.0.0/files/a", content=b"1", headers=reading).status_code == 403
    assert client.put(f"{path}/versions/1.0.0/files/a", content=b"1", headers=writing).status_code == 201
    assert client.get(path, headers={"authorization": "Bearer cspon_wrong"}).status_code == 401
