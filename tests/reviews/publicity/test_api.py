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
