"""The log of names, and what is done about reports of an approach."""

import uuid

from portal.accounts import queries as accounts
from portal.accounts.models import Role
from portal.accounts.sessions import actor_of
from portal.audit.actions import record
from portal.experts.actions.common import myself, need
from portal.kit.actor import Actor
from portal.kit.clock import now
from portal.kit.db import Session
from portal.kit.errors import Clash, NotFound, TooMany
from portal.kit.i18n import N_, _
from portal.kit.states import Transitions
from portal.notices.actions import tell
from portal.reviews.cases import actions as cases
from portal.reviews.cases import queries as case_queries
from portal.reviews.integrity import policy, queries
from portal.reviews.integrity.forms import ApproachForm
from portal.reviews.integrity.models import APPROACH_TRANSITIONS, Approach, ApproachState
from portal.reviews.rounds import sight
from portal.reviews.rounds.actions.common import inform
from portal.reviews.rounds.models import InvitationState, Round
from portal.reviews.rounds.policy import Standing
from portal.reviews.rounds.queries import basic
from portal.reviews.rounds.standing import standing_of

RECEIVED = N_("Your report was received, receipt %(receipt)s.")
MOVED = N_("Your report %(receipt)s: %(state_msg)s")
FILED = N_("An expert reports an approach: %(round)s")
TABLE: Transitions[ApproachState] = APPROACH_TRANSITIONS
MOST_OPEN = 5
"""Open reports of one person in one round."""


def log_view(db: Session, actor: Actor, round_: Round, what: str, submission_id: uuid.UUID | None) -> None:
    """Log that somebody is about to be shown names of reviewers; jobs show nobody anything."""
    if actor.id is not None:
        queries.note_view(db, actor, round_.id, what, submission_id)


sight.register(log_view)


def url(report: Approach) -> str:
    """The page of a report, for its reporter and handlers."""
    return f"/rounds/{report.round_id}/approach/{report.id}"


def may_report(db: Session, standing: Standing, round_: Round) -> bool:
    """Whether somebody is or was an expert of the round; one who was only planned does not know of it."""
    invited = False
    if standing.account_id is not None:
        found = basic.invitation(db, round_.id, standing.account_id)
        invited = found is not None and found.state is not InvitationState.planned
    return policy.may_report(standing, invited=invited)


def barred(db: Session, actor: Actor, round_: Round, report: Approach) -> frozenset[uuid.UUID]:
    """The actor, where the actor has part in what the report may be about; conflicts are looked for now."""
    if actor.id is None or not policy.is_barred(standing_of(db, actor, round_), report):
        return frozenset()
    return frozenset({actor.id})


def report(db: Session, actor: Actor, *, round_id: uuid.UUID, given: ApproachForm) -> Approach:
    """Report an approach; for experts of the round, whatever phase it is in."""
    account_id = myself(actor)
    round_ = basic.one(db, round_id, lock=True)
    if round_ is None or not may_report(db, standing_of(db, actor, round_), round_):
        raise NotFound(_("There is nothing at this address."))
    if len(queries.own_reports(db, account_id, round_.id, open_only=True)) >= MOST_OPEN:
        raise TooMany(
            _("%(n)s of your reports in this round are being examined.", n=MOST_OPEN),
            hint=_("Report again when one of them was decided."),
        )
    submission_id = None
    if given.submission is not None:
        # Whether a number exists is no secret of the round: they run from 1 without a gap.
        found = basic.submission_by_number(db, round_.id, given.submission)
        if found is None:
            why = _("The round has no submission of this number.")
            raise Clash(_("Please correct the marked fields."), fields={"submission": why})
        submission_id = found.id
    made = Approach(
        account_id=account_id, round_id=round_.id, submission_id=submission_id, who=given.who,
        channel=given.channel, happened=given.happened, text=given.text,
        about_secretariat=given.about_secretariat, escalated=given.about_secretariat,
        deadline_at=cases.handling_deadline(),
    )  # fmt: skip
    db.add(made)
    db.flush()
    record(db, actor, verb="review_approach.filed", object=made, round=str(round_.id))
    inform(db, account_id, RECEIVED, url(made), receipt=made.receipt)
    _tell(db, round_, made)
    return made


def _tell(db: Session, round_: Round, made: Approach) -> None:
    """Tell those who may decide it, and nobody else that there is one."""
    role = Role.auditor if made.about_secretariat else Role.secretariat
    for account in accounts.with_role(db, role):
        someone = actor_of(db, account.id)
        if account.id != made.account_id and not barred(db, someone, round_, made):
            tell(db, account.id, message=FILED, url=url(made), round=round_.titles)


def _decide(
    db: Session, actor: Actor, report_id: uuid.UUID, state: ApproachState, reason: str = ""
) -> Approach:
    found = case_queries.one(db, Approach, report_id, lock=True)
    round_ = basic.one(db, found.round_id)
    assert round_ is not None  # noqa: S101 - a foreign key
    who = cases.handled(db, actor, found, barred(db, actor, round_, found))
    cases.move(db, actor, found, TABLE, state, who, reason=reason)
    inform(db, found.account_id, MOVED, url(found), receipt=found.receipt, state_msg=state.label)
    return found


def examine(db: Session, actor: Actor, *, report_id: uuid.UUID) -> Approach:
    """Take a report up."""
    return _decide(db, actor, report_id, ApproachState.examining)


def decide(db: Session, actor: Actor, *, report_id: uuid.UUID, upheld: bool, reason: str) -> Approach:
    """Confirm an approach or not; the reporter reads the reason."""
    state = ApproachState.upheld if upheld else ApproachState.not_upheld
    return _decide(db, actor, report_id, state, need(reason))


def run_deadlines(db: Session) -> int:
    """Pass on what lies, let expire what lies again; how much that was."""
    done = 0
    for report_id in case_queries.due(db, Approach, now()):
        found = case_queries.one(db, Approach, report_id, lock=True)
        round_ = basic.one(db, found.round_id)
        title = round_.titles if round_ is not None else ""
        if cases.let_lie(db, found, TABLE, ApproachState.expired, title, url(found)):
            done += 1
        if found.state is ApproachState.expired:
            state = found.state.label
            inform(db, found.account_id, MOVED, url(found), receipt=found.receipt, state_msg=state)
    return done
