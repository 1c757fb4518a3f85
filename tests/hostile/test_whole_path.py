"""Hostile uploads all the way: upload, scan, page. Each ends in a clear refusal or on a harmless page."""

import asyncio
import os
import re
import shutil
import tarfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from secrets import token_hex
from typing import Any

import pytest
from sqlmodel import Session, select

from portal.kit.actor import SYSTEM
from portal.kit.db import transaction
from registry.previews import tasks as previews
from registry.previews.models import Preview, PreviewState
from registry.sandbox.detect import detect
from registry.sandbox.runtimes import common_folder
from registry.sandbox.slots import SlotPool
from registry.scanning import actions as scanning
from registry.scanning import tasks as scans
from registry.versions.models import UploadState, Version, VersionState, VersionUpload
from tests.previews.samples import chunk, pdf, png
from tests.scanning.samples import zipped
from tests.support.browser import Client
from tests.support.make import Make
from tests.versions.conftest import Draft, begin

PAGE = b"<html><body onload=alert(1)><script>alert(document.cookie)</script></body></html>"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><script>alert(1)</script></svg>'
ACTION = "/OpenAction << /S /JavaScript /JS (app.alert\\(1\\)) >>"
LIVE = re.compile(
    r'<script(?![^>]*\ssrc="/static/)|<[a-z][^<>]*\son[a-z]+=|<[a-z][^<>]*javascript:', re.IGNORECASE
)
"""What would run in a browser: none of it may be in a page that shows these files."""
MIB = 1 << 20


@pytest.fixture(scope="module")
def place() -> Iterator[scans.Place]:
    work = common_folder("tests") / f"hostile-{token_hex(6)}"
    work.mkdir()
    work.chmod(0o755)
    backend = detect(weak_allowed=True, work=work / "jails")
    runtimes = Path(os.environ["CSPON_RUNTIME_DIR"])
    yield scans.Place(backend, SlotPool(work / "slots", 1, base_uid=160_000), runtimes, work)
    scans.work_in(None)
    previews.work_in(None)
    shutil.rmtree(work)


class Path2Page:
    """A publisher's draft, a worker, and what readers then see."""

    def __init__(self, draft: Draft, db: Session, place: scans.Place) -> None:
        self.draft, self.client, self._db = draft, draft.client, db
        slots = SlotPool(place.work / "slots", 1, base_uid=160_000)
        fresh = scans.Place(place.backend, slots, place.runtimes, place.work)
        scans.work_in(fresh)
        previews.work_in(fresh)

    def archive(self, data: bytes, name: str = "a.zip") -> dict[str, Any]:
        """Upload an archive and have it unpacked; what the API says of it."""
        answer = self.client.post(f"{self.draft.page}/upload", files=[("archive", (name, data))])
        assert answer.status_code == 303, answer.text[-800:]
        self.work()
        (upload,) = self.client.get(self.draft.api).json()["uploads"]
        return dict(upload)

    def publish(self, files: dict[str, bytes]) -> str:
        """Upload files, submit, scan, publish, preview; the state it came to."""
        for path, data in files.items():
            assert self.draft.put(path, data) == 201, path
        assert self.client.post(f"{self.draft.api}/submit").status_code == 202
        self.work()
        return self.draft.state()

    def work(self) -> None:
        """What a worker does with everything that waits."""
        self._db.rollback()
        for upload in self._db.exec(
            select(VersionUpload).where(VersionUpload.state == UploadState.pending)
        ).all():
            asyncio.run(scans.unpack(str(upload.id)))
        for version in self._db.exec(select(Version).where(Version.state == VersionState.scanning)).all():
            asyncio.run(scans.scan(str(version.id)))
        self._db.rollback()
        for version in self._db.exec(select(Version).where(Version.state == VersionState.published)).all():
            previews.version(str(version.id))
        self._db.rollback()
        for preview in self._db.exec(select(Preview).where(Preview.state == PreviewState.pending)).all():
            asyncio.run(previews.make(str(preview.id)))
        self._db.rollback()

    def page(self, path: str) -> str:
        """The page of a file as a visitor sees it; nothing on it would run, and its policy forbids it anyway."""
        answer = self.client.get(f"{self.draft.page}/files/{path}")
        assert answer.status_code == 200
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "script-src 'self'" in answer.headers["content-security-policy"]
        assert "unsafe" not in answer.headers["content-security-policy"]
        assert not LIVE.search(answer.text), LIVE.search(answer.text)
        return answer.text

    def download(self, path: str, content: bytes) -> None:
        """The bytes themselves come as an attachment that no browser takes for a page."""
        for address in (f"{self.draft.page}/download/{path}", f"{self.draft.api}/files/{path}"):
            answer = self.client.get(address)
            assert answer.content == content
            assert answer.headers["content-type"] == "application/octet-stream"
            assert answer.headers["content-disposition"].startswith("attachment;")
            assert answer.headers["x-content-type-options"] == "nosniff"
            assert answer.headers["content-security-policy"] == "sandbox; default-src 'none'"
            assert answer.headers["cross-origin-resource-policy"] == "same-origin"


@pytest.fixture
def path(client: Client, make: Make, db: Session, place: scans.Place) -> Path2Page:
    return Path2Page(begin(client, make), db, place)


def tarred(*members: tuple[str, bytes | str]) -> bytes:
    """A tar; a member whose content is a text is a link to it."""
    out = BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name, content in members:
            info = tarfile.TarInfo(name)
            if isinstance(content, str):
                info.type, info.linkname = tarfile.SYMTYPE, content
                archive.addfile(info)
            else:
                info.size = len(content)
                archive.addfile(info, BytesIO(content))
    return out.getvalue()


@pytest.mark.parametrize(
    ("data", "name", "words"),
    [
        (zipped({"zeros.csv": bytes(120 * MIB)}), "a.zip", "压缩比异常"),
        (zipped({"../evil.py": b"x"}), "a.zip", "指向包外"),
        (zipped({"a/../../evil.py": b"x"}), "a.zip", "指向包外"),
        (zipped({"/etc/cron.d/evil": b"x"}), "a.zip", "绝对"),
        (zipped({"caf\u00e9.md": b"1", "cafe\u0301.md": b"2"}), "a.zip", "相同"),
        (zipped({"Data/a.md": b"1", "data/a.md": b"2"}), "a.zip", "相同"),
        (tarred(("shadow", "/etc/shadow")), "a.tar", "链接"),
    ],
    ids=["bomb", "dotdot", "inner-dotdot", "absolute", "unicode-twins", "case-twins", "link"],
)
def test_a_hostile_archive_is_refused_in_words(path: Path2Page, data: bytes, name: str, words: str) -> None:
    upload = path.archive(data, name)
    assert upload["state"] == "refused"
    assert upload["reason"]
    assert path.draft.paths() == []
    page = path.client.get(path.draft.page).text
    assert "压缩包未被接受" in page
    assert words in page, upload["reason"]


def test_names_equal_after_normalisation_are_one_file(path: Path2Page) -> None:
    assert path.draft.put("caf\u00e9.md", b"1") == 201
    assert path.draft.put("cafe\u0301.md", b"2") == 201
    assert path.draft.paths() == ["caf\u00e9.md"]


def test_a_nested_zip_stays_a_zip(path: Path2Page) -> None:
    """What is inside an archive's archive is never unpacked: nobody could look into it, so it waits for a certifier."""
    inner = zipped({"zeros.bin": bytes(30 * MIB)})
    upload = path.archive(zipped({"inner.zip": inner, "README.md": b"# x\n"}))
    assert upload["state"] == "unpacked"
    assert path.draft.paths() == ["README.md", "inner.zip"]
    assert path.publish({}) == "quarantined"
    assert "版本内含压缩包" in path.client.get(path.draft.page).text


HARMLESS: dict[str, tuple[bytes, str]] = {
    "page.md": (b"# Title\n\n" + PAGE + b"\n\n[go](javascript:alert(1))\n", "Title"),
    "page.txt": (PAGE, "&lt;script&gt;"),
    "formula.csv": (b"name,note\n=1+1,\"=cmd|'/c calc'!A1\"\n@SUM(A1),-2\n", "有以公式字符开头的单元格"),
    "active.pdf": (
        pdf(["calm words"], catalogue="/OpenAction << /S /JavaScript /JS (app.alert\\(1\\)) >>"),
        "含活动内容",
    ),
    "deep.geojson": (
        b'{"type":"FeatureCollection","features":' + b"[" * 99_999 + b"]" * 99_999 + b"}",
        "无法显示",
    ),
    "huge.png": (png(60_000, 60_000, rows=0), "百万像素"),
}


def test_hostile_files_end_on_harmless_pages(path: Path2Page) -> None:
    state = path.publish({name: data for name, (data, _words) in HARMLESS.items()})
    assert state == "published", path.client.get(f"{path.draft.api}/findings").text
    path.client.sign_out()
    for name, (data, words) in HARMLESS.items():
        assert words in path.page(name), name
        path.download(name, data)


def test_an_svg_with_a_script_waits_and_is_then_only_read(path: Path2Page, make: Make, db: Session) -> None:
    assert path.publish({"script.svg": SVG}) == "quarantined"
    assert "SVG 图像中含脚本" in path.client.get(path.draft.page).text
    path.client.sign_out()
    for address in ("files/script.svg", "download/script.svg", "preview-events/script.svg"):
        assert path.client.get(f"{path.draft.page}/{address}").status_code == 404
    # Even where a certifier lets it pass, no browser runs it.
    with transaction() as session:
        version = session.exec(select(Version)).one()
        scanning.release(session, SYSTEM, version_id=version.id, reason="looked at")
    path.work()
    assert "&lt;script&gt;" in path.page("script.svg").replace("</span>", "").replace('<span class="k">', "")
    path.download("script.svg", SVG)


def test_a_polyglot_never_becomes_a_page(path: Path2Page) -> None:
    both = png(40, 20, extra=chunk(b"tEXt", b"Comment\x00" + PAGE), tail=PAGE)
    assert path.publish({"both.png": both, "README.md": b"# x\n"}) == "published"
    path.client.sign_out()
    path.download("both.png", both)
    assert "/preview-pictures/image/both.png" in path.page("both.png")
    shown = path.client.get(f"{path.draft.page}/preview-pictures/image/both.png")
    assert shown.headers["content-type"] == "image/png"
    assert shown.headers["content-security-policy"] == "sandbox; default-src 'none'"
    assert b"script" not in shown.content
