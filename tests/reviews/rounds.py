"""A round in the middle of its life, made row by row: each part is tested without waiting for the others."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlmodel import Session, select

from portal.accounts.actions.access import open_session
from portal.accounts.sessions import actor_of
from portal.experts.models import Affiliation, AffiliationState, Expert, ExpertState
from portal.kit.actor import SYSTEM, Actor
from portal.kit.clock import now, shanghai
from portal.kit.db import transaction
from portal.kit.ids import new_id
from portal.reviews.rounds.models import (
    PHASE_STATE,
    Invitation,
    InvitationState,
    Phase,
    Round,
    RoundState,
    Seat,
    SeatState,
    Submission,
    SubmissionPerson,
)
from portal.reviews.rounds.shape import Shape
from portal.reviews.staffing import checker
from tests.support.browser import Client
from tests.support.make import Make, Person, Unit

assert checker, "what finds conflicts is known once it is imported, as in the application"
LEVELS = [{"value": n, "anchor_zh": f"第{n}档", "anchor_en": f"Level {n}"} for n in range(1, 6)]
SHAPE: dict[str, Any] = {
    "blind": "single",
    "criteria": [
        {"key": "merit", "title_zh": "科学性", "title_en": "Merit", "weight": 2, "levels": LEVELS, "veto": 1},
        {"key": "use", "title_zh": "实用性", "title_en": "Use", "weight": 1, "levels": LEVELS},
    ],
    "questions": [
        {"key": "strengths", "title_zh": "主要优点", "title_en": "Strengths", "least": 20, "most": 2000}
    ],
    "outcomes": [
        {
            "key": "accepted",
            "title_zh": "入选",
            "title_en": "Accepted",
            "kind": "in",
            "letter_zh": "{name}：{title} 入选。",
        },
        {"key": "reserve", "title_zh": "备选", "title_en": "Reserve", "kind": "reserve"},
        {"key": "declined", "title_zh": "未入选", "title_en": "Not accepted", "kind": "out"},
    ],
    "threshold": 60,
    "places": 2,
    "staffing": {"reviews": 3, "seniors": 1, "crossing_percent": 0},
    "periods": {"invitation": 7, "review": 14, "rebuttal": 5, "discussion": 5, "panel": 10},
    "pledge_zh": "本人承诺保密，且与申报方无利益关系。",
    "pledge_en": "I keep secret what I read and have no conflict of interest.",
}
"""A small shape with all phases."""


@dataclass
class Fixed:
    """A round, its people, and short ways to act as them."""

    make: Make
    db: Session
    secretary: Person
    round: Round
    submissions: list[Submission] = field(default_factory=list)
    applicants: list[Person] = field(default_factory=list)
    units: list[Unit] = field(default_factory=list)
    experts: list[Person] = field(default_factory=list)

    def actor(self, person: Person) -> Actor:
        with transaction() as db:
            return actor_of(db, person.id)

    def do(self, verb: Any, person: Person | None, **values: Any) -> Any:
        """One verb in a transaction of its own, by somebody or by the system."""
        actor = self.actor(person) if person else SYSTEM
        with transaction() as db:
            return verb(db, actor, **values)

    def enter(self, client: Client, person: Person | None) -> Client:
        """Let a browser be signed in as somebody, or nobody."""
        client.cookies.clear()
        if person is not None:
            with transaction() as db:
                secret = open_session(db, person.account, second_factor=True)
            client.cookies.set("cspon_session", secret)
        return client

    def fresh(self, thing: Any) -> Any:
        """The row as it is now."""
        # Of this row alone: others of the world may be read after their session is closed.
        statement = select(type(thing)).where(type(thing).id == thing.id)
        return self.db.exec(statement, execution_options={"populate_existing": True}).one()

    def stage(self, phase: Phase, state: RoundState | None = None) -> None:
        """Put the round into a phase by hand."""
        row = self.fresh(self.round)
        row.phase, row.state = phase, state or PHASE_STATE[phase]
        self.db.add(row)
        self.db.commit()

    def seat(
        self,
        submission: int,
        expert: int,
        state: SeatState = SeatState.accepted,
        alias: int = 0,
        **values: Any,
    ) -> Seat:
        """A seat in whatever state; submission and expert count from 0."""
        seat = Seat(
            round_id=self.round.id,
            submission_id=self.submissions[submission].id,
            account_id=self.experts[expert].id,
            alias=alias or expert + 1,
            state=state,
            **values,
        )
        self.db.add(seat)
        self.db.commit()
        return seat


def fixed_round(
    make: Make,
    db: Session,
    *,
    submissions: int = 3,
    experts: int = 4,
    phase: Phase = Phase.review,
    shape: Mapping[str, Any] | None = None,
    names: Sequence[str] = (),
) -> Fixed:
    """A round with submissions of one applicant and organisation each, and experts of the pool who accepted.

    No expert is in conflict: everybody works at an organisation of the own.
    """
    secretary = make.account("秘书长", roles=("secretariat",))
    whole = Shape.model_validate({**SHAPE, **(shape or {})})
    round_ = Round(
        title_zh="规划实施监测算法评审", title_en="Review of monitoring algorithms", created_by=secretary.id,
        shape=whole.model_dump(mode="json"), shape_digest=whole.digest(),
        phase=phase, state=PHASE_STATE.get(phase, RoundState.concluded),
    )  # fmt: skip
    found = Fixed(make, db, secretary, round_)
    db.add(round_)
    db.commit()
    for number in range(1, submissions + 1):
        person = make.account(f"申报人{number}")
        unit = make.organisation(f"申报单位{number}")
        entry = Submission(
            round_id=round_.id, number=number, title=f"第{number}号申报：城市扩张识别", text="方法与数据说明。",
            keywords=["遥感", "建设用地"], entered_by=person.id, digest="0" * 64,
        )  # fmt: skip
        db.add(entry)
        db.flush()
        db.add(
            SubmissionPerson(
                submission_id=entry.id, account_id=person.id, name=person.account.name,
                organisation_id=unit.organisation.id, lead=True,
            )
        )  # fmt: skip
        db.commit()
        found.submissions.append(entry)
        found.applicants.append(person)
        found.units.append(unit)
    for number in range(experts):
        name = names[number] if number < len(names) else f"专家{number + 1}"
        found.experts.append(expert(found, name, senior=number % 2 == 0))
        db.add(
            Invitation(
                round_id=round_.id,
                account_id=found.experts[-1].id,
                state=InvitationState.accepted,
                pledged_at=now(),
            )
        )
    db.commit()
    return found


def expert(found: Fixed, name: str, *, senior: bool = True, unit: Unit | None = None) -> Person:
    """Somebody of the pool who works at an organisation of the own (or at this one)."""
    person = found.make.account(name)
    unit = unit or found.make.organisation(f"{name}的单位")
    found.db.add(Expert(account_id=person.id, state=ExpertState.active, senior=senior, checked_at=now()))
    found.db.add(
        Affiliation(
            account_id=person.id, organisation_id=unit.organisation.id, state=AffiliationState.confirmed,
            since=shanghai(now()).date().replace(year=shanghai(now()).year - 5, day=1),
        )
    )  # fmt: skip
    found.db.commit()
    return person


def some_id() -> uuid.UUID:
    """An id of nothing."""
    return new_id()
