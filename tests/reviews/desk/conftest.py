"""A round in preparation with experts of the pool, and ways to move its clock."""

from typing import Any

import pytest
from sqlmodel import Session, col, select

from portal.kit.db import transaction
from portal.notices.models import Mail, Notice
from portal.reviews.rounds import standing
from portal.reviews.rounds.actions import deadlines, drafting, invitations, lifecycle, submissions, templates
from portal.reviews.rounds.forms import NewRoundForm, PersonForm, SeatForm, SubmissionForm
from portal.reviews.rounds.models import Invitation, Phase, Seat
from portal.reviews.rounds.shape import Shape
from tests.reviews.rounds import SHAPE, Fixed, expert
from tests.support.make import Make, Person

TEXT = "本申报提出一种基于多时相影像的建设用地变化识别方法，说明数据、步骤与验证。"


class Desk(Fixed):
    """A round made by the verbs themselves."""

    def enter_text(self, title: str = "申报之一：建设用地变化", **values: Any) -> Any:
        given = SubmissionForm(title=title, text=TEXT, **values)
        return self.do(submissions.enter_text, self.secretary, round_id=self.round.id, given=given)

    def give(self, number: int, person: Person) -> Seat:
        given = SeatForm(expert=person.namespace.slug, number=number)
        seat: Seat = self.do(invitations.give, self.secretary, round_id=self.round.id, given=given)
        return seat

    def begun(self, entries: int = 2, people: int = 3) -> None:
        """Submissions of one applicant each, every expert at each of them, and the invitations out."""
        for number in range(1, entries + 1):
            entry = self.enter_text(f"第{number}号申报：城市体检指标")
            self.submissions.append(entry)
            self.applicants.append(self.make.account(f"申报人{number}"))
            given = PersonForm(person=self.applicants[-1].namespace.slug)
            self.do(
                submissions.add_person, self.secretary, round_id=self.round.id, number=number, given=given
            )
            for person in self.experts[:people]:
                self.give(number, person)
        self.do(lifecycle.begin_inviting, self.secretary, round_id=self.round.id)

    def accept(self, *people: Person) -> None:
        for person in people:
            given = invitations.AnswerForm(accept=True, pledge=True)
            self.do(invitations.answer, person, invitation_id=self.invitation(person).id, given=given)

    def invitation(self, person: Person) -> Invitation:
        self.db.expire_all()
        return self.db.exec(select(Invitation).where(Invitation.account_id == person.id)).one()

    def seats(self, person: Person) -> list[Seat]:
        self.db.expire_all()
        return list(
            self.db.exec(
                select(Seat).where(Seat.account_id == person.id).order_by(col(Seat.submission_id))
            ).all()
        )

    def pass_time(self, *rows: Any, share: float = 1.01) -> None:
        """Move begin and end of rows back, so that this share of their time is over."""
        for row in rows or (self.round,):
            row = self.fresh(row)
            begin = next(
                getattr(row, name) for name in ("state_at", "sent_at") if getattr(row, name, None) is not None
            )
            by = (row.deadline_at - begin) * share
            for name in ("state_at", "sent_at", "deadline_at", "created_at", "review_until"):
                if getattr(row, name, None) is not None:
                    setattr(row, name, getattr(row, name) - by)
            self.db.add(row)
            self.db.commit()

    def clock(self) -> int:
        with transaction() as db:
            return deadlines.run(db)

    def mails(self, person: Person) -> list[Mail]:
        self.db.expire_all()
        statement = select(Mail).where(Mail.recipient == person.account.email).order_by(col(Mail.id))
        return list(self.db.exec(statement).all())

    def notices(self, person: Person) -> list[str]:
        self.db.expire_all()
        statement = select(Notice).where(Notice.account_id == person.id).order_by(col(Notice.id))
        return [row.message for row in self.db.exec(statement).all()]


@pytest.fixture(autouse=True)
def conflicts(monkeypatch: pytest.MonkeyPatch) -> set[Any]:
    """Pairs (account, submission) in conflict; a test adds its own."""
    pairs: set[Any] = set()

    def checker(_db: Any, account: Any, asked: Any) -> frozenset[Any]:
        return frozenset(key for key in asked if (account, key) in pairs)

    monkeypatch.setattr(standing, "_checkers", [checker])
    return pairs


@pytest.fixture
def desk(make: Make, db: Session) -> Desk:
    secretary = make.account("秘书长", roles=("secretariat",))
    found = Desk(make, db, secretary, None)  # type: ignore[arg-type]
    found.do(templates.load_shipped, None)
    given = NewRoundForm(title_zh="规划实施监测算法评审", template="mail-review", public=True)
    found.round = found.do(drafting.create, secretary, given=given)
    shape = Shape.model_validate(SHAPE | {"staffing": {"reviews": 2, "seniors": 0}})
    found.do(drafting.shape, secretary, round_id=found.round.id, given=shape)
    for name in ("专家一", "专家二", "专家三"):
        found.experts.append(expert(found, name))
    return found


def phase_of(desk: Desk) -> Phase:
    phase: Phase = desk.fresh(desk.round).phase
    return phase
