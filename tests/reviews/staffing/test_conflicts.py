"""Conflicts as they are stored: found, decided, remembered, found later in a seat, declared by the reviewer."""

import uuid

import pytest
from sqlmodel import Session, select

from portal.kit.errors import Forbidden, Invalid, NotFound
from portal.notices.models import Notice
from portal.reviews.conflicts.grounds import Ground
from portal.reviews.rounds.models import (
    Invitation,
    InvitationState,
    Phase,
    Round,
    SeatState,
    Submission,
    SubmissionPerson,
)
from portal.reviews.rounds.standing import standing_of
from portal.reviews.staffing.actions import notes as actions
from portal.reviews.staffing.checker import conflicted
from portal.reviews.staffing.models import ConflictNote, Verdict
from tests.reviews.rounds import Fixed, fixed_round
from tests.reviews.staffing.test_checker import add, ago, worked
from tests.support.make import Make

WHY = "核实为同名不同人，身份证号与单位均不同。"


@pytest.fixture
def fixed(make: Make, db: Session) -> Fixed:
    """The first expert works at the first applicant's organisation, the second has the name of an applicant."""
    found = fixed_round(make, db, submissions=2, experts=3)
    add(found, worked(found.experts[0], found.units[0].id, ago(1)))
    namesake = SubmissionPerson(submission_id=found.submissions[0].id, name=found.experts[1].account.name)
    add(found, namesake)
    return found


def notes(fixed: Fixed) -> dict[tuple[uuid.UUID, Ground], ConflictNote]:
    fixed.db.expire_all()
    return {(row.round_id, row.ground): row for row in fixed.db.exec(select(ConflictNote)).all()}


def looked(fixed: Fixed, round_: Round | None = None) -> actions.Looked:
    found: actions.Looked = fixed.do(actions.look_anew, fixed.secretary, round_id=(round_ or fixed.round).id)
    return found


def decide(fixed: Fixed, note: ConflictNote, verdict: Verdict, reason: str = WHY) -> None:
    fixed.do(
        actions.decide,
        fixed.secretary,
        round_id=note.round_id,
        note_id=note.id,
        verdict=verdict,
        reason=reason,
    )


def test_found_decided_and_gone(fixed: Fixed) -> None:
    assert looked(fixed) == actions.Looked(new=2, hard=1, recused=0)
    assert looked(fixed).new == 0, "looking again finds nothing new"
    hard = notes(fixed)[(fixed.round.id, Ground.same_organisation)]
    soft = notes(fixed)[(fixed.round.id, Ground.namesake)]
    assert hard.shown["organisation"] == fixed.units[0].organisation.name
    entry, expert = fixed.submissions[0].id, fixed.experts[0].id
    assert conflicted(fixed.db, expert, [entry])
    with pytest.raises(Invalid):
        decide(fixed, hard, Verdict.dismissed, "误报")
    with pytest.raises(Forbidden):
        fixed.do(actions.decide, fixed.experts[0], round_id=fixed.round.id, note_id=hard.id,
                 verdict=Verdict.dismissed, reason=WHY)  # fmt: skip
    decide(fixed, hard, Verdict.dismissed)
    assert not conflicted(fixed.db, expert, [entry])
    decide(fixed, soft, Verdict.confirmed, "确为同一人")
    assert conflicted(fixed.db, fixed.experts[1].id, [entry]), "a soft one that is confirmed keeps away, too"
    row = fixed.db.exec(select(SubmissionPerson).where(SubmissionPerson.account_id.is_(None))).one()
    fixed.db.delete(row)
    fixed.db.commit()
    looked(fixed)
    assert notes(fixed)[(fixed.round.id, Ground.namesake)].gone_at is not None


def test_a_decision_is_remembered_and_new_facts_are_looked_at_anew(fixed: Fixed) -> None:
    looked(fixed)
    first = notes(fixed)
    decide(fixed, first[(fixed.round.id, Ground.same_organisation)], Verdict.dismissed)
    decide(fixed, first[(fixed.round.id, Ground.namesake)], Verdict.dismissed)
    later = Round(title_zh="下一轮", created_by=fixed.secretary.id, shape=fixed.round.shape)
    add(fixed, later)
    entry = Submission(round_id=later.id, number=1, title="再次申报")
    add(fixed, entry)
    applicant, twin = fixed.applicants[0], fixed.experts[1].account.name
    add(
        fixed,
        SubmissionPerson(submission_id=entry.id, account_id=applicant.id, name=applicant.account.name,
                         organisation_id=fixed.units[0].id),
        SubmissionPerson(submission_id=entry.id, name=twin, organisation_name="另一家单位"),
        *(Invitation(round_id=later.id, account_id=expert.id, state=InvitationState.planned)
          for expert in fixed.experts[:2]),
    )  # fmt: skip
    looked(fixed, later)
    found = notes(fixed)
    same = found[(later.id, Ground.same_organisation)]
    assert (same.verdict, same.remembered, same.reason) == (Verdict.dismissed, True, WHY)
    assert not conflicted(fixed.db, fixed.experts[0].id, [entry.id])
    assert found[(later.id, Ground.namesake)].verdict is Verdict.open, (
        "a namesake elsewhere is another person"
    )
    decide(fixed, same, Verdict.confirmed, "复核后确认为在职人员")
    assert notes(fixed)[(fixed.round.id, Ground.same_organisation)].verdict is Verdict.confirmed


def test_a_conflict_found_later_takes_the_seat(fixed: Fixed) -> None:
    seat = fixed.seat(0, 0, SeatState.draft)
    other = fixed.seat(1, 0, SeatState.draft)
    assert standing_of(fixed.db, fixed.actor(fixed.experts[0]), fixed.round).reviews(fixed.submissions[1].id)
    assert not standing_of(fixed.db, fixed.actor(fixed.experts[0]), fixed.round).reviews(
        fixed.submissions[0].id
    )
    assert looked(fixed).recused == 1
    assert fixed.fresh(seat).state is SeatState.recused
    assert fixed.fresh(other).state is SeatState.draft
    told = fixed.db.exec(select(Notice)).all()
    assert {notice.account_id for notice in told} == {fixed.secretary.id, fixed.experts[0].id}
    assert not any(fixed.experts[0].account.name in str(notice.params) for notice in told)
    assert looked(fixed).recused == 0


def test_locked_reviews_wait_for_a_decision_of_the_secretariat(fixed: Fixed) -> None:
    seat = fixed.seat(0, 0, SeatState.locked)
    fixed.stage(Phase.conclusion)
    assert looked(fixed).recused == 0
    assert fixed.fresh(seat).state is SeatState.locked
    decide(fixed, notes(fixed)[(fixed.round.id, Ground.same_organisation)], Verdict.confirmed)
    assert fixed.fresh(seat).state is SeatState.recused


def test_what_a_reviewer_declares_counts_as_confirmed(fixed: Fixed) -> None:
    entry, expert = fixed.submissions[1].id, fixed.experts[2]
    assert not conflicted(fixed.db, expert.id, [entry])
    values = {"submission_id": entry, "account_id": expert.id, "reason": "曾任其项目顾问"}
    for _time in range(2):
        fixed.do(actions.declare, expert, **values)
    assert conflicted(fixed.db, expert.id, [entry])
    note = notes(fixed)[(fixed.round.id, Ground.declared)]
    assert (note.verdict, note.decided_by) == (Verdict.confirmed, expert.id)
    looked(fixed)
    assert notes(fixed)[(fixed.round.id, Ground.declared)].gone_at is None


def test_nobody_decides_about_himself_or_what_he_may_not_see(fixed: Fixed) -> None:
    secretary = fixed.secretary
    add(fixed, Invitation(round_id=fixed.round.id, account_id=secretary.id, state=InvitationState.accepted))
    add(fixed, worked(secretary, fixed.units[1].id, ago(1)))
    looked(fixed)
    own = fixed.db.exec(select(ConflictNote).where(ConflictNote.account_id == secretary.id)).one()
    with pytest.raises(NotFound):
        decide(fixed, own, Verdict.dismissed)
    other = fixed.make.account("副秘书长", roles=("secretariat",))
    fixed.do(
        actions.decide, other, round_id=fixed.round.id, note_id=own.id, verdict=Verdict.dismissed, reason=WHY
    )
    assert not conflicted(fixed.db, secretary.id, [fixed.submissions[1].id])
