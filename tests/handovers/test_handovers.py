"""Handing assets over: who may, what moves, and where old addresses lead."""

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import Session, select

from portal.accounts.sessions import actor_of
from portal.audit.models import AuditEvent
from portal.client.connection import Connection
from portal.client.credentials import Login
from portal.client.names import Name
from portal.client.portal_api import PortalApi
from portal.client.pulling import pull
from portal.client.screen import Screen
from portal.kit.actor import Actor
from portal.kit.clock import now
from portal.kit.db import transaction
from portal.kit.errors import Conflict, Forbidden, Invalid, TooLarge
from portal.notices.models import Notice
from portal.settings import get_settings
from registry.assets.models import Asset
from registry.handovers import actions
from registry.handovers.forms import OfferInput
from registry.handovers.models import Handover, HandoverState
from registry.versions.models import NamespaceBlob, VersionState
from tests.client.serving import served
from tests.evaluation import tiny
from tests.support.browser import Client
from tests.support.make import Make, Person

FILES = {"README.md": b"# x\n", "data/a b.csv": "列\n1\n".encode()}


class Scene:
    """A person with an asset of two versions, and an organisation that will have it."""

    def __init__(self, make: Make) -> None:
        self.make = make
        self.giver, self.taker, self.other = (make.account(name) for name in ("移交人", "接收人", "路人"))
        self.unit = make.organisation("接收单位", admin=self.taker)
        self.asset = make.asset(self.giver, name="handed")
        self.version = make.version(self.asset, FILES)
        make.version(self.asset, FILES, number="2.0.0")
        self.old = f"/assets/{self.giver.namespace.slug}/handed"
        self.new = f"/assets/{self.unit.namespace.slug}/handed"

    def actor(self, person: Person) -> Actor:
        with transaction() as db:
            return actor_of(db, person.id)

    def offer(self, person: Person | None = None, to: str | None = None) -> Handover:
        actor = self.actor(person or self.giver)
        with transaction() as db:
            given = OfferInput(to=to or self.unit.namespace.slug, message="单位统一管理")
            return actions.offer(db, actor, asset_id=self.asset.id, given=given)

    def accept(self, offer: Handover, person: Person | None = None) -> Asset:
        actor = self.actor(person or self.taker)
        with transaction() as db:
            return actions.accept(db, actor, handover_id=offer.id)


@pytest.fixture
def scene(make: Make, db: Session) -> Scene:
    return Scene(make)


def owned(db: Session, namespace_id: Any) -> set[str]:
    db.expire_all()
    rows = db.exec(select(NamespaceBlob).where(NamespaceBlob.namespace_id == namespace_id))
    return {row.sha256 for row in rows}


def test_the_whole_way_by_forms(client: Client, scene: Scene, db: Session) -> None:
    client.sign_in(scene.giver)
    assert client.post(f"{scene.old}/transfer", data={"to": "nobody-at-all"}).status_code == 422
    assert client.post(f"{scene.old}/transfer", data={"to": scene.giver.namespace.slug}).status_code == 422
    assert client.post(f"{scene.old}/transfer", data={"to": scene.unit.namespace.slug}).status_code == 303
    assert "接收单位" in client.get(f"{scene.old}/transfer").text
    client.sign_out()
    client.sign_in(scene.taker)
    page = client.get("/transfers").text
    assert scene.asset.title in page
    offer = db.exec(select(Handover)).one()
    assert client.post(f"/transfers/{offer.id}/bless").status_code == 404
    answer = client.post(f"/transfers/{offer.id}/accept")
    assert answer.headers["location"] == scene.new
    assert client.get(scene.new).status_code == 200
    assert client.get(f"{scene.new}/edit").status_code == 200
    client.sign_out()
    client.sign_in(scene.giver)
    assert client.get(f"{scene.new}/edit").status_code == 403, "the giver's rights have gone with it"
    events = db.exec(select(AuditEvent).where(AuditEvent.verb == "asset.transferred")).all()
    assert [event.evidence["to"] for event in events] == [scene.new.removeprefix("/assets/")]
    told = {row.message for row in db.exec(select(Notice).where(Notice.account_id == scene.giver.id))}
    assert actions.TOLD[HandoverState.accepted] in told


def test_old_addresses_lead_to_the_new_one(client: Client, scene: Scene) -> None:
    scene.accept(scene.offer())
    for below in (
        "", "/versions/1.0.0", "/versions/1.0.0/archive.zip", "/versions/1.0.0/files/data/a%20b.csv?x=%20y",
        "/versions/1.0.0/download/README.md", "/discussions", "/downloads", "/access", "/export/citation.bib",
        "/versions/1.0.0/export/citation.bib", "/compare/1.0.0...2.0.0",
    ):  # fmt: skip
        for prefix in ("", "/api/v1"):
            if prefix and below == "/access":
                continue
            answer = client.get(prefix + scene.old + below)
            if answer.status_code == 404:
                assert client.get(prefix + scene.new + below).status_code == 404, below
                continue
            assert answer.status_code == 308, (prefix, below)
            assert answer.headers["location"] == prefix + scene.new + below
            assert client.get(answer.headers["location"]).status_code == 200
    client.sign_in(scene.taker)
    answer = client.post(f"/api/v1{scene.old}/versions", json={"number": "2.0.0", "submission": "files"})
    assert answer.status_code == 308
    assert answer.headers["location"] == f"/api/v1{scene.new}/versions"


def test_old_names_are_understood(client: Client, make: Make, db: Session) -> None:
    bench, taker = tiny.Scene(db, make), make.account("接收人")
    unit = make.organisation("接收单位", admin=taker)
    submission = bench.program()
    mine = db.get_one(Asset, submission.asset_id)
    old = f"{bench.owner.namespace.slug}/{bench.asset.name}"
    with transaction() as session:
        given = OfferInput(to=unit.namespace.slug)
        offer = actions.offer(
            session, actor_of(session, bench.owner.id), asset_id=bench.asset.id, given=given
        )
    with transaction() as session:
        actions.accept(session, actor_of(session, taker.id), handover_id=offer.id)
    new = f"{unit.namespace.slug}/{bench.asset.name}"
    client.sign_in(bench.researcher)
    name = f"{bench.researcher.namespace.slug}/{mine.name}"
    answer = client.post("/api/v1/evaluations", json={"version": f"{name}@1.0.0", "benchmark": old})
    assert answer.status_code == 201, answer.text
    assert answer.json()["benchmark"].startswith(new)
    related = {"related": [{"kind": "evaluated_on", "asset": old}]}
    answer = client.patch(f"/api/v1/assets/{name}", json=related)
    assert answer.status_code == 200, answer.text
    assert answer.json()["related"][0]["asset"] == new
    client.sign_out()
    client.sign_in(taker)
    for verb in ("close", "reopen"):
        answer = client.post(f"/benchmarks/{old}/{verb}")
        assert answer.status_code == 308
        assert answer.headers["location"] == f"/benchmarks/{new}/{verb}"


def test_what_is_not_to_be_seen_moves_unseen(client: Client, scene: Scene) -> None:
    draft = scene.make.asset(scene.giver, name="hidden-draft")
    scene.make.version(draft, FILES, state=VersionState.draft)
    with transaction() as db:
        given = OfferInput(to=scene.unit.namespace.slug)
        offer = actions.offer(db, scene.actor(scene.giver), asset_id=draft.id, given=given)
    scene.accept(offer)
    old = f"/assets/{scene.giver.namespace.slug}/hidden-draft"
    assert client.get(old).status_code == 404
    client.sign_in(scene.giver)
    assert client.get(old).status_code == 404, "nor by whoever gave it away"
    client.sign_out()
    client.sign_in(scene.taker)
    assert client.get(old).status_code == 308


def test_nobody_takes_an_old_address(client: Client, scene: Scene) -> None:
    scene.accept(scene.offer())
    client.sign_in(scene.giver)
    body = {
        "kind": "model",
        "namespace": scene.giver.namespace.slug,
        "name": "handed",
        "title": "冒名",
        "licence": "MIT",
    }
    answer = client.post("/api/v1/assets", json={**body, "confirm_similar": True})
    assert answer.status_code == 409
    assert set(answer.json()["fields"]) == {"name"}
    other, given = scene.make.asset(scene.other, name="handed"), OfferInput(to=scene.giver.namespace.slug)
    with pytest.raises(Invalid), transaction() as db:
        actions.offer(db, scene.actor(scene.other), asset_id=other.id, given=given)


def test_back_again(client: Client, scene: Scene) -> None:
    scene.accept(scene.offer())
    back = scene.offer(scene.taker, to=scene.giver.namespace.slug)
    scene.accept(back, scene.giver)
    assert client.get(scene.old).status_code == 200
    assert client.get(scene.new).headers["location"] == scene.old


def test_the_quota_moves(scene: Scene, db: Session) -> None:
    shared = scene.make.asset(scene.giver, name="sharing")
    scene.make.version(shared, {"README.md": FILES["README.md"]})
    before = owned(db, scene.giver.namespace.id)
    scene.accept(scene.offer())
    assert owned(db, scene.unit.namespace.id) == before
    assert len(owned(db, scene.giver.namespace.id)) == 1, (
        "what another asset holds stays on the giver's account"
    )


def test_a_full_receiver_refuses(scene: Scene, db: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    offer = scene.offer()
    monkeypatch.setattr(get_settings(), "user_quota_gb", 1 / 2**30)
    with pytest.raises(TooLarge):
        scene.accept(offer)
    db.expire_all()
    asset = db.get(Asset, scene.asset.id)
    assert asset is not None
    assert asset.namespace_id == scene.giver.namespace.id
    assert db.exec(select(Handover)).one().state is HandoverState.offered


def test_a_name_that_clashes_by_now(scene: Scene) -> None:
    offer = scene.offer()
    scene.make.asset(scene.taker, namespace=scene.unit.namespace, name="handed")
    with pytest.raises(Conflict):
        scene.accept(offer)
    with transaction() as db:
        actions.withdraw(db, scene.actor(scene.giver), handover_id=offer.id)
    with pytest.raises(Invalid):
        scene.offer()


def test_who_may(client: Client, scene: Scene) -> None:
    with pytest.raises(Forbidden):
        scene.offer(scene.other)
    offer = scene.offer()
    with pytest.raises(Conflict):
        scene.offer()
    for person in (scene.giver, scene.other):
        with pytest.raises(Forbidden):
            scene.accept(offer, person)
    with pytest.raises(Forbidden), transaction() as db:
        actions.withdraw(db, scene.actor(scene.taker), handover_id=offer.id)
    client.sign_in(scene.other)
    assert client.post(f"/transfers/{offer.id}/accept").status_code == 404
    assert client.get(f"{scene.old}/transfer").status_code == 403
    assert scene.asset.title not in client.get("/transfers").text


def test_declined_with_a_reason(client: Client, scene: Scene) -> None:
    offer = scene.offer()
    client.sign_in(scene.taker)
    api = f"/api/v1/transfers/{offer.id}"
    assert [item["id"] for item in client.get("/api/v1/transfers").json()] == [str(offer.id)]
    assert client.post(api, json={"decision": "decline"}).status_code == 422
    assert (
        client.post(api, json={"decision": "decline", "reason": "不属本单位职责"}).json()["state"]
        == "declined"
    )
    assert client.post(api, json={"decision": "accept"}).status_code == 409
    assert scene.offer().id != offer.id


def test_offers_end_by_themselves(scene: Scene, db: Session) -> None:
    offer = scene.offer()
    stored = db.get(Handover, offer.id)
    assert stored is not None
    assert stored.deadline_at is not None
    assert dt.timedelta(days=13) < stored.deadline_at - now() <= dt.timedelta(days=14)
    stored.deadline_at = now() - dt.timedelta(seconds=1)
    db.add(stored)
    db.commit()
    with pytest.raises(Conflict):
        scene.accept(offer)
    with transaction() as session:
        assert actions.expire_offers(session) == 1
        assert actions.expire_offers(session) == 0
    db.refresh(stored)
    assert stored.state is HandoverState.expired


def test_the_command_line_follows(application: object, scene: Scene, tmp_path: Path) -> None:
    scene.accept(scene.offer())
    name = Name(scene.giver.namespace.slug, "handed", "1.0.0")
    with served(application) as url, Connection(Login(url)) as connection:
        files = pull(PortalApi(connection), Screen(as_json=True), name, tmp_path / "data")
    assert {file.path for file in files} == set(FILES)
    assert (tmp_path / "data/data/a b.csv").read_bytes() == FILES["data/a b.csv"]
