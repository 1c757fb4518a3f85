"""The list: who sees what, facets, words, order, pages, exports."""

import csv
import datetime as dt
import io
import re

import pytest
from sqlmodel import Session

from portal.kit.actor import NOBODY, Actor
from registry.assets import queries
from registry.assets.models import Asset, AssetKind, AssetScenario, AssetTag, Scenario
from registry.assets.queries import Filters
from registry.versions.models import VersionState
from tests.support.browser import Client
from tests.support.make import Make, Person


def names(page: str) -> list[str]:
    return re.findall(r'<h3><a href="/assets/[^/"]+/([^"]+)">', page)


def public(make: Make, person: Person, n: int = 1, **values: object) -> list[Asset]:
    assets = [make.asset(person, **values) for _ in range(n)]
    for asset in assets:
        make.version(asset)
    return assets


def test_drafts_are_nowhere(client: Client, make: Make) -> None:
    owner, stranger, certifier = (
        make.account("甲"),
        make.account("乙"),
        make.account("丙", roles=("certifier",)),
    )
    (shown,) = public(make, owner, title="可见的成果")
    hidden = make.asset(owner, title="秘密草稿", licence="MIT")
    waiting = make.asset(owner, title="隔离中的成果")
    make.version(hidden, state=VersionState.draft)
    make.version(waiting, state=VersionState.quarantined)
    make.db.add(AssetTag(asset_id=hidden.id, tag="secret-tag"))
    make.db.commit()
    paths = ["/assets", "/assets?q=秘密", "/assets?kind=algorithm", "/assets/export.csv", "/api/v1/assets",
             "/api/v1/assets?tag=secret-tag", "/assets?sort=name", "/search?q=秘密"]  # fmt: skip
    for who in (None, stranger):
        if who:
            client.sign_in(who)
        for path in paths:
            text = client.get(path).text
            assert "秘密草稿" not in text, path
            assert hidden.name not in text, path
            assert "隔离中的成果" not in text, path
        page = client.get("/assets").text
        assert names(page) == [shown.name]
        assert "secret-tag" not in page
        assert re.search(r'value="algorithm".*?<span class="count">1</span>', page, re.DOTALL)
        base = f"/assets/{owner.namespace.slug}"
        for asset in (hidden, waiting):
            for path in (
                f"{base}/{asset.name}",
                f"/api/v1{base}/{asset.name}",
                f"/api/v1{base}/{asset.name}/versions",
            ):
                assert client.get(path).status_code == 404, path
    client.sign_out()
    assert set(names(client.sign_in(owner).get("/assets").text)) == {shown.name, hidden.name, waiting.name}
    client.sign_out()
    assert set(names(client.sign_in(certifier).get("/assets").text)) == {shown.name, waiting.name}


def test_yanked_assets_leave_the_list_but_keep_their_address(client: Client, make: Make) -> None:
    owner = make.account("甲")
    asset = make.asset(owner)
    make.version(asset, state=VersionState.yanked)
    assert names(client.get("/assets").text) == []
    assert client.get(f"/assets/{owner.namespace.slug}/{asset.name}").status_code == 200


def test_facets_count_under_the_other_filters(client: Client, make: Make, db: Session) -> None:
    owner = make.account("甲")
    models = public(make, owner, 2, kind=AssetKind.model, licence="MIT")
    (tool,) = public(make, owner, kind=AssetKind.tool)
    for asset in (*models, tool):
        db.add(AssetTag(asset_id=asset.id, tag="共用"))
    db.add(AssetTag(asset_id=models[0].id, tag="独有"))
    db.add(AssetScenario(asset_id=tool.id, scenario=Scenario.public_service))
    db.commit()
    found = queries.facets(db, NOBODY, Filters())
    assert found.total == 3
    assert found.counts["kind"] == {"model": 2, "tool": 1}
    assert found.counts["tag"] == {"共用": 3, "独有": 1}
    assert found.counts["licence"] == {"MIT": 2, "Apache-2.0": 1}
    assert found.counts["scenario"] == {"public_service": 1}
    assert found.counts["evaluated"] == {"false": 3}
    found = queries.facets(db, NOBODY, Filters(kinds=(AssetKind.model,)))
    assert found.total == 2
    assert found.counts["kind"] == {"model": 2, "tool": 1}
    assert found.counts["scenario"] == {}
    assert found.counts["tag"] == {"共用": 2, "独有": 1}
    page = client.get("/assets?kind=model&tag=独有").text
    assert names(page) == [models[0].name]
    assert names(client.get("/assets?evaluated=yes").text) == []
    assert len(names(client.get("/assets?evaluated=no").text)) == 3


def test_words_are_taken_literally(client: Client, make: Make) -> None:
    owner = make.account("甲")
    (percent,) = public(make, owner, title="覆盖 100% 的地块")
    (other,) = public(make, owner, title="Land_Cover", summary="道路 网络")
    assert names(client.get("/assets", params={"q": "100%"}).text) == [percent.name]
    assert names(client.get("/assets", params={"q": "land_c"}).text) == [other.name]
    assert names(client.get("/assets", params={"q": "d%c"}).text) == []
    assert names(client.get("/assets", params={"q": "网络 道路"}).text) == [other.name]
    assert client.get("/assets", params={"q": "x\x00'; DROP TABLE asset; --\\"}).status_code == 200


@pytest.mark.parametrize("sort", ["updated", "name", "downloads"])
def test_pages_are_stable_and_complete(client: Client, make: Make, db: Session, sort: str) -> None:
    owner = make.account("甲")
    assets = public(make, owner, 11)
    for n, asset in enumerate(assets):
        asset.downloads = n // 3
        db.add(asset)
    db.commit()
    whole = names(client.get(f"/assets?sort={sort}&size=50").text)
    assert sorted(whole) == sorted(asset.name for asset in assets)
    seen: list[str] = []
    url = f"/assets?sort={sort}&size=4"
    for turn in range(3):
        page = client.get(url).text
        seen += names(page)
        if turn == 0:
            public(
                make, owner
            )  # somebody publishes while we read: nothing is shown twice, nothing is skipped
        after = re.search(r'rel="next" href="([^"]+)"', page)
        url = after.group(1).replace("&amp;", "&") if after else ""
    assert [name for name in seen if name in whole] == whole
    back = re.search(r'rel="prev" href="([^"]+)"', page)
    assert back
    assert names(client.get(back.group(1).replace("&amp;", "&")).text) == seen[4:8]


def test_a_damaged_cursor_is_refused(client: Client, make: Make) -> None:
    public(make, make.account("甲"))
    assert client.get("/assets?after=garbage").status_code == 404
    assert client.get("/api/v1/assets?after=W10").status_code == 404


def test_names_sort_by_pinyin(client: Client, make: Make) -> None:
    owner = make.account("甲")
    client.sign_in(owner)
    for name, title in (("a1", "张家口"), ("a2", "北京"), ("a3", "重庆")):
        data = {
            "kind": "report",
            "namespace": owner.namespace.slug,
            "name": name,
            "title": title,
            "licence": "MIT",
        }
        assert client.post("/assets/new", data=data).status_code == 303
    assert names(client.get("/assets?sort=name").text) == ["a2", "a3", "a1"]


def test_partial_answers_hold_the_list_and_the_filters(client: Client, make: Make) -> None:
    public(make, make.account("甲"))
    text = client.get("/assets?kind=algorithm", headers={"HX-Request-Type": "partial"}).text
    assert "<html" not in text
    assert 'id="asset-list"' in text
    assert 'hx-swap-oob="true"' in text


def test_empty_states(client: Client, make: Make) -> None:
    assert "/sign-in?next=/assets/new" in client.get("/assets").text
    assert 'class="empty"' in client.get("/assets?q=nichts").text


def test_csv_runs_no_formula(client: Client, make: Make) -> None:
    owner = make.account("甲")
    public(make, owner, title="=HYPERLINK(1)", summary="+1\n2")
    response = client.get("/assets/export.csv")
    assert response.content.startswith(b"\xef\xbb\xbf")
    assert "attachment" in response.headers["content-disposition"]
    rows = list(csv.reader(io.StringIO(response.content.decode("utf-8-sig"))))
    assert len(rows) == 2
    assert "'=HYPERLINK(1)" in rows[1]
    assert "'+1\n2" in rows[1]
    assert not [cell for cell in rows[1] if cell.startswith(("=", "+", "-", "@"))]


def test_csv_says_where_a_work_was_published(client: Client, make: Make) -> None:
    said = {
        "doi": "10.1234/x", "cstr": "CSTR:14804.11.x.1", "year": 2023, "venue": "城市规划学刊", "region_code": "330100",
        "region": "杭州市", "period_from": dt.date(2020, 1, 1), "map_review_no": "GS(2024)0650号",
    }  # fmt: skip
    public(make, make.account("甲"), **said)
    text = client.english().get("/assets/export.csv").content.decode("utf-8-sig")
    (line,) = csv.DictReader(io.StringIO(text))
    assert line["DOI"] == "10.1234/x"
    assert [line[name] for name in ("CSTR", "Year", "Journal, conference or publisher", "Division code", "Region",
            "Period from", "Period to", "Map review number")] == [
        "CSTR:14804.11.x.1", "2023", "城市规划学刊", "330100", "杭州市", "2020-01-01", "", "GS(2024)0650号",
    ]  # fmt: skip


def test_both_languages_are_cached_apart(client: Client, make: Make) -> None:
    public(make, make.account("甲"), title="中文标题", title_en="English title")
    assert "中文标题" in client.get("/assets").text
    assert "English title" in client.english().get("/assets").text


def test_api_list_equals_the_page(client: Client, make: Make) -> None:
    owner = make.account("甲")
    assets = public(make, owner, 3)
    answer = client.get("/api/v1/assets?size=2").json()
    assert [item["name"] for item in answer["items"]] == [assets[2].name, assets[1].name]
    rest = client.get("/api/v1/assets", params={"size": 2, "after": answer["after"]}).json()
    assert [item["name"] for item in rest["items"]] == [assets[0].name]
    assert rest["after"] is None
    assert rest["items"][0]["latest_version"] == "1.0.0"


def test_visible_is_one_rule(make: Make, db: Session) -> None:
    owner = make.account("甲")
    draft = make.asset(owner)
    found = Filters(namespace=owner.namespace.slug)
    member = Actor(id=owner.id, namespaces=frozenset({owner.namespace.id}))
    assert queries.facets(db, NOBODY, found).total == 0
    assert queries.facets(db, member, found).total == 1
    assert queries.search(db, NOBODY, draft.title) == []
    assert [row.name for row in queries.search(db, member, draft.title)] == [draft.name]
