"""Appeals: filed in time by the lead applicant, taken up or not, decided by somebody without part in the round."""

import datetime as dt
import uuid
from collections.abc import Collection

from portal.accounts import queries as accounts
from portal.accounts.models import Account, Role
from portal.audit.actions import record
from portal.experts.actions.common import myself, need
from portal.kit.actor import Actor
from portal.kit.clock import now
from portal.kit.db import Session
from portal.kit.errors import Conflict, NotFound
from portal.kit.i18n import N_, _
from portal.kit.states import Transitions
from portal.reviews.appeals import queries
from portal.reviews.appeals.forms import AppealForm
from portal.reviews.appeals.models import APPEAL_TRANSITIONS, Appeal, AppealState
from portal.reviews.appeals.policy import Bar
from portal.reviews.calendar.counting import notice as period
from portal.reviews.calendar.days import YearUnknown
from portal.reviews.cases import actions as cases
from portal.reviews.cases import queries as case_queries
from portal.reviews.publicity import holidays
from portal.reviews.rounds.actions.common import inform, locked, move_submission
from portal.reviews.rounds.models import Round, RoundState, Submission, SubmissionState
from portal.reviews.rounds.queries import basic
from portal.reviews.rounds.standing import conflicts_of, panel_rounds, shape_of, standing_of

RECEIVED = N_("Your appeal was received, receipt %(receipt)s: %(title)s")
MOVED = N_("Your appeal about %(title)s: %(state_msg)s")
REOPENED = N_(
    "Your appeal about %(title)s was upheld: the decision is set aside. The secretariat has the submission reviewed "
    "anew, by other experts, and writes to you again."
)
FILED = N_("An appeal was filed: %(title)s")
TABLE: Transitions[AppealState] = APPEAL_TRANSITIONS


def url(round_: Round, submission: Submission) -> str:
    """The page of the appeal about a submission."""
    return f"/rounds/{round_.id}/submissions/{submission.number}/appeal"


def taken_until(round_: Round) -> dt.datetime | None:
    """Until when appeals are taken: the midnight after the last working day, counted from the conclusion.

    None where the days lead into a year whose notice nobody entered: then appeals are taken until somebody does, for
    the site's omission costs no applicant the right.
    """
    try:
        return period(round_.state_at, shape_of(round_).appeal_days, holidays.extra()).end
    except (YearUnknown, holidays.ListUnreadable):
        return None


def bars(
    db: Session, people: Collection[uuid.UUID], round_id: uuid.UUID, submission_id: uuid.UUID
) -> dict[uuid.UUID, Bar]:
    """Those of some accounts that may not decide about a submission, with the reason. Conflicts are looked for now."""
    found = queries.parts(db, people, [round_id])
    result: dict[uuid.UUID, Bar] = {}
    for account_id in people:
        known = found.get((round_id, account_id), set())
        if known:
            result[account_id] = next(bar for bar in Bar if bar in known)
        elif round_id in panel_rounds(db, account_id):
            result[account_id] = Bar.part
        elif conflicts_of(db, account_id, [submission_id]):
            result[account_id] = Bar.conflict
    return result


def handlers(
    db: Session, round_: Round, submission: Submission, appeal: Appeal
) -> list[tuple[Account, Bar | None]]:
    """The secretariat (once passed on: and the auditors), each with what keeps them from the appeal, if anything."""
    roles = (Role.secretariat, Role.auditor) if appeal.escalated else (Role.secretariat,)
    people = {account.id: account for account in accounts.with_role(db, *roles)}
    barred = bars(db, people.keys(), round_.id, submission.id)
    ordered = sorted(people.values(), key=lambda account: (account.sort_key, account.id))
    return [(account, barred.get(account.id)) for account in ordered if account.id != appeal.account_id]


def barred_rows(
    db: Session, account_id: uuid.UUID, rows: Collection[tuple[uuid.UUID, uuid.UUID]]
) -> set[uuid.UUID]:
    """Of (round, submission) pairs the submissions an account may not decide about; a fixed number of statements."""
    if not rows:
        return set()
    known = queries.parts(db, [account_id], {round_id for round_id, _submission in rows})
    panels = panel_rounds(db, account_id)
    conflicted = conflicts_of(db, account_id, {submission_id for _round, submission_id in rows})
    return {
        submission_id
        for round_id, submission_id in rows
        if (round_id, account_id) in known or round_id in panels or submission_id in conflicted
    }


def file(db: Session, actor: Actor, *, round_id: uuid.UUID, number: int, given: AppealForm) -> Appeal:
    """Appeal against a decision; for the lead applicant, once the round is concluded, within its working days."""
    account_id = myself(actor)
    round_ = locked(db, round_id)
    submission = _numbered(db, round_, number)
    if submission.id not in standing_of(db, actor, round_).leads:
        raise NotFound(_("There is nothing at this address."))
    decided = submission.decided_at
    if (
        round_.state is not RoundState.concluded
        or submission.state is not SubmissionState.decided
        or not decided
    ):
        raise Conflict(_("There is no decision yet that could be appealed."))
    until = taken_until(round_)
    if until is not None and now() >= until:
        raise Conflict(_("The time to appeal is over."))
    if queries.stands(db, submission):
        raise Conflict(_("This decision has been appealed already."))
    made = Appeal(
        account_id=account_id, round_id=round_.id, submission_id=submission.id, text=given.text,
        grounds=[ground.value for ground in given.grounds], links=list(given.links), decided_at=decided,
        deadline_at=cases.handling_deadline(),
    )  # fmt: skip
    db.add(made)
    db.flush()
    record(db, actor, verb="review_appeal.filed", object=made, submission=str(submission.id))
    inform(db, account_id, RECEIVED, url(round_, submission), receipt=made.receipt, title=submission.title)
    barred = [account.id for account, bar in handlers(db, round_, submission, made) if bar is not None]
    cases.tell_handlers(db, made, barred, FILED, url(round_, submission), title=submission.title)
    return made


def _numbered(db: Session, round_: Round, number: int) -> Submission:
    found = basic.submission_by_number(db, round_.id, number)
    locked_ = basic.submission(db, found.id, lock=True) if found is not None else None
    if locked_ is None:
        raise NotFound(_("There is nothing at this address."))
    return locked_


def _loaded(db: Session, appeal_id: uuid.UUID) -> tuple[Round, Submission, Appeal]:
    """Round, submission and appeal, locked in this order."""
    appeal = case_queries.one(db, Appeal, appeal_id)
    round_ = locked(db, appeal.round_id)
    submission = basic.submission(db, appeal.submission_id, lock=True)
    assert submission is not None  # noqa: S101 - a foreign key
    return round_, submission, case_queries.one(db, Appeal, appeal_id, lock=True)


def _decide(
    db: Session, actor: Actor, appeal_id: uuid.UUID, state: AppealState, reason: str
) -> tuple[Round, Submission, Appeal]:
    round_, submission, appeal = _loaded(db, appeal_id)
    mine = {actor.id} if actor.id is not None else set()
    who = cases.handled(db, actor, appeal, bars(db, mine, round_.id, submission.id))
    cases.move(db, actor, appeal, TABLE, state, who, reason=reason)
    if state is not AppealState.upheld:
        _tell(db, round_, submission, appeal)
    return round_, submission, appeal


def _tell(db: Session, round_: Round, submission: Submission, appeal: Appeal) -> None:
    label = appeal.state.label
    inform(db, appeal.account_id, MOVED, url(round_, submission), title=submission.title, state_msg=label)


def accept(db: Session, actor: Actor, *, appeal_id: uuid.UUID) -> Appeal:
    """Take an appeal up."""
    return _decide(db, actor, appeal_id, AppealState.accepted, "")[2]


def refuse(db: Session, actor: Actor, *, appeal_id: uuid.UUID, reason: str) -> Appeal:
    """Not take it up: it says nothing of procedure, recusal, form or a provable fact."""
    return _decide(db, actor, appeal_id, AppealState.not_accepted, need(reason))[2]


def dismiss(db: Session, actor: Actor, *, appeal_id: uuid.UUID, reason: str) -> Appeal:
    """The decision stands."""
    return _decide(db, actor, appeal_id, AppealState.dismissed, need(reason))[2]


def uphold(db: Session, actor: Actor, *, appeal_id: uuid.UUID, reason: str) -> Appeal:
    """Set the decision aside: the submission is in the round again, without an outcome, to be reviewed anew.

    What was decided stays in the audit log. The new seats are given by the secretariat; that is not done here.
    """
    text = need(reason)
    round_, submission, appeal = _decide(db, actor, appeal_id, AppealState.upheld, text)
    if submission.state is SubmissionState.decided:
        record(
            db, actor, verb="review_submission.reopened", object=submission, reason=text,
            outcome=submission.outcome, appeal=str(appeal.id),
        )  # fmt: skip
        submission.outcome, submission.outcome_reason, submission.decided_at = "", "", None
        move_submission(db, actor, submission, SubmissionState.entered, "secretariat", reason=text)
    inform(db, appeal.account_id, REOPENED, url(round_, submission), title=submission.title)
    return appeal


def withdraw(db: Session, actor: Actor, *, appeal_id: uuid.UUID) -> Appeal:
    """Take the own appeal back."""
    account_id = myself(actor)
    _round, _submission, appeal = _loaded(db, appeal_id)
    if appeal.account_id != account_id:
        raise NotFound(_("There is nothing at this address."))
    cases.move(db, actor, appeal, TABLE, AppealState.withdrawn, "applicant")
    return appeal


def run_deadlines(db: Session) -> int:
    """Pass on what lies, let expire what lies again; how much that was."""
    done = 0
    for appeal_id in case_queries.due(db, Appeal, now()):
        round_, submission, appeal = _loaded(db, appeal_id)
        at = url(round_, submission)
        if cases.let_lie(db, appeal, TABLE, AppealState.expired, submission.title, at):
            done += 1
        if appeal.state is AppealState.expired:
            _tell(db, round_, submission, appeal)
    return done
