"""The jobs of scans, from the upload to the published version, in real jails."""

import asyncio
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from secrets import token_hex

import pytest
from sqlmodel import Session, select

from registry.sandbox.detect import detect
from registry.sandbox.runtimes import build, common_folder
from registry.sandbox.slots import SlotPool
from registry.scanning import tasks
from registry.versions.models import UploadState, Version, VersionFile, VersionState, VersionUpload
from tests.scanning.samples import OS_SYSTEM, zipped
from tests.support.browser import Client
from tests.support.make import Make
from tests.versions.conftest import Draft, begin

CSPON = "name: {name}\nruntime: scan-py311\ncommand: python main.py $input $output\n"


@pytest.fixture(scope="module")
def place() -> Iterator[tasks.Place]:
    runtimes = common_folder("runtimes")
    build(f"scan-py3{sys.version_info[1]}", runtimes, lambda _line: None, built_at="by the tests")
    work = common_folder("tests") / f"jobs-{token_hex(6)}"
    work.mkdir()
    work.chmod(0o755)
    backend = detect(weak_allowed=True, work=work / "jails")
    found = tasks.Place(backend, SlotPool(work / "slots", 1, base_uid=140_000), runtimes, work)
    tasks.work_in(found)
    yield found
    tasks.work_in(None)
    shutil.rmtree(work)


def run_jobs(db: Session) -> None:
    """What a worker would do with everything that waits."""
    db.rollback()
    for upload in db.exec(select(VersionUpload).where(VersionUpload.state == UploadState.pending)).all():
        asyncio.run(tasks.unpack(str(upload.id)))
    for version in db.exec(select(Version).where(Version.state == VersionState.scanning)).all():
        asyncio.run(tasks.scan(str(version.id)))
    db.rollback()
    db.expire_all()


def archive_of(draft: Draft, files: dict[str, bytes | str]) -> None:
    response = draft.client.post(f"{draft.page}/upload", files=[("archive", ("a.zip", zipped(files)))])
    assert response.status_code == 303, response.text[-1000:]


def test_from_archive_to_published(client: Client, make: Make, db: Session, place: tasks.Place) -> None:
    draft = begin(client, make, submission="program")
    manifest = CSPON.replace("{name}", draft.asset.name)
    archive_of(draft, {"top/cspon.yaml": manifest, "top/main.py": "print(1)\n", "top/数据/a.csv": "a\n1\n"})
    run_jobs(db)
    assert draft.paths() == ["cspon.yaml", "main.py", "数据/a.csv"]
    assert client.post(f"{draft.page}/submit").status_code == 303
    assert "检测中" in client.get(draft.page).text
    run_jobs(db)
    assert draft.state() == "published", client.get(f"{draft.api}/findings").json()
    client.sign_out()
    assert draft.asset.name in client.get("/assets").text
    assert client.get(f"{draft.page}/download/main.py").content == b"print(1)\n"
    assert list(place.work.glob("scan-*")) == []


def test_a_dangerous_version_never_shows(client: Client, make: Make, db: Session, place: tasks.Place) -> None:
    draft = begin(client, make)
    draft.put("m.pkl", OS_SYSTEM)
    assert client.post(f"{draft.api}/submit").status_code == 202
    run_jobs(db)
    assert draft.state() == "rejected"
    findings = client.get(f"{draft.api}/findings").json()
    assert findings["verdict"] == "reject"
    assert "pickle.dangerous" in {item["rule"] for item in findings["findings"]}
    page = client.get(draft.page).text
    assert "m.pkl" in page
    assert "检测发现不予接受的内容" in page
    client.sign_out()
    assert client.get(draft.page).status_code == 404
    assert draft.asset.name not in client.get("/assets").text


def test_a_hostile_archive_is_refused_with_words(
    client: Client, make: Make, db: Session, place: tasks.Place
) -> None:
    draft = begin(client, make)
    archive_of(draft, {"../evil.py": "x"})
    archive_of(draft, {"Data/a": "1", "data/b": "2"})
    run_jobs(db)
    uploads = client.get(draft.api).json()["uploads"]
    assert [item["state"] for item in uploads] == ["refused", "refused"]
    assert all(item["reason"] for item in uploads)
    assert draft.paths() == []
    assert db.exec(select(VersionFile)).all() == []
    assert "压缩包未被接受" in client.get(draft.page).text


def test_faults_of_the_platform_are_tried_again(
    client: Client, make: Make, db: Session, place: tasks.Place, tmp_path: Path
) -> None:
    draft = begin(client, make)
    draft.put("a.txt", b"1")
    client.post(f"{draft.api}/submit")
    tasks.work_in(tasks.Place(place.backend, place.slots, tmp_path, place.work))  # no runtime is built there
    try:
        for _ in range(3):
            assert draft.state() == "scanning"
            run_jobs(db)
        assert draft.state() == "draft"
    finally:
        tasks.work_in(place)
    assert "平台故障" in client.get(draft.page).text
    assert client.post(f"{draft.api}/submit").status_code == 202
    run_jobs(db)
    assert draft.state() == "published"
