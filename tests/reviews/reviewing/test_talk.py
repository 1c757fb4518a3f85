"""Discussion and answer: who reads and says what when; letters all along; marks revised with a trace."""

from typing import Any

import pytest
from sqlmodel import Session, col, select

from portal.kit.errors import Conflict, Forbidden, Invalid, NotFound
from portal.notices.models import Notice
from portal.reviews.reviewing import actions, forms
from portal.reviews.reviewing.actions import answering, discussing
from portal.reviews.reviewing.models import Rebuttal, RebuttalState
from portal.reviews.rounds.models import Phase, RoundState, SeatState
from tests.reviews.reviewing.conftest import WORDS, Conflicts, review
from tests.reviews.reviewing.test_writing import act, end_phase, seat_of, versions
from tests.reviews.rounds import Fixed
from tests.support.browser import Client

TEXT = "感谢评审意见。样本量在附件二中有说明，共一千二百个。"


@pytest.fixture
def reviewed(round_: Fixed) -> Fixed:
    """Two reviews of the first submission, locked, in the discussion; a third expert never delivered."""
    round_.seat(0, 1)
    round_.seat(0, 2)
    for expert in (0, 1):
        person = round_.experts[expert]
        act(round_, actions.save, person, given=review(private_note=f"附言{expert}"))
        act(round_, actions.submit, person, revision=1)
    end_phase(round_)
    round_.stage(Phase.discussion)
    return round_


def say(found: Fixed, who: Any, text: str = "数据来源可靠") -> Any:
    return act(found, discussing.say, who, given=forms.MessageForm(text=text))


def test_reviewers_talk_by_letter_and_are_told_without_names(reviewed: Fixed, client: Client) -> None:
    base = f"/rounds/{reviewed.round.id}/submissions/1/discussion"
    reviewed.enter(client, reviewed.experts[0])
    answer = client.post(f"{base}/messages", data={"text": "样本**偏少**"})
    assert answer.headers["location"] == f"{base}#m1"
    page = reviewed.enter(client, reviewed.experts[1]).get(base).text
    assert "评审人 A" in page
    assert "<strong>偏少</strong>" in page
    assert "专家1" not in page
    assert "附言" not in page
    told = reviewed.db.exec(select(Notice).where(Notice.account_id == reviewed.experts[1].id)).all()
    assert any(row.url == base and "专家1" not in str(row.params) for row in told)
    named = reviewed.enter(client, reviewed.secretary).get(base).text
    assert "评审人 A (专家1)" in named


def test_only_those_who_reviewed_and_the_secretariat_take_part(
    reviewed: Fixed, client: Client, conflicts: Conflicts
) -> None:
    say(reviewed, reviewed.experts[0])
    say(reviewed, reviewed.secretary)
    outside = (reviewed.experts[2], reviewed.experts[3], reviewed.applicants[0], reviewed.applicants[1])
    for person in outside:
        with pytest.raises(NotFound):
            say(reviewed, person)
        reviewed.enter(client, person)
        assert client.get(f"/rounds/{reviewed.round.id}/submissions/1/discussion").status_code == 404
    conflicts.add((reviewed.experts[1].id, reviewed.submissions[0].id))
    with pytest.raises(NotFound):
        say(reviewed, reviewed.experts[1])


@pytest.mark.parametrize("phase", [Phase.review, Phase.rebuttal])
def test_nothing_is_said_before_the_phase(reviewed: Fixed, phase: Phase) -> None:
    reviewed.stage(phase)
    with pytest.raises(NotFound):
        say(reviewed, reviewed.experts[0])


def test_after_the_phase_it_is_read_and_not_written(reviewed: Fixed, client: Client) -> None:
    say(reviewed, reviewed.experts[0])
    reviewed.stage(Phase.panel)
    with pytest.raises(Conflict):
        say(reviewed, reviewed.experts[0])
    base = f"/rounds/{reviewed.round.id}/submissions/1/discussion"
    page = reviewed.enter(client, reviewed.experts[1]).get(base).text
    assert "数据来源可靠" in page
    assert f"{base}/messages" not in page


def test_a_withdrawn_message_leaves_its_trace(reviewed: Fixed, client: Client) -> None:
    say(reviewed, reviewed.experts[0], "我是某单位的")
    say(reviewed, reviewed.experts[1], "收到")
    with pytest.raises(Forbidden):
        act(reviewed, discussing.withdraw, reviewed.experts[1], message=1)
    with pytest.raises(Invalid):
        act(reviewed, discussing.withdraw, reviewed.secretary, message=1)
    act(reviewed, discussing.withdraw, reviewed.secretary, message=1, reason="透露身份")
    with pytest.raises(Conflict):
        act(reviewed, discussing.withdraw, reviewed.experts[0], message=1)
    act(reviewed, discussing.withdraw, reviewed.experts[1], message=2)
    base = f"/rounds/{reviewed.round.id}/submissions/1/discussion"
    page = reviewed.enter(client, reviewed.experts[0]).get(base).text
    assert "我是某单位的" not in page
    assert "透露身份" in page
    assert "已由发言人撤回" in page


def test_marks_are_revised_with_a_reason_and_the_old_ones_stay(reviewed: Fixed, client: Client) -> None:
    base = f"/rounds/{reviewed.round.id}/submissions/1/discussion"
    reviewed.enter(client, reviewed.experts[0])
    new = {"mark.merit": "2", "mark.use": "3"}
    assert client.post(f"{base}/revise", data=new).status_code == 422
    same = {"mark.merit": "4", "mark.use": "3", "reason": "没有变化"}
    assert client.post(f"{base}/revise", data=same).status_code == 422
    assert client.post(f"{base}/revise", data={**new, "reason": "同意样本偏少"}).status_code == 303
    seat = seat_of(reviewed)
    assert (seat.state, seat.marks["merit"]) == (SeatState.locked, 2.0)
    kept = [row for row in versions(reviewed) if row.seat_id == seat.id]
    assert [row.marks["merit"] for row in kept] == [4.0, 2.0]
    assert seat.digest == kept[-1].digest
    page = reviewed.enter(client, reviewed.experts[1]).get(base).text
    assert "同意样本偏少" in page
    assert "66.67" in page
    with pytest.raises(NotFound):
        act(
            reviewed, discussing.revise, reviewed.experts[2],
            given=forms.RevisionForm(marks={"merit": 1, "use": 1}, reason="没有评审过"),
        )  # fmt: skip


def test_the_lead_reads_reviews_without_scores_and_answers_once(reviewed: Fixed, client: Client) -> None:
    reviewed.stage(Phase.rebuttal)
    base = f"/rounds/{reviewed.round.id}/submissions/1/rebuttal"
    reviewed.enter(client, reviewed.applicants[0])
    page = client.get(base).text
    assert WORDS in page
    assert "评审人 A" in page
    assert not any(word in page for word in ("66.67", "专家1", "第4档", "附言", "把握程度"))
    assert client.post(f"{base}/save", data={"revision": "0", "text": "太短"}).status_code == 303
    assert client.post(f"{base}/submit", data={"revision": "1", "text": "太短了"}).status_code == 422
    clash = client.post(f"{base}/save", data={"revision": "0", "text": TEXT})
    assert clash.status_code == 409
    assert TEXT in clash.text
    assert "太短了" in clash.text
    assert reviewed.enter(client, reviewed.experts[0]).get(base).status_code == 404
    reviewed.enter(client, reviewed.applicants[0])
    assert client.post(f"{base}/submit", data={"revision": "2", "text": TEXT}).status_code == 303
    assert client.post(f"{base}/save", data={"revision": "3", "text": TEXT}).status_code == 409
    assert reviewed.enter(client, reviewed.applicants[1]).get(base).status_code == 404
    reviewed.stage(Phase.discussion)
    assert TEXT in reviewed.enter(client, reviewed.experts[0]).get(base).text
    assert TEXT in client.get(f"/rounds/{reviewed.round.id}/submissions/1/discussion").text


@pytest.mark.parametrize("auto", [True, False])
def test_a_draft_of_an_answer_ends_with_its_phase(reviewed: Fixed, auto: bool) -> None:
    reviewed.stage(Phase.rebuttal)
    given = forms.RebuttalForm(revision=0, text=TEXT, auto_submit=auto)
    act(reviewed, answering.save, reviewed.applicants[0], given=given)
    end_phase(reviewed, Phase.discussion)
    row = reviewed.db.exec(select(Rebuttal).order_by(col(Rebuttal.id))).one()
    assert row.state is (RebuttalState.submitted if auto else RebuttalState.lapsed)
    with pytest.raises(Conflict):
        act(reviewed, answering.save, reviewed.applicants[0], given=given)


def test_a_late_draft_is_swept_up_too(reviewed: Fixed) -> None:
    reviewed.stage(Phase.rebuttal)
    given = forms.RebuttalForm(revision=0, text=TEXT)
    act(reviewed, answering.save, reviewed.applicants[0], given=given)
    reviewed.stage(Phase.panel)

    def sweep(db: Session, _actor: Any) -> int:
        return actions.run_deadlines(db)

    assert reviewed.do(sweep, None) == 1


def test_applicants_see_scores_after_the_conclusion_and_never_revisions(
    reviewed: Fixed, client: Client
) -> None:
    new = forms.RevisionForm(marks={"merit": 2, "use": 3}, reason="同意样本偏少")
    act(reviewed, discussing.revise, reviewed.experts[0], given=new)
    base = f"/rounds/{reviewed.round.id}/submissions/1/reviews"
    reviewed.enter(client, reviewed.applicants[0])
    assert "66.67" not in client.get(base).text
    reviewed.stage(Phase.over, RoundState.concluded)
    page = client.get(base).text
    assert "66.67" in page
    assert not any(word in page for word in ("同意样本偏少", "专家1", "附言"))


def test_a_closed_account_gives_up_its_open_seats(round_: Fixed) -> None:
    round_.seat(1, 0, SeatState.submitted)

    def forget(db: Session, _actor: Any) -> None:
        actions.forget_person(db, account_id=round_.experts[0].id)

    round_.do(forget, None)
    assert seat_of(round_).state is SeatState.declined
    assert seat_of(round_, 1).state is SeatState.submitted
