"""Runs: a proposal is computed, read, changed by hand and adopted; a draw is committed, sealed, drawn and replayed."""

import datetime as dt
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlmodel import Session, select

from portal.cli import main
from portal.experts.models import Affiliation, Expert, ExpertKeyword
from portal.kit.clock import now
from portal.kit.db import transaction
from portal.kit.errors import Clash, Conflict, Forbidden, Invalid
from portal.kit.i18n import set_locale
from portal.reviews.rounds.models import (
    Invitation,
    InvitationState,
    Phase,
    RoundState,
    Seat,
    SeatOrigin,
    SeatState,
)
from portal.reviews.staffing import tasks
from portal.reviews.staffing.actions import adopting, runs, working
from portal.reviews.staffing.models import RunKind, RunState, StaffingRun
from portal.reviews.staffing.solving import answer
from tests.reviews.rounds import Fixed, fixed_round
from tests.reviews.staffing.test_checker import add, ago, worked
from tests.support.browser import Client
from tests.support.make import Make

TOPICS = ("遥感影像 变化检测", "人口迁移 手机信令", "耕地保护 粮食安全")


def staffed(make: Make, db: Session, *, submissions: int = 12, experts: int = 20, **shape: Any) -> Fixed:
    """A round in preparation, three topics, nobody invited; every expert knows one topic, every second is senior."""
    found = fixed_round(
        make, db, submissions=submissions, experts=experts, phase=Phase.preparation, shape=shape
    )
    for row in db.exec(select(Invitation).where(Invitation.round_id == found.round.id)).all():
        db.delete(row)
    for number, entry in enumerate(found.submissions):
        entry.text = TOPICS[number % 3] * 3
        entry.keywords = TOPICS[number % 3].split()
        db.add(entry)
    for number, person in enumerate(found.experts):
        row = db.exec(select(Expert).where(Expert.account_id == person.id)).one()
        row.biography_zh = TOPICS[number % 3]
        db.add(row)
        db.add_all(
            ExpertKeyword(expert_id=row.id, key=word, keyword=word) for word in TOPICS[number % 3].split()
        )
    db.commit()
    return found


def act(fixed: Fixed, verb: Any, run: StaffingRun | None = None, **values: Any) -> Any:
    more = {"run_id": run.id} if run is not None else {}
    return fixed.do(verb, fixed.secretary, round_id=fixed.round.id, **more, **values)


def compute(fixed: Fixed, run: StaffingRun) -> StaffingRun:
    """What the worker's job does, in this process."""
    with transaction() as db:
        working.prepare(db, run.id)
    with transaction() as db:
        asked = working.begin(db, run.id)
    assert asked is not None
    found = answer({**asked, "seconds": 60.0}, lambda _stage: None)
    set_locale("zh_Hans")
    with transaction() as db:
        working.finish(db, run.id, asked["attempt"], json.loads(json.dumps(found)))
    fresh: StaffingRun = fixed.fresh(run)
    return fresh


def seats(fixed: Fixed) -> list[Seat]:
    fixed.db.expire_all()
    return list(fixed.db.exec(select(Seat).order_by(Seat.submission_id, Seat.alias)).all())


def test_twelve_submissions_and_twenty_experts_by_a_worker(make: Make, db: Session) -> None:
    fixed = staffed(make, db)
    insider, busy = fixed.experts[0], fixed.experts[3]
    add(fixed, worked(insider, fixed.units[0].id, ago(1)))
    row = db.exec(select(Expert).where(Expert.account_id == busy.id)).one()
    row.capacity = 1
    add(fixed, row)
    run = act(fixed, runs.start, kind=RunKind.assignment)
    with pytest.raises(Conflict):
        act(fixed, runs.start, kind=RunKind.assignment)
    tasks.run(str(run.id))
    run = fixed.fresh(run)
    assert run.state is RunState.done, (run.state_reason, run.result)
    shown = json.dumps([run.inputs, run.problem, run.result], ensure_ascii=False)
    assert not any(person.account.name in shown or str(person.id) in shown for person in fixed.experts)
    assert seats(fixed) == [], "a proposal changes nothing"
    pairs = run.result["pairs"]
    assert Counter(pair["submission"] for pair in pairs) == {f"S{n:04}": 3 for n in range(1, 13)}
    assert not run.result["breaches"]
    assert not run.result["lacks"]
    near = [pair for pair in pairs if pair["why"]["keywords"]]
    assert len(near) >= 30, "nearly all seats go to experts of the topic"
    assert any(pair["why"]["terms"] for pair in near)
    act(fixed, adopting.adopt, run)
    given = seats(fixed)
    assert {seat.state for seat in given} == {SeatState.planned}
    assert {seat.origin for seat in given} == {SeatOrigin.assigned}
    assert (fixed.submissions[0].id, insider.id) not in {(s.submission_id, s.account_id) for s in given}
    assert Counter(seat.account_id for seat in given)[busy.id] <= 1
    asked = {row.account_id: row.state for row in db.exec(select(Invitation)).all()}
    assert asked == dict.fromkeys({seat.account_id for seat in given}, InvitationState.planned)
    with pytest.raises(Conflict):
        act(fixed, adopting.adopt, run)


def test_changes_by_hand_are_named_and_keep_out_who_is_in_conflict(make: Make, db: Session) -> None:
    fixed = staffed(make, db, submissions=2, experts=6)
    add(fixed, worked(fixed.experts[5], fixed.units[1].id, ago(1)))
    run = compute(fixed, act(fixed, runs.start, kind=RunKind.assignment))
    key = {account: key for key, account in run.people.items()}
    conflicted = key[str(fixed.experts[5].id)]
    here = adopting.proposed(run)["S0002"]
    free = next(k for k in run.people if k.startswith("E") and k not in [*here, conflicted])
    values = {"submission": "S0002", "before": here[0], "reason": "原专家近期出国"}
    with pytest.raises(Clash):
        act(fixed, adopting.change, run, after=conflicted, **values)
    with pytest.raises(Clash):
        act(fixed, adopting.change, run, after=here[1], **values)
    with pytest.raises(Clash):
        act(fixed, adopting.change, run, after=free, **(values | {"reason": ""}))
    act(fixed, adopting.change, run, after=free, **values)
    act(fixed, adopting.change, run, after="", **(values | {"before": here[1]}))
    run = fixed.fresh(run)
    assert [change["after"] for change in run.hand] == [free, ""]
    assert "reviews" in run.hand[1]["breaks"]
    act(fixed, adopting.adopt, run)
    by_hand = [seat for seat in seats(fixed) if seat.origin is SeatOrigin.hand]
    assert [str(seat.account_id) for seat in by_hand] == [run.people[free]]
    assert len(seats(fixed)) == 5


def test_a_draw_is_committed_sealed_drawn_and_replayed(
    make: Make, db: Session, client: Client, tmp_path: Path
) -> None:
    fixed = staffed(make, db)
    fixed.round.public = True
    add(fixed, fixed.round)
    run = act(fixed, runs.promise)
    assert run.commitment
    assert run.seed not in {"", run.commitment}
    with pytest.raises(Conflict):
        act(fixed, runs.draw, run)
    act(fixed, runs.seal, run)
    run = compute(fixed, run)
    assert (run.state, bool(run.seal), run.result.get("pairs")) == (RunState.sealed, True, None)
    act(fixed, runs.draw, run)
    tasks.run(str(run.id))
    run = fixed.fresh(run)
    assert run.state is RunState.done, (run.state_reason, run.result)
    assert not run.result["breaches"]
    pair = run.result["pairs"][0]
    with pytest.raises(Conflict):
        act(
            fixed,
            adopting.change,
            run,
            submission=pair["submission"],
            before=pair["expert"],
            after="",
            reason="手工",
        )
    act(fixed, adopting.adopt, run)
    assert {seat.origin for seat in seats(fixed)} == {SeatOrigin.drawn}
    with pytest.raises(Conflict):
        act(fixed, runs.reveal, run)
    lots = f"/rounds/{fixed.round.id}/staffing/lots"
    record = f"/api/v1/rounds/{fixed.round.id}/staffing/{run.id}/record"
    fixed.enter(client, fixed.secretary)
    page = client.get(lots).text
    assert run.commitment in page
    assert run.seal in page
    assert run.seed not in page
    assert client.get(record).status_code == 409
    fixed.stage(Phase.over, RoundState.concluded)
    act(fixed, runs.reveal, run)
    fixed.enter(client, fixed.applicants[0])
    assert run.seed in client.get(lots).text
    assert client.get(record).status_code == 404
    fixed.enter(client, fixed.secretary)
    file = tmp_path / "record.json"
    file.write_bytes(client.get(record).content)
    found = CliRunner().invoke(
        main, ["draw", "verify", str(file), "--commitment", run.commitment, "--seal", run.seal]
    )
    assert found.exit_code == 0, found.output
    other = CliRunner().invoke(main, ["draw", "verify", str(file), "--seal", "0" * 64])
    assert other.exit_code == 1


def test_what_cannot_be_kept_is_said_in_words_with_whom_to_ask(make: Make, db: Session) -> None:
    fixed = staffed(make, db, submissions=3, experts=4)
    for person in fixed.experts[:2]:
        add(fixed, worked(person, fixed.units[0].id, ago(1)))
    row = db.exec(select(Expert).where(Expert.account_id == fixed.experts[2].id)).one()
    row.capacity = 0
    add(fixed, row)
    run = compute(fixed, act(fixed, runs.start, kind=RunKind.assignment))
    assert run.state is RunState.done
    lack = next(each for each in run.result["lacks"] if each["submission"] == "S0001")
    assert "2" in lack["words"]["zh_Hans"]
    assert lack["words"]["en"] != lack["words"]["zh_Hans"]
    asked = {run.people[each["expert"]] for each in lack["invite"]}
    assert asked == {str(fixed.experts[2].id)}, "the one without room would do"


def test_drop_outs_are_replaced_with_the_fewest_changes(make: Make, db: Session) -> None:
    fixed = staffed(make, db, submissions=4, experts=9)
    run = compute(fixed, act(fixed, runs.start, kind=RunKind.assignment))
    act(fixed, adopting.adopt, run)
    before = {(seat.submission_id, seat.account_id) for seat in seats(fixed)}
    lost = seats(fixed)[0]
    for seat in seats(fixed):
        seat.state = SeatState.declined if seat.id == lost.id else SeatState.accepted
        fixed.db.add(seat)
    invitation = db.exec(select(Invitation).where(Invitation.account_id == lost.account_id)).one()
    invitation.state = InvitationState.declined
    others = [seat for seat in seats(fixed) if seat.account_id == lost.account_id and seat.id != lost.id]
    for seat in others:
        seat.state = SeatState.declined
    add(fixed, invitation, *others)
    fixed.stage(Phase.review)
    run = compute(fixed, act(fixed, runs.start, kind=RunKind.replacement))
    assert run.state is RunState.done, run.result
    changes = run.result["changes"]
    assert len(changes) == 1 + len(others)
    assert run.result["moved"] == 0
    assert {run.people[each["before"]] for each in changes} == {str(lost.account_id)}
    assert all(each["words"]["en"] for each in changes)
    act(fixed, adopting.adopt, run)
    after = {
        (s.submission_id, s.account_id)
        for s in seats(fixed)
        if s.state in {SeatState.planned, SeatState.accepted}
    }
    gone = {(seat.submission_id, seat.account_id) for seat in (lost, *others)}
    assert before - after == gone
    assert len(after) == len(before)
    assert {s.origin for s in seats(fixed) if s.state is SeatState.planned} == {SeatOrigin.replacement}


def test_two_of_one_organisation_by_hand_do_not_keep_other_seats_from_being_filled(
    make: Make, db: Session
) -> None:
    fixed = staffed(make, db, submissions=2, experts=8)
    house = make.organisation("同一单位")
    for person in fixed.experts[:2]:
        add(fixed, worked(person, house.organisation.id, ago(2)))
    for number in (0, 1):
        fixed.seat(0, number, SeatState.submitted)
    for number in (2, 3, 4):
        fixed.seat(1, number, SeatState.submitted)
    fixed.stage(Phase.review)
    run = compute(fixed, act(fixed, runs.start, kind=RunKind.replacement))
    assert run.state is RunState.done, run.result
    assert run.inputs["rules"]["of_one_organisation"] == 2
    assert act(fixed, adopting.adopt, run) == 1


@pytest.mark.parametrize("kind", [RunKind.replacement, RunKind.assignment])
def test_more_seats_by_hand_than_asked_for_all_stay_and_the_others_are_filled(
    make: Make, db: Session, kind: RunKind
) -> None:
    fixed = staffed(make, db, submissions=2, experts=8)
    by_hand = SeatState.submitted if kind is RunKind.replacement else SeatState.accepted
    for number in range(5):
        fixed.seat(0, number, by_hand)
    fixed.seat(1, 5, by_hand)
    fixed.stage(Phase.review if kind is RunKind.replacement else Phase.invitation)
    run = compute(fixed, act(fixed, runs.start, kind=kind))
    assert run.state is RunState.done, run.result
    assert not run.result["breaches"]
    assert act(fixed, adopting.adopt, run) == 2
    held = Counter(seat.submission_id for seat in seats(fixed))
    assert [held[one.id] for one in fixed.submissions] == [5, 3]


def test_a_new_run_takes_the_place_of_a_failed_one_but_not_of_a_draw(
    make: Make, db: Session, client: Client
) -> None:
    fixed = staffed(make, db, submissions=1, experts=3)
    base = f"/rounds/{fixed.round.id}/staffing"
    failed = act(fixed, runs.start, kind=RunKind.assignment)

    def fail(run: StaffingRun) -> None:
        row = fixed.fresh(run)
        row.state, row.state_reason = RunState.failed, runs.DEAD
        add(fixed, row)

    fixed.enter(client, fixed.secretary)
    assert 'name="kind"' not in client.get(base).text
    fail(failed)
    page = client.get(base).text
    assert 'name="kind"' in page
    assert "计算进程已中止" in page, "why it failed stands above the form"
    assert f'href="{base}#begin"' in client.get(f"{base}/{failed.id}").text
    assert client.post(base, data={"kind": "assignment"}).status_code == 303
    old = fixed.fresh(failed)
    assert (old.state, old.state_reason) == (RunState.cancelled, runs.SUPERSEDED)
    (new,) = [one for one in db.exec(select(StaffingRun)).all() if one.id != failed.id]
    act(fixed, runs.cancel, new, reason="改用抽取")
    draw = act(fixed, runs.promise)
    fail(draw)
    assert 'name="kind"' not in client.get(base).text
    assert client.post(base, data={"kind": "assignment"}).status_code == 409


def test_progress_is_told_while_a_worker_is_at_it_and_ends(make: Make, db: Session, client: Client) -> None:
    fixed = staffed(make, db, submissions=2, experts=6)
    run = act(fixed, runs.start, kind=RunKind.assignment)
    page = f"/rounds/{fixed.round.id}/staffing/{run.id}"
    fixed.enter(client, fixed.secretary)
    waiting = client.get(page).text
    assert f'hx-sse:connect="{page}/events"' in waiting
    assert "<noscript>" in waiting, "without script there is a link"
    compute(fixed, run)
    stream = client.get(f"{page}/events")
    assert "event: end" in stream.text
    assert "/events" not in client.get(page).text
    for person, status in ((fixed.experts[0], 404), (None, 303)):
        fixed.enter(client, person)
        assert client.get(f"{page}/events", follow_redirects=False).status_code == status


def test_runs_end_by_the_clock_and_can_be_begun_again(make: Make, db: Session) -> None:
    fixed = staffed(make, db, submissions=1, experts=3)
    run = act(fixed, runs.start, kind=RunKind.assignment)

    def later() -> None:
        row = fixed.fresh(run)
        row.deadline_at = now() - dt.timedelta(seconds=1)
        add(fixed, row)
        with transaction() as session:
            runs.run_deadlines(session)

    later()
    assert fixed.fresh(run).state is RunState.failed
    act(fixed, runs.again, run)
    with transaction() as session:
        assert working.begin(session, run.id) is None, "nothing is written down yet"
    with transaction() as session:
        working.prepare(session, run.id)
    with transaction() as session:
        asked = working.begin(session, run.id)
    with transaction() as session:
        assert working.begin(session, run.id) is None, "one worker at a time"
    later()
    assert fixed.fresh(run).state is RunState.failed, "the worker was killed"
    act(fixed, runs.again, run)
    with transaction() as session:
        working.prepare(session, run.id)
    with transaction() as session:
        second = working.begin(session, run.id)
    assert asked is not None
    assert second is not None
    with transaction() as session:
        working.finish(session, run.id, asked["attempt"], {"refused": {"en": "late"}})
    assert fixed.fresh(run).state is RunState.running, "what was given up is not taken"
    with transaction() as session:
        working.give_up(session, run.id, second["attempt"])
    later()
    assert fixed.fresh(run).state is RunState.cancelled, "nobody began it again"
    other = act(fixed, runs.promise)
    with pytest.raises(Invalid):
        act(fixed, runs.cancel, other, reason=" ")
    fixed.stage(Phase.over, RoundState.cancelled)
    with transaction() as session:
        runs.run_deadlines(session)
    assert fixed.fresh(other).state is RunState.cancelled


def test_who_is_in_conflict_with_one_submission_staffs_none(make: Make, db: Session) -> None:
    fixed = staffed(make, db, submissions=2, experts=4)
    add(fixed, worked(fixed.secretary, fixed.units[0].id, ago(1)))
    for verb, values in ((runs.start, {"kind": RunKind.assignment}), (runs.promise, {})):
        with pytest.raises(Forbidden):
            act(fixed, verb, **values)
    unit = db.exec(select(Affiliation).where(Affiliation.account_id == fixed.secretary.id)).one()
    db.delete(unit)
    db.commit()
    assert act(fixed, runs.promise).state is RunState.committed
