"""The conclusion by JSON: outcomes for whoever runs the submissions, letters for those behind them."""

from sqlmodel import select

from portal.kit.db import transaction
from portal.reviews.conclusions import actions
from portal.reviews.conclusions.actions import Given
from portal.reviews.conclusions.models import Letter
from portal.reviews.rounds.actions.lifecycle import conclude
from tests.reviews.conclusions.test_conclusions import REASON, last
from tests.reviews.rounds import Fixed
from tests.reviews.scores.conftest import Conflicts, closed, conflicts
from tests.support.browser import Client

__all__ = ["closed", "conflicts", "last"]


def test_outcomes_reasons_and_digests(last: Fixed, conflicts: Conflicts, client: Client) -> None:
    at = f"/api/v1/rounds/{last.round.id}/conclusion"
    given = {number: Given("accepted" if number < 3 else "declined", REASON) for number in range(1, 6)}
    last.do(actions.decide, last.secretary, round_id=last.round.id, given=given)
    said = last.enter(client, last.secretary).get(at).json()
    assert said["undecided"] == 1
    assert not said["hidden"]
    assert said["shape_digest"] == last.round.shape_digest
    first, final = said["items"][0], said["items"][-1]
    assert (first["outcome"], first["kind"], first["reason"]) == ("accepted", "in", REASON)
    assert first["digest"] == "0" * 64
    assert first["basis"] in {"group", "none"}
    assert (final["outcome"], final["basis"], final["decided_at"]) == ("", None, None)
    conflicts.add(last.secretary.id, last.submissions[0].id)
    cut = client.get(at).json()
    assert [one["number"] for one in cut["items"]] == [2, 3, 4, 5, 6]
    assert cut["hidden"]
    for person in (last.applicants[0], last.experts[0]):
        assert last.enter(client, person).get(at).status_code == 404


def test_letters_are_for_the_people_behind(last: Fixed, client: Client) -> None:
    given = {number: Given("declined", REASON) for number in range(1, 7)}
    last.do(actions.decide, last.secretary, round_id=last.round.id, given=given)
    at = f"/api/v1/rounds/{last.round.id}/submissions/1/letter"
    assert last.enter(client, last.applicants[0]).get(at).status_code == 404
    last.do(conclude, last.secretary, round_id=last.round.id)
    with transaction() as db:
        actions.send_letters(db)
        kept = db.exec(select(Letter).where(Letter.submission_id == last.submissions[0].id)).one()  # type: ignore[call-overload]
        digest = kept.digest
    said = last.enter(client, last.applicants[0]).get(at).json()
    assert (said["outcome"], said["digest"]) == ("declined", digest)
    assert REASON in said["text_zh"]
    for person in (last.applicants[1], last.experts[0]):
        assert last.enter(client, person).get(at).status_code == 404
