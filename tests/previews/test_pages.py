"""The page of a file: every state, every reader's eyes, page by page; pictures and JSON behind the same guard."""

import uuid
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest
from sqlmodel import Session, select

from portal.kit.db import transaction
from registry.assets.models import AssetKind
from registry.previews import actions, queries
from registry.previews.models import Preview, PreviewKind, PreviewState
from registry.versions.models import SubmissionKind, VersionState
from tests.previews.conftest import Prepare
from tests.previews.samples import geojson, notebook, pdf, png
from tests.support.browser import Client
from tests.support.make import Make, Person

CSV = b"code,area\n" + b"".join(b"%d,%d\n" % (n, n) for n in range(120))


def published(make: Make, owner: Person, files: dict[str, bytes], **values: Any) -> tuple[Any, str]:
    asset = make.asset(owner, kind=AssetKind.dataset, title="地块数据")
    version = make.version(asset, files, submission=SubmissionKind.files, **values)
    return version, f"/assets/{owner.namespace.slug}/{asset.name}/versions/1.0.0"


def test_a_table_page_by_page(client: Client, make: Make, prepare: Prepare) -> None:
    version, page = published(make, make.account("甲"), {"数据/a.csv": CSV})
    assert prepare(version, "数据/a.csv").state is PreviewState.ready
    address = f"{page}/files/{quote('数据/a.csv')}"
    first = client.get(address).text
    assert first.count("<tr>") == 1 + 50 + 1 + 2
    assert "page=2" in first
    assert "第 1 页，共 3 页" in first
    last = client.get(f"{address}?page=3").text
    assert "第 101 至 120 行" in last
    assert "page=2" in last
    assert "page=4" not in last
    for odd in ("0", "99", "x", "-1", "²"):
        assert client.get(f"{address}?page={odd}").status_code == 200
    part = client.get(f"{address}?page=2", headers={"hx-request": "true", "hx-request-type": "partial"}).text
    assert part.lstrip().startswith('<div id="preview"')


def test_states_are_said_and_lead_on(
    client: Client, make: Make, db: Session, run_job: Callable[[uuid.UUID], None]
) -> None:
    owner = make.account("甲")
    _version, page = published(make, owner, {"a.csv": CSV, "b.png": b"no picture", "c.npy": b"\x00"})
    address = f"{page}/files/a.csv"
    assert "尚无预览" in (shown := client.get(address).text)
    assert "/preview/a.csv" not in shown  # visitors cannot ask; it is made when a version is published
    assert client.post(f"{page}/preview/a.csv").status_code == 401
    client.sign_in(make.account("乙"))
    assert "/preview/a.csv" in client.get(address).text
    assert client.post(f"{page}/preview/a.csv").headers["location"] == address
    waiting = client.get(address).text
    assert "正在准备预览" in waiting
    assert f'hx-sse:connect="{page}/preview-events/a.csv"' in waiting
    assert "此类文件不在此处显示" in client.get(f"{page}/files/c.npy").text
    client.post(f"{page}/preview/b.png")
    for row in db.exec(select(Preview)).all():
        run_job(row.id)
    assert "第 1 页，共 3 页" in client.get(address).text
    broken = client.get(f"{page}/files/b.png").text
    assert "文件已损坏" in broken
    assert f"{page}/download/b.png" in broken


def test_a_failed_preview_is_tried_again_by_publishers_only(client: Client, make: Make, db: Session) -> None:
    owner, other = make.account("甲"), make.account("乙")
    version, page = published(make, owner, {"a.csv": CSV})
    with transaction() as session:
        actions.ask_for_version(session, version_id=version.id)
    preview_id = db.exec(select(Preview.id)).one()
    for attempt in (1, 2, 3):
        with transaction() as session:
            assert actions.begin(session, preview_id=preview_id) is not None
        with transaction() as session:
            actions.note_fault(session, preview_id=preview_id, attempt=attempt)
    client.sign_in(other)
    assert "因平台故障" in (shown := client.get(f"{page}/files/a.csv").text)
    assert "重试" not in shown
    client.post(f"{page}/preview/a.csv")
    assert _state(preview_id) is PreviewState.failed
    client.sign_out()
    client.sign_in(owner)
    assert "重试" in client.get(f"{page}/files/a.csv").text
    client.post(f"{page}/preview/a.csv")
    assert _state(preview_id) is PreviewState.pending


def _state(preview_id: uuid.UUID) -> PreviewState | None:
    with transaction() as session:
        return queries.state_of(session, preview_id)


def test_hidden_files_stay_hidden(client: Client, make: Make, prepare: Prepare) -> None:
    """Labels of a benchmark: every address of their preview is a 404 for all but the publishers."""
    owner, other = make.account("甲"), make.account("乙")
    asset = make.asset(owner, kind=AssetKind.benchmark)
    version = make.version(
        asset, {"labels/y.csv": CSV, "labels/y.png": png(), "README.md": b"# x\n"}, hidden=("labels/",)
    )
    for path in ("labels/y.csv", "labels/y.png"):
        assert prepare(version, path).state is PreviewState.ready
    ns, name = owner.namespace.slug, asset.name
    page = f"/assets/{ns}/{name}/versions/1.0.0"
    addresses = (
        f"{page}/files/labels/y.csv",
        f"{page}/preview-events/labels/y.csv",
        f"{page}/preview-pictures/image/labels/y.png",
        f"/api/v1/assets/{ns}/{name}/versions/1.0.0/previews/labels/y.csv",
    )
    for somebody in (None, other):
        if somebody is not None:
            client.sign_in(somebody)
        assert [client.get(address).status_code for address in addresses] == [404] * 4
        assert client.post(f"{page}/preview/labels/y.csv").status_code == 404
    client.sign_out()
    client.sign_in(owner)
    assert [client.get(address).status_code for address in addresses] == [200] * 4


def test_publishing_prepares_what_is_not_hidden(make: Make, db: Session) -> None:
    asset = make.asset(make.account("甲"), kind=AssetKind.benchmark)
    files = {"labels/y.csv": b"1\n", "inputs/x.csv": b"a\n2\n", "main.py": b"x = 1\n", "w.npy": b"\x00"}
    version = make.version(asset, files, hidden=("labels/",))
    with transaction() as session:
        assert actions.ask_for_version(session, version_id=version.id) == 2
        assert actions.ask_for_version(session, version_id=version.id) == 0
    draft = make.version(asset, {"b.csv": b"z\n9\n"}, state=VersionState.draft, number="1.1.0")
    with transaction() as session:
        assert actions.ask_for_version(session, version_id=draft.id) == 0


def test_pictures_come_from_the_preview_alone(client: Client, make: Make, prepare: Prepare) -> None:
    version, page = published(make, make.account("甲"), {"a.png": png(40, 20), "b.csv": CSV})
    prepare(version, "a.png")
    prepare(version, "b.csv")
    assert f'src="{page}/preview-pictures/image/a.png"' in client.get(f"{page}/files/a.png").text
    picture = client.get(f"{page}/preview-pictures/image/a.png")
    assert picture.headers["content-type"] == "image/png"
    assert picture.headers["content-security-policy"] == "sandbox; default-src 'none'"
    assert picture.headers["x-content-type-options"] == "nosniff"
    assert picture.content != png(40, 20)
    for wrong in ("image/b.csv", "rows-1/b.csv", "shapes/a.png", "image/none.png"):
        assert client.get(f"{page}/preview-pictures/{wrong}").status_code == 404
    assert client.get(f"{page}/raw/a.png").status_code == 404


def test_a_map_says_that_it_is_illustrative(client: Client, make: Make, prepare: Prepare) -> None:
    version, page = published(make, make.account("甲"), {"a.geojson": geojson((116, 39, 1))})
    prepare(version, "a.geojson")
    chinese = client.get(f"{page}/files/a.geojson").text
    assert "示意图，未经地图审核" in chinese
    assert "km</text>" in chinese
    assert "°E</text>" in chinese
    english = client.english().get(f"{page}/files/a.geojson").text
    assert "Illustrative map, not reviewed" in english
    assert "Coordinate reference system" in english


def test_notebook_and_paper_pages(client: Client, make: Make, prepare: Prepare) -> None:
    cells = (
        {"cell_type": "markdown", "source": "# 标题\n<script>alert(1)</script>"},
        {"cell_type": "code", "source": "x = 1", "outputs": [{"data": {"text/html": "<b onclick='x'>"}}]},
    )
    files = {"n.ipynb": notebook(*cells), "p.pdf": pdf(["Monitoring of land use"], title="Report")}
    version, page = published(make, make.account("甲"), files)
    for path in files:
        prepare(version, path)
    shown = client.get(f"{page}/files/n.ipynb").text
    assert "<script>alert" not in shown
    assert "onclick" not in shown
    assert "有 1 项输出未显示" in shown
    paper = client.get(f"{page}/files/p.pdf").text
    assert "Monitoring of land use" in paper
    assert "2026-11-20" in paper


@pytest.mark.parametrize("path", ["a.csv", "none.csv"])
def test_json(client: Client, make: Make, prepare: Prepare, path: str) -> None:
    owner = make.account("甲")
    version, page = published(make, owner, {"a.csv": CSV, "raw.npy": b"\x00"})
    base = "/api/v1" + page + "/previews"
    assert client.get(f"{base}/raw.npy").json()["state"] == "none"
    assert client.get(f"{base}/a.csv").json()["state"] == "none"
    prepare(version, "a.csv")
    answer = client.get(f"{base}/{path}?page=3")
    if path == "none.csv":
        assert answer.status_code == 404
        assert answer.headers["content-type"] == "application/problem+json"
        return
    found = answer.json()
    assert (found["kind"], found["state"], found["page"], found["pages"]) == ("table", "ready", 3, 3)
    assert found["content"]["rows"][0] == ["100", "100"]
    assert found["facts"]["rows"] == 120


def test_one_preview_per_content(make: Make, prepare: Prepare, db: Session) -> None:
    owner = make.account("甲")
    first, _page = published(make, owner, {"a.csv": CSV, "b.csv": CSV})
    second, _page = published(make, owner, {"c.csv": CSV})
    rows = {
        prepare(version, path).id for version, path in ((first, "a.csv"), (first, "b.csv"), (second, "c.csv"))
    }
    assert len(rows) == 1
    with transaction() as session:
        found = queries.of_content(session, prepare(first, "a.csv").sha256, PreviewKind.table)
    assert found is not None
    assert found.attempts == 1
