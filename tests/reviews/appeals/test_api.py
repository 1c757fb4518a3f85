"""Appeals by JSON: lodged, read and decided under the rules of the page."""

from typing import Any

from tests.reviews.appeals.test_appeals import REASON, TEXT, at, judge
from tests.reviews.rounds import Fixed
from tests.support.browser import Client

__all__ = ["at"]
GIVEN: dict[str, Any] = {"grounds": ["recusal"], "text": TEXT, "links": ["https://example.org/notice"]}


def place(at: Fixed, number: int = 1) -> str:
    return f"/api/v1/rounds/{at.round.id}/submissions/{number}/appeal"


def test_lodged_read_and_decided(at: Fixed, client: Client) -> None:
    lead, handler, stranger = at.applicants[0], judge(at), at.applicants[1]
    assert at.enter(client, lead).get(place(at)).json()["may_file"] is True
    made = client.post(place(at), json=GIVEN)
    assert made.status_code == 201
    assert made.json()["items"][0]["links"] == GIVEN["links"]
    assert made.json()["may_file"] is False
    assert client.post(place(at), json=GIVEN).status_code == 409
    refused = client.post(place(at) + "/decision", json={"decision": "accept"})
    assert refused.status_code in (403, 404)
    for person in (stranger, at.experts[0], at.secretary):
        assert at.enter(client, person).get(place(at)).status_code == 404
        assert client.post(place(at) + "/decision", json={"decision": "accept"}).status_code == 404
    read = at.enter(client, handler).get(place(at)).json()
    assert read["may_decide"]
    assert read["items"][0]["text"] == TEXT
    assert not read["may_file"]
    assert (
        client.post(place(at) + "/decision", json={"decision": "accept"}).json()["items"][0]["state"]
        == "accepted"
    )
    assert client.post(place(at) + "/decision", json={"decision": "uphold"}).status_code == 422
    done = client.post(place(at) + "/decision", json={"decision": "uphold", "reason": REASON}).json()
    assert (done["items"][0]["state"], done["items"][0]["reason"]) == ("upheld", REASON)
    assert at.fresh(at.submissions[0]).outcome == ""


def test_judgement_is_no_ground_and_authors_withdraw(at: Fixed, client: Client) -> None:
    lead = at.enter(client, at.applicants[0])
    assert lead.post(place(at), json={**GIVEN, "grounds": ["judgement"]}).status_code == 422
    assert lead.post(place(at), json={**GIVEN, "links": ["ftp://example.org"]}).status_code == 422
    assert lead.post(place(at), json=GIVEN).status_code == 201
    done = lead.post(place(at) + "/decision", json={"decision": "withdraw"}).json()
    assert done["items"][0]["state"] == "withdrawn"
    assert done["may_file"]
    assert at.enter(client, None).get(place(at)).status_code == 401
