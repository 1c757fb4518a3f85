"""Lineage: what is gathered, for whom, and what a later part may add."""

import uuid
from collections.abc import Collection, Iterator

import pytest
from sqlmodel import Session

from portal.kit.actor import NOBODY, Actor
from registry.assets.models import Asset, AssetKind, AssetRelation, RelationKind
from registry.lineage import sources
from registry.lineage.graph import SOURCES, Edge, Found, Node, asset_key, gather
from tests.evaluation.tiny import Scene
from tests.exchange.conftest import accept
from tests.exchange.conftest import scene as scene  # a fixture
from tests.guards.test_budget import counted
from tests.support.browser import Client
from tests.support.make import Make, Person


class Chain:
    """raw -> samples -> model -> report, and a secret draft in between."""

    def __init__(self, db: Session, make: Make) -> None:
        self.db, self.make, self.person = db, make, make.account()
        kinds = {
            "raw": AssetKind.dataset, "samples": AssetKind.dataset, "model": AssetKind.model,
            "report": AssetKind.report,
        }  # fmt: skip
        self.assets = {
            name: make.asset(
                self.person,
                name=name,
                title=f"成果 {name}",
                title_en=f"Asset {name}",
                kind=kind,
                is_public=True,
            )
            for name, kind in kinds.items()
        }
        self.relate("samples", RelationKind.based_on, "raw")
        self.relate("model", RelationKind.uses, "samples")
        self.relate("model", RelationKind.described_by, "report")

    def relate(self, name: str, kind: RelationKind, other: str) -> None:
        self.db.add(AssetRelation(asset_id=self.assets[name].id, other_id=self.assets[other].id, kind=kind))
        self.db.commit()

    def page(self, name: str) -> str:
        return f"/assets/{self.person.namespace.slug}/{name}/lineage"


@pytest.fixture
def chain(db: Session, make: Make) -> Chain:
    return Chain(db, make)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_whole_chain_from_any_link_of_it(chain: Chain, client: Client, language: str) -> None:
    if language == "en":
        client.english()
    for name in ("raw", "model", "report"):
        page = client.get(chain.page(name)).text
        for other in chain.assets.values():
            assert (other.title if language == "zh" else other.title_en) in page
        assert "<svg" in page
        assert ("依据" if language == "zh" else "basis of") in page
        assert ("见于" if language == "zh" else "described in") in page


def test_edges_run_from_what_came_first(chain: Chain, client: Client) -> None:
    answer = client.get(f"/api/v1{chain.page('model')}").json()
    keys = {name: asset_key(asset.id) for name, asset in chain.assets.items()}
    assert answer["centre"] == keys["model"]
    found = {(edge["start"], edge["end"]) for edge in answer["edges"]}
    assert found == {
        (keys["raw"], keys["samples"]), (keys["samples"], keys["model"]), (keys["model"], keys["report"]),
    }  # fmt: skip


def test_evaluations_are_edges_too(db: Session, scene: Scene, client: Client) -> None:
    version = scene.program()
    accept(db, scene, version, rmse=1)
    answer = client.get(f"/api/v1/assets/{scene.owner.namespace.slug}/{scene.asset.name}/lineage").json()
    edge = {"start": asset_key(scene.asset.id), "end": asset_key(version.asset_id), "label": "评测"}
    assert answer["edges"] == [edge]


def test_what_is_not_visible_is_not_there_and_leads_nowhere(
    db: Session, chain: Chain, client: Client
) -> None:
    middle = chain.assets["samples"]
    middle.is_public = False
    db.add(middle)
    db.commit()
    answer = client.get(f"/api/v1{chain.page('model')}").json()
    titles = {node["title"] for node in answer["nodes"]}
    assert titles == {"成果 model", "成果 report"}, "nobody is led through a secret to what lies behind it"
    assert answer["more"] == {}
    client.sign_in(chain.person)
    assert len(client.get(f"/api/v1{chain.page('model')}").json()["nodes"]) == 4


def test_every_relation_leads_somewhere() -> None:
    assert set(sources.FLOW) | {RelationKind.described_by} == set(RelationKind)


def test_absent_assets(chain: Chain, client: Client) -> None:
    assert client.get(chain.page("nothing")).status_code == 404
    secret = chain.make.asset(chain.person, name="secret")
    assert client.get(chain.page(secret.name)).status_code == 404


def test_an_asset_alone_says_how_to_connect_it(make: Make, client: Client) -> None:
    person = make.account()
    asset = make.asset(person, is_public=True)
    page = client.get(f"/assets/{person.namespace.slug}/{asset.name}/lineage").text
    assert "尚无关联" in page
    assert '<svg class="chart graph' not in page


def test_a_crowd_is_cut_and_counted(db: Session, chain: Chain, client: Client) -> None:
    hub = chain.assets["raw"]
    for n in range(80):
        other = chain.make.asset(chain.person, name=f"many-{n}", title=f"众 {n}", is_public=True)
        db.add(AssetRelation(asset_id=other.id, other_id=hub.id, kind=RelationKind.based_on))
    db.commit()
    answer = client.get(f"/api/v1{chain.page('raw')}").json()
    assert len(answer["nodes"]) == 60
    assert answer["more"][asset_key(hub.id)] > 0
    page = client.get(chain.page("raw"))
    assert "另有" in page.text
    with counted() as statements:
        client.get(chain.page("raw"))
    assert len(statements) <= 12


def test_the_asset_page_leads_there(chain: Chain, client: Client) -> None:
    assert chain.page("model") in client.get(chain.page("model").removesuffix("/lineage")).text


@pytest.fixture
def adopted() -> Iterator[None]:
    """A source as a higher layer would register it."""

    def source(_db: Session, _actor: Actor, ids: Collection[uuid.UUID]) -> Found:
        keys = [asset_key(one) for one in ids]
        return Found(
            [Edge(key, "node:1", "采用") for key in keys], [Node("node:1", "示例省节点", "节点", "/about")]
        )

    SOURCES.register("adopted", source)
    yield
    SOURCES._sources.pop("adopted")


def test_other_parts_may_add_edges_and_nodes(db: Session, chain: Chain, adopted: None) -> None:
    graph = gather(db, NOBODY, chain.assets["report"].id, sources.asset_nodes)
    assert graph.nodes["node:1"].title == "示例省节点"
    assert Edge(asset_key(chain.assets["report"].id), "node:1", "采用") in graph.edges


def test_who_reads_the_lineage(chain: Chain, make: Make, client: Client) -> None:
    stranger: Person = make.account()
    client.sign_in(stranger)
    assert client.get(chain.page("model")).status_code == 200
    assert isinstance(chain.assets["model"], Asset)
