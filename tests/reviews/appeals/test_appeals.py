"""Appeals: who may, in which days, on which grounds; who decides and who never; what follows; ends by the clock."""

import datetime as dt
import uuid
from typing import Any

import pytest
from sqlmodel import Session

from portal.kit.clock import SHANGHAI, now
from portal.kit.db import transaction
from portal.kit.errors import Conflict, Invalid, NotFound
from portal.reviews.appeals import actions
from portal.reviews.appeals.forms import AppealForm
from portal.reviews.appeals.models import APPEAL_TRANSITIONS, Appeal, AppealState, Ground
from portal.reviews.appeals.policy import Bar
from portal.reviews.calendar.days import last_year
from portal.reviews.rounds import standing
from portal.reviews.rounds.actions.common import locked, move_round
from portal.reviews.rounds.models import (
    Invitation,
    Phase,
    RoundState,
    SeatState,
    SubmissionPerson,
    SubmissionState,
)
from tests.guards.test_budget import counted
from tests.reviews.rounds import Fixed, fixed_round
from tests.support.browser import Client
from tests.support.make import Make, Person

TEXT = "会评时有一位委员系竞争单位顾问，未按规定回避。"
REASON = "经查，该委员确系竞争单位在聘顾问，应当回避。"


@pytest.fixture
def at(make: Make, db: Session, monkeypatch: pytest.MonkeyPatch) -> Fixed:
    """A concluded round with decisions; nobody is in conflict unless a test says so."""
    monkeypatch.setattr(standing, "_checkers", [lambda *_given: frozenset()])
    monkeypatch.setattr(standing, "_panel_rounds", [lambda *_given: frozenset()])
    found = fixed_round(make, db, submissions=2)
    found.seat(0, 0, SeatState.locked)
    put(found, found.round, state=RoundState.concluded, phase=Phase.over, state_at=now())
    for row in found.submissions:
        decided(found, row)
    return found


def put(at: Fixed, thing: Any, **values: Any) -> Any:
    row = at.fresh(thing)
    for name, value in values.items():
        setattr(row, name, value)
    at.db.add(row)
    at.db.commit()
    return row


def decided(at: Fixed, row: Any) -> None:
    put(at, row, state=SubmissionState.decided, outcome="declined", decided_at=now())


def appeal(at: Fixed, by: Person | None = None, number: int = 1) -> Appeal:
    given = AppealForm(grounds=[Ground.recusal], text=TEXT, links="https://example.org/notice")
    made: Appeal = at.do(
        actions.file, by or at.applicants[number - 1], round_id=at.round.id, number=number, given=given
    )
    return made


def judge(at: Fixed, name: str = "申诉办理人") -> Person:
    return at.make.account(name, roles=("secretariat",))


def run() -> int:
    with transaction() as db:
        return actions.run_deadlines(db)


def test_only_the_lead_applicant_and_only_of_a_decision(at: Fixed) -> None:
    for person in (at.applicants[1], at.experts[0], at.secretary, at.make.account("路人")):
        with pytest.raises(NotFound):
            appeal(at, person)
    put(at, at.submissions[0], state=SubmissionState.entered, decided_at=None)
    with pytest.raises(Conflict):
        appeal(at)
    decided(at, at.submissions[0])
    put(at, at.round, state=RoundState.closed, phase=Phase.conclusion)
    with pytest.raises(Conflict):
        appeal(at)
    put(at, at.round, state=RoundState.concluded, phase=Phase.over)
    appeal(at)
    with pytest.raises(Conflict):
        appeal(at)


def test_the_days_are_working_days_and_an_unknown_year_costs_nobody_the_right(
    at: Fixed, monkeypatch: pytest.MonkeyPatch
) -> None:
    concluded = dt.datetime(2026, 9, 28, 15, tzinfo=SHANGHAI)
    row = put(at, at.round, state_at=concluded, shape={**at.round.shape, "appeal_days": 5})
    end = dt.datetime(2026, 10, 11, tzinfo=SHANGHAI)
    assert actions.taken_until(row) == end
    monkeypatch.setattr(actions, "now", lambda: end)
    with pytest.raises(Conflict):
        appeal(at)
    monkeypatch.setattr(actions, "now", lambda: end - dt.timedelta(seconds=1))
    appeal(at)
    row = put(at, at.round, state_at=dt.datetime(last_year(), 12, 28, 9, tzinfo=SHANGHAI))
    assert actions.taken_until(row) is None
    appeal(at, number=2)


def test_academic_judgement_is_refused_in_words(at: Fixed, client: Client) -> None:
    page = f"/rounds/{at.round.id}/submissions/1/appeal"
    at.enter(client, at.applicants[0])
    for grounds in (["judgement"], ["judgement", "form"]):
        refused = client.post(page, data={"grounds": grounds, "text": TEXT})
        assert refused.status_code == 422
        assert "专家的学术判断不在申诉范围内" in refused.text
        assert TEXT in refused.text
    for link in ("javascript:alert(1)", "//evil", "http://", "ftp://x/y"):
        bad = client.post(page, data={"grounds": ["form"], "text": TEXT, "links": link})
        assert bad.status_code == 422
        assert f'href="{link}' not in bad.text
    data = {
        "grounds": ["form", "fact"],
        "text": f"{TEXT}<script>alert(1)</script>",
        "links": "https://a.org/x",
    }
    assert client.post(page, data=data).status_code == 303
    shown = client.get(page).text
    assert "<script>alert" not in shown
    assert 'href="https://a.org/x"' in shown


def test_nobody_with_part_in_the_round_decides(at: Fixed, monkeypatch: pytest.MonkeyPatch) -> None:
    creator, free = at.secretary, judge(at)
    acted, reviewer, invited, panellist, partial, applied = (
        judge(at, name) for name in ("经办", "评审", "受邀", "会评", "冲突", "申报")
    )
    with transaction() as db:
        move_round(
            db,
            at.actor(acted),
            locked(db, at.round.id),
            RoundState.concluded,
            "secretariat",
            phase=Phase.over,
        )
    at.experts.append(reviewer)
    at.seat(1, len(at.experts) - 1, SeatState.recused, alias=9)
    at.db.add(Invitation(round_id=at.round.id, account_id=invited.id))
    at.db.add(SubmissionPerson(submission_id=at.submissions[1].id, account_id=applied.id, name="申报"))
    at.db.commit()
    monkeypatch.setattr(
        standing, "_panel_rounds",
        [lambda _db, account: {at.round.id} if account == panellist.id else frozenset()],
    )  # fmt: skip

    def check(_db: Any, account: uuid.UUID, asked: Any) -> frozenset[uuid.UUID]:
        return frozenset(asked) & {at.submissions[0].id} if account == partial.id else frozenset()

    monkeypatch.setattr(standing, "_checkers", [check])
    made = appeal(at)
    with transaction() as db:
        shown = {
            account.id: bar
            for account, bar in actions.handlers(db, at.fresh(at.round), at.submissions[0], made)
        }
    assert shown == {
        creator.id: Bar.created, free.id: None, acted.id: Bar.acted, reviewer.id: Bar.part,
        invited.id: Bar.part, panellist.id: Bar.part, partial.id: Bar.conflict, applied.id: Bar.part,
    }  # fmt: skip
    assert Bar.acted.label == Bar.part.label, "no list tells who reviewed"
    for person in (creator, acted, reviewer, invited, panellist, partial, applied):
        with pytest.raises(NotFound):
            at.do(actions.accept, person, appeal_id=made.id)
    at.do(actions.accept, free, appeal_id=made.id)


def test_the_page_is_for_the_applicant_and_for_those_who_decide(at: Fixed, client: Client) -> None:
    free, auditor = judge(at), at.make.account("审计", roles=("auditor",))
    page = f"/rounds/{at.round.id}/submissions/1/appeal"
    assert at.enter(client, at.applicants[0]).get(page).status_code == 200
    assert at.enter(client, free).get(page).status_code == 404
    appeal(at)
    for person in (at.applicants[1], at.experts[0], at.secretary, at.make.account("路人")):
        at.enter(client, person)
        assert client.get(page).status_code == 404
        assert client.post(f"{page}/accept").status_code == 404
        assert TEXT not in client.get("/admin/appeals").text
    own = at.enter(client, at.applicants[0]).get(page).text
    assert TEXT in own
    assert free.account.name not in own
    assert at.experts[0].account.name not in own
    assert client.post(f"{page}/accept").status_code == 404
    assert page not in at.enter(client, at.secretary).get("/admin/appeals").text
    assert page in at.enter(client, free).get("/admin/appeals").text
    assert free.account.name in client.get(page).text
    assert at.enter(client, auditor).get(page).status_code == 200
    assert client.post(f"{page}/accept").status_code == 403
    at.enter(client, free)
    assert client.post(f"{page}/accept").status_code == 303
    assert client.post(f"{page}/uphold", data={"reason": " "}).status_code == 422
    assert client.post(f"{page}/uphold", data={"reason": REASON}).status_code == 303
    assert REASON in client.get(page).text
    assert client.post(f"{page}/uphold", data={"reason": REASON}).status_code == 404
    assert REASON in at.enter(client, at.applicants[0]).get(page).text


def test_an_upheld_appeal_opens_the_decision_and_the_next_one_can_be_appealed(at: Fixed) -> None:
    free = judge(at)
    made = appeal(at)
    at.do(actions.accept, free, appeal_id=made.id)
    at.do(actions.uphold, free, appeal_id=made.id, reason=REASON)
    row = at.fresh(at.submissions[0])
    assert (row.state, row.outcome, row.decided_at) == (SubmissionState.entered, "", None)
    assert at.fresh(at.submissions[1]).state is SubmissionState.decided
    decided(at, row)
    again = appeal(at)
    with pytest.raises(NotFound):
        at.do(actions.accept, free, appeal_id=again.id)  # whoever upheld the first one has acted in the round
    other = judge(at, "另一办理人")
    at.do(actions.refuse, other, appeal_id=again.id, reason="未涉及程序问题")
    assert at.fresh(row).state is SubmissionState.decided
    with pytest.raises(Conflict):
        appeal(at)


def test_withdrawn_may_be_put_otherwise_and_dismissed_may_not(at: Fixed) -> None:
    free = judge(at)
    made = appeal(at)
    with pytest.raises(NotFound):
        at.do(actions.withdraw, at.applicants[1], appeal_id=made.id)
    at.do(actions.withdraw, at.applicants[0], appeal_id=made.id)
    second = appeal(at)
    at.do(actions.accept, free, appeal_id=second.id)
    with pytest.raises(Invalid):
        at.do(actions.dismiss, free, appeal_id=second.id, reason="")
    at.do(actions.dismiss, free, appeal_id=second.id, reason="程序合规")
    with pytest.raises(Conflict):
        appeal(at)


def test_appeals_never_lie_for_ever(at: Fixed) -> None:
    auditor = at.make.account("审计", roles=("auditor",))
    made = appeal(at)
    assert run() == 0
    put(at, made, deadline_at=now())
    assert run() == 1
    at.do(actions.accept, auditor, appeal_id=made.id)
    put(at, made, deadline_at=now())
    run()
    left = at.fresh(made)
    assert left.state is AppealState.expired
    assert left.deadline_at is None
    assert at.fresh(at.submissions[0]).state is SubmissionState.decided


@pytest.mark.parametrize("state", list(AppealState))
def test_every_pair_of_states(at: Fixed, state: AppealState) -> None:
    free = judge(at)
    made = appeal(at)
    verbs = {
        AppealState.accepted: lambda: at.do(actions.accept, free, appeal_id=made.id),
        AppealState.not_accepted: lambda: at.do(actions.refuse, free, appeal_id=made.id, reason=REASON),
        AppealState.upheld: lambda: at.do(actions.uphold, free, appeal_id=made.id, reason=REASON),
        AppealState.dismissed: lambda: at.do(actions.dismiss, free, appeal_id=made.id, reason=REASON),
        AppealState.withdrawn: lambda: at.do(actions.withdraw, at.applicants[0], appeal_id=made.id),
    }
    following = APPEAL_TRANSITIONS.get(state, {})
    put(at, made, state=state)
    for target, verb in verbs.items():
        if target not in following:
            with pytest.raises(Conflict):
                verb()
    for target in following:
        if target in verbs:
            verbs[target]()
            assert at.fresh(made).state is target
            break


def test_the_queue_costs_the_same_with_many_appeals(at: Fixed, client: Client) -> None:
    free = judge(at)
    costs = []
    for times in (1, 24):
        for _time in range(times):
            at.db.add(
                Appeal(
                    account_id=at.applicants[0].id,
                    round_id=at.round.id,
                    submission_id=at.submissions[0].id,
                    grounds=["form"],
                    text=TEXT,
                )
            )
        at.db.commit()
        cost = []
        for path in ("/admin/appeals", f"/rounds/{at.round.id}/submissions/1/appeal"):
            at.enter(client, free).get(path)
            with counted() as statements:
                assert client.get(path).status_code == 200
            cost.append(len(statements))
        costs.append(cost)
    assert costs[0] == costs[1]
