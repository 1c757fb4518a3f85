"""The map of adoption: what counts, sources merged, tiles, boundaries of the operator, and files that are none."""

import datetime as dt
import json
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from portal.settings import get_settings
from registry.benchmarks.divisions import PROVINCES
from registry.promotion import adoption, boundaries, maps
from registry.promotion.adoption import Adopted, by_province
from registry.promotion.models import SiteState, SiteVerdict, Stage
from tests.promotion.conftest import Desk
from tests.promotion.test_pilots import on_pilot, row, set_to
from tests.support.browser import Client


def square(column: float, row_: float) -> list[list[float]]:
    east, north = 80 + 5 * column, 50 - 4 * row_
    return [[east, north], [east + 4, north], [east + 4, north - 3], [east, north - 3], [east, north]]


def collection(**changes: Any) -> dict[str, Any]:
    features = [
        {
            "type": "Feature",
            "properties": {"adcode": int(code) * 10_000, "name": each.name_zh},
            "geometry": {"type": "Polygon", "coordinates": [square(each.column, each.row)]},
        }
        for code, each in PROVINCES.items()
    ]
    return {"type": "FeatureCollection", "features": features, **changes}


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    path = tmp_path / "provinces.geojson"
    path.write_text(json.dumps(collection()))
    monkeypatch.setenv("CSPON_PROVINCE_BOUNDARIES", str(path))
    monkeypatch.setenv("CSPON_PROVINCE_BOUNDARIES_NOTE", "来源：测试绘制，审图号：GS（2026）0000号")
    get_settings.cache_clear()
    yield path
    get_settings.cache_clear()


def test_what_counts(desk: Desk) -> None:
    key = on_pilot(desk)
    assert by_province(desk.db) == ({}, {})
    site = desk.site(key, "甲市", None)
    desk.site(key, "乙市", SiteVerdict.limited)
    bad = desk.site(key, "丙市", SiteVerdict.unsuitable)
    found, named = by_province(desk.db)
    assert {code: each.organisations for code, each in found.items()} == {"33": 2}
    assert set(named) == {desk.version.id}
    assert row(desk, bad).verdict == "unsuitable"
    assert by_province(desk.db, [uuid.uuid4()]) == ({}, {})
    for state in SiteState:
        set_to(desk, site, state=state)
        n = by_province(desk.db)[0]["33"].organisations
        assert n == (2 if state in (SiteState.piloting, SiteState.assessed) else 1)
    for stage in Stage:
        desk.put(key, stage, "pilot" if stage is Stage.suspended else "")
        used = stage in (*[s for s in Stage if s in adoption.queries.USED],)
        assert bool(by_province(desk.db)[0]) is used
    desk.put(key, Stage.pilot)
    desk.asset.withheld = True
    desk.db.add(desk.asset)
    desk.db.commit()
    assert by_province(desk.db) == ({}, {})


def test_sources_are_merged(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    key = on_pilot(desk)
    desk.site(key, "甲市", None)
    since = dt.date(2025, 1, 1)

    def installed(_db: Any, _asset: Any) -> list[Adopted]:
        return [
            Adopted(desk.version.id, "330100", "甲市", "Installed", since),
            Adopted(desk.version.id, "650100", "丁市", "Installed", since),
            Adopted(desk.version.id, "000000", "无处", "Installed", since),
            Adopted(uuid.uuid4(), "110000", "不知何物", "Installed", since),
        ]

    monkeypatch.setitem(adoption.SOURCES, "nodes", installed)
    found, _named = by_province(desk.db)
    assert {code: each.organisations for code, each in found.items()} == {"33": 1, "65": 1}
    use = found["33"].uses[desk.version.id]
    assert (use.who["甲市"], use.since) == ({"Pilot site", "Installed"}, since)


def test_the_lineage_says_where_it_was_adopted(desk: Desk, client: Client) -> None:
    here = "/".join(desk.version_path.split("/")[:4])
    assert "浙江省" not in client.get(f"{here}/lineage").text
    key = on_pilot(desk)
    desk.site(key, "甲市自然资源和规划局", None)
    desk.site(key, "乙市自然资源和规划局", None)
    answer = client.get(f"/api/v1{here}/lineage").json()
    node = {each["key"]: each for each in answer["nodes"]}["province:33"]
    assert (node["title"], node["url"]) == ("浙江省", f"/promotions/map?asset={here[8:]}#p33")
    assert {"start": answer["centre"], "end": "province:33", "label": "2 家单位应用"} in answer["edges"]
    page = client.get(f"{here}/lineage")
    assert "浙江省" in page.text
    assert "used by 2" in client.english().get(f"{here}/lineage").text
    desk.asset.withheld = True
    desk.db.add(desk.asset)
    desk.db.commit()
    client.sign_in(desk.owner)
    assert "Zhejiang" not in client.get(f"{here}/lineage").text, "as on the map"


def test_the_page_and_its_table(desk: Desk, client: Client) -> None:
    assert "尚无单位应用" in client.get("/promotions/map").text
    key = on_pilot(desk)
    desk.site(key, "甲市自然资源和规划局", None)
    text = client.get("/promotions/map").text
    assert text.count("示意图") >= 2
    assert 'id="p33"' in text
    assert 'href="#p33"' in text
    name = "/".join(desk.version_path.split("/")[2:4])
    assert "甲市自然资源和规划局" in client.get(f"/promotions/map?asset={name}").text
    assert client.get("/promotions/map?asset=no/such").status_code == 200
    assert "33,浙江省" in client.get(f"/promotions/map.csv?asset={name}").text
    assert "Illustrative" in client.english().get("/promotions/map").text


def test_boundaries_of_the_operator(desk: Desk, client: Client, file: Path) -> None:
    key = on_pilot(desk)
    desk.site(key, "甲市", None)
    text = client.get("/promotions/map").text
    assert "审图号：GS（2026）0000号" in text
    assert text.count("<path") >= len(PROVINCES)
    assert "示意图" in text, "whatever the file says of itself"
    file.write_text("{}")
    boundaries._read.cache_clear()
    assert "审图号" not in client.get("/promotions/map").text, "back to tiles"
    file.unlink()
    assert client.get("/promotions/map").status_code == 200


BAD = [
    b"", b"[]", b"{}", b'{"features": 3}', b'{"features": [1]}', b'{"features": []}', b"\xff\xfe", b"[" * 100_000,
    json.dumps({"features": collection()["features"][:33]}).encode(),
    *(
        b'{"features": [{"properties": {"adcode": 110000}, "geometry": {"type": "Polygon", "coordinates": %s}}]}'
        % points
        for points in (b'[[["a"]]]', b"[[[1e999, 3]]]", b"[[3]]", b"7")
    ),
]  # fmt: skip


@pytest.mark.parametrize("data", BAD, ids=range(len(BAD)))
def test_files_that_are_none(data: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        boundaries.parsed(data)


def test_codes_and_thinning() -> None:
    assert boundaries.code_of({"gb": "156330000"}) == "33"
    assert boundaries.code_of({"name": "新疆维吾尔自治区"}) == "65"
    assert boundaries.code_of({"name": "某地", "id": "<script>"}) == ""
    assert boundaries.code_of(None) == ""
    straight = [(0.0, 0.0), (10_000.0, 100.0), (20_000.0, 0.0), (30_000.0, 9_000.0)]
    assert boundaries.thinned(straight) == [straight[0], straight[2], straight[3]]
    many = collection()
    many["features"][0]["geometry"]["coordinates"] = [[[110 + n / 1e6, 30.0] for n in range(5000)]]
    assert sum(len(ring) for ring in boundaries.parsed(json.dumps(many).encode())["11"]) <= 4
    east, north = boundaries.albers(105, 30)
    assert abs(east) < 1
    assert boundaries.albers(106, 30)[0] > 90_000
    assert boundaries.albers(105, 31)[1] > north + 100_000


def test_classes() -> None:
    assert [maps.strength(n) for n in (1, 2, 3, 4, 8, 500)] == [0.1, 0.2, 0.2, 0.3, 0.4, 0.5]
