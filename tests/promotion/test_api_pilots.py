"""Pilots by JSON: the same rules as at the pages, and nothing for tokens of nodes."""

import base64
import datetime as dt
from typing import Any

import pytest
from sqlmodel import select

from portal.accounts.models import Scope
from portal.kit.clock import now
from portal.kit.signing import Ed25519Signer, public_text
from portal.reviews.publicity.models import PublicNotice
from registry.promotion.actions import pilots
from registry.promotion.models import SiteState, Stage
from registry.rollout.actions import nodes
from registry.rollout.forms import NodeInput
from registry.rollout.models import NodeState
from tests.promotion.conftest import REASON, Desk
from tests.promotion.test_pilots import on_pilot, row, told
from tests.support.browser import Client
from tests.support.doors import Door
from tests.support.make import Person


def offer(desk: Desk, **values: Any) -> dict[str, Any]:
    day = now().date()
    usual = {
        "organisation": str(desk.unit.id), "division": "420100", "from_on": str(day - dt.timedelta(days=60)),
        "to_on": str(day + dt.timedelta(days=60)), "offer": "用于年度变更调查的图斑预判。",
    }  # fmt: skip
    return usual | values


def period(**values: Any) -> dict[str, Any]:
    day = now().date()
    usual = {
        "from_on": str(day - dt.timedelta(days=60)), "to_on": str(day - dt.timedelta(days=31)),
        "use": "每周使用两次。", "effect": "外业减少。", "measured": {"area": 120.5},
    }  # fmt: skip
    return usual | values


FOUND = {"use": "两个科室使用。", "effect": "外业减少。", "verdict": "suitable"}


def test_the_whole_pilot(desk: Desk, client: Client) -> None:
    key = on_pilot(desk)
    sites = f"/promotions/{key}/sites"
    node, staff, nobody = (Door(client, who) for who in (desk.operator, desk.secretary, None))
    made = node.post(sites, offer(desk))
    assert (made.status_code, made.json()["state"]) == (201, "offered")
    site = f"{sites}/{made.json()['id']}"
    assert {"code": "area", "unit": "km²"}.items() <= made.json()["indicators"][0].items()
    assert pilots.OFFERED in told(desk, desk.secretary)
    assert nobody.get(site).status_code == 404, "offers are between the node and the staff"
    assert nobody.get(sites).json()["items"] == []
    assert node.post(sites, offer(desk)).status_code == 409, "twice"
    assert node.get("/me/pilots").json()["items"][0]["id"] == made.json()["id"]
    taken = staff.post(f"{site}/decision", {"decision": "accept"})
    assert (taken.status_code, taken.json()["state"]) == (200, "piloting")
    assert nobody.get(site).status_code == 200
    said = node.post(f"{site}/reports", period(severity="low", incidents="误判若干图斑。"))
    assert (said.status_code, said.json()["incidents"]) == (201, "误判若干图斑。")
    again = node.post(f"{site}/reports", period(replaces=1, measured={"area": 130, "right": 91.5}))
    assert (again.status_code, again.json()["number"]) == (201, 2)
    public = nobody.get(f"{site}/reports").json()["items"]
    assert [(each["number"], each["stands"], each["incidents"]) for each in public] == [
        (2, True, ""),
        (1, False, ""),
    ]
    assert staff.get(f"{site}/reports").json()["items"][1]["incidents"] == "误判若干图斑。"
    file = {"name": "报告.txt", "data": base64.b64encode(b"fine").decode()}
    done = staff.post(f"{site}/assessment", FOUND | {"file": file})
    assert (done.status_code, done.json()["verdict"]) == (200, "suitable")
    assert len(done.json()["reports_digest"]) == len(done.json()["sha256"]) == 64
    assert staff.post(f"{site}/assessment", FOUND).status_code == 409, "once"
    assert staff.client.get(f"/api/v1{site}", headers=staff.headers).json()["state"] == "assessed"
    recorded = staff.post(
        f"/promotions/{key}/recorded-sites",
        {"node": "乙市", "division": "330100", "from_on": "2026-03-01", "to_on": "2026-06-01"},
    )
    assert (recorded.status_code, recorded.json()["state"]) == (201, "piloting")


def test_who_may(desk: Desk, client: Client) -> None:
    key = on_pilot(desk)
    site_id = desk.offered(key)
    site = f"/promotions/{key}/sites/{site_id}"
    insider, committee, owner = desk.insider, desk.committee[0], desk.owner
    elsewhere = desk.make.account("别处的节点员", roles=("node_operator",))
    acts: list[tuple[str, Any, Person]] = [
        (f"/promotions/{key}/sites", offer(desk, from_on=str(now().date())), desk.operator),
        (f"{site}/decision", {"decision": "decline", "reason": REASON}, desk.secretary),
        (f"{site}/decision", {"decision": "withdraw", "reason": REASON}, desk.operator),
        (f"{site}/decision", {"decision": "accept"}, desk.secretary),
        (f"{site}/reports", period(), desk.operator),
        (f"{site}/assessment", FOUND, desk.secretary),
        (
            f"/promotions/{key}/recorded-sites",
            {"node": "乙市", "division": "330100", "from_on": "2026-03-01", "to_on": "2026-06-01"},
            desk.secretary,
        ),
    ]
    for path, body, who in acts:
        assert Door(client, None).post(path, body).status_code == 401
        for other in (insider, committee, owner, elsewhere, desk.nominator, desk.secretary, desk.operator):
            if other is not who:
                assert Door(client, other).post(path, body).status_code in (403, 404), (
                    path,
                    other.account.name,
                )
        assert Door(client, who, Scope.read).post(path, body).status_code == 403, "without the scope"
    assert row(desk, site_id).state is SiteState.offered
    assert Door(client, desk.nominator).get("/me/pilots").status_code == 403


def test_the_token_of_a_node_opens_none(desk: Desk, client: Client) -> None:
    key = on_pilot(desk)
    site = desk.offered(key)
    signer = Ed25519Signer.generate()
    given = NodeInput(
        organisation=desk.unit.id, name="节点", division="420100", public_key=public_text(signer.verifier)
    )
    node = desk.do(nodes.register, desk.operator, given=given)
    desk.do(nodes.decide, desk.secretary, node_id=node.id, target=NodeState.confirmed, reason=REASON)
    secret = desk.do(nodes.new_token, desk.operator, node_id=node.id)
    door = Door(client, None)
    door.headers["Authorization"] = f"Bearer {secret}"
    assert door.get("/rollout/index").status_code == 200, "it is one"
    here = f"/promotions/{key}"
    for path, body in (
        (f"{here}/sites", offer(desk)),
        (f"{here}/sites/{site}/decision", {"decision": "withdraw", "reason": REASON}),
        (f"{here}/sites/{site}/reports", period()),
        (f"{here}/decision", {"decision": "suspend", "reason": REASON}),
    ):
        assert door.post(path, body).status_code == 401
    assert door.get("/me/pilots").status_code == 401
    assert door.get(f"{here}/sites/{site}").status_code == 404, "a visitor"
    assert row(desk, site).state is SiteState.offered


def test_what_does_not_hold(desk: Desk, client: Client) -> None:
    key = on_pilot(desk)
    sites = f"/promotions/{key}/sites"
    node, staff = Door(client, desk.operator), Door(client, desk.secretary)
    for values, status, field in (
        ({"division": "42"}, 422, "division"),
        ({"from_on": 20260301}, 422, "from_on"),
        ({"to_on": "2000-01-01"}, 422, "body"),
        ({"to_on": "9999-12-31"}, 409, "to_on"),
        ({"offer": "短"}, 422, "offer"),
        ({"more": 1}, 422, "more"),
    ):
        refused = node.post(sites, offer(desk, **values))
        assert (refused.status_code, list(refused.json()["fields"])) == (status, [field])
        assert refused.headers["content-type"] == "application/problem+json"
    site = f"{sites}/{node.post(sites, offer(desk)).json()['id']}"
    assert node.post(f"{site}/reports", period()).status_code == 409, "not taken yet"
    assert staff.post(f"{site}/decision", {"decision": "decline"}).status_code == 422, "no reason"
    assert staff.post(f"{site}/decision", {"decision": "advance"}).status_code == 422
    assert staff.post(f"{site}/decision", {"decision": "accept"}).status_code == 200
    assert staff.post(f"{site}/decision", {"decision": "accept"}).status_code == 409
    for values, status, field in (
        ({"measured": {"nonsense": 1}}, 409, "measured"),
        ({"measured": {"area": True}}, 422, "measured.area"),
        ({"severity": "high"}, 422, "body"),
        ({"replaces": 7}, 409, "replaces"),
        ({"from_on": "2020-01-01"}, 409, "from_on"),
    ):
        refused = node.post(f"{site}/reports", period(**values))
        assert (refused.status_code, list(refused.json()["fields"])) == (status, [field])
    assert staff.post(f"{site}/assessment", FOUND).status_code == 409, "nothing was reported"
    severe = period(severity="high", incidents="误判导致核查漏项。")
    assert node.post(f"{site}/reports", severe).status_code == 201
    refused = staff.post(f"{site}/assessment", FOUND)
    assert (refused.status_code, list(refused.json()["fields"])) == (409, ["incidents"])
    for file in ({"name": "../x", "data": "QQ=="}, {"name": "x", "data": "?"}, {"name": "x", "data": ""}):
        assert staff.post(f"{site}/assessment", FOUND | {"file": file}).status_code == 422
    big = {"name": "x.bin", "data": base64.b64encode(b"x" * (3 * 2**20 + 1)).decode()}
    assert staff.post(f"{site}/assessment", FOUND | {"incidents": "已补查。", "file": big}).status_code == 413
    other = desk.nominate(desk.make.version(desk.asset, number="2.0.0"))
    lost = f"/promotions/{other}/sites/{site.rpartition('/')[2]}"
    for path, body in (
        (f"{lost}/decision", {"decision": "withdraw", "reason": REASON}),
        (f"{lost}/reports", period()),
    ):
        assert node.post(path, body).status_code in (404, 409)
    assert node.get(lost).status_code == 404
    assert node.get("/promotions/x/sites").status_code == 404


def test_pages_of_sites_and_reports(desk: Desk, client: Client) -> None:
    key = on_pilot(desk)
    names = [f"市{n:02d}" for n in range(23)]
    ids = [str(desk.site(key, name, None)) for name in names]
    door = Door(client, None)
    first = door.get(f"/promotions/{key}/sites").json()
    second = door.get(f"/promotions/{key}/sites?after={first['after']}").json()
    assert [each["id"] for each in first["items"] + second["items"]] == ids
    assert (len(first["items"]), first["before"], second["after"]) == (20, None, None)
    back = door.get(f"/promotions/{key}/sites?before={second['before']}").json()
    assert back["items"] == first["items"]
    assert door.get(f"/promotions/{key}/sites?after=x").status_code == 404


@pytest.mark.parametrize(
    ("decision", "role", "begins", "ends"),
    [
        ("suspend", "secretary", Stage.pilot, Stage.suspended),
        ("suspend", "committee", Stage.national, Stage.suspended),
        ("roll_back", "committee", Stage.suspended, Stage.rolled_back),
        ("retire", "committee", Stage.national, Stage.retired),
        ("withdraw", "nominator", Stage.nominated, Stage.withdrawn),
    ],
)
def test_decisions(desk: Desk, client: Client, decision: str, role: str, begins: Stage, ends: Stage) -> None:
    key = desk.nominate()
    desk.rules(key, {})
    desk.put(key, begins, "pilot" if begins is Stage.suspended else "")
    path, body = f"/promotions/{key}/decision", {"decision": decision, "reason": REASON}
    who = desk.committee[0] if role == "committee" else getattr(desk, role)
    for other in (desk.owner, desk.insider, desk.operator):
        assert Door(client, other).post(path, body).status_code == 403
    door = Door(client, who)
    assert door.post(path, body | {"reason": " "}).status_code == 422
    assert door.post(path, {"decision": decision}).status_code == 422
    done = door.post(path, body)
    assert (done.status_code, done.json()["stage"], done.json()["reason"]) == (200, ends.value, REASON)
    assert desk.stage(key) is ends
    assert door.post(path, body).status_code in (403, 409)


def test_a_cancelled_notice_is_put_up_again(desk: Desk, client: Client) -> None:
    key = desk.nominate()
    desk.rules(key, {"national": [{"code": "n", "kind": "notice"}]})
    desk.put(key, Stage.regional)
    desk.advance(key, Stage.notice)
    door, body = Door(client, desk.secretary), {"decision": "announce", "reason": "更正公示内容后重新公示。"}
    assert door.post(f"/promotions/{key}/decision", body).status_code == 409, "one is running"
    first = desk.db.exec(select(PublicNotice).where(PublicNotice.subject_id == key)).one()
    taken, why = f"/publicity/{first.id}/cancellation", {"reason": "公示内容有误，予以撤销。"}
    for who, status in ((None, 401), (desk.owner, 403), (desk.committee[0], 403)):
        assert Door(client, who).post(taken, why).status_code == status
    assert door.post(taken, {"reason": "不"}).status_code == 422
    assert door.post(taken, why).json()["state"] == "cancelled"
    assert door.post(taken, why).status_code == 409
    assert Door(client, desk.committee[0]).post(f"/promotions/{key}/decision", body).status_code == 403
    assert door.post(f"/promotions/{key}/decision", body).status_code == 200
    assert len(desk.db.exec(select(PublicNotice).where(PublicNotice.subject_id == key)).all()) == 2
