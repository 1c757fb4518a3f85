"""The pages and the API by real requests: who sees what, the way by forms, no door around a gate, list and feed."""

import uuid

import pytest

from portal.accounts.models import Namespace
from registry.promotion.models import Stage
from tests.promotion.conftest import REASON, REASONS, Desk
from tests.support.browser import Client
from tests.support.doors import bearer


def here(desk: Desk) -> str:
    return f"/assets/{desk.db.get_one(Namespace, desk.asset.namespace_id).slug}/landcover/versions/1.0.0"


def test_the_way_by_forms(desk: Desk, client: Client) -> None:
    assert client.get(f"{here(desk)}/nominate").status_code in (303, 401)
    client.sign_in(desk.nominator)
    assert "推荐参加推广" in client.get(here(desk)).text
    assert client.post(f"{here(desk)}/nominate", data={"reasons": "短"}).status_code == 422
    made = client.post(f"{here(desk)}/nominate", data={"reasons": REASONS})
    assert made.status_code == 303
    page = made.headers["location"]
    key = uuid.UUID(page.rpartition("/")[2])
    again = client.post(f"{here(desk)}/nominate", data={"reasons": REASONS})
    assert (again.status_code, page in again.text) == (409, True)
    seen = client.get(page).text
    assert "未取得安全评估认证" in seen
    assert "撤回推荐" in seen
    moves = {"target": "qualified", "reason": REASON}
    assert client.post(f"{page}/advance", data=moves).status_code == 403
    client.sign_out()
    client.sign_in(desk.secretary)
    assert page in client.get("/promotions/queue").text
    refused = client.post(f"{page}/advance", data=moves)
    assert (refused.status_code, "安全评估认证有效（试点级以上）" in refused.text) == (409, True)
    assert desk.stage(key) is Stage.nominated
    desk.rules(
        key,
        {"qualified": [{"code": "g", "kind": "certified"}], "reviewed": [{"code": "h", "kind": "review"}]},
    )
    desk.certify()
    assert client.post(f"{page}/advance", data=moves | {"reason": ""}).status_code == 422
    assert client.post(f"{page}/advance", data=moves).status_code == 303
    assert desk.stage(key) is Stage.qualified
    client.sign_out()
    for member in desk.committee:
        client.sign_in(member)
        assert client.post(f"{page}/vote", data={"reason": REASON}).status_code == 422
        voted = client.post(f"{page}/vote", data={"choice": "for", "reason": "同意先行试用。"})
        assert voted.status_code == 303
        client.sign_out()
    client.sign_in(desk.secretary)
    assert client.post(f"{page}/advance", data={"target": "reviewed", "reason": REASON}).status_code == 303
    desk.put(key, Stage.pilot)
    bad = client.post(f"{page}/sites", data={"node": "甲市", "division": "33"})
    assert bad.status_code == 422
    site = {"node": "甲市规划局", "division": "330100", "from_on": "2026-03-01", "to_on": "2026-06-01"}
    assert client.post(f"{page}/sites", data=site).status_code == 303
    assert client.post(f"{page}/sites", data=site).status_code == 409
    client.sign_out()
    assert "经委员会表决推进" in client.get(page).text, "for ever, to everybody"
    assert "魏推举" not in client.get(page).text


@pytest.mark.parametrize(
    "verb", ["advance", "vote", "suspend", "roll-back", "retire", "withdraw", "nonsense"]
)
def test_no_door_for_others(desk: Desk, client: Client, verb: str) -> None:
    key = desk.nominate()
    desk.rules(key, {})
    data = {"target": "qualified", "choice": "for", "reason": REASON}
    assert client.post(f"/promotions/{key}/{verb}", data=data).status_code in (303, 401)
    for who in (desk.make.account("路人"), desk.owner, desk.insider):
        client.sign_in(who)
        assert client.post(f"/promotions/{key}/{verb}", data=data).status_code in (403, 404, 409)
        client.sign_out()
    assert desk.stage(key) is Stage.nominated


def test_targets_that_are_not_next_are_refused(desk: Desk, client: Client) -> None:
    key = desk.nominate()
    desk.rules(key, {})
    client.sign_in(desk.committee[0])
    for target in (*(s.value for s in Stage if s is not Stage.qualified), "", "x"):
        answer = client.post(f"/promotions/{key}/advance", data={"target": target, "reason": REASON})
        assert answer.status_code in (409, 422)
    assert desk.stage(key) is Stage.nominated


def test_the_national_list(desk: Desk, client: Client) -> None:
    assert client.get("/promotions/national").status_code == 200
    key = desk.nominate()
    assert "landcover" not in client.get("/promotions/national.csv").text
    desk.put(key, Stage.national)
    for path in (
        "/promotions/national",
        "/promotions/national.csv",
        "/promotions/national.atom",
        "/promotions.csv",
    ):
        answer = client.get(path)
        assert (answer.status_code, "landcover" in answer.text) == (200, True), path
    assert client.get("/promotions?stage=national&q=landcover").status_code == 200
    assert str(key) not in client.get("/promotions?stage=pilot").text
    desk.put(key, Stage.suspended, "national")
    assert str(key) not in client.get("/promotions/national").text
    desk.asset.withheld = True
    desk.db.add(desk.asset)
    desk.db.commit()
    assert client.get(f"/promotions/{key}").status_code == 404
    assert str(key) not in client.get("/promotions.csv").text


def test_by_the_api(desk: Desk, client: Client) -> None:
    path = f"/api/v1{here(desk)}/nomination"
    made = client.post(path, json={"reasons": REASONS}, headers=bearer(desk.nominator))
    assert made.status_code == 201
    found = made.json()
    assert (found["stage"], found["gates"][0]["met"]) == ("nominated", False)
    assert client.post(path, json={"reasons": REASONS}, headers=bearer(desk.owner)).status_code == 409
    one = client.get(f"/api/v1/promotions/{found['id']}")
    assert one.json()["steps"][0]["new"] == "nominated"
    listed = client.get("/api/v1/promotions?stage=nominated").json()
    assert [each["id"] for each in listed["items"]] == [found["id"]]
    for verb in ("advance", "vote", "suspend"):
        answer = client.post(f"/api/v1/promotions/{found['id']}/{verb}", headers=bearer(desk.secretary))
        assert answer.status_code in (404, 405)
