"""What the verbs share: locking, moving along the tables with an audit event, giving a seat, telling people."""

import datetime as dt
import secrets
import uuid
from typing import Any

from portal.accounts import queries as accounts
from portal.accounts.actions.people import tell_by_mail
from portal.accounts.models import AccountState, Role
from portal.audit.actions import record
from portal.kit.actor import Actor
from portal.kit.clock import now
from portal.kit.db import Session
from portal.kit.errors import Forbidden, NotFound
from portal.kit.i18n import N_, _
from portal.kit.states import check_move
from portal.notices.actions import filled, speaking, tell
from portal.reviews.rounds import hooks
from portal.reviews.rounds.models import (
    INVITATION_TRANSITIONS,
    ROUND_TRANSITIONS,
    SEAT_TRANSITIONS,
    SUBMISSION_TRANSITIONS,
    Invitation,
    InvitationState,
    Phase,
    Round,
    RoundState,
    Seat,
    SeatOrigin,
    SeatState,
    Submission,
    SubmissionState,
)
from portal.reviews.rounds.policy import Standing
from portal.reviews.rounds.queries import basic
from portal.reviews.rounds.standing import standing_of
from portal.settings import get_settings

SUBJECT = N_("Reviews: please have a look")
BODY = N_("Hello %(name)s,\n\n%(text)s\n\n%(url)s\n")


def locked(db: Session, round_id: uuid.UUID) -> Round:
    """The round, locked for a change."""
    found = basic.one(db, round_id, lock=True)
    if found is None:
        raise NotFound(_("There is nothing at this address."))
    return found


def run_by(db: Session, actor: Actor, round_id: uuid.UUID) -> tuple[Round, Standing]:
    """The round, locked, for a verb of the secretariat; refuses everybody else."""
    round_ = locked(db, round_id)
    standing = standing_of(db, actor, round_)
    if not (standing.secretariat or actor.is_system):
        raise Forbidden(_("Only the secretariat runs rounds of review."))
    return round_, standing


def move_round(
    db: Session,
    actor: Actor,
    round_: Round,
    state: RoundState,
    who: str,
    *,
    phase: Phase,
    deadline: dt.datetime | None = None,
    reason: str = "",
) -> None:
    """Move a locked round along its table, into a phase, with a new end; says so in the audit log."""
    if state is not round_.state:
        check_move(ROUND_TRANSITIONS, round_.state, state, who)
    was = round_.phase
    round_.state, round_.phase, round_.state_reason = state, phase, reason
    round_.state_at, round_.deadline_at = now(), deadline
    round_.touch()
    db.add(round_)
    record(db, actor, verb=f"review_round.{phase}", object=round_, reason=reason or None, was=was.value)
    hooks.entered(db, actor, round_, was)


def move_submission(
    db: Session, actor: Actor, submission: Submission, state: SubmissionState, who: str, *, reason: str = ""
) -> None:
    """Move a locked submission along its table."""
    check_move(SUBMISSION_TRANSITIONS, submission.state, state, who)
    submission.state, submission.state_reason = state, reason
    submission.touch()
    db.add(submission)
    record(db, actor, verb=f"review_submission.{state}", object=submission, reason=reason or None)


def move_invitation(
    db: Session, actor: Actor, invitation: Invitation, state: InvitationState, who: str, *, reason: str = ""
) -> None:
    """Move a locked invitation along its table."""
    check_move(INVITATION_TRANSITIONS, invitation.state, state, who)
    invitation.state, invitation.reason = state, reason
    invitation.touch()
    db.add(invitation)
    record(db, actor, verb=f"review_invitation.{state}", object=invitation, reason=reason or None)


def move_seat(
    db: Session,
    actor: Actor,
    seat: Seat,
    state: SeatState,
    who: str,
    *,
    deadline: dt.datetime | None = None,
    reason: str = "",
) -> None:
    """Move a locked seat along its table; its end is set anew (None: none)."""
    check_move(SEAT_TRANSITIONS, seat.state, state, who)
    seat.state, seat.state_reason, seat.state_at, seat.deadline_at = state, reason, now(), deadline
    seat.touch()
    db.add(seat)
    record(db, actor, verb=f"review_seat.{state}", object=seat, reason=reason or None)


def give_seat(
    db: Session,
    actor: Actor,
    submission: Submission,
    account_id: uuid.UUID,
    *,
    origin: SeatOrigin,
    affinity: float | None = None,
) -> Seat:
    """A planned seat for an expert, under a random letter that nobody has or had at this submission.

    The letter is one of the first 26 while one is free: a later one would tell who came later.
    """
    taken = basic.aliases(db, submission.id)
    free = [n for n in range(1, 27) if n not in taken] or [n for n in range(27, 100) if n not in taken]
    seat = Seat(
        round_id=submission.round_id,
        submission_id=submission.id,
        account_id=account_id,
        alias=secrets.choice(free),
        origin=origin,
        affinity=affinity,
    )
    db.add(seat)
    db.flush()
    record(db, actor, verb="review_seat.planned", object=seat)
    return seat


def inform(db: Session, account_id: uuid.UUID, message: str, url: str, **params: Any) -> None:
    """Tell somebody by notice and by mail, in the language of the account; closed accounts are told nothing."""
    account = accounts.by_id(db, account_id)
    if account is None or account.state is AccountState.closed:
        return
    tell(db, account_id, message=message, url=url, **params)
    with speaking(account.locale):
        text = _(message, **filled(params))
    tell_by_mail(db, account, SUBJECT, BODY, text=text, url=f"{get_settings().site_url}{url}")


def tell_secretariat(db: Session, message: str, url: str, **params: Any) -> None:
    """Put a notice before the whole secretariat."""
    for account in accounts.with_role(db, Role.secretariat):
        tell(db, account.id, message=message, url=url, **params)
