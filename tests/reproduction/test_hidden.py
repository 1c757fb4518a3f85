"""Hidden labels never leave, whoever asks and by whatever way; the answer says why and what is possible."""

import io
import uuid
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from fastapi import FastAPI
from sqlmodel import Session

from portal.kit.db import transaction
from portal.kit.errors import Conflict, Forbidden
from registry.assets.models import Asset
from registry.benchmarks import actions as benchmarks
from registry.benchmarks.models import BenchmarkVersion
from registry.benchmarks.queries import files_of
from registry.evaluation.run.place import Place
from registry.reproduction.pack import Extent
from registry.reproduction.standing import standing
from registry.versions import actions as versions
from registry.versions.models import SubmissionKind
from tests.client.conftest import Terminal
from tests.evaluation.tiny import HIDDEN, Scene, actor, manifest, tree
from tests.exchange.conftest import accept
from tests.guards.test_application import _routes
from tests.reproduction.conftest import evaluated, publish_labels
from tests.support.browser import Client
from tests.support.make import Make

HIDDEN_FILES = {path: data for path, data in tree(manifest()).items() if path.startswith(HIDDEN)}
PACKS = (
    "/evaluations/{}/reproduction.zip", "/evaluations/{}/reproduction-confidential.zip",
    "/api/v1/evaluations/{}/reproduction", "/api/v1/evaluations/{}/reproduction.zip",
    "/api/v1/evaluations/{}/reproduction-confidential.zip",
)  # fmt: skip


@pytest.mark.parametrize("kind", list(SubmissionKind)[1:])
def test_what_is_hidden_decides(kind: SubmissionKind) -> None:
    paths = list(tree(manifest()))
    closed = [path for path in paths if path.startswith(("labels/", "scorer/"))]
    assert standing(kind, []).extent is Extent.full
    assert standing(kind, ["dryrun/a.csv"]).extent is Extent.full
    program = kind is not SubmissionKind.predictions
    assert standing(kind, closed).extent is (Extent.predictions if program else None)
    assert standing(kind, ["scorer/score.py"]).extent is not Extent.full
    assert standing(kind, HIDDEN_FILES).extent is None


def test_a_closed_benchmark_gives_nothing_away(client: Client, db: Session, scene: Scene) -> None:
    key = accept(db, scene, scene.program(), rmse=1.0, hits=0.5).id
    for person in (
        None,
        scene.researcher,
        scene.make.account("路人"),
        scene.make.account("秘书", roles=("secretariat",)),
    ):
        if person is not None:
            client.sign_in(person)
        for way in PACKS:
            answer = client.get(way.format(key))
            assert answer.status_code in {303, 401, 403, 409}, way
            assert not [path for path, data in HIDDEN_FILES.items() if data in answer.content]
        refused = client.get(f"/api/v1/evaluations/{key}/reproduction").json()
        assert "标签" in refused["title"]
        assert "所有者" in refused["detail"]
        page = client.get(f"/evaluations/{key}/reproduction")
        assert page.status_code == 200
        assert "缺少标签" in page.text


def test_the_owner_may_take_them_along_and_is_warned(client: Client, db: Session, scene: Scene) -> None:
    key = accept(db, scene, scene.program(), rmse=1.0, hits=0.5).id
    client.sign_in(scene.owner)
    assert client.get(f"/evaluations/{key}/reproduction.zip").status_code == 409, "not by the common way"
    answer = client.get(f"/evaluations/{key}/reproduction-confidential.zip")
    assert "confidential" in answer.headers["content-disposition"]
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        for path, data in HIDDEN_FILES.items():
            assert archive.read(f"files/benchmark/{path}") == data
        assert b'"confidential": true' in archive.read("pack.json")


def test_with_public_inputs_the_predictions_can_be_compared(
    client: Client,
    scene_with: Callable[..., Scene],
    place: Place,
    tmp_path: Path,
) -> None:
    scene = scene_with(inputs_public=True)
    key = evaluated(scene, place, scene.program())
    answer = client.get(f"/api/v1/evaluations/{key}/reproduction.zip")
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        names = archive.namelist()
    assert "files/benchmark/inputs/items.csv" in names
    assert not [name for name in names if "labels" in name or "scorer" in name or "per_item" in name]
    archive_path = tmp_path / "pack.zip"
    archive_path.write_bytes(answer.content)
    found = Terminal().json("reproduce", archive_path, "--allow-weak-sandbox")
    assert (found["verdict"], found["extent"], found["metrics"]) == ("match", "predictions", [])


def test_labels_are_published_once_nothing_ranks_by_them(
    client: Client, db: Session, make: Make, scene: Scene
) -> None:
    other = Scene(db, make)
    db.get_one(
        Asset, other.asset.id
    ).namespace_id = scene.asset.namespace_id  # the same labels, still ranking
    db.commit()
    page = f"/benchmarks/{scene.owner.namespace.slug}/{scene.asset.name}"
    with pytest.raises(Conflict, match="仍在接受评测"):
        _publish(scene)
    with transaction() as session:
        benchmarks.close(session, actor(scene.owner), _row(session, scene), scene.asset, reason="over")
    with pytest.raises(Conflict, match=other.asset.name):
        _publish(scene)
    with transaction() as session:
        benchmarks.close(session, actor(scene.owner), _row(session, other), other.asset, reason="over")
    client.sign_in(scene.researcher)
    with pytest.raises(Forbidden), transaction() as session:
        benchmarks.publish_labels(
            session, actor(scene.researcher), _row(session, scene), scene.asset, reason=""
        )
    assert client.post(f"{page}/publish-labels?version=1.0.0", data={"reason": "x"}).status_code == 403
    client.sign_in(scene.owner)
    answer = client.post(f"{page}/publish-labels?version=1.0.0", data={"reason": "赛事结束"})
    assert answer.status_code == 303
    with transaction() as session:
        assert not files_of(session, scene.base.id, hidden=True)
        assert files_of(session, other.base.id, hidden=True), "another benchmark's stay hidden"
    assert client.post(f"{page}/reopen").status_code == 409
    assert "标签已公开" in client.get(page).text
    assert client.get(f"/api/v1{page}").json()["labels_public"] is True


def _row(db: Session, scene: Scene) -> BenchmarkVersion:
    return db.get_one(BenchmarkVersion, scene.benchmark.id)


def _publish(scene: Scene) -> None:
    with transaction() as db:
        benchmarks.publish_labels(db, actor(scene.owner), _row(db, scene), scene.asset, reason="over")


def test_gated_files_stay_behind_their_gate(client: Client, db: Session, scene: Scene) -> None:
    version = scene.program()
    key = accept(db, scene, version, rmse=1.0, hits=0.5).id
    publish_labels(scene)
    client.sign_in(scene.make.account("路人"))
    assert client.get(f"/evaluations/{key}/reproduction.zip").status_code == 200
    for asset_id in (scene.asset.id, version.asset_id):
        _set_gate(db, asset_id, shut=True)
        assert {client.get(way.format(key)).status_code for way in PACKS} == {403}
        page = client.get(f"/evaluations/{key}/reproduction").text
        assert "申请后提供" in page
        assert "reproduction.zip" not in page
        _set_gate(db, asset_id, shut=False)
    assert client.get(f"/evaluations/{key}/reproduction.zip").status_code == 200
    scene.make.version(db.get_one(Asset, version.asset_id), number="2.0.0")  # keeps the asset public
    with transaction() as session:
        versions.yank(session, actor(scene.researcher), version_id=version.id, reason="数据有误")
    described = client.get(f"/api/v1/evaluations/{key}/reproduction").json()
    assert described["submission"]["withdrawn"] == "数据有误"
    db.get_one(Asset, version.asset_id).withheld = True
    db.commit()
    assert {client.get(way.format(key)).status_code for way in (*PACKS, "/evaluations/{}/reproduction")} == {
        404
    }


def _set_gate(db: Session, asset_id: uuid.UUID, *, shut: bool) -> None:
    db.get_one(Asset, asset_id).gated = shut
    db.commit()


def test_no_way_to_a_pack_is_forgotten_here(application: FastAPI) -> None:
    ways = {route.path for route in _routes(application) if "/reproduction" in getattr(route, "path", "")}
    assert ways == {way.format("{id}") for way in (*PACKS, "/evaluations/{}/reproduction")}
