"""Cards: what their front matter says, and how they look while they are written."""

from typing import Any

import pytest

from registry.assets.carddata import facts_of
from registry.assets.cards import card_html, files_address
from registry.assets.models import Scenario
from tests.support.browser import Client
from tests.support.make import Make

FULL: dict[str, Any] = {
    "license": "apache-2.0",
    "language": ["zh", "en"],
    "pretty_name": "土地覆盖",
    "tags": ["Remote Sensing", "遥感", 2026],
    "datasets": ["planning-lab/samples", "imagenet"],
    "base_model": "planning-lab/base",
    "pipeline_tag": "image-classification",
    "library_name": "onnx",
    "metrics": ["accuracy", {"type": "f1"}],
    "co2_eq_emissions": {"emissions": 12.5, "source": "codecarbon"},
    "scenarios": ["green_low_carbon", "nonsense"],
    "authors": ["张三", {"name": "李四", "affiliation": "规划院"}, 7, None],
    "doi": "https://doi.org/10.1234/ab.cd",
    "spatial": {"bbox": [116, 39.5, 117, 40.5], "crs": "urn:ogc:def:crs:EPSG::4490", "resolution": 30,
                "bands": ["B4", "B5"]},
    "temporal": "2018-01-01/2021-12-31",
}  # fmt: skip


def test_every_known_field_is_read() -> None:
    facts = facts_of(FULL)
    assert facts.licence == "Apache-2.0"
    assert facts.language == ("zh", "en")
    assert facts.title == "土地覆盖"
    assert facts.tags == ("remote-sensing", "遥感", "2026")
    assert facts.datasets == ("planning-lab/samples", "imagenet")
    assert facts.base_models == ("planning-lab/base",)
    assert (facts.pipeline_tag, facts.library_name) == ("image-classification", "onnx")
    assert facts.metrics == ("accuracy", "f1")
    assert facts.emissions_g == 12.5
    assert facts.scenarios == (Scenario.green_low_carbon,)
    assert facts.authors == (("张三", ""), ("李四", "规划院"), ("7", ""))
    assert facts.doi == "10.1234/ab.cd"
    assert facts.place.bbox == (116, 39.5, 117, 40.5)
    assert (facts.place.crs, facts.place.resolution, facts.place.unit) == ("EPSG:4490", 30, "m")
    assert facts.place.bands == ("B4", "B5")
    assert facts.place.period == "2018-01-01/2021-12-31"


@pytest.mark.parametrize(
    "odd",
    [
        {
            "license": "other",
            "tags": {"a": 1},
            "language": [["x"]],
            "co2_eq_emissions": "much",
            "spatial": "here",
        },
        {
            "license": ["mit", 3],
            "co2_eq_emissions": float("nan"),
            "spatial": {"bbox": [1, 2, 3]},
            "doi": "10.1/x y",
        },
        {
            "spatial": {"bbox": [181, 0, 0, 0], "resolution": -1},
            "temporal": "yesterday",
            "authors": "x" * 500,
        },
        {"spatial": {"bbox": [0, 50, 1, 40], "resolution": {"value": True}}, "title_en": "a\x07b"},
        {"pretty_name": ["x"], "co2_eq_emissions": True, "base_model": {"a": {}}, "metrics": {"type": []}},
    ],
)
def test_odd_values_are_left_out(odd: dict[str, Any]) -> None:
    facts = facts_of(odd)
    assert facts.licence == ""
    assert facts.emissions_g is None
    assert facts.place.bbox is None
    assert facts.place.resolution is None
    assert not facts.place.period
    assert not facts.doi
    assert not facts.title_en
    assert facts.authors == ()


def test_the_front_matter_is_not_shown() -> None:
    html = str(card_html("---\nlicense: MIT\n---\n# 一\n![图](a.png)", files_address("lab", "x", "1.0.0+b")))
    assert "license" not in html
    assert "versions/1.0.0%2Bb/preview-pictures/image/a.png" in html


def test_live_preview_sanitises_and_saves_nothing(client: Client, make: Make) -> None:
    person = make.account()
    asset = make.asset(person, card="旧")
    make.version(asset)
    path = f"/assets/{person.namespace.slug}/{asset.name}/card-preview"
    assert client.post(path, data={"card": "x"}).status_code == 401
    client.sign_in(person)
    answer = client.post(path, data={"card": "# 新\r\n\r\n<script>x</script> $x^2$ ![图](a.png)"})
    assert answer.status_code == 200
    assert "<h2>新</h2>" in answer.text
    assert "<script" not in answer.text
    assert "<msup>" in answer.text
    assert (
        f"/assets/{person.namespace.slug}/{asset.name}/versions/1.0.0/preview-pictures/image/a.png"
        in answer.text
    )
    assert "<html" not in answer.text
    answer = client.post(path, data={"card": "---\na: 1\na: 2\n---\nx"})
    assert "第 3 行" in answer.text
    assert "旧" in client.get(f"/assets/{person.namespace.slug}/{asset.name}").text
    assert (
        client.post("/assets/new/card-preview", data={"card": "![图](a.png) **b**"}).text.count("<img") == 0
    )
    other = make.account()
    client.sign_out()
    client.sign_in(other)
    assert client.post(path, data={"card": "x"}).status_code == 403


def test_a_broken_front_matter_is_refused_with_its_line(client: Client, make: Make) -> None:
    person = make.account()
    client.sign_in(person)
    form = {
        "kind": "model",
        "namespace": person.namespace.slug,
        "name": "with-card",
        "title": "模型",
        "licence": "MIT",
    }
    answer = client.post("/assets/new", data={**form, "card": "---\nlicense: mit\nlicense: mit\n---\nx"})
    assert answer.status_code == 422
    assert "第 3 行：键“license”重复出现" in answer.text
    preview = client.post("/assets/new", data={**form, "card": "# 预览我", "preview": "1"})
    assert preview.status_code == 200
    assert "<h2>预览我</h2>" in preview.text


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_page_shows_what_the_card_states(client: Client, make: Make, language: str) -> None:
    if language == "en":
        client.english()
    person = make.account()
    card = (
        "---\nlibrary_name: onnx\nlanguage: [zh, en]\nco2_eq_emissions: 12\n"
        "spatial: {crs: EPSG:4490, resolution: 30, bbox: [116, 39, 117, 40]}\n---\n正文\n"
    )
    asset = make.asset(person, card=card)
    make.version(asset)
    page = client.get(f"/assets/{person.namespace.slug}/{asset.name}").text
    assert "EPSG:4490" in page
    assert ("经度 116° 至 117°" if language == "zh" else "Longitude 116° to 117°") in page
    assert ("训练排放" if language == "zh" else "Emissions of training") in page
    assert "30 m" in page
