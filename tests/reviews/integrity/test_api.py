"""Reports of an approach by JSON, and the log of names for those who may read it."""

from portal.kit.clock import now, shanghai
from tests.reviews.integrity.test_integrity import WHAT, at
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
