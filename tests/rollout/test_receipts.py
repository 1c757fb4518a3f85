"""Receipts: taken once, in words of their own refused: unknown node, signature, version, number, chain, replay."""

import base64
import copy
import hashlib
import json
import uuid
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlmodel import col, select

from cspon_node import formats
from portal.kit.clock import now
from portal.kit.db import transaction
from portal.kit.errors import Conflict
from portal.kit.signing import Ed25519Signer, dsse, public_text
from portal.notices.models import Notice
from registry.promotion.actions import moving
from registry.promotion.adoption import by_province
from registry.promotion.models import Stage
from registry.rollout import offers
from registry.rollout.actions import bundles
from registry.rollout.actions import receipts as actions
from registry.rollout.forms import ReceiptsInput
from registry.rollout.models import NodeState, RolloutNode, RolloutReceipt
from registry.rollout.queries import receipts
from tests.promotion.conftest import REASON
from tests.rollout.conftest import Road, refused
from tests.support.browser import Client

MANIFEST = formats.MANIFEST_SUBJECT


class Tool:
    """What ``cspon-node`` keeps: its key, the number, the receipt before."""

    def __init__(self, road: Road, key: Ed25519Signer) -> None:
        self.key, self.road = key, road
        self.number, self.previous = 0, ""
        bundle = road.bundles()[-1]
        self.sequence, self.manifest = bundle.sequence, bundle.manifest_sha256 or ""
        space = road.db.get_one(type(road.desk.owner.namespace), road.desk.asset.namespace_id).slug
        self.subjects = {f"{space}/landcover@1.0.0": road.desk.version.tree_digest, MANIFEST: self.manifest}

    def receipt(
        self, event: str = "installed", signer: Ed25519Signer | None = None, **changed: Any
    ) -> dict[str, Any]:
        self.number += 1
        run = (
            formats.Run("ok", 1.5, 1 << 20, (formats.Output("out.csv", "5" * 64, 10),))
            if event == "ran"
            else None
        )
        said = formats.receipt_json(
            formats.Receipt(
                node=self.key.verifier.key_id, number=self.number, previous=self.previous, event=event,
                at=now().isoformat(timespec="seconds"), tool="cspon-node 1.0", sandbox="strong" if run else "",
                runtime="", channel="pilot", sequence=self.sequence, run=run,
            )
        ) | {name: value for name, value in changed.items() if name != "subjects"}  # fmt: skip
        subjects = changed.get("subjects", self.subjects)
        made = dsse.sign_statement(dsse.statement(subjects, formats.RECEIPT_TYPE, said), signer or self.key)
        self.previous = hashlib.sha256(base64.b64decode(made["payload"])).hexdigest()
        return made

    def export(self, *envelopes: dict[str, Any]) -> ReceiptsInput:
        return ReceiptsInput(
            format="cspon-receipts/1", key=public_text(self.key.verifier), receipts=list(envelopes)
        )


@pytest.fixture
def tool(road: Road) -> Tool:
    _node, key = road.node()
    road.to(Stage.pilot)
    road.desk.site(road.promotion, "甲市节点", None)
    road.built()
    return Tool(road, key)


def take(road: Road, given: ReceiptsInput, node: RolloutNode | None = None) -> actions.Taken:
    return road.desk.do(actions.take, road.operator, given=given, node=node)  # type: ignore[no-any-return]


def kept(road: Road) -> list[RolloutReceipt]:
    road.db.expire_all()
    return list(road.db.exec(select(RolloutReceipt).order_by(col(RolloutReceipt.number))))


def test_taken_once_and_shown_on_the_nodes_page(road: Road, tool: Tool) -> None:
    first, second = tool.receipt(), tool.receipt("ran")
    assert take(road, tool.export(first, second)) == actions.Taken(2, 0)
    assert [(row.number, row.event.value, row.outcome) for row in kept(road)] == [
        (1, "installed", ""),
        (2, "ran", "ok"),
    ]
    third = tool.receipt("removed")
    assert take(road, tool.export(first, second, third)) == actions.Taken(1, 2)
    assert kept(road)[0].bundle_id == road.bundles()[-1].id


def test_a_replay_is_refused(road: Road, tool: Tool) -> None:
    given = tool.export(tool.receipt())
    take(road, given)
    with refused("receipt-replayed"):
        take(road, given)
    assert len(kept(road)) == 1


def test_an_unknown_node_and_another_node_are_refused(road: Road, tool: Tool) -> None:
    stranger = Tool(road, Ed25519Signer.generate())
    with refused("receipt-unknown-node"):
        take(road, stranger.export(stranger.receipt()))
    other, _key = road.node("乙市节点", "330200")
    with refused("receipt-other-node"):
        take(road, tool.export(tool.receipt()), other)
    given = tool.export(stranger.receipt(signer=tool.key))
    with refused("receipt-other-node"):
        take(road, given)


def test_a_wrong_signature_is_refused(road: Road, tool: Tool) -> None:
    forged = tool.export(tool.receipt(signer=Ed25519Signer.generate()))
    with refused("receipt-signature"):
        take(road, forged)
    good = Tool(road, tool.key).receipt()
    changed = copy.deepcopy(good)
    payload = base64.b64decode(good["payload"]).replace(b"installed", b"refused__"[:9])
    changed["payload"] = base64.b64encode(payload).decode()
    with refused("receipt-signature"):
        take(road, tool.export(changed))
    assert kept(road) == []


def test_a_wrong_version_is_refused(road: Road, tool: Tool) -> None:
    name = next(iter(tool.subjects))
    for subjects in (
        {name: "9" * 64, MANIFEST: tool.manifest},
        {"no/such@1.0.0": tool.subjects[name], MANIFEST: tool.manifest},
        {name: tool.subjects[name], MANIFEST: "8" * 64},
        {name: tool.subjects[name]},
        {MANIFEST: tool.manifest},
    ):
        fresh = Tool(road, tool.key)
        with refused("receipt-version"):
            take(road, fresh.export(fresh.receipt(subjects=subjects)))


def test_a_number_is_used_once(road: Road, tool: Tool) -> None:
    take(road, tool.export(tool.receipt()))
    twin = Tool(road, tool.key)
    with refused("receipt-number-used"):
        take(road, twin.export(twin.receipt("refused", code="changed")))


def test_a_receipt_follows_the_one_before_it(road: Road, tool: Tool) -> None:
    take(road, tool.export(tool.receipt()))
    tool.previous = "7" * 64
    with refused("receipt-chain"):
        take(road, tool.export(tool.receipt("ran")))


def test_a_gap_is_allowed_and_what_fills_it_must_fit(road: Road, tool: Tool) -> None:
    first, second, third = tool.receipt(), tool.receipt("ran"), tool.receipt("removed")
    take(road, tool.export(first, third))
    forged = Tool(road, tool.key)
    forged.number, forged.previous = 1, kept(road)[0].digest
    with refused("receipt-chain"):
        take(road, forged.export(forged.receipt("ran", tool="other")))
    take(road, tool.export(second))
    assert [row.number for row in kept(road)] == [1, 2, 3]


@pytest.mark.parametrize(
    "changed", [{"at": "yesterday"}, {"at": "2199-01-01T00:00:00+00:00"}, {"number": 0}, {"event": "sold"}]
)
def test_what_is_signed_but_no_receipt(road: Road, tool: Tool, changed: dict[str, Any]) -> None:
    with refused("receipt-unreadable"):
        take(road, tool.export(tool.receipt(**changed)))


def test_all_of_an_export_or_nothing(road: Road, tool: Tool) -> None:
    good, bad = tool.receipt(), tool.receipt("ran", signer=Ed25519Signer.generate())
    with refused("receipt-signature"):
        take(road, tool.export(good, bad))
    assert kept(road) == []


def test_not_of_a_closed_node(road: Road, tool: Tool) -> None:
    node = road.db.exec(select(RolloutNode)).one()
    road.decide(node.id, NodeState.closed)
    with pytest.raises(Conflict):
        take(road, tool.export(tool.receipt()))


def test_receipts_are_never_changed(road: Road, tool: Tool) -> None:
    take(road, tool.export(tool.receipt()))
    for change in ("UPDATE rollout_receipt SET outcome = 'ok'", "DELETE FROM rollout_receipt"):
        with pytest.raises(DBAPIError), transaction() as db:
            db.execute(text(change))


def test_what_a_node_runs_what_is_newer_and_what_was_withdrawn(road: Road, tool: Tool) -> None:
    take(road, tool.export(tool.receipt()))
    node = road.db.exec(select(RolloutNode)).one()
    with transaction() as db:
        (found,) = offers.running(db, db.get_one(RolloutNode, node.id), [])
        assert (found.row.version, found.newer, found.withdrawn) == ("1.0.0", None, None)
    road.desk.do(
        moving.stop, road.desk.secretary, promotion_id=road.promotion, target=Stage.suspended, reason=REASON
    )
    with transaction() as db:
        (found,) = offers.running(db, db.get_one(RolloutNode, node.id), [])
        assert found.withdrawn is not None
        assert found.withdrawn.why == "suspended"
    take(road, tool.export(tool.receipt("removed")))
    with transaction() as db:
        assert offers.running(db, db.get_one(RolloutNode, node.id), []) == []


# --- the doors ---------------------------------------------------------------------------------------------------


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def test_a_node_by_its_token(road: Road, tool: Tool, client: Client) -> None:
    node = road.db.exec(select(RolloutNode)).one()
    door = "/api/v1/rollout"
    assert client.get(f"{door}/index").status_code == 401
    assert client.get(f"{door}/index", headers=bearer("csponnode_nonsense")).status_code == 401
    token = road.token(node)
    index = client.get(f"{door}/index", headers=bearer(token)).json()
    (bundle,) = index["bundles"]
    assert (bundle["channel"], bundle["newest"], index["withdrawn"]) == ("pilot", True, [])
    whole = client.get(f"{door}/bundles/{bundle['id']}", headers=bearer(token))
    assert len(whole.content) == int(whole.headers["Content-Length"])
    part = client.get(f"{door}/bundles/{bundle['id']}", headers=bearer(token) | {"Range": "bytes=10-19"})
    assert (part.status_code, part.content) == (206, whole.content[10:20])
    assert client.get(f"{door}/metadata/timestamp.json", headers=bearer(token)).status_code == 200
    assert client.get(f"{door}/metadata/secret.json", headers=bearer(token)).status_code == 404
    assert client.get(f"{door}/withdrawn", headers=bearer(token)).json()["withdrawn"] == []
    sent = tool.export(tool.receipt()).model_dump()
    taken = client.post(f"{door}/receipts", json=sent, headers=bearer(token))
    assert (taken.status_code, taken.json()) == (200, {"new": 1, "known": 0})
    again = client.post(f"{door}/receipts", json=sent, headers=bearer(token))
    assert (again.status_code, again.json()["code"]) == (409, "receipt-replayed")
    # A node's token opens nothing else.
    assert client.post("/api/v1/uploads", json={}, headers=bearer(token)).status_code in (
        401,
        403,
        404,
        405,
        422,
    )
    assert client.get("/nodes", headers=bearer(token)).status_code in (303, 401)
    road.decide(node.id, NodeState.suspended)
    assert client.get(f"{door}/index", headers=bearer(token)).status_code == 403


def test_a_suspended_version_is_not_offered_by_any_door(road: Road, tool: Tool, client: Client) -> None:
    node = road.db.exec(select(RolloutNode)).one()
    token = road.token(node)
    bundle = road.bundles()[-1]
    assert client.get(f"/api/v1/rollout/bundles/{bundle.id}", headers=bearer(token)).status_code == 200
    client.sign_in(road.operator)
    assert client.get(f"/rollout/bundles/{bundle.id}.zip").status_code == 200
    road.desk.do(
        moving.stop, road.desk.secretary, promotion_id=road.promotion, target=Stage.suspended, reason=REASON
    )
    assert client.get(f"/rollout/bundles/{bundle.id}.zip").status_code == 404
    other = Client(client.app)
    assert other.get(f"/api/v1/rollout/bundles/{bundle.id}", headers=bearer(token)).status_code == 404
    index = other.get("/api/v1/rollout/index", headers=bearer(token)).json()
    assert index["bundles"] == []
    told = select(Notice).where(Notice.account_id == road.operator.id, Notice.message == bundles.WITHDRAWN)
    assert len(road.db.exec(told).all()) == 1, "once, however many channels it was in"
    assert [row["why"] for row in index["withdrawn"]] == ["suspended"]


def test_pages_of_nodes(road: Road, tool: Tool, client: Client) -> None:
    node = road.db.exec(select(RolloutNode)).one()
    client.sign_in(road.operator)
    assert "甲市节点" in client.get("/nodes").text
    sent = json.dumps(tool.export(tool.receipt(), tool.receipt("ran")).model_dump()).encode()
    done = client.post(f"/nodes/{node.id}/receipts", files={"file": ("r.json", sent)}, follow_redirects=False)
    assert done.status_code == 303
    again = client.post(f"/nodes/{node.id}/receipts", files={"file": ("r.json", sent)})
    assert again.status_code == 409
    assert "此前已提交" in again.text
    bad = client.post(f"/nodes/{node.id}/receipts", files={"file": ("r.json", b"[]")})
    assert bad.status_code == 422
    page = client.get(f"/nodes/{node.id}").text
    assert "已在本地数据上运行" in page
    shown = client.post(f"/nodes/{node.id}/token")
    assert "csponnode_" in shown.text
    assert shown.headers["Cache-Control"] == "no-store"
    stranger = road.make.account("外人")
    client.sign_in(stranger)
    assert client.get(f"/nodes/{node.id}").status_code == 404
    assert client.get(f"/nodes/{uuid.uuid4()}").status_code == 404
    bundle = road.bundles()[-1]
    assert client.get(f"/rollout/bundles/{bundle.id}.zip").status_code == 403


def test_registering_by_the_form(road: Road, client: Client) -> None:
    client.sign_in(road.operator)
    assert client.get("/nodes/new").status_code == 200
    key = public_text(Ed25519Signer.generate().verifier)
    wrong = client.post("/nodes/new", data={"organisation": str(road.unit.id), "name": "x", "division": "1"})
    assert wrong.status_code == 422
    done = client.post(
        "/nodes/new",
        data={"organisation": str(road.unit.id), "name": "丁市节点", "division": "330400", "public_key": key},
        follow_redirects=False,
    )
    assert done.status_code == 303
    client.sign_in(road.desk.secretary)
    here = done.headers["location"]
    refused = client.post(f"{here}/confirm", data={"reason": ""})
    assert refused.status_code == 422
    assert client.post(f"{here}/confirm", data={"reason": REASON}, follow_redirects=False).status_code == 303
    assert client.post(f"{here}/nonsense", data={}).status_code == 404


def test_the_versions_page_shows_its_bundles(road: Road, tool: Tool, client: Client) -> None:
    space = road.db.get_one(type(road.desk.owner.namespace), road.desk.asset.namespace_id).slug
    page = client.get(f"/assets/{space}/landcover/versions/1.0.0").text
    assert "推广部署" in page
    assert "/rollout/bundles/" not in page
    client.sign_in(road.operator)
    assert "/rollout/bundles/" in client.get(f"/assets/{space}/landcover/versions/1.0.0").text


def test_what_nodes_installed_is_on_the_map_of_adoption(road: Road, tool: Tool, client: Client) -> None:
    def on_the_map() -> set[str]:
        road.db.expire_all()
        found, _named = by_province(road.db)
        uses = [use for each in found.values() for use in each.uses.values()]
        return {name for use in uses for name, ways in use.who.items() if receipts.INSTALLED in ways}

    assert on_the_map() == set()
    take(road, tool.export(tool.receipt()))
    assert len(on_the_map()) == 1
    assert on_the_map().pop() in client.get("/promotions/map.csv").text
    assert by_province(road.db, [uuid.uuid4()])[0] == {}
    take(road, tool.export(tool.receipt("removed")))
    assert on_the_map() == set()
    take(road, tool.export(tool.receipt()))
    node = road.db.exec(select(RolloutNode)).one()
    road.decide(node.id, NodeState.suspended)
    assert on_the_map() == set(), "a node that is suspended counts no more"
