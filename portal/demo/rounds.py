"""The demo's rounds of review, by the same actions people use: one in the middle of its reviews, one concluded."""

import uuid
from collections.abc import Sequence
from typing import Any

from portal.accounts import queries as accounts
from portal.accounts.sessions import actor_of
from portal.demo.cast import DOMAIN
from portal.demo.content import Content
from portal.demo.people import actor
from portal.demo.rounds_cast import (
    ADVICE,
    DECLINING,
    ENTRIES,
    EXPERTS,
    OLD_ENTRIES,
    OLD_EXPERTS,
    OLD_TITLE,
    OLD_TITLE_EN,
    PLANNING_PANEL,
    SENSING_PANEL,
    SILENT,
    STRENGTHS,
    SUMMARY,
    SUMMARY_EN,
    TITLE,
    TITLE_EN,
    WEAKNESSES,
)
from portal.experts.queries import dossier, pool
from portal.kit.actor import NOBODY, SYSTEM, Actor
from portal.kit.clock import now, shanghai
from portal.kit.db import Session, transaction
from portal.kit.errors import Clash
from portal.reviews.reviewing import actions as reviewing
from portal.reviews.reviewing.forms import ReviewForm
from portal.reviews.rounds.actions import drafting, invitations, lifecycle, submissions, templates
from portal.reviews.rounds.actions.common import move_submission
from portal.reviews.rounds.forms import (
    AnswerForm,
    ExclusionForm,
    NewRoundForm,
    PersonForm,
    SeatForm,
    SubjectForm,
    SubmissionForm,
)
from portal.reviews.rounds.models import (
    WORKING,
    DeclineReason,
    Invitation,
    InvitationState,
    Phase,
    Round,
    Submission,
    SubmissionState,
)
from portal.reviews.rounds.queries import basic, running
from portal.reviews.rounds.standing import shape_of
from portal.reviews.staffing import checker
from registry import subjects
from registry.versions import ties

VERSIONS = 3
"""Versions of the registry that are entered beside the texts."""
assert checker  # noqa: S101 - seats are given only where conflicts can be found
assert ties  # noqa: S101 - and the registry says who worked with whom


def ensure_rounds(found: Content) -> bool:
    """Make the templates and both rounds, once; whether anything was made."""
    with transaction() as db:
        if basic.templates(db, every=True):
            return False
        templates.load_shipped(db, SYSTEM)
    with transaction() as db:
        round_id = _enter(db, found)
    with transaction() as db:
        _staff(db, round_id)
        lifecycle.begin_inviting(db, actor(db, "secretary"), round_id=round_id)
    with transaction() as db:
        _answer(db, round_id)
    with transaction() as db:
        _open(db, round_id)
    with transaction() as db:
        review(db, round_id, share=2)
    with transaction() as db:
        _old(db)
    return True


def by_login(db: Session, login: str) -> Actor:
    """The actor an expert of the demo is now."""
    account = accounts.by_email(db, f"{login}@{DOMAIN}")
    return actor_of(db, account.id) if account is not None else NOBODY


def mark(db: Session, round_: Round) -> None:
    """Mark a round as one of the demo."""
    round_.demo = True
    db.add(round_)
    db.flush()


def _enter(db: Session, found: Content) -> uuid.UUID:
    secretary = actor(db, "secretary")
    given = NewRoundForm(
        title_zh=TITLE,
        title_en=TITLE_EN,
        summary_zh=SUMMARY,
        summary_en=SUMMARY_EN,
        public=True,
        template="panel-review",
    )
    made = drafting.create(db, secretary, given=given)
    mark(db, made)
    for entry in ENTRIES:
        text = SubmissionForm(
            title=entry.title, text=entry.text, panel=entry.panel, keywords=entry.keywords,
            disciplines=entry.disciplines.split(),
        )  # fmt: skip
        row = submissions.enter_text(db, secretary, round_id=made.id, given=text)
        where: dict[str, Any] = {"round_id": made.id, "number": row.number}
        lead = PersonForm(name=entry.lead, organisation_name=entry.house, lead=True)
        submissions.add_person(db, secretary, **where, given=lead)
        if entry.excluded:
            unit = "（演示）" in entry.excluded
            barred = ExclusionForm(
                name="" if unit else entry.excluded, organisation_name=entry.excluded if unit else "",
                reason="申报方请求回避（虚构）",
            )  # fmt: skip
            submissions.add_exclusion(db, secretary, **where, given=barred)
    _enter_versions(db, secretary, made.id, found)
    return made.id


def _enter_versions(db: Session, secretary: Actor, round_id: uuid.UUID, found: Content) -> None:
    """Published versions of the demo's own content, alternately in both panels."""
    count = 0
    for entry in found.entries:
        address = f"{entry.full_name}@{entry.number}"
        if count < VERSIONS and subjects.find(db, secretary, address) is not None:
            panel = (SENSING_PANEL, PLANNING_PANEL)[count % 2]
            given = SubjectForm(kind=subjects.KIND, address=address, panel=panel)
            submissions.enter_subject(db, secretary, round_id=round_id, given=given)
            count += 1


def _staff(db: Session, round_id: uuid.UUID) -> None:
    """As many seats as the round asks for at every submission, to experts of the field who have the fewest so far."""
    round_ = basic.one(db, round_id)
    assert round_ is not None  # noqa: S101 - made a moment ago
    secretary, wanted = actor(db, "secretary"), shape_of(round_).staffing.reviews
    loads = dict.fromkeys(EXPERTS, 0)
    fields = {login: _fields(db, login) for login in EXPERTS}
    houses = {login: _houses(db, login) for login in EXPERTS}
    for entry in basic.submissions(db, round_id):
        own, given = set(entry.disciplines), 0
        there: set[str] = set()
        for login in sorted(EXPERTS, key=lambda name: (loads[name] - 2 * len(own & fields[name]), name)):
            if given < wanted and not houses[login] & there and give(db, secretary, entry, login):
                loads[login] += 1
                given += 1
                there |= houses[login]


def _fields(db: Session, login: str) -> set[str]:
    expert = pool.of_account(db, by_login(db, login).id)
    return set(pool.parts_of(db, expert.id).disciplines) if expert is not None else set()


def _houses(db: Session, login: str) -> set[str]:
    """Names of the organisations somebody works at now."""
    key = by_login(db, login).id
    found, _relations = dossier.standing_of(db, [key] if key else [], shanghai(now()).date())
    return {row.name for row in found}


def give(db: Session, secretary: Actor, entry: Submission, login: str) -> bool:
    """Give a seat; False where expert and submission are in conflict, or there is no such expert."""
    given = SeatForm(expert=by_login(db, login).namespace or "nobody", number=entry.number)
    try:
        with db.begin_nested():
            invitations.give(db, secretary, round_id=entry.round_id, given=given)
    except Clash:
        return False
    return True


def sent(db: Session, round_id: uuid.UUID) -> list[tuple[Actor, Invitation]]:
    """Who was invited and has not answered."""
    rows = [row for row in basic.invitations(db, round_id) if row.state is InvitationState.sent]
    return [(actor_of(db, row.account_id), row) for row in rows]


def _logins(db: Session, names: Sequence[str]) -> set[uuid.UUID | None]:
    return {by_login(db, name).id for name in names}


def _answer(db: Session, round_id: uuid.UUID) -> None:
    silent, declining = _logins(db, SILENT), _logins(db, DECLINING)
    for expert, row in sent(db, round_id):
        if expert.id in silent:
            continue
        given = AnswerForm(accept=True, pledge=True)
        if expert.id in declining:
            given = AnswerForm(
                accept=False,
                declined_for=DeclineReason.time,
                reason="本月外业任务集中（虚构）",
                suggestion="同所的同事",
            )
        invitations.answer(db, expert, invitation_id=row.id, given=given)


def _open(db: Session, round_id: uuid.UUID) -> None:
    """The reviews begin as they would by the clock, with whoever accepted."""
    round_ = basic.one(db, round_id, lock=True)
    if round_ is not None and round_.phase is Phase.invitation:
        lifecycle.begin_reviews(db, SYSTEM, round_, "system")


def review(db: Session, round_id: uuid.UUID, *, share: int) -> None:
    """Of ``share`` reviews one stays unwritten or a draft, the others are handed in."""
    round_ = basic.one(db, round_id)
    assert round_ is not None  # noqa: S101 - it runs
    shape = shape_of(round_)
    numbers = {row.id: row.number for row in basic.submissions(db, round_id)}
    seats = sorted(basic.seats(db, round_id), key=lambda seat: (numbers[seat.submission_id], seat.alias))
    for place, seat in enumerate(seats):
        if seat.state not in WORKING or (share > 1 and place % (2 * share) == 2 * share - 1):
            continue
        expert, number = actor_of(db, seat.account_id), numbers[seat.submission_id]
        levels = [criterion.levels[-1 - (place + n) % 3].value for n, criterion in enumerate(shape.criteria)]
        words = (STRENGTHS[place % 3] + WEAKNESSES[place % 3], ADVICE)
        given = ReviewForm(
            revision=seat.revision, confidence=3 + place % 3,
            marks={each.key: level for each, level in zip(shape.criteria, levels, strict=True)},
            answers={
                each.key: words[n % 2 if len(ADVICE) >= each.least else 0][: each.most]
                for n, each in enumerate(shape.questions)
            },
        )  # fmt: skip
        saved = reviewing.save(db, expert, round_id=round_id, number=number, given=given)
        if share == 1 or place % share == 0:
            reviewing.submit(db, expert, round_id=round_id, number=number, revision=saved.revision)


def score(db: Session, key: uuid.UUID) -> None:
    """Compute the scores at once, as a worker does within a minute: the round is concluded in this transaction."""
    from portal.reviews.scores import actions as scores  # NumPy comes with it
    from portal.reviews.scores.compute import compute

    run = scores.start(db, SYSTEM, round_id=key)
    taken = scores.take(db, run_id=run.id)
    if taken is not None:
        result, told = compute(taken[1], lambda _submission, _reviewer: True, run.seed)
        scores.finish(db, run_id=run.id, result=result, told=told)


def _old(db: Session) -> None:
    """A small open round that went all the way."""
    secretary = actor(db, "secretary")
    given = NewRoundForm(title_zh=OLD_TITLE, title_en=OLD_TITLE_EN, public=True, template="event-talks")
    made = drafting.create(db, secretary, given=given)
    mark(db, made)
    key = made.id
    for place, (title, lead, _outcome, _reason) in enumerate(OLD_ENTRIES):
        text = SubmissionForm(title=title, text=f"{title}：结合实际项目，介绍做法、效果与体会。（虚构）")
        row = submissions.enter_text(db, secretary, round_id=key, given=text)
        person = PersonForm(name=lead, lead=True)
        submissions.add_person(db, secretary, round_id=key, number=row.number, given=person)
        for login in (OLD_EXPERTS[place], OLD_EXPERTS[(place + 1) % len(OLD_EXPERTS)]):
            give(db, secretary, row, login)
    lifecycle.begin_inviting(db, secretary, round_id=key)
    for expert, invitation in sent(db, key):
        answer = AnswerForm(accept=True, pledge=True)
        invitations.answer(db, expert, invitation_id=invitation.id, given=answer)
    db.flush()
    lifecycle.open_reviews(db, secretary, round_id=key)
    db.flush()
    review(db, key, share=1)
    db.flush()
    lifecycle.close_reviews(db, secretary, round_id=key)
    db.flush()
    score(db, key)
    for row, (_title, _lead, outcome, reason) in zip(
        basic.submissions(db, key, lock=True), OLD_ENTRIES, strict=True
    ):
        row.outcome, row.outcome_reason = outcome, reason
        move_submission(db, secretary, row, SubmissionState.decided, "secretariat")
    db.flush()
    if not running.undecided(db, key):
        lifecycle.conclude(db, secretary, round_id=key)
