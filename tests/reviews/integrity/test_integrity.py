"""Integrity: the log of names, reports of an approach, the experts made known."""

import datetime as dt
import re
import uuid
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, select

from portal.kit.clock import now
from portal.kit.db import transaction
from portal.kit.errors import Clash, Conflict, Forbidden, Invalid, NotFound, TooMany
from portal.reviews.integrity import actions, queries
from portal.reviews.integrity.forms import ApproachForm
from portal.reviews.integrity.models import APPROACH_TRANSITIONS, Approach, ApproachState, Channel, NameView
from portal.reviews.integrity.wording import DOORS
from portal.reviews.rounds import sight, standing
from portal.reviews.rounds.models import Phase, RoundState, SeatState
from tests.guards.test_budget import counted
from tests.reviews.rounds import Fixed, fixed_round
from tests.support.browser import Client
from tests.support.make import Make, Person
from tests.support.tree import ROOT

WHAT = "申报单位负责人来电，希望对第二号申报手下留情。"
REASON = "通话记录与本人陈述一致，情况属实。"


@pytest.fixture
def at(make: Make, db: Session, monkeypatch: pytest.MonkeyPatch) -> Fixed:
    """A round in review; nobody is in conflict unless a test says so."""
    monkeypatch.setattr(standing, "_checkers", [lambda *_given: frozenset()])
    found = fixed_round(make, db, submissions=2)
    found.seat(0, 0, SeatState.draft)
    found.seat(1, 1, SeatState.submitted)
    return found


def conflict(monkeypatch: pytest.MonkeyPatch, person: Person, submission: uuid.UUID) -> None:
    def check(_db: Any, account: uuid.UUID, asked: Any) -> frozenset[uuid.UUID]:
        return frozenset({submission} & set(asked)) if account == person.id else frozenset()

    monkeypatch.setattr(standing, "_checkers", [check])


def report(at: Fixed, by: Person | None = None, **values: Any) -> Approach:
    given = ApproachForm(
        **{"text": WHAT, "who": "赵某", "channel": Channel.phone, "happened": now().date(), **values}
    )
    made: Approach = at.do(actions.report, by or at.experts[0], round_id=at.round.id, given=given)
    return made


def late(at: Fixed, thing: Any) -> None:
    row = at.fresh(thing)
    row.deadline_at = now()
    at.db.add(row)
    at.db.commit()


def run() -> int:
    with transaction() as db:
        return actions.run_deadlines(db)


def test_views_of_names_are_logged_once_a_minute_and_for_ever(at: Fixed, client: Client) -> None:
    secretary = at.actor(at.secretary)
    with transaction() as db:
        for _time in range(3):
            sight.names_seen(db, secretary, at.round, "desk.matrix")
            sight.names_seen(db, secretary, at.round, "desk.matrix", at.submissions[0].id)
    rows = at.db.exec(select(NameView)).all()
    # Three times in one transaction may straddle a minute, never more than one.
    assert 2 <= len(rows) <= 4
    for statement in ("UPDATE review_name_view SET door = 'x'", "DELETE FROM review_name_view"):
        with pytest.raises(DBAPIError, match="append-only"), transaction() as db:
            db.execute(text(statement))

    def fail() -> None:
        with transaction() as db:
            sight.names_seen(db, secretary, at.round, "failed.view")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    auditor = at.make.account("审计", roles=("auditor",))
    other = at.make.account("其他秘书", roles=("secretariat",))
    page = f"/rounds/{at.round.id}/names-log"
    for person in (auditor, at.secretary):
        at.enter(client, person)
        assert at.secretary.namespace.slug in client.get(page).text
        assert "申报与专家总览" in client.get(page).text
        table = client.get(f"{page}.csv").text
        assert "desk.matrix" in table
        assert "failed.view" not in table
    for outsider in (other, at.experts[0], at.applicants[0]):
        at.enter(client, outsider)
        assert client.get(page).status_code == 404
        assert client.get(f"{page}.csv").status_code == 404


def test_every_door_of_the_portal_is_heard_and_has_a_name() -> None:
    assert sight._listeners == [actions.log_view]
    called = re.compile(r'(?:names_seen|shown_reviews)\([^)]*?"(\w+\.\w+)"')
    texts = [path.read_text(encoding="utf-8") for path in ROOT.glob("portal/reviews/**/*.py")]
    found = {key for text in texts for key in called.findall(text)}
    assert len(found) >= 12
    assert found <= set(DOORS)


def test_experts_report_in_one_form_and_nobody_else_knows(at: Fixed, client: Client) -> None:
    base = f"/rounds/{at.round.id}/approach"
    reader = at.make.account("读者")
    for person in (at.applicants[0], at.secretary, reader):
        at.enter(client, person)
        assert client.get(base).status_code == 404
        assert client.post(base, data={"text": WHAT}).status_code == 404
        with pytest.raises(NotFound):
            report(at, person)
    at.enter(client, at.experts[0])
    data = {"text": f"{WHAT}<script>alert(1)</script>", "who": "<b>赵某</b>", "channel": "phone"}
    bad = client.post(base, data={**data, "happened": "2999-01-01"})
    assert bad.status_code == 422
    assert "手下留情" in bad.text
    data |= {"happened": now().date().isoformat()}
    assert client.post(base, data={**data, "submission": "99"}).status_code == 422
    filed = client.post(base, data={**data, "submission": "2"})
    assert filed.status_code == 303
    page = filed.headers["location"]
    made = at.db.exec(select(Approach)).one()
    assert made.receipt in client.get(page).text
    assert made.receipt in client.get(base).text
    for person in (at.experts[1], at.applicants[0], at.applicants[1], reader, None):
        at.enter(client, person)
        hidden = client.get(page)
        assert hidden.status_code in (303, 401, 404)
        assert "赵某" not in hidden.text
    at.enter(client, at.experts[1])
    assert made.receipt not in client.get(base).text
    at.enter(client, at.secretary)
    shown = client.get(page).text
    assert at.experts[0].account.name in shown
    assert "<script>alert" not in shown
    assert "<b>赵某" not in shown
    listed = client.get(f"/rounds/{at.round.id}/approaches").text
    assert page in listed
    assert "赵某" not in listed
    assert at.experts[0].account.name not in listed
    assert client.post(f"{page}/examine").status_code == 303
    assert client.post(f"{page}/uphold", data={"reason": ""}).status_code == 422
    assert client.post(f"{page}/uphold", data={"reason": REASON}).status_code == 303
    assert client.post(f"{page}/examine").status_code == 409
    assert REASON in at.enter(client, at.experts[0]).get(page).text


def test_the_secretariat_in_conflict_and_an_accused_one_see_nothing(
    at: Fixed, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    colleague = at.make.account("同事", roles=("secretariat",))
    auditor = at.make.account("审计", roles=("auditor",))
    conflict(monkeypatch, at.secretary, at.submissions[1].id)
    first, other, whole = report(at, submission=1), report(at, submission=2), report(at)
    accusing = report(at, about_secretariat=True)
    listed = f"/rounds/{at.round.id}/approaches"
    seen = {
        person.id: [
            str(row.id) in at.enter(client, person).get(listed).text
            for row in (first, other, whole, accusing)
        ]
        for person in (at.secretary, colleague)
    }
    assert seen == {at.secretary.id: [True, False, False, False], colleague.id: [True, True, True, False]}
    for row in (other, whole, accusing):
        assert at.enter(client, at.secretary).get(actions.url(row)).status_code == 404
        with pytest.raises(NotFound):
            at.do(actions.examine, at.secretary, report_id=row.id)
    with pytest.raises(NotFound):
        at.do(actions.examine, colleague, report_id=accusing.id)
    at.do(actions.examine, auditor, report_id=accusing.id)
    with pytest.raises(Forbidden):
        at.do(actions.examine, auditor, report_id=first.id)
    everywhere = at.enter(client, auditor).get("/admin/approaches").text
    assert all(str(row.id) in everywhere for row in (first, other, whole, accusing))
    assert WHAT not in everywhere
    assert at.enter(client, at.secretary).get("/admin/approaches").status_code == 403
    assert at.enter(client, at.experts[0]).get(listed).status_code == 404


def test_limits_and_numbers(at: Fixed) -> None:
    with pytest.raises(Clash):
        report(at, submission=99)
    for _time in range(actions.MOST_OPEN):
        report(at)
    with pytest.raises(TooMany):
        report(at)


def test_reports_never_lie_for_ever(at: Fixed) -> None:
    auditor = at.make.account("审计", roles=("auditor",))
    made = report(at)
    assert run() == 0
    late(at, made)
    assert run() == 1
    assert at.fresh(made).escalated
    at.do(actions.examine, auditor, report_id=made.id)
    late(at, made)
    run()
    left = at.fresh(made)
    assert left.state is ApproachState.expired
    assert left.deadline_at is None


@pytest.mark.parametrize("state", list(ApproachState))
def test_every_pair_of_states(at: Fixed, state: ApproachState) -> None:
    made = report(at)
    row = at.fresh(made)
    row.state = state
    at.db.add(row)
    at.db.commit()
    following = APPROACH_TRANSITIONS.get(state, {})
    if ApproachState.examining not in following:
        with pytest.raises(Conflict):
            at.do(actions.examine, at.secretary, report_id=made.id)
    if ApproachState.upheld not in following:
        with pytest.raises(Conflict):
            at.do(actions.decide, at.secretary, report_id=made.id, upheld=True, reason=REASON)
    else:
        with pytest.raises(Invalid):
            at.do(actions.decide, at.secretary, report_id=made.id, upheld=True, reason="")
        at.do(actions.decide, at.secretary, report_id=made.id, upheld=False, reason=REASON)


def test_experts_are_made_known_late_and_only_where_nothing_can_be_guessed(
    make: Make, db: Session, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(standing, "_checkers", [lambda *_given: frozenset()])
    names = ("郑一", "安二", "柏三", "董四", "何五", "金六")
    at = fixed_round(make, db, submissions=2, experts=6, names=names, shape={"reveal_experts_days": 30})
    for number, person in enumerate(at.experts[:5]):
        person.account.sort_key = f"{9 - number}"
        db.add(person.account)
        at.seat(number % 2, number, SeatState.locked)
    at.seat(0, 5, SeatState.recused)
    db.commit()
    page = f"/rounds/{at.round.id}/experts"

    def put(**values: Any) -> None:
        row = at.fresh(at.round)
        for name, value in values.items():
            setattr(row, name, value)
        db.add(row)
        db.commit()

    def look() -> tuple[int, str]:
        answer = at.enter(client, None).get(page)
        return answer.status_code, answer.text

    def named(body: str) -> list[str]:
        return [name for name in names if name in body]

    assert look()[0] == 404
    put(public=True)
    assert look()[0] == 404
    put(state=RoundState.concluded, phase=Phase.over, state_at=now())
    status, body = look()
    assert status == 200
    assert not named(body)
    put(state_at=now() - dt.timedelta(days=31))
    _status, body = look()
    assert named(body) == list(names[:5])
    order = [body.index(name) for name in names[:5]]
    assert order == sorted(order, reverse=True)
    put(public=False)
    assert look()[0] == 404
    put(public=True, state=RoundState.cancelled)
    assert look()[0] == 404
    put(state=RoundState.concluded)
    closed = at.experts[0].account
    closed.state = "closed"
    db.add(closed)
    db.commit()
    status, body = look()
    assert status == 200
    assert not named(body), "four are too few"


def test_lists_cost_the_same_with_many_rows(at: Fixed, client: Client) -> None:
    auditor = at.make.account("审计", roles=("auditor",))
    base = f"/rounds/{at.round.id}"
    looks = [
        (auditor, f"{base}/names-log"), (auditor, f"{base}/names-log.csv"), (auditor, "/admin/approaches"),
        (at.secretary, f"{base}/approaches"), (at.experts[0], f"{base}/approach"),
    ]  # fmt: skip
    costs = []
    for times in (1, 24):
        for n in range(times):
            at.db.add(
                Approach(
                    account_id=at.experts[0].id,
                    round_id=at.round.id,
                    channel=Channel.mail,
                    text=WHAT,
                    happened=now().date(),
                    state=ApproachState.not_upheld if n % 2 else ApproachState.filed,
                )
            )
        at.db.commit()
        with transaction() as db:
            for n in range(times):
                queries.note_view(db, at.actor(at.secretary), at.round.id, f"door.{times}.{n}", None)
        cost = []
        for person, path in looks:
            at.enter(client, person).get(path)
            with counted() as statements:
                assert client.get(path).status_code == 200
            cost.append(len(statements))
        costs.append(cost)
    assert costs[0] == costs[1]
