"""What the clock does: phases, expiry, lapsing, reminders; ends that are moved by decision and by rule."""

import datetime as dt

import pytest

from portal.kit.clock import now
from portal.kit.errors import Conflict, Forbidden, Invalid
from portal.reviews.rounds.actions import deadlines, lifecycle
from portal.reviews.rounds.forms import ExtendForm, OutageForm
from portal.reviews.rounds.models import COUNTED, InvitationState, Phase, RoundState, SeatState
from portal.reviews.rounds.queries import running
from tests.reviews.desk.conftest import Desk, phase_of


def test_nobody_carries_a_draft_on(desk: Desk) -> None:
    assert desk.clock() == 0
    desk.pass_time(share=0.6)
    assert (desk.clock(), desk.clock()) == (1, 0)
    assert deadlines.LATE_ROUND in desk.notices(desk.secretary)
    desk.pass_time()
    assert desk.clock() == 1
    assert desk.fresh(desk.round).state is RoundState.lapsed
    assert desk.clock() == 0


def test_reviews_begin_by_the_clock_with_whoever_accepted(desk: Desk) -> None:
    desk.begun()
    first, second, _third = desk.experts
    desk.accept(first)
    desk.pass_time(desk.round, desk.invitation(second), desk.invitation(desk.experts[2]))
    desk.clock()
    assert phase_of(desk) is Phase.review
    assert desk.invitation(second).state is InvitationState.expired
    assert {seat.state for seat in desk.seats(second)} == {SeatState.expired}
    assert {seat.state for seat in desk.seats(first)} == {SeatState.accepted}
    assert deadlines.UNFILLED in desk.notices(desk.secretary)


def test_a_round_in_which_nobody_accepts_lapses(desk: Desk) -> None:
    desk.begun()
    desk.pass_time(desk.round, *(desk.invitation(person) for person in desk.experts))
    desk.clock()
    assert desk.fresh(desk.round).state is RoundState.lapsed
    assert lifecycle.LAPSED in desk.notices(desk.secretary)


def test_reviews_close_by_the_clock_and_what_is_missing_is_over(desk: Desk) -> None:
    desk.begun(people=2)
    desk.accept(*desk.experts[:2])
    desk.do(lifecycle.open_reviews, desk.secretary, round_id=desk.round.id)
    done = desk.seats(desk.experts[0])[0]
    done.state = SeatState.submitted
    desk.db.add(done)
    desk.db.commit()
    desk.pass_time()
    desk.clock()
    assert phase_of(desk) is Phase.rebuttal
    assert sum(seat.state in COUNTED for seat in desk.seats(desk.experts[0])) == 1
    assert {seat.state for seat in desk.seats(desk.experts[1])} == {SeatState.expired}
    for following in (Phase.discussion, Phase.panel, Phase.conclusion):
        desk.pass_time()
        desk.clock()
        assert phase_of(desk) is following
    desk.pass_time()
    desk.clock()
    assert desk.fresh(desk.round).state is RoundState.lapsed
    assert {seat.state for seat in desk.seats(desk.experts[0])} == {SeatState.locked, SeatState.expired}


def test_late_people_are_reminded_twice_and_the_secretariat_learns(desk: Desk) -> None:
    desk.begun(people=2)
    first, second = desk.experts[:2]
    desk.accept(first)
    before = len(desk.mails(second))
    assert desk.clock() == 0
    desk.pass_time(desk.invitation(second), desk.round, share=0.6)
    assert (desk.clock(), desk.clock()) == (2, 0)
    desk.pass_time(desk.invitation(second), desk.round, share=0.3)
    assert (desk.clock(), desk.clock()) == (2, 0)
    assert len(desk.mails(second)) == before + 2
    assert len(desk.mails(first)) == 1
    assert desk.notices(desk.secretary).count(deadlines.LATE_ANSWERS) == 2
    desk.accept(second)
    desk.do(lifecycle.open_reviews, desk.secretary, round_id=desk.round.id)
    desk.pass_time(desk.round, *desk.seats(first), share=0.6)
    before = len(desk.mails(first))
    assert desk.clock() == 2
    assert desk.clock() == 0
    assert len(desk.mails(first)) == before + 1
    assert desk.notices(desk.secretary).count(deadlines.LATE_REVIEWS) == 1


def test_an_extension_moves_everything_that_depends_on_it(desk: Desk) -> None:
    desk.begun(people=2)
    first, second = desk.experts[:2]
    desk.accept(first)
    row = desk.fresh(desk.round)
    end, until = row.deadline_at, row.review_until
    asked = desk.invitation(second).deadline_at
    three = dt.timedelta(days=3)
    given = ExtendForm(until=end + three, reason="多位专家出差在外")
    with pytest.raises(Forbidden):
        desk.do(deadlines.extend, first, round_id=row.id, given=given)
    for wrong in (end, end - three, now() + dt.timedelta(days=400)):
        bad = ExtendForm(until=wrong, reason="多位专家出差在外")
        with pytest.raises(Invalid):
            desk.do(deadlines.extend, desk.secretary, round_id=row.id, given=bad)
    made = desk.do(deadlines.extend, desk.secretary, round_id=row.id, given=given)
    row = desk.fresh(desk.round)
    assert (row.deadline_at, row.review_until) == (end + three, until + three)
    assert made.minutes == 3 * 24 * 60
    assert desk.invitation(second).deadline_at == asked + three  # type: ignore[operator]
    assert {seat.deadline_at for seat in desk.seats(first)} == {until + three}
    assert "多位专家出差在外" in desk.mails(second)[-1].body


def test_outages_are_added_by_rule_and_counted_once(desk: Desk) -> None:
    row = desk.fresh(desk.round)
    row.state_at -= dt.timedelta(hours=5)
    desk.db.add(row)
    desk.db.commit()
    end, begin = row.deadline_at, row.state_at
    outage = OutageForm(
        began=begin - dt.timedelta(hours=1), ended=begin + dt.timedelta(minutes=90), reason="机房断电"
    )
    desk.do(deadlines.add_outage, desk.secretary, round_id=row.id, given=outage)
    assert desk.fresh(desk.round).deadline_at == end + dt.timedelta(minutes=90)
    with pytest.raises(Invalid):
        desk.do(deadlines.add_outage, desk.secretary, round_id=row.id, given=outage)
    before = OutageForm(
        began=begin - dt.timedelta(hours=3), ended=begin - dt.timedelta(hours=2), reason="机房断电"
    )
    with pytest.raises(Invalid):
        desk.do(deadlines.add_outage, desk.secretary, round_id=row.id, given=before)
    assert [delay.minutes for delay in running.delays(desk.db, row.id)] == [90]
    desk.do(lifecycle.cancel, desk.secretary, round_id=row.id, reason="不再进行")
    later = ExtendForm(until=now() + dt.timedelta(days=9), reason="继续进行")
    with pytest.raises(Conflict):
        desk.do(deadlines.extend, desk.secretary, round_id=row.id, given=later)
