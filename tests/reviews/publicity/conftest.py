"""People around a public notice."""

import datetime as dt
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from sqlmodel import Session

from portal.kit.clock import SHANGHAI, now
from portal.reviews.publicity import parties
from portal.reviews.publicity.actions import notices, objections
from portal.reviews.publicity.forms import NoticeForm, ObjectionForm
from portal.reviews.publicity.models import Ground, Objection, PublicNotice
from tests.reviews.rounds import Fixed, fixed_round, some_id
from tests.support.make import Make, Person

KIND = "thing"
BODY = "现将评审结果予以公示，公示期内可实名提出异议。"
GROUNDS = "公示所列成果的实测数据与公开底图不一致，见附图三。"
BEFORE_NATIONAL_DAY = dt.datetime(2026, 9, 28, 9, tzinfo=SHANGHAI)


@dataclass
class Board:
    """A secretary, one who has part in the subject, an auditor, members with and without a verified organisation."""

    at: Fixed
    subject: uuid.UUID
    colleague: Person
    party: Person
    auditor: Person
    member: Person
    other: Person
    outsider: Person

    def up(self, **values: Any) -> PublicNotice:
        """A notice about the subject that runs."""
        given = NoticeForm(**{"title_zh": "评审结果公示", "title_en": "Results", "body_zh": BODY, **values})
        made = self.at.do(notices.draft, self.at.secretary, given=given, kind=KIND, subject_id=self.subject)
        started: PublicNotice = self.at.do(notices.start, self.at.secretary, notice_id=made.id)
        return started

    def object(self, notice: PublicNotice, by: Person | None = None, text: str = GROUNDS) -> Objection:
        given = ObjectionForm(ground=Ground.facts, text=text, contact="010-12345678")
        made: Objection = self.at.do(objections.file, by or self.member, notice_id=notice.id, given=given)
        return made

    def late(self, thing: Any) -> None:
        """Let the end of a row's state have come."""
        row = self.at.fresh(thing)
        row.deadline_at = now()
        self.at.db.add(row)
        self.at.db.commit()


@pytest.fixture
def board(make: Make, db: Session) -> Iterator[Board]:
    found = fixed_round(make, db, submissions=0, experts=0)
    party = make.account("当事秘书", roles=("secretariat",))
    member, other = make.account("程名实"), make.account("另一成员")
    make.organisation(admin=member, publishers=(other,))
    subject = some_id()
    parties.register_parties(KIND, lambda _db, ids: {key: [party.id] for key in ids})
    yield Board(
        found, subject, make.account("同事", roles=("secretariat",)), party,
        make.account("审计", roles=("auditor",)), member, other, make.account("路人"),
    )  # fmt: skip
    parties._parties.pop(KIND)
