"""Lasting addresses: what they answer, to whom, and what they never give."""

import io
import json
import zipfile

import pytest
import yaml
from sqlmodel import Session

from portal.kit import frontmatter
from registry.assets.models import Asset, AssetKind
from registry.exchange.formats import FORMATS
from registry.versions.models import SubmissionKind, VersionState
from tests.evaluation.tiny import HIDDEN, Scene
from tests.exchange.conftest import accept
from tests.gates.conftest import Gated, gated  # noqa: F401 - a fixture
from tests.support.browser import Client
from tests.support.make import Make


def address(scene: Scene) -> str:
    return f"/assets/{scene.owner.namespace.slug}/{scene.asset.name}"


def test_every_format_of_asset_and_version(scene: Scene, client: Client) -> None:
    base = address(scene)
    ways = (f"{base}/export", f"{base}/versions/1.0.0/export", f"/api/v1{base}/exports",
            f"/api/v1{base}/versions/1.0.0/exports")  # fmt: skip
    for file, form in FORMATS.items():
        for way in ways:
            answer = client.get(f"{way}/{file}")
            assert answer.status_code == 200, f"{way}/{file}"
            assert answer.headers["content-type"].startswith(form.media_type)
            assert "attachment" in answer.headers["content-disposition"]
            assert "sandbox" in answer.headers["content-security-policy"]
            assert "小基准" in answer.text
            if "/versions/" in way and file != "card.md":
                assert "/versions/1.0.0" in answer.text


def test_card_of_a_model_with_its_results(db: Session, scene: Scene, client: Client) -> None:
    version = scene.program()
    evaluation = accept(db, scene, version, rmse=1.5, hits=0.5)
    asset = version.asset_id
    name = db.get(Asset, asset).name  # type: ignore[union-attr]
    base = f"/assets/{scene.researcher.namespace.slug}/{name}"
    card = frontmatter.read(client.get(f"{base}/card.md").text)
    (entry,) = card.values["model-index"]
    assert entry["results"][0]["source"]["url"].endswith(f"/evaluations/{evaluation.id}")
    assert [metric["type"] for metric in entry["results"][0]["metrics"]] == ["rmse", "hits"]
    assert client.get(f"{base}/export/card.md").text == client.get(f"{base}/card.md").text


def test_unknown_formats_and_kinds_are_absent(scene: Scene, client: Client) -> None:
    version = scene.program()
    name = scene.db.get(Asset, version.asset_id).name  # type: ignore[union-attr]
    base = f"/assets/{scene.researcher.namespace.slug}/{name}"
    assert client.get(f"{base}/export/croissant.json").status_code == 404  # a program is no data set
    assert client.get(f"{base}/export/nothing.txt").status_code == 404
    assert client.get(f"{address(scene)}/versions/9.9.9/export/citation.bib").status_code == 404
    assert client.get("/assets/nobody/nothing/card.md").status_code == 404
    listed = {item["file"] for item in client.get(f"/api/v1{base}/exports").json()}
    assert listed == set(FORMATS) - {"croissant.json"}


def test_drafts_and_private_assets_are_absent(make: Make, client: Client) -> None:
    person = make.account()
    asset = make.asset(person, kind=AssetKind.dataset)
    make.version(asset, state=VersionState.draft, submission=SubmissionKind.files)
    base = f"/assets/{person.namespace.slug}/{asset.name}"
    paths = [f"{base}/card.md", f"{base}/export/citation.bib", f"{base}/versions/1.0.0/export/citation.bib",
             f"{base}/versions/1.0.0/ro-crate.zip"]  # fmt: skip
    assert {client.get(path).status_code for path in paths} == {404}
    client.sign_in(person)
    assert {client.get(path).status_code for path in paths} == {200}


def test_a_crate_holds_files_card_and_evaluations(db: Session, scene: Scene, client: Client) -> None:
    version = scene.program()
    evaluation = accept(db, scene, version, rmse=1.5)
    name = db.get(Asset, version.asset_id).name  # type: ignore[union-attr]
    answer = client.get(f"/assets/{scene.researcher.namespace.slug}/{name}/versions/1.0.0/ro-crate.zip")
    assert answer.headers["content-type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(answer.content)) as crate:
        names = set(crate.namelist())
        assert {
            "ro-crate-metadata.json",
            "card.md",
            f"evaluations/{evaluation.id}.json",
            "files/main.py",
        } <= names
        graph = json.loads(crate.read("ro-crate-metadata.json"))["@graph"]
    assert any(entity["@id"] == f"#evaluation-{evaluation.id}-rmse" for entity in graph)


def test_what_is_hidden_leaves_by_no_export_not_even_for_its_owner(scene: Scene, client: Client) -> None:
    for person in (None, scene.owner):
        if person:
            client.sign_in(person)
        crate = client.get(f"{address(scene)}/versions/1.0.0/ro-crate.zip").content
        with zipfile.ZipFile(io.BytesIO(crate)) as archive:
            assert "files/public/sample.csv" in archive.namelist()
            assert not [name for name in archive.namelist() if name.removeprefix("files/").startswith(HIDDEN)]
            text = archive.read("ro-crate-metadata.json").decode()
        text += client.get(f"{address(scene)}/export/croissant.json").text
        assert "sample.csv" in text
        for secret in ("labels/labels.csv", "scorer/score.py", "inputs/items.csv"):
            assert secret not in text


def test_gated_files_leak_through_no_export(client: Client, gated: Gated) -> None:  # noqa: F811
    for person in (None, gated.stranger):
        if person:
            client.sign_in(person)
        for file in FORMATS:
            for path in (f"{gated.page}/export/{file}", f"{gated.one}/export/{file}"):
                answer = client.get(path)
                assert answer.status_code == 200, path
                assert "table.csv" not in answer.text
                assert "SECRET" not in answer.text
        assert client.get(f"{gated.one}/ro-crate.zip").status_code == 403
        assert client.get(f"/api/v1{gated.one}/ro-crate.zip").status_code == 403
    client.sign_out()
    client.sign_in(gated.publisher)
    assert "table.csv" in client.get(f"{gated.one}/export/croissant.json").text
    assert client.get(f"{gated.one}/ro-crate.zip").status_code == 200


def test_results_nobody_may_see_yet_are_in_no_export(db: Session, scene: Scene, client: Client) -> None:
    version = scene.program()
    evaluation = accept(db, scene, version, rmse=1.5)
    scene.asset.is_public = False
    db.add(scene.asset)
    db.commit()
    name = db.get(Asset, version.asset_id).name  # type: ignore[union-attr]
    base = f"/assets/{scene.researcher.namespace.slug}/{name}"
    assert str(evaluation.id) not in client.get(f"{base}/card.md").text
    client.sign_in(scene.researcher)
    assert str(evaluation.id) in client.get(f"{base}/card.md").text


@pytest.mark.parametrize("language", ["zh", "en"])
def test_panels_cite_asset_and_version(scene: Scene, client: Client, language: str) -> None:
    if language == "en":
        client.english()
    base = address(scene)
    for path in (base, f"{base}/versions/1.0.0"):
        page = client.get(path).text
        assert ("引用与导出" if language == "zh" else "Cite and export") in page
        assert f"{path}/export/CITATION.cff" in page
        assert f"{base}/versions/1.0.0/ro-crate.zip" in page
        assert "[DS/OL]" in page
        assert "[Data set]" in page
    message = yaml.safe_load(client.get(f"{base}/export/CITATION.cff").text)["message"]
    assert message == (
        "使用本成果时，请按以下信息引用。" if language == "zh" else "If you use it, please cite it as below."
    )


def test_drafts_are_not_cited(make: Make, client: Client) -> None:
    person = make.account()
    asset = make.asset(person)
    make.version(asset, state=VersionState.draft)
    client.sign_in(person)
    page = client.get(f"/assets/{person.namespace.slug}/{asset.name}/versions/1.0.0").text
    assert "引用与导出" not in page


def test_a_page_cites_what_the_asset_says(client: Client, make: Make) -> None:
    person = make.account()
    said = {"doi": "10.1234/x", "venue": "城市规划学刊", "year": 2023}
    paper = make.asset(person, kind=AssetKind.paper, name="told", **said)
    with_card = make.asset(
        person, kind=AssetKind.paper, name="card", card="---\ndoi: 10.1234/from-card\n---\n"
    )
    for asset, doi in ((paper, "10.1234/x"), (with_card, "10.1234/from-card")):
        make.version(asset)
        here = f"/assets/{person.namespace.slug}/{asset.name}"
        assert f"DOI：{doi}" in client.get(f"{here}/export/citation.gbt7714.txt").text
        assert f"https://doi.org/{doi}" in client.get(here).text
