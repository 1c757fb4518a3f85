"""Reports of an approach by JSON, and the log of names for those who may read it."""

from portal.kit.clock import now, shanghai
from tests.reviews.integrity.test_integrity import REASON, WHAT, at, report
from tests.reviews.rounds import Fixed
from tests.support.browser import Client

__all__ = ["at"]


def test_experts_report_and_read_their_own(at: Fixed, client: Client) -> None:
    place = f"/api/v1/rounds/{at.round.id}/approach"
    given = {"text": WHAT, "who": "赵某", "channel": "phone", "happened": shanghai(now()).date().isoformat()}
    made = at.enter(client, at.experts[0]).post(place, json={**given, "submission": 2})
    assert made.status_code == 201
    assert made.json()["submission"] == 2
    assert client.get(place).json()["items"] == [made.json()]
    assert client.post(place, json={**given, "submission": 99}).status_code == 409
    assert client.post(place, json={**given, "happened": "2099-01-01"}).status_code == 422
    assert client.post(place, json={**given, "happened": 0}).status_code == 422
    assert at.enter(client, at.experts[1]).get(place).json() == {"items": []}
    for person in (at.applicants[0], at.secretary):
        assert at.enter(client, person).get(place).status_code == 404
        assert client.post(place, json=given).status_code == 404


def test_the_log_is_for_auditors_and_whoever_made_the_round(at: Fixed, client: Client) -> None:
    at.enter(client, at.secretary).get(f"/rounds/{at.round.id}/submissions/1/reviews")
    place = f"/api/v1/rounds/{at.round.id}/names-log"
    auditor, other = (
        at.make.account("审计员", roles=("auditor",)),
        at.make.account("同事", roles=("secretariat",)),
    )
    for person in (auditor, at.secretary):
        (entry,) = at.enter(client, person).get(place).json()["items"]
        assert (entry["who"], entry["submission"]) == (at.secretary.namespace.slug, 1)
        assert entry["door"]
    for person in (other, at.experts[0], at.applicants[0]):
        assert at.enter(client, person).get(place).status_code == 404


def test_reports_are_decided_by_those_without_part(at: Fixed, client: Client) -> None:
    made = report(at, submission=2)
    place = f"/api/v1/rounds/{at.round.id}/approach/{made.id}"
    for person in (at.experts[1], at.applicants[0]):
        assert at.enter(client, person).get(place).status_code == 404
        assert client.post(place + "/decision", json={"decision": "examine"}).status_code == 404
    own = at.enter(client, at.experts[0]).get(place).json()
    assert (own["reporter"], own["may_decide"], own["submission"]) == ("", False, 2)
    assert client.post(place + "/decision", json={"decision": "examine"}).status_code == 404
    read = at.enter(client, at.secretary).get(place).json()
    assert (read["reporter"], read["may_decide"]) == (at.experts[0].account.name, True)
    other = f"/api/v1/rounds/{made.id}/approach/{made.id}"
    assert client.get(other).status_code == 404
    decide = {"decision": "uphold", "reason": REASON}
    assert client.post(place + "/decision", json=decide).status_code == 409
    assert client.post(place + "/decision", json={"decision": "examine"}).json()["state"] == "examining"
    assert client.post(place + "/decision", json={"decision": "uphold"}).status_code == 422
    done = client.post(place + "/decision", json=decide).json()
    assert (done["state"], done["reason"]) == ("upheld", REASON)


def test_lists_name_nobody_and_hide_what_is_about_the_secretariat(at: Fixed, client: Client) -> None:
    plain, secret = report(at), report(at, about_secretariat=True)
    auditor = at.make.account("审计员", roles=("auditor",))
    in_round, all_rounds = f"/api/v1/rounds/{at.round.id}/approaches", "/api/v1/approaches"
    answer = at.enter(client, at.secretary).get(in_round)
    assert [item["id"] for item in answer.json()["items"]] == [str(plain.id)]
    assert WHAT not in answer.text
    assert at.experts[0].account.name not in answer.text
    assert client.get(all_rounds).status_code == 403
    place = f"/api/v1/rounds/{at.round.id}/approach/{secret.id}"
    assert client.get(place).status_code == 404
    answer = at.enter(client, auditor).get(all_rounds)
    assert [item["id"] for item in answer.json()["items"]] == [str(plain.id), str(secret.id)]
    assert client.get(place).json()["may_decide"]
    assert client.post(place + "/decision", json={"decision": "examine"}).json()["state"] == "examining"
    assert client.get(all_rounds + "?done=true").json()["items"] == []
    for person in (at.experts[0], at.applicants[0]):
        assert at.enter(client, person).get(in_round).status_code == 404
