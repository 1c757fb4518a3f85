"""The sheet of scores against the library, its staleness and its refusals, and who sees what of it."""

import csv
import io
import re
from dataclasses import asdict
from typing import Any

import pytest
from sqlmodel import Session, select

from portal.kit.clock import now
from portal.kit.db import transaction
from portal.kit.errors import Conflict, Forbidden
from portal.reviews.estimates import calibration, ranking
from portal.reviews.estimates.estimate import Adjusted, estimate
from portal.reviews.estimates.results import Group
from portal.reviews.estimates.table import table
from portal.reviews.rounds import standing
from portal.reviews.rounds.models import Phase, Seat, SeatState
from portal.reviews.rounds.queries import calibrations
from portal.reviews.scores import actions, queries
from portal.reviews.scores.models import RunState
from portal.reviews.scores.results import Result
from tests.reviews.rounds import Fixed, fixed_round
from tests.reviews.scores.conftest import MARKS, Conflicts, compute, review
from tests.support.browser import Client
from tests.support.make import Make


def _csv(client: Client, found: Fixed) -> list[dict[str, str]]:
    answer = client.get(f"/rounds/{found.round.id}/scores.csv")
    assert answer.status_code == 200
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))


def test_what_is_stored_and_shown_is_what_the_library_says(closed: Fixed, client: Client) -> None:
    run = compute(closed)
    assert run.state is RunState.done
    score = {(s, e): 100 * (2 * (m - 1) / 4 + (u - 1) / 4) / 3 for (s, e), (m, u) in MARKS.items()}
    rows = sorted((s + 1, 7 - e, e) for s, e in MARKS)
    scores = table((n, closed.experts[e].id, score[n - 1, e]) for n, _alias, e in rows)
    found = estimate(scores)
    assert isinstance(found, Adjusted)
    placed = {one.submission: one for one in ranking.by_places(found.fit, 2, seed=run.seed)}
    reached = {one.submission: one for one in ranking.by_threshold(found.fit, 60)}
    shown = _csv(closed.enter(client, closed.secretary), closed)
    assert [row["number"] for row in shown] == [str(n) for n in range(1, 7)]
    for row, mean in zip(shown, found.means, strict=True):
        number = int(row["number"])
        assert float(row["mean"]) == pytest.approx(mean.mean, abs=1e-4)
        assert float(row["sd"]) == pytest.approx(mean.sd, abs=1e-4)
        assert float(row["adjusted"]) == pytest.approx(placed[number].score, abs=1e-4)
        assert float(row["low"]) == pytest.approx(placed[number].low, abs=1e-4)
        assert int(row["place"]) == placed[number].place
        least = min(placed[number].chance, reached[number].chance)
        assert float(row["chance"]) == pytest.approx(least, abs=1e-4)
        assert row["below_threshold"] == ("yes" if mean.mean < 60 else "")
    assert shown[0]["group"] == Group.IN
    assert shown[5]["group"] == Group.OUT
    assert shown[5]["vetoes"] == "merit:1"
    told = {one.reviewer: one for one in calibration.calibrate(found.fit)}
    with transaction() as db:
        mine = calibrations.of_account(db, closed.experts[0].id)
        read = asdict(calibrations.read(mine[0].Calibration))
        assert read.pop("reviewer") == closed.experts[0].id
        assert read == pytest.approx({key: asdict(told[closed.experts[0].id])[key] for key in read})


def test_the_page_says_what_it_is_in_both_languages(closed: Fixed, client: Client) -> None:
    page = f"/rounds/{closed.round.id}/scores"
    closed.enter(client, closed.secretary)
    assert "尚未计算" in client.get(page).text
    compute(closed)
    chinese = client.get(page).text
    assert "校正得分仅供参考" in chinese
    assert "一票否决：科学性" in chinese
    assert 'aria-sort="ascending"' in chinese
    closed.secretary.account.locale = "en"
    closed.db.add(closed.secretary.account)
    closed.db.commit()
    english = client.get(f"{page}?sort=-mean&group=surely_out").text
    assert "Adjusted scores advise" in english
    assert "第6号申报" in english
    assert "第1号申报" not in re.sub(r"<svg.*?</svg>", "", english, flags=re.DOTALL)


def test_a_changed_review_makes_the_result_stale(closed: Fixed, client: Client, db: Session) -> None:
    compute(closed)
    page = f"/rounds/{closed.round.id}/scores"
    assert "结果已过时" not in closed.enter(client, closed.secretary).get(page).text
    closed.seat(5, 2, SeatState.locked, marks={"merit": 1.0, "use": 1.0}, score=0.0, vetoes=["merit"])
    assert "结果已过时" in client.get(page).text
    compute(closed)
    assert "结果已过时" not in client.get(page).text


def test_a_round_in_two_parts_is_refused_in_words_with_bridges(
    make: Make, db: Session, conflicts: Conflicts, client: Client
) -> None:
    found = fixed_round(make, db, submissions=6, experts=6, phase=Phase.panel)
    review(found, {(s, e): (s % 3 + 2, 3) for s in range(3) for e in range(3)})
    review(found, {(s, e): (s % 3 + 2, e % 2 + 2) for s in range(3, 6) for e in range(3, 6)})
    for expert in found.experts[3:5]:
        for entry in found.submissions[:3]:
            conflicts.add(expert.id, entry.id)
    result = Result.model_validate(compute(found).result)
    assert (result.adjusted, result.reason) == (False, "disconnected")
    assert sorted(map(len, result.components)) == [3, 3]
    (bridge,) = result.bridges
    assert bridge.submission in (1, 2, 3)
    assert bridge.reviewer == ((4, "B"), (5, "B"), (6, "B"))
    text = found.enter(client, found.secretary).get(f"/rounds/{found.round.id}/scores").text
    assert "得分未作校正" in text
    assert "4 B" in text


def test_reviewers_and_applicants_never_meet_the_sheet_and_the_panel_without_letters(
    closed: Fixed, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    compute(closed)
    page = f"/rounds/{closed.round.id}/scores"
    for person in (closed.experts[0], closed.applicants[0]):
        closed.enter(client, person)
        assert client.get(page).status_code == client.get(f"{page}.csv").status_code == 404
        assert client.post(page).status_code == 404
    outsider = closed.make.account("会评专家")
    monkeypatch.setattr(standing, "_panels", [lambda _db, who, _round: who == outsider.id])
    shown = closed.enter(client, outsider).get(page)
    assert shown.status_code == 200
    assert "专家1" not in shown.text
    closed.stage(Phase.discussion)
    assert client.get(page).status_code == 404


def test_whoever_must_not_see_one_submission_gets_nothing_computed_from_all(
    closed: Fixed, client: Client, conflicts: Conflicts
) -> None:
    """Two worlds that differ only in the marks of the hidden submission give the same page."""
    compute(closed)
    conflicts.add(closed.secretary.id, closed.submissions[0].id)
    closed.enter(client, closed.secretary)
    before = _csv(client, closed)
    page = client.get(f"/rounds/{closed.round.id}/scores").text
    assert [row["number"] for row in before] == ["2", "3", "4", "5", "6"]
    assert {row["adjusted"] + row["place"] + row["chance"] + row["group"] for row in before} == {""}
    assert client.get(f"/rounds/{closed.round.id}/submissions/1/scores").status_code == 404
    hidden = select(Seat).where(Seat.submission_id == closed.submissions[0].id)
    for seat in closed.db.exec(hidden).all():
        seat.marks, seat.score = {"merit": 1.0, "use": 1.0}, 0.0
        closed.db.add(seat)
    closed.db.commit()
    assert "结果已过时" not in client.get(f"/rounds/{closed.round.id}/scores").text
    compute(closed)
    assert _csv(client, closed) == before
    fresh = client.get(f"/rounds/{closed.round.id}/scores").text
    strip = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d|nonce-?[^\"']*|\"[^\"]*nonce[^\"]*\"")
    assert _body(strip.sub("", fresh)) == _body(strip.sub("", page))


def _body(text: str) -> str:
    found = re.search(r"<main.*?</main>", text, re.DOTALL)
    assert found
    return found.group()


def test_applicants_read_their_own_scores_after_the_conclusion(closed: Fixed, client: Client) -> None:
    page = f"/rounds/{closed.round.id}/submissions/1/scores"
    closed.enter(client, closed.applicants[0])
    assert client.get(page).status_code == 404
    closed.stage(Phase.over, type(closed.round.state)("concluded"))
    shown = client.get(page).text
    assert "97.2" in shown
    assert "专家" not in _body(shown).replace("专家咨询", "").replace("专家评审", "")
    assert client.get(f"/rounds/{closed.round.id}/submissions/2/scores").status_code == 404


def test_runs_end_by_the_clock_and_begin_with_the_phase(closed: Fixed, db: Session) -> None:
    closed.do(_watch, None)
    with transaction() as session:
        run = queries.live(session, closed.round.id)
        assert run is not None
        assert run.state is RunState.queued
        again = actions.start(session, closed.actor(closed.secretary), round_id=closed.round.id)
        assert again.id == run.id
        run.deadline_at = now()
        session.add(run)
    closed.do(_watch, None)
    with transaction() as session:
        over = queries.one(session, run.id)
        assert over is not None
        assert (over.state, over.reason) == (RunState.failed, actions.NOT_TAKEN)
        assert actions.take(session, run_id=run.id) is None
        assert queries.live(session, closed.round.id) is None
    closed.stage(Phase.review)
    with pytest.raises(Conflict):
        closed.do(actions.start, closed.secretary, round_id=closed.round.id)
    with pytest.raises(Forbidden):
        closed.do(actions.start, closed.experts[0], round_id=closed.round.id)


def _watch(db: Session, _actor: Any) -> int:
    return actions.watch(db)
