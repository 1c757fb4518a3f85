"""The reviewer's pages by plain forms: queue, review, receipt, clash; the same by JSON; CSV of the secretariat."""

import datetime as dt
import re

import pytest
from sqlmodel import select

from portal.kit.clock import now
from portal.reviews.reviewing import actions
from portal.reviews.rounds.models import Calibration, Phase, RoundState, Seat, SeatState, Submission
from tests.guards.test_budget import counted
from tests.reviews.reviewing.conftest import WORDS, Conflicts, review
from tests.reviews.reviewing.test_writing import act, seat_of
from tests.reviews.rounds import Fixed
from tests.support.browser import Client

FORM = {
    "mark.merit": "4",
    "mark.use": "3",
    "answer.strengths": WORDS,
    "confidence": "4",
    "private_note": "甲乙",
    "auto_submit": "1",
}
PART = {"hx-request-type": "partial"}


@pytest.fixture
def base(round_: Fixed) -> str:
    return f"/rounds/{round_.round.id}/submissions/1"


@pytest.fixture
def reviewer(client: Client, round_: Fixed) -> Client:
    return round_.enter(client, round_.experts[0])


def test_from_the_queue_to_the_receipt_by_plain_forms(reviewer: Client, round_: Fixed, base: str) -> None:
    page = reviewer.get("/me/reviews").text
    assert f"{base}/review" in page
    assert "已评 0/2 项指标" in page
    page = reviewer.get(f"{base}/review").text
    assert all(word in page for word in ("第1档", "第5档", "方法与数据说明", "主要优点", "申报人1"))
    assert reviewer.post(f"{base}/review/save", data={**FORM, "revision": "0"}).status_code == 303
    page = reviewer.get(f"{base}/review").text
    assert "66.67" in page
    assert WORDS in page
    answer = reviewer.post(f"{base}/review/submit", data={**FORM, "revision": "1"})
    assert (answer.status_code, answer.headers["location"]) == (303, f"{base}/review/receipt")
    receipt = reviewer.get(f"{base}/review/receipt").text
    seat = seat_of(round_)
    assert seat.digest in receipt
    assert WORDS in receipt
    assert "第 1 号" in reviewer.get("/me/reviews?tab=done").text
    assert "没有待完成的评审" in reviewer.get("/me/reviews").text
    assert f'action="{base}/review/save"' not in reviewer.get(f"{base}/review").text
    assert reviewer.post(f"{base}/review/reopen").status_code == 303
    assert reviewer.post(f"{base}/review/keep").status_code == 303
    assert seat_of(round_).state is SeatState.submitted


def test_an_incomplete_review_stays_a_draft_and_says_what_is_missing(
    reviewer: Client, round_: Fixed, base: str
) -> None:
    typed = {**FORM, "mark.use": "", "answer.strengths": "太短", "revision": "0"}
    answer = reviewer.post(f"{base}/review/submit", data=typed)
    assert answer.status_code == 422
    assert 'href="#f-mark.use"' in answer.text
    assert 'href="#f-answer.strengths"' in answer.text
    assert seat_of(round_).answers == {"strengths": "太短"}
    assert 'name="revision" value="1"' in answer.text


def test_both_versions_are_shown_where_two_windows_clash(reviewer: Client, round_: Fixed, base: str) -> None:
    reviewer.post(f"{base}/review/save", data={**FORM, "revision": "0"})
    other = {**FORM, "answer.strengths": "另一窗口里写下的不同的主要优点，足够长。", "revision": "0"}
    answer = reviewer.post(f"{base}/review/save", data=other)
    assert answer.status_code == 409
    assert WORDS in answer.text
    assert "另一窗口里写下的" in answer.text
    part = reviewer.post(f"{base}/review/save", data=other, headers=PART)
    assert part.status_code == 409
    assert 'name="revision" value="0"' in part.text  # nothing the window has not seen is overwritten later
    assert "<html" not in part.text
    assert reviewer.post(f"{base}/review/save", data={**other, "revision": "1"}).status_code == 303
    assert "另一窗口" in seat_of(round_).answers["strengths"]


def test_what_was_typed_too_late_is_given_back(reviewer: Client, round_: Fixed, base: str) -> None:
    round_.stage(Phase.discussion)
    answer = reviewer.post(f"{base}/review/save", data={**FORM, "revision": "0"})
    assert answer.status_code == 409
    assert WORDS in answer.text


def test_the_part_saved_by_itself_tells_score_and_revision(reviewer: Client, base: str) -> None:
    part = reviewer.post(f"{base}/review/save", data={"mark.merit": "5", "revision": "0"}, headers=PART)
    assert part.status_code == 200
    assert "<html" not in part.text
    assert 'name="revision" value="1"' in part.text
    assert "100.00" in part.text
    odd = reviewer.post(f"{base}/review/save", data={"mark.merit": "99", "revision": "1"}, headers=PART)
    assert odd.status_code == 422


def test_a_seat_is_nobody_elses_page(client: Client, round_: Fixed, base: str, conflicts: Conflicts) -> None:
    absent = f"/rounds/{round_.round.id}/submissions/3"
    for person in (round_.experts[1], round_.applicants[0], round_.secretary):
        round_.enter(client, person)
        for door in ("review", "review/receipt"):
            assert client.get(f"{base}/{door}").status_code == 404
        hidden = client.post(f"{base}/review/save", data={**FORM, "revision": "0"})
        assert hidden.status_code == client.post(f"{absent}/review/save", data=FORM).status_code == 404
    round_.enter(client, None)
    assert client.get(f"{base}/review").status_code in (303, 401)
    conflicts.add((round_.experts[0].id, round_.submissions[0].id))
    round_.enter(client, round_.experts[0])
    assert client.get(f"{base}/review").status_code == 404
    assert "申报：城市扩张识别" not in client.get("/me/reviews").text
    for number in ("0", "01", "x", "99999999999"):
        assert client.get(f"/rounds/{round_.round.id}/submissions/{number}/review").status_code == 404


def test_a_double_blind_review_names_no_applicant_and_links_to_none(
    client: Client, round_: Fixed, base: str
) -> None:
    row = round_.fresh(round_.round)
    row.shape = {**row.shape, "blind": "double"}
    entry = round_.db.exec(select(Submission).where(Submission.number == 1)).one()
    entry.evidence = [
        {"label": "Evidence", "value": "F1 0.87", "url": "/assets/somebody/model", "names_somebody": "true"},
        {"label": "Evidence", "value": "通过检测", "url": "/benchmarks/x/y", "names_somebody": ""},
    ]
    round_.db.add_all([row, entry])
    round_.db.commit()
    page = round_.enter(client, round_.experts[0]).get(f"{base}/review").text
    assert "通过检测" in page
    assert "F1 0.87" not in page, "a score can be looked up on its board"
    assert "/benchmarks/x/y" not in page
    assert "/assets/somebody" not in page
    assert "申报人1" not in page
    api = client.get(f"/api/v1{base}/review").text
    assert "somebody" not in api


def test_own_marks_stand_beside_each_other(reviewer: Client, round_: Fixed, base: str) -> None:
    round_.seat(1, 0, SeatState.submitted, marks={"merit": 2.0, "use": 5.0}, score=50.0)
    page = reviewer.get(f"{base}/review").text
    assert re.search(r"第 2 号.*?<td class=\"num\">2</td><td class=\"num\">5</td>", page, re.DOTALL)


def test_own_marks_are_drawn_and_those_of_others_only_once_they_are_seen(
    client: Client, round_: Fixed, base: str
) -> None:
    first = round_.submissions[0]
    mine = round_.db.exec(select(Seat).where(Seat.submission_id == first.id)).one()
    mine.state, mine.marks = SeatState.locked, {"merit": 4.0, "use": 3.0}
    round_.db.add(mine)
    round_.db.commit()
    round_.seat(1, 0, SeatState.locked, marks={"merit": 2.0, "use": 3.0})
    round_.seat(0, 1, SeatState.locked, marks={"merit": 5.0, "use": 1.0})
    round_.stage(Phase.rebuttal)
    page = round_.enter(client, round_.experts[0]).get(f"{base}/review").text
    assert "科学性, 2, 您在其他申报中: 1" in page
    assert "科学性, 4, 您在本份中: 1" in page
    assert "本份其他评审人" not in page
    round_.stage(Phase.discussion)
    page = client.get(f"{base}/review").text
    assert "科学性, 5, 本份其他评审人: 1" in page
    assert round_.experts[1].account.name not in page


def test_stepping_out_needs_a_reason(reviewer: Client, round_: Fixed, base: str) -> None:
    assert reviewer.post(f"{base}/review/recuse", data={"reason": " "}).status_code == 422
    answer = reviewer.post(f"{base}/review/recuse", data={"reason": "与申报人合作"})
    assert answer.headers["location"] == "/me/reviews"
    assert reviewer.get(f"{base}/review").status_code == 404


def test_the_same_by_json(reviewer: Client, round_: Fixed, base: str) -> None:
    api = f"/api/v1{base}/review"
    (item,) = reviewer.get("/api/v1/me/reviews").json()["open"]
    assert (item["number"], item["marked"], item["criteria"]) == (1, 0, 2)
    read = reviewer.get(api).json()
    assert (read["revision"], read["open"], len(read["criteria"])) == (0, True, 2)
    body = {"revision": 0, "marks": {"merit": 4, "use": 3}, "answers": {"strengths": WORDS}}
    saved = reviewer.put(api, json=body)
    assert (saved.status_code, saved.json()["revision"]) == (200, 1)
    clash = reviewer.put(api, json={**body, "private_note": "x"})
    assert (clash.status_code, clash.json()["code"]) == (409, "outdated")
    assert reviewer.put(api, json={**body, "extra": 1}).status_code == 422
    assert reviewer.put(api, json={**body, "revision": 1, "marks": {"merit": 9}}).status_code == 409
    done = reviewer.post(f"{api}/submit", json={"revision": 1})
    assert (done.status_code, done.json()["state"]) == (200, "submitted")
    assert len(done.json()["digest"]) == 64
    assert round_.enter(reviewer, round_.experts[1]).get(api).status_code == 404


def test_the_secretariat_reads_by_name_and_returns(client: Client, round_: Fixed, base: str) -> None:
    act(round_, actions.save, given=review())
    act(round_, actions.submit, revision=1)
    round_.enter(client, round_.secretary)
    page = client.get(f"{base}/reviews").text
    assert "评审人 A (专家1)" in page
    assert WORDS in page
    table = client.get(f"/rounds/{round_.round.id}/reviews.csv").text
    assert "专家1" in table
    assert "2/2" in table
    assert WORDS not in table
    assert client.post(f"{base}/reviews/A/return", data={"kind": "short"}).status_code == 422
    given = {"kind": "short", "reason": "请补充依据"}
    assert client.post(f"{base}/reviews/Z/return", data=given).status_code == 404
    assert client.post(f"{base}/reviews/A/return", data=given).status_code == 303
    assert seat_of(round_).state is SeatState.returned
    assert "请补充依据" in round_.enter(client, round_.experts[0]).get(f"{base}/review").text
    for person in (round_.experts[0], round_.applicants[0]):
        round_.enter(client, person)
        assert client.get(f"{base}/reviews").status_code == 404
        assert client.get(f"/rounds/{round_.round.id}/reviews.csv").status_code == 404


def test_a_secretary_in_conflict_sees_neither_reviews_nor_rows(
    client: Client, round_: Fixed, base: str, conflicts: Conflicts
) -> None:
    conflicts.add((round_.secretary.id, round_.submissions[0].id))
    round_.seat(1, 1)
    round_.enter(client, round_.secretary)
    assert client.get(f"{base}/reviews").status_code == 404
    table = client.get(f"/rounds/{round_.round.id}/reviews.csv").text
    assert "专家1" not in table
    assert "专家2" in table


def test_calibration_is_ones_own_and_withheld_in_words(client: Client, round_: Fixed) -> None:
    told = dict.fromkeys(("spread", "typical_spread", "severity", "low", "high", "agreement"))
    row = Calibration(
        round_id=round_.round.id, account_id=round_.experts[0].id, told={"reviews": 3, "mean": 70.5, **told}
    )
    round_.db.add(row)
    round_.db.commit()
    round_.stage(Phase.over, RoundState.concluded)
    page = round_.enter(client, round_.experts[0]).get("/me/reviews/calibration").text
    assert "70.50" in page
    assert "少于 5 份" in page
    assert "70.50" not in round_.enter(client, round_.experts[1]).get("/me/reviews/calibration").text


def test_the_queue_is_by_deadline_and_says_how_long(client: Client, round_: Fixed) -> None:
    round_.seat(1, 0, deadline_at=now() + dt.timedelta(hours=5, minutes=30))
    seat = seat_of(round_)
    seat.deadline_at = now() + dt.timedelta(days=9, minutes=1)
    round_.db.add(seat)
    round_.db.commit()
    page = round_.enter(client, round_.experts[0]).get("/me/reviews").text
    assert "剩余 5 小时" in page
    assert "剩余 9 天" in page
    assert page.index("第2号申报") < page.index("第1号申报")


def test_pages_cost_the_same_with_more_reviews(client: Client, round_: Fixed, base: str) -> None:
    round_.enter(client, round_.experts[0])
    paths = ("/me/reviews", f"{base}/review", "/api/v1/me/reviews")

    def costs() -> list[int]:
        found = []
        for path in paths:
            client.get(path)
            with counted() as statements:
                assert client.get(path).status_code == 200
            found.append(len(statements))
        return found

    before = costs()
    round_.seat(1, 0)
    round_.seat(2, 0, SeatState.submitted)
    assert costs() == before
    assert max(before) <= 14
