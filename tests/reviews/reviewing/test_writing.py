"""Acts on a seat: who may do what when, clashes of revisions, what stays on record."""

import datetime as dt
import uuid
from typing import Any

import pytest
from sqlmodel import Session, col, select

from portal.audit.models import AuditEvent
from portal.kit.clock import now
from portal.kit.errors import Conflict, Forbidden, Invalid, NotFound, SignInNeeded
from portal.notices.models import Notice
from portal.reviews.reviewing import actions, forms
from portal.reviews.reviewing.models import ReviewVersion, VersionOrigin
from portal.reviews.rounds import hooks
from portal.reviews.rounds.actions.common import locked, move_round
from portal.reviews.rounds.models import Phase, RoundState, Seat, SeatState
from tests.reviews.reviewing.conftest import MARKS, WORDS, Conflicts, review
from tests.reviews.rounds import Fixed
from tests.support.make import Person


def seat_of(found: Fixed, submission: int = 0, expert: int = 0) -> Seat:
    found.db.expire_all()
    return found.db.exec(
        select(Seat).where(
            Seat.submission_id == found.submissions[submission].id,
            Seat.account_id == found.experts[expert].id,
        )
    ).one()


def act(found: Fixed, verb: Any, person: Person | None = None, number: int = 1, **values: Any) -> Any:
    return found.do(verb, person or found.experts[0], round_id=found.round.id, number=number, **values)


def versions(found: Fixed) -> list[ReviewVersion]:
    found.db.expire_all()
    return list(found.db.exec(select(ReviewVersion).order_by(col(ReviewVersion.number))))


def end_phase(found: Fixed, phase: Phase = Phase.rebuttal) -> None:
    def move(db: Session, actor: Any) -> None:
        move_round(db, actor, locked(db, found.round.id), RoundState.closed, "system", phase=phase)

    found.do(move, None)


def give_back(found: Fixed, person: Person | None = None, alias: int = 1) -> Any:
    given = forms.ReturnForm(kind=forms.ReturnKind.short, reason="请就科学性补充依据")
    return act(found, actions.give_back, person or found.secretary, alias=alias, given=given)


def test_a_part_is_saved_and_the_whole_is_submitted(round_: Fixed) -> None:
    act(round_, actions.save, given=review(marks={"merit": 4.0}, answers={}, confidence=None))
    draft = seat_of(round_)
    assert (draft.state, draft.revision, draft.marks) == (SeatState.draft, 1, {"merit": 4.0})
    assert draft.score is None
    with pytest.raises(Invalid) as refused:
        act(round_, actions.submit, revision=1)
    assert set(refused.value.fields) == {"mark.use", "answer.strengths"}
    assert seat_of(round_).state is SeatState.draft
    act(round_, actions.save, given=review(1))
    done = act(round_, actions.submit, revision=2)
    assert done.state is SeatState.submitted
    assert done.score == pytest.approx((2 * 75 + 50) / 3)
    assert done.digest == forms.digest(review())
    (kept,) = versions(round_)
    assert (kept.marks, kept.answers, kept.score) == (MARKS, {"strengths": WORDS}, done.score)
    assert kept.digest == done.digest


def test_a_veto_is_kept_with_the_review(round_: Fixed) -> None:
    act(round_, actions.save, given=review(marks={"merit": 1, "use": 5}))
    done = act(round_, actions.submit, revision=1)
    assert done.vetoes == ["merit"]


def test_what_no_review_of_the_round_holds_is_refused(round_: Fixed) -> None:
    for given, field in (
        (review(marks={"merit": 2.5}), "mark.merit"),
        (review(marks={"fame": 3}), "mark.fame"),
        (review(answers={"gossip": "x"}), "answer.gossip"),
    ):
        with pytest.raises(Invalid) as refused:
            act(round_, actions.save, given=given)
        assert set(refused.value.fields) == {field}
    assert seat_of(round_).state is SeatState.accepted


def test_a_save_from_an_older_revision_is_refused_unless_it_says_the_same(round_: Fixed) -> None:
    act(round_, actions.save, given=review())
    act(round_, actions.save, given=review())  # the answer was lost, and the browser sends it again
    assert seat_of(round_).revision == 1
    with pytest.raises(actions.Outdated):
        act(round_, actions.save, given=review(private_note="另一窗口"))
    with pytest.raises(actions.Outdated):
        act(round_, actions.submit, revision=0)
    assert seat_of(round_).private_note == ""


def test_only_the_holder_of_the_seat_writes_and_nobody_learns_of_it(
    round_: Fixed, conflicts: Conflicts
) -> None:
    for person in (round_.experts[1], round_.applicants[0], round_.secretary):
        for verb, values in (
            (actions.save, {"given": review()}),
            (actions.submit, {"revision": 0}),
            (actions.reopen, {}),
            (actions.recuse, {"reason": "无"}),
        ):
            with pytest.raises(NotFound):
                act(round_, verb, person, **values)
    with pytest.raises(SignInNeeded):
        round_.do(actions.save, None, round_id=round_.round.id, number=1, given=review())
    with pytest.raises(NotFound):
        act(round_, actions.save, number=9, given=review())
    conflicts.add((round_.experts[0].id, round_.submissions[0].id))
    with pytest.raises(NotFound):
        act(round_, actions.save, given=review())


@pytest.mark.parametrize("phase", [Phase.rebuttal, Phase.discussion, Phase.panel, Phase.conclusion])
def test_nothing_is_written_after_the_phase(round_: Fixed, phase: Phase) -> None:
    round_.stage(phase)
    for verb, values in ((actions.save, {"given": review()}), (actions.submit, {"revision": 0})):
        with pytest.raises(Conflict):
            act(round_, verb, **values)


def test_the_seats_own_deadline_counts(round_: Fixed) -> None:
    seat = seat_of(round_)
    seat.deadline_at = now() - dt.timedelta(seconds=1)
    round_.db.add(seat)
    round_.db.commit()
    with pytest.raises(Conflict):
        act(round_, actions.save, given=review())


def test_a_change_after_submission_counts_only_once_submitted(round_: Fixed) -> None:
    act(round_, actions.save, given=review())
    first = act(round_, actions.submit, revision=1)
    with pytest.raises(Conflict):
        act(round_, actions.save, given=review(1, private_note="改"))
    act(round_, actions.reopen)
    act(round_, actions.save, given=review(1, marks={"merit": 1, "use": 1}, auto_submit=False))
    open_ = seat_of(round_)
    assert (open_.state, open_.score, open_.digest) == (SeatState.draft, first.score, first.digest)
    act(round_, actions.keep)
    assert seat_of(round_).marks == MARKS
    act(round_, actions.reopen)
    act(round_, actions.save, given=review(3, marks={"merit": 5, "use": 5}))
    act(round_, actions.submit, revision=4)
    assert [(row.number, row.score) for row in versions(round_)] == [(1, first.score), (2, 100.0)]


@pytest.mark.parametrize(("auto", "marks"), [(True, {"merit": 5, "use": 5}), (False, MARKS)])
def test_the_clock_submits_a_complete_draft_or_restores_what_was_submitted(
    round_: Fixed, auto: bool, marks: dict[str, float]
) -> None:
    act(round_, actions.save, given=review())
    act(round_, actions.submit, revision=1)
    act(round_, actions.reopen)
    act(round_, actions.save, given=review(1, marks={"merit": 5, "use": 5}, auto_submit=auto))
    end_phase(round_)
    seat = seat_of(round_)
    assert (seat.state, seat.marks) == (SeatState.locked, marks)
    assert versions(round_)[-1].origin is (VersionOrigin.clock if auto else VersionOrigin.hand)
    assert seat.digest == versions(round_)[-1].digest


def test_the_clock_ends_every_seat(round_: Fixed) -> None:
    round_.seat(0, 1, SeatState.draft, marks=MARKS)  # no answer: not complete
    round_.seat(0, 2, SeatState.draft, marks=MARKS, answers={"strengths": WORDS})
    round_.seat(0, 3, SeatState.invited)
    end_phase(round_)
    ends = [seat_of(round_, 0, n).state for n in range(4)]
    assert ends == [SeatState.expired, SeatState.expired, SeatState.locked, SeatState.expired]
    assert seat_of(round_, 0, 2).score is not None


def test_a_seat_ends_by_its_own_deadline_too(round_: Fixed) -> None:
    seat = seat_of(round_)
    seat.deadline_at = now() - dt.timedelta(minutes=1)
    round_.db.add(seat)
    round_.db.commit()
    round_.seat(1, 1, SeatState.submitted)
    assert round_.do(lambda db, _actor: actions.run_deadlines(db), None) == 1
    assert seat_of(round_).state is SeatState.expired
    assert seat_of(round_, 1, 1).state is SeatState.submitted


def test_the_secretariat_returns_a_review_and_what_was_submitted_still_counts(round_: Fixed) -> None:
    act(round_, actions.save, given=review())
    act(round_, actions.submit, revision=1)
    with pytest.raises(Forbidden):
        give_back(round_, round_.experts[1])
    give_back(round_)
    seat = seat_of(round_)
    assert seat.state is SeatState.returned
    assert "请就科学性补充依据" in seat.state_reason
    act(round_, actions.save, given=review(1, marks={"merit": 2}, auto_submit=False))
    end_phase(round_)
    assert (seat_of(round_).state, seat_of(round_).marks) == (SeatState.locked, MARKS)
    told = round_.db.exec(select(Notice).where(Notice.account_id == round_.experts[0].id)).all()
    assert len(told) == 2
    with pytest.raises(Conflict):
        give_back(round_)


def test_a_secretary_in_conflict_returns_nothing(round_: Fixed, conflicts: Conflicts) -> None:
    act(round_, actions.save, given=review())
    act(round_, actions.submit, revision=1)
    conflicts.add((round_.secretary.id, round_.submissions[0].id))
    with pytest.raises(NotFound):
        give_back(round_)


def test_stepping_out_tells_the_secretariat_and_whoever_fills_seats(
    round_: Fixed, monkeypatch: pytest.MonkeyPatch, conflicts: Conflicts
) -> None:
    left: list[uuid.UUID] = []
    monkeypatch.setattr(hooks, "_recused", [lambda _db, _actor, seat: left.append(seat.id)])
    round_.seat(1, 0, SeatState.draft)
    conflicts.add((round_.experts[0].id, round_.submissions[0].id))
    act(round_, actions.recuse, reason="与申报人合作")
    act(round_, actions.decline, number=2, reason="没有时间")
    assert left == [seat_of(round_).id, seat_of(round_, 1).id]
    assert (seat_of(round_).state, seat_of(round_, 1).state) == (SeatState.recused, SeatState.declined)
    with pytest.raises(NotFound):
        act(round_, actions.save, number=2, given=review())
    told = round_.db.exec(select(Notice).where(Notice.account_id == round_.secretary.id)).all()
    assert len(told) == 2
    assert "专家1" not in str([(row.message, row.params) for row in told])


def test_a_conflict_found_after_the_lock_is_for_the_secretariat_to_judge(round_: Fixed) -> None:
    act(round_, actions.save, given=review())
    act(round_, actions.submit, revision=1)
    end_phase(round_)
    act(round_, actions.recuse, reason="刚得知同组")
    assert seat_of(round_).state is SeatState.locked
    act(round_, actions.discount, round_.secretary, alias=1, reason="属实")
    assert seat_of(round_).state is SeatState.recused
    assert versions(round_)


def test_every_move_is_in_the_audit_log(round_: Fixed) -> None:
    act(round_, actions.save, given=review())
    act(round_, actions.submit, revision=1)
    act(round_, actions.reopen)
    act(round_, actions.recuse, reason="合作")
    verbs = round_.db.exec(
        select(AuditEvent.verb)
        .where(AuditEvent.object_id == str(seat_of(round_).id))
        .order_by(col(AuditEvent.seq))
    ).all()
    assert verbs == [f"review_seat.{word}" for word in ("draft", "submitted", "draft", "recused")]
