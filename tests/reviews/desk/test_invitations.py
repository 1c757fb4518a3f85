"""Invitations: one mail, two links that answer only when a button is pressed, once and in time; no conflicts."""

import re
from typing import Any

import pytest
from sqlmodel import col, select

from portal.kit.actor import SYSTEM
from portal.kit.errors import Clash, Conflict, NotFound
from portal.reviews.rounds.actions import deadlines, invitations, lifecycle
from portal.reviews.rounds.actions.common import give_seat
from portal.reviews.rounds.forms import AnswerForm
from portal.reviews.rounds.models import DeclineReason, InvitationState, SeatOrigin, SeatState, Submission
from tests.reviews.desk.conftest import Desk

YES = AnswerForm(accept=True, pledge=True)
NO = AnswerForm(accept=False, declined_for=DeclineReason.time, reason="近期出差", suggestion="某某教授")


def links(desk: Desk, person: Any) -> list[str]:
    """The two links in the mail, as paths."""
    return re.findall(r"https?://[^/\s]+(/reviews/answer/\S+)", desk.mails(person)[-1].body)


def test_one_mail_for_a_whole_round(desk: Desk) -> None:
    desk.begun(entries=2)
    for person in desk.experts:
        assert len(desk.mails(person)) == 1
        accept, decline = links(desk, person)
        assert decline == f"{accept}/decline"
        assert "2" in desk.mails(person)[0].body
        secret = accept.rsplit("/", 1)[1]
        assert desk.invitation(person).token_digest not in (None, secret)
        assert {seat.state for seat in desk.seats(person)} == {SeatState.invited}


def test_answering_moves_the_seats_and_nobody_answers_for_another(desk: Desk) -> None:
    desk.begun()
    first, second, third = desk.experts
    key = desk.invitation(first).id
    for other in (second, desk.secretary):
        with pytest.raises(NotFound):
            desk.do(invitations.answer, other, invitation_id=key, given=YES)
    row = desk.do(invitations.answer, first, invitation_id=key, given=YES)
    assert row.pledged_at is not None
    assert row.token_digest is None
    until = desk.fresh(desk.round).review_until
    assert {(seat.state, seat.deadline_at) for seat in desk.seats(first)} == {(SeatState.accepted, until)}
    with pytest.raises(Conflict):
        desk.do(invitations.answer, first, invitation_id=key, given=YES)
    row = desk.do(invitations.answer, second, invitation_id=desk.invitation(second).id, given=NO)
    assert (row.declined_for, row.reason, row.suggestion) == (DeclineReason.time, "近期出差", "某某教授")
    assert {seat.state for seat in desk.seats(second)} == {SeatState.declined}
    assert invitations.DECLINED in desk.notices(desk.secretary)
    desk.do(invitations.answer, first, invitation_id=key, given=AnswerForm(accept=False))
    assert {seat.state for seat in desk.seats(first)} == {SeatState.declined}
    desk.do(
        invitations.withdraw, desk.secretary,
        round_id=desk.round.id, invitation_id=desk.invitation(third).id, reason="人选调整",
    )  # fmt: skip
    assert desk.invitation(third).state is InvitationState.withdrawn
    with pytest.raises(NotFound):
        desk.do(invitations.answer, third, invitation_id=desk.invitation(third).id, given=YES)


def test_whoever_delivered_a_review_does_not_step_out_of_the_round(desk: Desk) -> None:
    desk.begun()
    person = desk.experts[0]
    desk.accept(person)
    seat = desk.seats(person)[0]
    seat.state = SeatState.submitted
    desk.db.add(seat)
    desk.db.commit()
    with pytest.raises(Conflict):
        desk.do(invitations.answer, person, invitation_id=desk.invitation(person).id, given=NO)


def test_seats_in_conflict_are_not_invited_but_reported(desk: Desk, conflicts: set[Any]) -> None:
    first, second, third = desk.experts
    entries = [desk.enter_text(f"第{n}份申报材料") for n in (1, 2)]
    for number in (1, 2):
        for person in desk.experts:
            desk.give(number, person)
    conflicts |= {(first.id, entries[0].id), (second.id, entries[0].id), (second.id, entries[1].id)}
    sent = desk.do(lifecycle.begin_inviting, desk.secretary, round_id=desk.round.id)
    assert set(sent.asked) == {first.id, third.id}
    assert len(sent.conflicted) == 3
    assert invitations.IN_CONFLICT in desk.notices(desk.secretary)
    assert [seat.state for seat in desk.seats(first)] == [SeatState.recused, SeatState.invited]
    assert desk.invitation(second).state is InvitationState.withdrawn
    assert desk.mails(second) == []
    conflicts.add((third.id, entries[0].id))
    desk.accept(third)
    assert [seat.state for seat in desk.seats(third)] == [SeatState.recused, SeatState.accepted]


def test_seats_by_hand_need_an_expert_without_conflict(desk: Desk, conflicts: set[Any]) -> None:
    entry = desk.enter_text()
    outsider = desk.make.account("不在库")
    with pytest.raises(Clash):
        desk.give(1, outsider)
    conflicts.add((desk.experts[0].id, entry.id))
    with pytest.raises(Clash):
        desk.give(1, desk.experts[0])
    desk.give(1, desk.experts[1])
    with pytest.raises(Clash):
        desk.give(1, desk.experts[1])
    with pytest.raises(Clash):
        desk.do(invitations.plan, desk.secretary, round_id=desk.round.id, experts=[outsider.namespace.slug])


def test_a_replacement_is_asked_while_the_reviews_run(desk: Desk) -> None:
    desk.begun(people=2)
    desk.accept(*desk.experts[:2])
    desk.do(lifecycle.open_reviews, desk.secretary, round_id=desk.round.id)
    late = desk.experts[2]
    desk.give(1, late)
    sent = desk.do(invitations.send, desk.secretary, round_id=desk.round.id)
    assert sent.asked == [late.id]
    row, round_ = desk.invitation(late), desk.fresh(desk.round)
    assert row.deadline_at is not None
    assert row.deadline_at < round_.deadline_at
    desk.accept(late)
    desk.give(2, late)
    assert {seat.state for seat in desk.seats(late)} == {SeatState.accepted}
    assert desk.notices(late)[-1] == invitations.MORE
    assert "/me/reviews" in desk.mails(late)[-1].body


def test_seats_from_a_run_follow_an_accepted_invitation_when_sent(desk: Desk, conflicts: set[Any]) -> None:
    """As a replacement leaves them: planned. Whoever accepted is told of the work, and of none in conflict."""
    desk.begun(people=2, entries=3)
    person = desk.experts[2]
    desk.give(1, person)
    desk.do(invitations.send, desk.secretary, round_id=desk.round.id)
    desk.accept(person)
    entries = list(desk.db.exec(select(Submission).order_by(col(Submission.number))))
    for entry in entries[1:]:
        give_seat(desk.db, SYSTEM, entry, person.id, origin=SeatOrigin.replacement)
    desk.db.commit()
    conflicts.add((person.id, entries[2].id))
    before = len(desk.mails(person))
    sent = desk.do(invitations.send, desk.secretary, round_id=desk.round.id)
    assert (sent.asked, sent.added, sent.conflicted) == ([], [entries[1].id], [entries[2].id])
    states = {seat.submission_id: seat.state for seat in desk.seats(person)}
    assert [states[entry.id] for entry in entries] == [
        SeatState.accepted, SeatState.accepted, SeatState.recused,
    ]  # fmt: skip
    assert len(desk.mails(person)) == before + 1
    assert desk.do(invitations.send, desk.secretary, round_id=desk.round.id).added == []
    assert len(desk.mails(person)) == before + 1


def test_a_secretary_in_conflict_is_told_no_numbers_and_opens_nothing_early(
    desk: Desk, conflicts: set[Any]
) -> None:
    other = desk.make.account("副秘书长", roles=("secretariat",))
    desk.begun(entries=1)
    conflicts.add((other.id, desk.submissions[0].id))
    desk.accept(*desk.experts[:2])
    desk.do(invitations.answer, desk.experts[2], invitation_id=desk.invitation(desk.experts[2]).id, given=NO)
    assert invitations.DECLINED in desk.notices(desk.secretary)
    assert invitations.DECLINED not in desk.notices(other)
    with pytest.raises(Conflict):
        desk.do(lifecycle.open_reviews, other, round_id=desk.round.id)
    desk.do(lifecycle.open_reviews, desk.secretary, round_id=desk.round.id)
    with pytest.raises(Conflict) as refused:
        desk.do(lifecycle.close_reviews, other, round_id=desk.round.id)
    assert "2" not in str(refused.value)
    desk.pass_time(desk.round, share=0.6)
    desk.clock()
    assert deadlines.LATE_REVIEWS in desk.notices(desk.secretary)
    assert deadlines.LATE_REVIEWS not in desk.notices(other)
