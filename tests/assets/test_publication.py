"""Papers and monitoring reports: identifiers, region and period; their text is found, and said where."""

import uuid

import pytest
from pydantic import ValidationError
from sqlmodel import Session

from portal.kit.db import transaction
from portal.kit.text import marked
from registry.assets import publication
from registry.assets.models import AssetKind
from registry.assets.publication import Publication
from registry.assets.queries import fulltext
from tests.support.browser import Client
from tests.support.make import Make, Person

REPORT = {
    "doi": "https://doi.org/10.12345/CSPON.2026.1",
    "cstr": "CSTR:14804.11.cspon.2026.1",
    "year": "2026",
    "venue": "示例学报",
    "region_code": "330100",
    "region": "杭州市",
    "period_from": "2025-01-01",
    "period_to": "2025-12-31",
    "map_review_no": "审图号：GS(2024)0650号",
}


@pytest.mark.parametrize(
    ("field", "good", "kept"),
    [
        ("doi", "doi:10.1000/182", "10.1000/182"),
        ("doi", "10.12345/ABC(2026)-1", "10.12345/abc(2026)-1"),
        ("cstr", "https://cstr.cn/31253.11.sciencedb.01234", "CSTR:31253.11.sciencedb.01234"),
        ("cstr", "14804.11.x", "CSTR:14804.11.x"),
        ("region_code", "000000", "000000"),
        ("map_review_no", "GS京（2023）1234号", "GS京（2023）1234号"),
        ("map_review_no", "京S(2024)001号", "京S(2024)001号"),
        ("year", "", None),
    ],
)
def test_what_is_kept(field: str, good: str, kept: object) -> None:
    assert getattr(Publication.model_validate({field: good}), field) == kept


@pytest.mark.parametrize(
    ("field", "bad"),
    [
        ("doi", "10.12/x"),
        ("doi", "10.12345/"),
        ("doi", "10.12345/a b"),
        ("doi", "javascript:alert(1)"),
        ("cstr", "CSTR:1480.11.x"),
        ("cstr", "CSTR:14804.1.x"),
        ("cstr", "CSTR:14804.11.<script>\n"),
        ("region_code", "3301"),
        ("region_code", "990100"),
        ("region_code", "３３０１００"),
        ("map_review_no", "GS0650"),
        ("year", "26"),
        ("venue", "a\nb"),
        ("period_from", "2026-13-01"),
    ],
)
def test_what_is_refused(field: str, bad: str) -> None:
    with pytest.raises(ValidationError) as caught:
        Publication.model_validate({field: bad})
    assert [error["loc"] for error in caught.value.errors()] == [(field,)]


def test_a_period_does_not_end_before_it_begins() -> None:
    with pytest.raises(ValidationError) as caught:
        Publication.model_validate({"period_from": "2026-02-01", "period_to": "2026-01-01"})
    assert [error["loc"] for error in caught.value.errors()] == [("period_to",)]


def test_any_identifier_is_understood() -> None:
    assert publication.identifier("https://doi.org/10.1000/182") == "10.1000/182"
    assert publication.identifier("cstr:14804.11.x") == "CSTR:14804.11.x"
    assert publication.identifier("nonsense") == ""


def report(client: Client, make: Make, owner: Person) -> str:
    """A published report with everything said about it; its address."""
    asset = make.asset(owner, kind=AssetKind.report, name="monitor", title="耕地监测报告")
    make.version(asset)
    client.sign_in(owner)
    address = f"/assets/{owner.namespace.slug}/monitor"
    given = {"title": "耕地监测报告", "licence": "CC-BY-4.0", **REPORT}
    assert client.post(f"{address}/edit", data=given).status_code == 303
    client.sign_out()
    return address


def test_form_page_list_and_api(client: Client, make: Make) -> None:
    owner = make.account("甲")
    address = report(client, make, owner)
    page = client.get(address).text
    for text in ("https://doi.org/10.12345/cspon.2026.1", "https://cstr.cn/CSTR:14804.11.cspon.2026.1",
                 "示例学报", "杭州市", "2025-01-01 至 2025-12-31", "GS(2024)0650号"):  # fmt: skip
        assert text in page
    assert 'href="https://' not in page
    row = client.get("/assets?kind=report").text
    assert all(text in row for text in ("2026", "示例学报", "杭州市", "2025-01-01 至 2025-12-31"))
    found = client.get("/api/v1" + address).json()["publication"]
    assert found["doi"] == "10.12345/cspon.2026.1"
    assert (found["year"], found["period_to"], found["map_review_no"]) == (
        2026,
        "2025-12-31",
        "GS(2024)0650号",
    )
    client.sign_in(owner)
    form = client.get(f"{address}/edit").text
    assert 'value="CSTR:14804.11.cspon.2026.1"' in form
    assert 'value="2025-01-01"' in form
    wrong = client.post(
        f"{address}/edit", data={"title": "x y", "licence": "MIT", "doi": "10.1", "year": "2026"}
    )
    assert wrong.status_code == 422
    assert 'value="10.1"' in wrong.text
    assert "DOI 的形式如" in wrong.text


def test_patch_changes_and_takes_away(client: Client, make: Make) -> None:
    owner = make.account("甲")
    address = report(client, make, owner)
    client.sign_in(owner)
    changed = client.patch(
        "/api/v1" + address, json={"year": "", "venue": "", "period_to": "2026-01-31"}
    ).json()
    assert changed["publication"]["year"] is None
    assert changed["publication"]["venue"] == ""
    assert changed["publication"]["period_to"] == "2026-01-31"
    assert client.patch("/api/v1" + address, json={"cstr": "x"}).status_code == 422


@pytest.mark.parametrize(
    ("query", "hits"),
    [
        ("identifier=10.12345/CSPON.2026.1", 1),
        ("identifier=CSTR:14804.11.cspon.2026.1", 1),
        ("identifier=10.12345/other", 0),
        ("year=2026", 1),
        ("year=2025", 0),
        ("region=330100", 1),
        ("region=330000", 1),
        ("region=330200", 0),
        ("region=nonsense", 1),
        ("q=10.12345", 1),
    ],
)
def test_filters(client: Client, make: Make, query: str, hits: int) -> None:
    report(client, make, make.account("甲"))
    answer = client.get(f"/api/v1/assets?{query}").json()
    assert len(answer["items"]) == hits
    assert ("耕地监测报告" in client.get(f"/assets?{query}").text) == bool(hits)


def with_text(make: Make, owner: Person, text: str, *, version: str = "1.0.0", **values: object) -> uuid.UUID:
    asset = make.asset(owner, kind=AssetKind.paper, title="一篇论文", **values)
    make.version(asset)
    with transaction() as session:
        fulltext.set_text(session, asset.id, version=version, text=text)
    return asset.id


def test_words_inside_documents_are_found_with_their_place(client: Client, make: Make) -> None:
    # Pages break Chinese words anywhere; full-width letters are the same letters.
    with_text(make, make.account("甲"), "前言。本文研究国土空\n间规划实施监测的 ＮＤＶＩ 方法。" + "尾" * 300)
    for words in ("国土空间规划", "ndvi", "监测 方法", "空"):
        for address in (f"/search?q={words}", f"/assets?q={words}"):
            page = client.get(address).text
            assert "一篇论文" in page, address
            assert "文档中：" in page
            assert "<mark>" in page
    assert "国土<mark>空间规划</mark>实施" in client.get("/search?q=空间规划").text
    assert "一篇论文" not in client.get("/search?q=国土利用").text


def test_only_what_anybody_may_read_is_found(client: Client, make: Make, db: Session) -> None:
    owner = make.account("甲")
    with_text(make, owner, "限制文件中的词语", gated=True)
    with_text(make, owner, "旧版本中的词语", version="0.9.0")
    client.sign_in(owner)
    for address in ("/search?q=中的词语", "/assets?q=中的词语"):
        assert "一篇论文" not in client.get(address).text
    assert client.get("/api/v1/assets?q=中的词语").json()["items"] == []


def test_marks_are_escaped() -> None:
    assert marked("<b>Ab</b> ab", ["AB"]) == "&lt;b&gt;<mark>Ab</mark>&lt;/b&gt; <mark>ab</mark>"
    assert marked("a<b", []) == "a&lt;b"


def test_pairs_are_bounded_and_unsigned() -> None:
    numbers = fulltext.grams("国土空间abAB")
    assert len(numbers) == 6
    assert all(0 <= number < 2**31 for number in numbers)
    assert set(fulltext.grams("土空")) <= set(numbers)
    assert len(fulltext.normal("字" * 400_000)) == fulltext.MAX_CHARS
