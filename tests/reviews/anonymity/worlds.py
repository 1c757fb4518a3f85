"""Two worlds that differ in who reviews and in nothing else: the same accounts, letters, reviews, messages.

The round, its people and the pool are made once. A world then seats experts of the pool under the same letters, in an
order and at instants of its own, and lets them act. What the viewers are told and shown is taken down and compared.
"""

import datetime as dt
import io
import re
import uuid
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from fastapi import FastAPI
from sqlalchemy import text
from sqlmodel import Session, col, select

from portal.experts.models import Expert, ExpertState, PublicField
from portal.kit.clock import now, shanghai
from portal.kit.db import engine, transaction
from portal.notices.models import Mail, Notice
from portal.reviews.panels.models import MemberRole, PanelMember, PanelSession, SessionState
from portal.reviews.reviewing import actions, forms
from portal.reviews.reviewing.actions import discussing
from portal.reviews.reviewing.models import Message, Rebuttal, RebuttalState, ReviewVersion, VersionOrigin
from portal.reviews.rounds.models import (
    Invitation,
    InvitationState,
    Phase,
    RoundState,
    Seat,
    SeatState,
)
from tests.reviews.anonymity import doors
from tests.reviews.reviewing.conftest import MARKS, WORDS, Conflicts
from tests.reviews.rounds import Fixed, expert, fixed_round
from tests.support.browser import Client
from tests.support.make import Make, Person

POOL = 7
SUBMISSIONS = 2
FOREVER = dt.datetime(2031, 1, 1, tzinfo=dt.UTC)
LONG_AGO = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
REQUEST = "0123456789abcdef"
PASSED_BY = {"content-security-policy", "date", "set-cookie"}
"""Headers that differ from answer to answer."""


@dataclass(frozen=True)
class Chair:
    """One hidden seat: what everybody may know of it."""

    submission: int
    alias: int
    state: SeatState
    marks: tuple[int, int]
    said: str = ""
    """A message of its holder in the discussion; empty: none."""
    revised: bool = False


@dataclass(frozen=True)
class Plan:
    """What two worlds share, and in what they differ: who holds the seats, in which order they came to be."""

    phase: Phase
    blind: str
    chairs: Sequence[Chair]
    holders: tuple[Sequence[int], Sequence[int]]
    """Per world the expert of the pool in each seat."""
    orders: tuple[Sequence[int], Sequence[int]]


@dataclass
class Town:
    """The round with everybody in it."""

    fixed: Fixed
    pool: list[Person]
    viewers: dict[str, Person | None]
    session: uuid.UUID
    secretary: Person
    """In conflict with nothing: acts, and is the one who may know names."""
    names: set[str] = field(default_factory=set)


def town(make: Make, db: Session, conflicts: Conflicts, plan: Plan) -> Town:
    """Make the people and the round of a plan; no seat is taken yet."""
    fixed = fixed_round(
        make, db, submissions=SUBMISSIONS, experts=0, phase=plan.phase, shape={"blind": plan.blind}
    )
    row = fixed.fresh(fixed.round)
    row.deadline_at = row.review_until = FOREVER
    if plan.phase is Phase.over:
        row.state = RoundState.concluded
    db.add(row)
    pool = [expert(fixed, f"隐名{chr(0x4E00 + 7 * n)}{n}", senior=n % 2 == 0) for n in range(POOL)]
    colleague = expert(fixed, "同席评审")
    fixed.experts.append(colleague)
    for listed in db.exec(select(Expert).where(col(Expert.account_id).in_([one.id for one in pool]))):
        listed.state, listed.listed, listed.public = ExpertState.active, True, list(PublicField)
        db.add(listed)
    bound = make.account("回避秘书", roles=("secretariat",))
    panellist = make.account("评委")
    session = PanelSession(
        round_id=fixed.round.id, title="会议", created_by=fixed.secretary.id, deadline_at=FOREVER,
        state=SessionState.planned,
    )  # fmt: skip
    db.add(session)
    db.flush()
    db.add(PanelMember(session_id=session.id, account_id=panellist.id, role=MemberRole.member))
    db.commit()
    conflicts |= {(bound.id, one.id) for one in fixed.submissions}
    viewers = {
        "anonymous": None,
        "member": make.account("会员"),
        "applicant": fixed.applicants[0],
        "reviewer": colleague,
        "panellist": panellist,
        "secretary in conflict": bound,
    }
    found = Town(fixed, pool, viewers, session.id, fixed.secretary)
    found.names = {word for one in pool for word in (one.account.name, one.namespace.slug, str(one.id))}
    return found


def seat(found: Town, plan: Plan, world: int) -> None:
    """Empty the seats of the other world and take those of this one."""
    with engine().begin() as connection:
        connection.execute(
            text(
                "TRUNCATE review_seat, review_invitation, review_rebuttal, review_score_run, notice, mail CASCADE"
            )
        )
    with engine().begin() as connection:
        # What somebody of the other world has done with what is no secret stays there.
        connection.execute(text("DELETE FROM review_template"))
        connection.execute(text("DELETE FROM review_staffing_run"))
    with transaction() as db:
        # Invited are the same people in both worlds: the list of experts is no secret, their seats are.
        seated = {plan.holders[each][place] for each in (0, 1) for place in plan.orders[each]}
        db.add_all(
            Invitation(
                id=uuid.uuid5(found.session, str(person.id)), round_id=found.fixed.round.id,
                account_id=person.id, state=InvitationState.accepted, pledged_at=LONG_AGO, created_at=LONG_AGO,
            )
            for person in (*(found.pool[n] for n in sorted(seated)), found.fixed.experts[0])
        )  # fmt: skip
        # The reviewer who looks has the same seat in both worlds, under a letter of its own.
        _sit(db, found, found.fixed.experts[0], Chair(0, 5, _SEAT_OF[plan.phase], (3, 3)), LONG_AGO)
        for place in plan.orders[world]:
            chair, at = plan.chairs[place], now() - dt.timedelta(minutes=3 * place + 7 * world + 1)
            _sit(db, found, found.pool[plan.holders[world][place]], chair, at)
        if plan.phase in (Phase.discussion, Phase.panel, Phase.over):
            db.add(
                Rebuttal(
                    submission_id=found.fixed.submissions[0].id, account_id=found.fixed.applicants[0].id,
                    text=WORDS, state=RebuttalState.submitted, submitted_at=LONG_AGO, digest="1" * 64,
                )
            )  # fmt: skip


_SEAT_OF = dict.fromkeys(Phase, SeatState.locked) | {
    Phase.review: SeatState.submitted,
    Phase.invitation: SeatState.accepted,
}


def _sit(db: Session, found: Town, person: Person, chair: Chair, at: dt.datetime) -> None:
    entry = found.fixed.submissions[chair.submission]
    handed_in = chair.state in (SeatState.submitted, SeatState.locked)
    said: dict[str, Any] = {
        "marks": dict(zip(MARKS, map(float, chair.marks), strict=True)),
        "answers": {"strengths": WORDS},
        "private_note": "附言",
        "confidence": 3,
        "score": 50.0 if handed_in else None,
    }
    made = Seat(
        round_id=entry.round_id, submission_id=entry.id, account_id=person.id, alias=chair.alias,
        state=chair.state, state_at=at, created_at=at, saved_at=at, submitted_at=at if handed_in else None,
        digest="2" * 64 if handed_in else "", revision=1, **said,
    )  # fmt: skip
    db.add(made)
    db.flush()
    for number in range(1, 3 if chair.revised else 2) if handed_in else ():
        db.add(
            ReviewVersion(
                seat_id=made.id, number=number, digest="2" * 64, at=at,
                origin=VersionOrigin.revised if number == 2 else VersionOrigin.hand,
                reason="听取意见" if number == 2 else "", vetoes=[], **said,
            )
        )  # fmt: skip
    if chair.said and handed_in:
        db.flush()
        db.add(
            Message(
                submission_id=entry.id, number=100 * chair.submission + chair.alias, seat_id=made.id,
                account_id=person.id, text=chair.said, at=at,
            )
        )  # fmt: skip


def happen(found: Town, plan: Plan, world: int) -> None:
    """Let the hidden reviewers and the secretariat do what tells others something."""
    for place, chair in enumerate(plan.chairs):
        person = found.pool[plan.holders[world][place]]
        entry = found.fixed.submissions[chair.submission]
        given: dict[str, Any] = {"round_id": entry.round_id, "number": entry.number}
        if plan.phase is Phase.discussion and chair.said and chair.state is SeatState.locked:
            found.fixed.do(discussing.say, person, given=forms.MessageForm(text="同意"), **given)
        if plan.phase is Phase.review and chair.state is SeatState.submitted and chair.alias % 2:
            back = forms.ReturnForm(kind=forms.ReturnKind.short, reason="请补充依据")
            found.fixed.do(actions.give_back, found.secretary, alias=chair.alias, given=back, **given)
        if plan.phase is Phase.review and chair.state is SeatState.draft:
            found.fixed.do(actions.recuse, person, reason="与申报人合作", **given)
    with transaction() as db:
        for notice in db.exec(select(Notice)):
            notice.created_at = LONG_AGO
            db.add(notice)


def told(found: Town) -> dict[str, Any]:
    """Notices and mails of the viewers."""
    said: dict[str, Any] = {}
    with transaction() as db:
        for who, person in found.viewers.items():
            if person is None:
                continue
            notices = db.exec(
                select(Notice).where(Notice.account_id == person.id).order_by(col(Notice.id))
            ).all()
            mails = db.exec(
                select(Mail).where(Mail.recipient == person.account.email).order_by(col(Mail.id))
            ).all()
            said[f"{who}: notices"] = [(row.message, row.url, row.params) for row in notices]
            said[f"{who}: mails"] = [(row.subject, row.body) for row in mails]
    return said


def shown(found: Town, app: FastAPI, client: Client, *, acts: bool) -> dict[str, Any]:
    """Every answer to every viewer at every door, whole; then, where asked, to every attempt to change something."""
    answers: dict[str, Any] = {}
    client.headers["x-request-id"] = REQUEST
    for who, person in found.viewers.items():
        found.fixed.enter(client, person)
        for address in doors.readable(app, found):
            answers[f"{who}: GET {address}"] = _taken(client.get(address))
    for who, person in found.viewers.items() if acts else ():
        found.fixed.enter(client, person)
        for method, address in doors.writable(app, found):
            answers[f"{who}: {method} {address}"] = _taken(client.request(method, address, data={}))
    return answers


NOTICE = re.compile(r'name="notice" value="[0-9a-f-]{36}"')


def _unmade(content: bytes) -> str:
    """A file's text without the minute of this answer, at which it says it was made; any other instant stays."""
    text, at = content.decode("utf-8", "replace"), shanghai(now())
    for minute in {f"{one:%Y-%m-%d %H:%M}" for one in (at, at - dt.timedelta(seconds=5))}:
        text = text.replace(minute, "")
    return text


def _taken(answer: Any) -> tuple[int, dict[str, str], Any]:
    """Status, headers, content; of packed files what is in them, since packing writes the time."""
    headers = {key: value for key, value in answer.headers.items() if key not in PASSED_BY}
    if answer.content.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(answer.content)) as pack:
            names = [name for name in pack.namelist() if name != "docProps/core.xml"]
            headers.pop("content-length", None)
            said = [(name, _unmade(pack.read(name))) for name in names]
            return answer.status_code, headers, said
    return answer.status_code, headers, NOTICE.sub("", answer.text)


def differing(one: dict[str, Any], two: dict[str, Any]) -> list[str]:
    """Doors that tell the two worlds apart."""
    assert one.keys() == two.keys()
    return [door for door in one if one[door] != two[door]]


def difference(one: dict[str, Any], two: dict[str, Any]) -> str:
    """The first lines that tell the worlds apart, for whoever has to find out why."""
    found = []
    for door in differing(one, two)[:5]:
        lines = zip(str(one[door]).split("\\n"), str(two[door]).split("\\n"), strict=False)
        found.append(f"{door}: {next(((a[:300], b[:300]) for a, b in lines if a != b), 'longer')}")
    return "\n".join(found)
