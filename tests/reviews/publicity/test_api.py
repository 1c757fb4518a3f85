"""Objecting by JSON is objecting by name."""

import uuid

from portal.reviews.publicity.actions import objections
from tests.reviews.publicity.conftest import GROUNDS, Board
from tests.support.browser import Client

GIVEN = {"ground": "facts", "text": GROUNDS, "contact": "010-12345678"}


def test_confirmed_members_object_and_read_their_own(board: Board, client: Client) -> None:
    notice = board.up()
    at = f"/api/v1/publicity/{notice.id}/objections"
    assert board.at.enter(client, None).post(at, json=GIVEN).status_code == 401
    refused = board.at.enter(client, board.outsider).post(at, json=GIVEN)
    assert refused.status_code == 403
    assert refused.json()["way_out"] == "/organisations"
    made = board.at.enter(client, board.member).post(at, json=GIVEN)
    assert made.status_code == 201
    assert made.json()["state"] == "filed"
    assert client.post(at, json=GIVEN).status_code == 409
    (mine,) = client.get("/api/v1/me/objections").json()["items"]
    assert mine == made.json()
    assert mine["notice_title_en"] == "Results"
    assert board.at.enter(client, board.other).get("/api/v1/me/objections").json() == {"items": []}
    assert "程名实" not in client.get(f"/api/v1/publicity/{notice.id}").text
    board.at.do(objections.withdraw, board.member, objection_id=uuid.UUID(mine["id"]))
    (mine,) = board.at.enter(client, board.member).get("/api/v1/me/objections").json()["items"]
    assert mine["state"] == "withdrawn"
    board.late(notice)
    assert client.post(at, json=GIVEN).status_code == 409


def test_decided_by_those_without_part(board: Board, client: Client) -> None:
    notice = board.up()
    made = board.object(notice)
    at, decision = f"/api/v1/objections/{made.id}", f"/api/v1/objections/{made.id}/decision"
    assert board.at.enter(client, None).get(at).status_code == 401
    for person in (board.other, board.party):
        assert board.at.enter(client, person).get(at).status_code == 404
        assert client.post(decision, json={"decision": "examine"}).status_code == 404
    own = board.at.enter(client, board.member).get(at).json()
    assert (own["who"], own["may_decide"], own["text"]) == ("", False, GROUNDS)
    assert client.post(decision, json={"decision": "examine"}).status_code == 404
    read = board.at.enter(client, board.auditor).get(at).json()
    assert (read["who"], read["may_decide"]) == ("程名实", False)
    assert client.post(decision, json={"decision": "examine"}).status_code == 403
    read = board.at.enter(client, board.colleague).get(at).json()
    assert (read["who"], read["may_decide"], read["notice"]) == ("程名实", True, str(notice.id))
    assert client.post(decision, json={"decision": "uphold", "reason": "情况属实。"}).status_code == 409
    assert client.post(decision, json={"decision": "examine"}).json()["state"] == "examining"
    assert client.post(decision, json={"decision": "uphold"}).status_code == 422
    done = client.post(decision, json={"decision": "reject", "reason": "数据一致，见附件。"}).json()
    assert (done["state"], done["reason"], done["deadline_at"]) == ("not_upheld", "数据一致，见附件。", None)
    assert client.post(decision, json={"decision": "withdraw"}).status_code == 404


def test_authors_withdraw(board: Board, client: Client) -> None:
    made = board.object(board.up())
    board.at.enter(client, board.member)
    done = client.post(f"/api/v1/objections/{made.id}/decision", json={"decision": "withdraw"})
    assert done.json()["state"] == "withdrawn"


def test_the_queue_names_nobody(board: Board, client: Client) -> None:
    notice = board.up()
    made = board.object(notice)
    own = board.object(notice, by=board.other)
    place = "/api/v1/objections"
    assert board.at.enter(client, board.member).get(place).status_code == 403
    assert board.at.enter(client, board.party).get(place).json()["items"] == []
    answer = board.at.enter(client, board.colleague).get(place)
    assert [item["id"] for item in answer.json()["items"]] == [str(made.id), str(own.id)]
    assert "程名实" not in answer.text
    assert GROUNDS not in answer.text
    assert answer.json()["items"][0]["notice_title_en"] == "Results"
    assert client.get(place + "?done=true").json()["items"] == []
