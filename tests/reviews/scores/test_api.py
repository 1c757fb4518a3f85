"""Scores by JSON are what the page shows the same reader."""

from sqlmodel import Session

from portal.reviews.rounds.models import Phase, RoundState
from tests.reviews.rounds import Fixed, fixed_round
from tests.reviews.scores.conftest import Conflicts, compute, review
from tests.support.browser import Client
from tests.support.make import Make

TOGETHER = ("adjusted", "low", "high", "place", "chance", "group")


def test_the_sheet_holds_raw_and_adjusted_scores_and_groups(closed: Fixed, client: Client) -> None:
    at = f"/api/v1/rounds/{closed.round.id}/scores"
    before = closed.enter(client, closed.secretary).get(at).json()
    assert (before["state"], before["computed_at"], before["items"], before["correction"]) == (
        None,
        None,
        [],
        None,
    )
    run = compute(closed)
    said = closed.enter(client, closed.secretary).get(at).json()
    rows = {row["number"]: row for row in run.result["rows"]}  # type: ignore[attr-defined]
    assert said["whole"]
    assert said["correction"]
    assert not said["stale"]
    assert said["refused"] == ""
    assert [one["number"] for one in said["items"]] == sorted(rows)
    for one in said["items"]:
        row = rows[one["number"]]
        assert [one["mean"], one["adjusted"], one["low"], one["high"], one["place"]] == [
            row["mean"], row["score"], row["low"], row["high"], row["place"],
        ]  # fmt: skip
        assert one["low"] <= one["adjusted"] <= one["high"]
    assert sum(said["groups"].values()) == len(rows)


def test_a_refused_correction_says_why_and_which_parts_there_are(
    make: Make, db: Session, conflicts: Conflicts, client: Client
) -> None:
    found = fixed_round(make, db, submissions=6, experts=6, phase=Phase.panel)
    review(found, {(s, e): (s % 3 + 2, 3) for s in range(3) for e in range(3)})
    review(found, {(s, e): (s % 3 + 2, e % 2 + 2) for s in range(3, 6) for e in range(3, 6)})
    compute(found)
    said = found.enter(client, found.secretary).get(f"/api/v1/rounds/{found.round.id}/scores").json()
    assert said["correction"] is False
    assert said["refused"] == "disconnected"
    assert sorted(map(sorted, said["parts"])) == [[1, 2, 3], [4, 5, 6]]


def test_whoever_must_not_see_one_submission_gets_raw_means_alone(
    closed: Fixed, conflicts: Conflicts, client: Client
) -> None:
    compute(closed)
    conflicts.add(closed.secretary.id, closed.submissions[0].id)
    said = closed.enter(client, closed.secretary).get(f"/api/v1/rounds/{closed.round.id}/scores").json()
    assert said["whole"] is False
    assert said["correction"] is None
    assert said["groups"] == {}
    assert [one["number"] for one in said["items"]] == [2, 3, 4, 5, 6]
    assert {one[key] for one in said["items"] for key in TOGETHER} == {None}
    at = f"/api/v1/rounds/{closed.round.id}/submissions/1/scores"
    assert client.get(at).status_code == 404


def test_reviewers_and_applicants_get_what_their_pages_give(closed: Fixed, client: Client) -> None:
    compute(closed)
    at = f"/api/v1/rounds/{closed.round.id}"
    for person in (closed.experts[0], closed.applicants[0]):
        assert closed.enter(client, person).get(f"{at}/scores").status_code == 404
    assert closed.enter(client, None).get(f"{at}/scores").status_code == 401
    assert closed.enter(client, closed.applicants[0]).get(f"{at}/submissions/1/scores").status_code == 404
    given = closed.enter(client, closed.experts[0]).get(f"{at}/submissions/1/scores").json()
    assert sorted(one["letter"] for one in given["reviews"]) == ["E", "F", "G"]
    assert given["outcome"] == ""
    assert not {"adjusted", "group"} & set(given)
    closed.stage(Phase.over, RoundState.concluded)
    mine = closed.enter(client, closed.applicants[0]).get(f"{at}/submissions/1/scores")
    assert mine.status_code == 200
    assert mine.json()["mean"] == given["mean"]
    assert not any(one.account.name in mine.text for one in closed.experts)
