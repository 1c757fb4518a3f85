"""Every format says the same of an asset, holds its own rules, and survives text that means something to it."""

import json
import re
from typing import Any

import jsonschema_rs
import pytest
import yaml

from portal.kit import frontmatter
from registry.assets.models import AssetKind
from registry.exchange.formats import FORMATS, apa7, gbt7714
from registry.exchange.formats.bibtex import bibtex, tex
from registry.exchange.formats.cff import cff
from registry.exchange.formats.datacite import GENERAL, datacite
from registry.exchange.formats.modelcard import model_card
from registry.exchange.names import short_name, split_name
from registry.exchange.record import Person, Record
from tests.exchange.conftest import MOMENT, NASTY, record

URL = "https://portal.example.cn/assets/lab/plots/versions/1.0.0"


# -- names -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "family", "given", "short"),
    [
        ("张三", "张", "三", "Zhang, S."),
        ("欧阳修远", "欧阳", "修远", "Ouyang, X. Y."),
        ("曾国藩", "曾", "国藩", "Zeng, G. F."),
        ("单雄信", "单", "雄信", "Shan, X. X."),
        ("Mary Ann Smith", "Smith", "Mary Ann", "Smith, M. A."),
        ("Smith, Jean-Paul", "Smith", "Jean-Paul", "Smith, J.-P."),
        ("Plato", "Plato", "", "Plato"),
        ("示例规划设计研究院", "示例规划设计研究院", "", "示例规划设计研究院"),
    ],
)
def test_names(name: str, family: str, given: str, short: str) -> None:
    assert split_name(Person(name)) == (family, given)
    assert short_name(Person(name)) == short


def test_organisations_stay_whole() -> None:
    assert short_name(Person("Institute of Planning", entity=True)) == "Institute of Planning"


# -- text --------------------------------------------------------------------------------------------------------------


def test_gbt7714() -> None:
    text = gbt7714(record(authors=[Person(name) for name in ("张三", "李四", "王五", "赵六")]), MOMENT)
    assert text == f"张三，李四，王五，等. 地块样本[DS/OL]. V1.0.0. 社区（2026-11-21）[2026-11-21]. {URL}."
    many = [Person("Mary Ann Smith-Jones"), *(Person(f"A B{n}") for n in range(3))]
    assert gbt7714(record(authors=many), MOMENT).startswith("Smith-Jones M A，B0 A，B1 A，et al. ")
    assert "[CP/OL]" in gbt7714(record(kind=AssetKind.model), MOMENT)


PUBLISHED: dict[str, Any] = {"doi": "10.1234/x", "cstr": "CSTR:14804.11.x.1", "year": 2023}


@pytest.mark.parametrize(
    ("kind", "venue", "said"),
    [
        (AssetKind.paper, "城市规划学刊", "[J/OL]. 城市规划学刊，2023."),
        (AssetKind.paper, "中国城市规划年会", "[C/OL]//中国城市规划年会，2023."),
        (AssetKind.paper, "Springer Press", "[M/OL]. Springer Press，2023."),
        (AssetKind.paper, "arXiv", "[PP/OL]. V1.0.0. arXiv（2023）[2026-11-21]."),
        (AssetKind.paper, "", "[PP/OL]. V1.0.0. 社区（2023）[2026-11-21]."),
        (AssetKind.report, "自然资源局", "[R/OL]. 2023."),
        (AssetKind.dataset, "国家数据中心", "[DS/OL]. V1.0.0. 国家数据中心（2023）[2026-11-21]."),
    ],
)
def test_gbt7714_of_what_was_published(kind: AssetKind, venue: str, said: str) -> None:
    text = gbt7714(record(kind=kind, venue=venue, **PUBLISHED), MOMENT)
    assert text == f"张三，Smith-Jones M A. 地块样本{said} {URL}. DOI：10.1234/x. CSTR:14804.11.x.1."


def test_every_format_names_the_persistent_identifiers() -> None:
    paper = record(kind=AssetKind.paper, venue="城市规划学刊", **PUBLISHED)
    fields = entry_fields(bibtex(paper))
    kept = {key: fields[key] for key in ("entry", "key", "journal", "year", "doi", "note")}
    assert kept == {
        "entry": "article", "key": "lab-plots-2023", "journal": "城市规划学刊", "year": "2023", "doi": "10.1234/x",
        "note": "CSTR:14804.11.x.1",
    }  # fmt: skip
    assert apa7(paper).endswith("(2023). 地块样本 [Plot samples]. 城市规划学刊. https://doi.org/10.1234/x")
    alone = record(**{**PUBLISHED, "doi": ""})
    assert apa7(alone).endswith("[Data set]. 社区. https://cstr.cn/CSTR:14804.11.x.1")
    in_cff = yaml.safe_load(cff(paper))
    jsonschema_rs.validate(CFF_SCHEMA, in_cff)
    assert in_cff["doi"] == "10.1234/x"
    assert in_cff["identifiers"][0]["value"] == "CSTR:14804.11.x.1"
    assert "doi" not in yaml.safe_load(cff(record(doi="10.1234/a#b"))), "the schema of CFF knows fewer DOIs"
    values = datacite(paper)
    jsonschema_rs.validate(DATACITE_SCHEMA, values)
    assert values["types"]["resourceTypeGeneral"] == "JournalArticle"
    assert values["publicationYear"] == 2023
    assert values["container"]["title"] == "城市规划学刊"
    assert {"identifier": "CSTR:14804.11.x.1", "identifierType": "CSTR"} in values["identifiers"]


def test_apa7() -> None:
    assert apa7(record()) == (
        "Zhang, S., & Smith-Jones, M. A. (2026). 地块样本 [Plot samples] (Version 1.0.0) [Data set]. 社区. "
        + URL
    )
    many = apa7(record(authors=[Person(f"A B{n}") for n in range(22)]))
    assert many.startswith("B0, A., B1, A.")
    assert "B18, A., . . . B21, A. (2026)" in many
    alone = record(authors=[Person("社区", entity=True)], title_en="", number="")
    assert apa7(alone) == f"社区. (2026). 地块样本 [Data set]. {alone.url}"


def test_an_asset_and_a_version_have_addresses_of_their_own() -> None:
    assert record(pinned=False).url == "https://portal.example.cn/assets/lab/plots"
    assert record(number="1.0.0+b").url.endswith("/versions/1.0.0%2Bb")


# -- BibTeX ------------------------------------------------------------------------------------------------------------


def entry_fields(text: str) -> dict[str, str]:
    """A small reader of one entry that counts braces as BibTeX does (a backslash protects nothing)."""
    head = re.match(r"@(\w+)\{([^,\s]+),\n", text)
    assert head is not None
    fields, at = {"entry": head[1], "key": head[2]}, head.end()
    while found := re.compile(r"\s*(\w+) = \{").match(text, at):
        depth, end = 1, found.end()
        while depth:
            depth += {"{": 1, "}": -1}.get(text[end], 0)
            end += 1
        fields[found[1]] = text[found.end() : end - 1]
        at = end + (text[end] == ",")
    assert text[at:].strip() == "}"
    return fields


def test_bibtex() -> None:
    fields = entry_fields(bibtex(record()))
    assert fields["entry"] == "misc"
    assert fields["key"] == "lab-plots-2026"
    assert fields["author"] == "{张三} and Mary Ann Smith-Jones"
    assert fields["title"] == "{地块样本}"
    assert fields["year"] == "2026"
    assert fields["url"] == URL
    assert entry_fields(bibtex(record(kind=AssetKind.report)))["institution"] == "社区"


def test_bibtex_survives_anything(nasty: Record) -> None:
    fields = entry_fields(bibtex(nasty))
    assert set(fields) == {"entry", "key", "author", "title", "year", "month", "version", "publisher", "url"}
    assert "\n" not in fields["title"]
    for char in "%$&#_":
        assert not re.search(rf"(?<!\\){re.escape(char)}", fields["title"])
    assert (
        tex("{}\\~^")
        == r"\textbraceleft{}\textbraceright{}\textbackslash{}\textasciitilde{}\textasciicircum{}"
    )
    assert entry_fields(bibtex(record(authors=[Person("Fish and Chips")])))["author"] == "{Fish and Chips}"


# -- CFF ---------------------------------------------------------------------------------------------------------------

CFF_SCHEMA: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["cff-version", "message", "authors", "title"],
    "properties": {
        "cff-version": {"const": "1.2.0"},
        "message": {"type": "string", "minLength": 1},
        "type": {"enum": ["software", "dataset"]},
        "title": {"type": "string", "minLength": 1},
        "abstract": {"type": "string", "minLength": 1},
        "version": {"type": ["string", "number"], "minLength": 1},
        "date-released": {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"},
        "license": {"oneOf": [{"type": "string", "pattern": "^[A-Za-z0-9.+-]+$"},
                              {"type": "array", "minItems": 2, "items": {"pattern": "^[A-Za-z0-9.+-]+$"}}]},
        "url": {"type": "string", "pattern": "^https?://"},
        "doi": {"type": "string", "pattern": "^10\\.\\d{4,9}(\\.\\d+)?/[A-Za-z0-9:/_;\\-\\.\\(\\)\\[\\]\\\\]+$"},
        "keywords": {"type": "array", "minItems": 1, "uniqueItems": True, "items": {"type": "string", "minLength": 1}},
        "identifiers": {"type": "array", "items": {
            "type": "object", "additionalProperties": False, "required": ["type", "value"],
            "properties": {"type": {"enum": ["doi", "url", "swh", "other"]}, "value": {"type": "string"},
                           "description": {"type": "string"}}}},
        "authors": {"type": "array", "minItems": 1, "items": {"anyOf": [
            {"type": "object", "additionalProperties": False,
             "properties": {key: {"type": "string", "minLength": 1}
                            for key in ("family-names", "given-names", "affiliation")}},
            {"type": "object", "additionalProperties": False, "required": ["name"],
             "properties": {"name": {"type": "string", "minLength": 1}}},
        ]}},
    },
}  # fmt: skip
"""The part of the schema of CFF 1.2.0 that these files use, written down from its guide."""


@pytest.mark.parametrize("kind", AssetKind)
def test_cff(kind: AssetKind) -> None:
    values = yaml.safe_load(cff(record(kind=kind)))
    jsonschema_rs.validate(CFF_SCHEMA, values)
    assert values["authors"][0] == {"family-names": "张", "given-names": "三", "affiliation": "规划院"}
    assert values["license"] == "CC-BY-4.0"
    assert values["type"] == (
        "software" if kind in {AssetKind.model, AssetKind.algorithm, AssetKind.tool} else "dataset"
    )


@pytest.mark.parametrize(
    ("licence", "said"),
    [
        ("MIT OR Apache-2.0", ["MIT", "Apache-2.0"]),
        ("LicenseRef-Proprietary", None),
        ("MIT AND CC0-1.0", None),
    ],
)
def test_cff_licences(licence: str, said: Any, nasty: Record) -> None:
    values = yaml.safe_load(cff(record(licence=licence)))
    jsonschema_rs.validate(CFF_SCHEMA, values)
    assert values.get("license") == said
    hard = yaml.safe_load(cff(nasty))
    jsonschema_rs.validate(CFF_SCHEMA, hard)
    assert hard["title"] == NASTY


# -- DataCite ----------------------------------------------------------------------------------------------------------

_RESOURCE_TYPES = (
    "Audiovisual Award Book BookChapter Collection ComputationalNotebook ConferencePaper "
    "ConferenceProceeding DataPaper Dataset Dissertation Event Image Instrument InteractiveResource "
    "Journal JournalArticle Model OutputManagementPlan PeerReview PhysicalObject Preprint Project Report "
    "Service Software Sound Standard StudyRegistration Text Workflow Other "
)
RESOURCE_TYPES = frozenset(_RESOURCE_TYPES.split())
_RELATION_TYPES = (
    "IsCitedBy Cites IsSupplementTo IsSupplementedBy IsContinuedBy Continues IsDescribedBy Describes "
    "HasMetadata IsMetadataFor HasVersion IsVersionOf IsNewVersionOf IsPreviousVersionOf IsPartOf HasPart "
    "IsPublishedIn IsReferencedBy References IsDocumentedBy Documents IsCompiledBy Compiles "
    "IsVariantFormOf IsOriginalFormOf IsIdenticalTo IsReviewedBy Reviews IsDerivedFrom IsSourceOf "
    "Requires IsRequiredBy Obsoletes IsObsoletedBy IsCollectedBy Collects IsTranslationOf HasTranslation "
)
RELATION_TYPES = frozenset(_RELATION_TYPES.split())
_NAMED = {"type": "object", "required": ["name"], "properties": {"name": {"type": "string", "minLength": 1}}}
DATACITE_SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["creators", "titles", "publisher", "publicationYear", "types", "schemaVersion", "identifiers"],
    "properties": {
        "schemaVersion": {"const": "http://datacite.org/schema/kernel-4"},
        "publicationYear": {"type": "integer", "minimum": 1000, "maximum": 9999},
        "publisher": _NAMED,
        "creators": {"type": "array", "minItems": 1, "items": {
            **_NAMED, "properties": {**_NAMED["properties"], "nameType": {"enum": ["Personal", "Organizational"]},
                                     "affiliation": {"type": "array", "items": _NAMED}}}},
        "titles": {"type": "array", "minItems": 1, "items": {"required": ["title"], "properties": {
            "titleType": {"enum": ["AlternativeTitle", "Subtitle", "TranslatedTitle", "Other"]}}}},
        "types": {"required": ["resourceTypeGeneral"], "properties": {
            "resourceTypeGeneral": {"enum": sorted(RESOURCE_TYPES)}}},
        "dates": {"items": {"required": ["date", "dateType"], "properties": {"dateType": {"enum": [
            "Accepted", "Available", "Copyrighted", "Collected", "Coverage", "Created", "Issued", "Submitted",
            "Updated", "Valid", "Withdrawn", "Other"]}}}},
        "descriptions": {"items": {"required": ["description", "descriptionType"], "properties": {"descriptionType": {
            "enum": ["Abstract", "Methods", "SeriesInformation", "TableOfContents", "TechnicalInfo", "Other"]}}}},
        "relatedIdentifiers": {"items": {
            "required": ["relatedIdentifier", "relatedIdentifierType", "relationType"],
            "properties": {"relationType": {"enum": sorted(RELATION_TYPES)},
                           "relatedIdentifierType": {"const": "URL"}}}},
        "geoLocations": {"items": {"properties": {"geoLocationBox": {
            "required": ["westBoundLongitude", "eastBoundLongitude", "southBoundLatitude", "northBoundLatitude"],
            "additionalProperties": {"type": "number", "minimum": -180, "maximum": 180}}}}},
    },
}  # fmt: skip
"""The mandatory part and the controlled lists of DataCite 4.6 that these files use."""


@pytest.mark.parametrize("kind", AssetKind)
def test_datacite(kind: AssetKind) -> None:
    values = datacite(record(kind=kind))
    jsonschema_rs.validate(DATACITE_SCHEMA, values)
    assert values["types"]["resourceTypeGeneral"] == GENERAL.get(kind, "Preprint")
    assert values["creators"][0]["familyName"] == "张"
    assert values["titles"][1] == {"title": "Plot samples", "titleType": "TranslatedTitle", "lang": "en"}
    assert values["rightsList"][0]["rightsIdentifier"] == "cc-by-4.0"
    assert values["geoLocations"][0]["geoLocationBox"]["eastBoundLongitude"] == 117.25
    assert {item["relationType"] for item in values["relatedIdentifiers"]} == {"IsDerivedFrom", "IsVersionOf"}
    assert values["dates"][0]["date"] == "2026-11-21"  # as the portal's clock on the wall shows it


def test_every_relation_has_its_datacite_word() -> None:
    from registry.assets.models import RelationKind
    from registry.exchange.formats.datacite import RELATIONS

    assert set(RELATIONS) == {(kind, way) for kind in RelationKind for way in ("to", "from")}
    assert set(RELATIONS.values()) <= RELATION_TYPES


# -- cards -------------------------------------------------------------------------------------------------------------


def test_the_card_carries_fields_and_results() -> None:
    card = "---\nlicense: mit\nx-own: 保留\nmodel-index: [{name: forged}]\npipeline_tag: other\n---\n# 正文\n"
    found = frontmatter.read(model_card(record(kind=AssetKind.model, card=card)))
    assert found.body == "# 正文\n"
    assert found.values["license"] == "cc-by-4.0"
    assert found.values["x-own"] == "保留"
    assert found.values["pipeline_tag"] == "other"
    assert found.values["tags"] == ["遥感", "samples"]
    (model,) = found.values["model-index"]
    assert model["name"] == "lab/plots"
    (result,) = model["results"]
    assert result["dataset"]["type"] == "bench/tiny"
    assert result["metrics"][0]["value"] == 1.5
    assert result["metrics"][0]["args"]["confidence_interval"] == [1.25, 1.75]
    assert result["source"]["url"].startswith("https://portal.example.cn/evaluations/")


def test_results_in_a_card_are_the_portals_or_none() -> None:
    card = "---\nmodel-index: [{name: forged}]\n---\n"
    assert "model-index" not in model_card(record(kind=AssetKind.model, card=card, outcomes=[]))


def test_a_licence_that_is_an_expression_is_other() -> None:
    values = frontmatter.read(model_card(record(licence="MIT OR Apache-2.0", card=""))).values
    assert (values["license"], values["license_name"]) == ("other", "MIT OR Apache-2.0")


def test_cards_survive_anything(nasty: Record) -> None:
    found = frontmatter.read(model_card(nasty))
    assert found.values["pretty_name"] == NASTY


@pytest.mark.parametrize("name", [name for name in FORMATS if name.endswith(".json")])
def test_json_is_json_and_cannot_end_a_script(nasty: Record, name: str) -> None:
    text = FORMATS[name].write(nasty)
    assert "</script" not in text
    assert "<" not in text
    assert NASTY in _strings(json.loads(text))


def _strings(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [text for item in value.values() for text in _strings(item)]
    if isinstance(value, list):
        return [text for item in value for text in _strings(item)]
    return [value] if isinstance(value, str) else []
