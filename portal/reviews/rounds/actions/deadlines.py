"""Ends of phases: moved by decision or by rule, reminded of, and what happens when they come."""

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Collection
from typing import Any

from portal.audit.actions import record
from portal.kit.actor import SYSTEM, Actor
from portal.kit.clock import now
from portal.kit.db import Session
from portal.kit.errors import Conflict, Invalid
from portal.kit.i18n import N_, _
from portal.reviews.rounds.actions import invitations, lifecycle
from portal.reviews.rounds.actions.common import inform, locked, run_by, tell_secretariat
from portal.reviews.rounds.actions.secretaries import Numbers, tell_numbers
from portal.reviews.rounds.forms import ExtendForm, OutageForm
from portal.reviews.rounds.models import (
    RUNNING,
    WORKING,
    Delay,
    DelayKind,
    Invitation,
    InvitationState,
    Phase,
    Round,
    RoundState,
    Seat,
    SeatState,
    SubmissionState,
)
from portal.reviews.rounds.queries import basic, running
from portal.reviews.rounds.standing import shape_of

LONGEST = dt.timedelta(days=180)
DAY = dt.timedelta(days=1)
LATER = N_("“%(round)s”, %(phase_msg)s: the end is now %(day)s. Reason: %(reason)s")
ANSWER = N_("Your answer to the invitation to “%(round)s” is still missing; it is asked for by %(day)s.")
REVIEW = N_("Reviews of yours in “%(round)s” are still missing: %(n)s. They are taken until %(day)s.")
LATE_ANSWERS = N_("“%(round)s”: %(n)s experts have not answered their invitations; the time ends on %(day)s.")
LATE_REVIEWS = N_("“%(round)s”: %(n)s reviews are still missing; the time ends on %(day)s.")
LATE_ROUND = N_("“%(round)s” waits for you in the phase “%(phase_msg)s”; the time ends on %(day)s.")
UNFILLED = N_("“%(round)s”: the reviews have begun, and submissions lack reviewers: %(numbers)s.")


def extend(db: Session, actor: Actor, *, round_id: uuid.UUID, given: ExtendForm) -> Delay:
    """Let the present phase end later, with a reason everybody concerned reads."""
    round_, _standing = run_by(db, actor, round_id)
    end = _end(round_)
    why = ""
    if given.until <= max(end, now()):
        why = _("The new end must be later than the present one.")
    elif given.until - now() > LONGEST:
        why = _("At most %(n)s days from now.", n=LONGEST.days)
    if why:
        raise Invalid(_("Please correct the marked fields."), fields={"until": why})
    return _move(db, actor, round_, DelayKind.extension, given.until - end, given.reason)


def add_outage(db: Session, actor: Actor, *, round_id: uuid.UUID, given: OutageForm) -> Delay:
    """Add the minutes in which the portal could not be reached, as far as they lie in the present phase.

    The minutes are added to the end whole; a minute that was begun counts.
    """
    round_, _standing = run_by(db, actor, round_id)
    end = _end(round_)
    if given.ended > now():
        raise Invalid(_("Please correct the marked fields."), fields={"ended": _("This has not come yet.")})
    for row in running.delays(db, round_.id):
        if row.began_at and row.ended_at and given.began < row.ended_at and row.began_at < given.ended:
            why = _("This outage is recorded already, at least in part.")
            raise Invalid(_("Please correct the marked fields."), fields={"began": why})
    inside = min(given.ended, end) - max(given.began, round_.state_at)
    minutes = -(-int(inside.total_seconds()) // 60)
    if minutes < 1:
        why = _("It does not lie in the present phase.")
        raise Invalid(_("Please correct the marked fields."), fields={"began": why})
    made = _move(db, actor, round_, DelayKind.outage, dt.timedelta(minutes=minutes), given.reason)
    made.began_at, made.ended_at = given.began, given.ended
    db.add(made)
    return made


def _end(round_: Round) -> dt.datetime:
    if round_.state not in (RoundState.draft, *RUNNING) or round_.deadline_at is None:
        raise Conflict(_("This round is over."))
    return round_.deadline_at


def _move(db: Session, actor: Actor, round_: Round, kind: DelayKind, by: dt.timedelta, reason: str) -> Delay:
    """Move the end of the present phase, and every end that depends on it."""
    assert actor.id is not None  # noqa: S101 - run_by let somebody of the secretariat pass
    end = _end(round_) + by
    round_.deadline_at, round_.reminders = end, steps(round_.state_at, end, now())
    if round_.phase in (Phase.invitation, Phase.review) and round_.review_until is not None:
        round_.review_until += by
    round_.touch()
    db.add(round_)
    _move_people(db, round_, by)
    made = Delay(
        round_id=round_.id, phase=round_.phase, kind=kind, minutes=int(by.total_seconds() // 60),
        reason=reason, until=end, entered_by=actor.id,
    )  # fmt: skip
    db.add(made)
    db.flush()
    record(
        db, actor, verb=f"review_round.{kind}", object=round_, reason=reason, phase=round_.phase.value,
        minutes=made.minutes, until=end.isoformat(),
    )  # fmt: skip
    params = {
        "round": round_.titles,
        "phase_msg": round_.phase.label,
        "day": invitations.at(end),
        "reason": reason,
    }
    for account_id in sorted(_concerned(db, round_)):
        inform(db, account_id, LATER, f"/rounds/{round_.id}", **params)
    return made


def _move_people(db: Session, round_: Round, by: dt.timedelta) -> None:
    """Invitations that wait, and reviews that are written, end with their phase."""
    if round_.phase is Phase.invitation:
        for row in basic.invitations(db, round_.id):
            if row.state is InvitationState.sent and row.deadline_at is not None:
                row.deadline_at += by
                row.reminders = steps(row.sent_at or round_.state_at, row.deadline_at, now())
                db.add(row)
    if round_.phase in (Phase.invitation, Phase.review):
        for seat in basic.seats(db, round_.id, states=(SeatState.invited, *WORKING), lock=True):
            if seat.deadline_at is not None and not (
                seat.state is SeatState.invited and round_.phase is Phase.review
            ):
                seat.deadline_at += by
                seat.reminders = steps(begun(seat, round_), seat.deadline_at, now())
                db.add(seat)


def _concerned(db: Session, round_: Round) -> Collection[uuid.UUID]:
    """Whom the present phase waits for: experts, or in their phase the applicants."""
    if round_.phase is Phase.rebuttal:
        ids = [row.id for row in basic.submissions(db, round_.id) if row.state is SubmissionState.entered]
        return {row.account_id for row in basic.people(db, ids) if row.account_id is not None and row.lead}
    waiting = {
        row.account_id for row in basic.invitations(db, round_.id) if row.state is InvitationState.sent
    }
    return waiting | {seat.account_id for seat in basic.seats(db, round_.id, states=WORKING)}


# -- by the clock -------------------------------------------------------------------------------------------------


def run(db: Session) -> int:
    """Move on everything that is due, and remind whoever is late; how much that was."""
    at = now()
    done = sum(expire_due(db, key) for key in running.overdue_invitations(db, at))
    done += sum(move_due(db, key) for key in basic.due(db, at))
    return done + remind(db)


def move_due(db: Session, round_id: uuid.UUID) -> int:
    """Move a round on whose phase is over; 0 where somebody was faster."""
    round_ = locked(db, round_id)
    if round_.deadline_at is None or round_.deadline_at > now():
        return 0
    _due(db, round_)
    db.flush()
    return 1


def expire_due(db: Session, invitation_id: uuid.UUID) -> int:
    """End an invitation whose time is over; 0 where somebody was faster."""
    row = basic.invitation_by_id(db, invitation_id)
    if row is None:
        return 0
    round_ = locked(db, row.round_id)
    row = basic.invitation_by_id(db, invitation_id, lock=True)
    if row is None or row.state is not InvitationState.sent:
        return 0
    if row.deadline_at is None or row.deadline_at > now():
        return 0
    invitations.expire(db, round_, row)
    db.flush()
    return 1


def _due(db: Session, round_: Round) -> None:
    if round_.state is RoundState.draft or round_.phase is Phase.conclusion:
        lifecycle.lapse(db, round_)
    elif round_.phase is Phase.invitation:
        _open(db, round_)
    else:
        lifecycle.advance(db, SYSTEM, round_, "system")


def _open(db: Session, round_: Round) -> None:
    """The reviews begin with whoever accepted; with nobody at all the round lapses."""
    covered = running.coverage(db, round_.id, lifecycle.ACCEPTED)
    if not any(count for _number, count in covered.values()):
        lifecycle.lapse(db, round_)
        return
    wanted = shape_of(round_).staffing.reviews
    lifecycle.begin_reviews(db, SYSTEM, round_, "system")
    thin = {key: number for key, (number, count) in covered.items() if count < wanted}

    def numbers(hidden: frozenset[uuid.UUID]) -> dict[str, Any] | None:
        left = [number for key, number in thin.items() if key not in hidden]
        return {"numbers": lifecycle.listed(left)} if left else None

    tell_numbers(db, round_, UNFILLED, f"/rounds/{round_.id}", numbers)


def steps(begin: dt.datetime, end: dt.datetime, at: dt.datetime) -> int:
    """How many reminders are due by now: one after half of the time, one a day before the end."""
    return int(at >= begin + (end - begin) / 2) + int(at >= end - DAY and end - begin > 2 * DAY)


def remind(db: Session) -> int:
    """Write to whoever is late; how many were written to."""
    at, done = now(), 0
    for row in running.unanswered(db, at):
        done += _remind_invitation(db, row, at)
    late: dict[tuple[uuid.UUID, uuid.UUID], list[Seat]] = defaultdict(list)
    rounds: dict[uuid.UUID, Round] = {}
    for seat, round_ in running.unfinished(db, at):
        rounds[round_.id] = round_
        if seat.deadline_at and steps(begun(seat, round_), seat.deadline_at, at) > seat.reminders:
            late[round_.id, seat.account_id].append(seat)
    for (round_id, account_id), seats in late.items():
        _remind_reviewer(db, rounds[round_id], account_id, seats)
        done += 1
    for round_ in running.running(db):
        done += _remind_secretariat(db, round_, at)
    return done


def begun(seat: Seat, round_: Round) -> dt.datetime:
    """Since when a review of the present phase can be written."""
    return max(seat.created_at, round_.state_at)


def _remind_invitation(db: Session, row: Invitation, at: dt.datetime) -> int:
    if (
        row.sent_at is None
        or row.deadline_at is None
        or steps(row.sent_at, row.deadline_at, at) <= row.reminders
    ):
        return 0
    round_ = basic.one(db, row.round_id)
    assert round_ is not None  # noqa: S101 - a foreign key
    row.reminders = steps(row.sent_at, row.deadline_at, at)
    db.add(row)
    record(db, SYSTEM, verb="review_invitation.reminded", object=row)
    inform(
        db, row.account_id, ANSWER, invitations.MINE,
        round=round_.titles, day=invitations.at(row.deadline_at),
    )  # fmt: skip
    return 1


def _remind_reviewer(db: Session, round_: Round, account_id: uuid.UUID, seats: Collection[Seat]) -> None:
    """One mail for all the reviews somebody owes in a round."""
    end = min(seat.deadline_at for seat in seats if seat.deadline_at is not None)
    for seat in seats:
        seat.reminders = steps(begun(seat, round_), seat.deadline_at or end, now())
        db.add(seat)
        record(db, SYSTEM, verb="review_seat.reminded", object=seat)
    inform(
        db, account_id, REVIEW, "/me/reviews",
        round=round_.titles, n=len(seats), day=invitations.at(end),
    )  # fmt: skip


def _remind_secretariat(db: Session, round_: Round, at: dt.datetime) -> int:
    """The secretariat learns what is late: after half of the time, and a day before the end."""
    end = round_.deadline_at
    if end is None or end <= at or steps(round_.state_at, end, at) <= round_.reminders:
        return 0
    round_.reminders = steps(round_.state_at, end, at)
    db.add(round_)
    url, day = f"/rounds/{round_.id}", invitations.at(end)
    if round_.phase in (Phase.preparation, Phase.panel, Phase.conclusion):
        tell_secretariat(db, LATE_ROUND, url, round=round_.titles, phase_msg=round_.phase.label, day=day)
    elif round_.phase is Phase.invitation:
        tell_numbers(db, round_, LATE_ANSWERS, url, _counted(_silent(db, round_), day))
    elif round_.phase is Phase.review:
        missing = [{seat.submission_id} for seat in basic.seats(db, round_.id, states=lifecycle.MISSING)]
        tell_numbers(db, round_, LATE_REVIEWS, url, _counted(missing, day))
    record(db, SYSTEM, verb="review_round.reminded", object=round_, phase=round_.phase.value)
    return 1


def _silent(db: Session, round_: Round) -> list[set[uuid.UUID]]:
    """For each expert who has not answered, the submissions asked about (none: not assigned yet)."""
    asked: dict[uuid.UUID, set[uuid.UUID]] = {
        row.account_id: set() for row in basic.invitations(db, round_.id) if row.state is InvitationState.sent
    }
    for seat in basic.seats(db, round_.id, states=(SeatState.invited,)):
        if seat.account_id in asked:
            asked[seat.account_id].add(seat.submission_id)
    return list(asked.values())


def _counted(tied: Collection[set[uuid.UUID]], day: str) -> Numbers:
    """How many of these are tied to nothing, or to something that may be known."""

    def numbers(hidden: frozenset[uuid.UUID]) -> dict[str, Any] | None:
        n = sum(not each or bool(each - hidden) for each in tied)
        return {"n": n, "day": day} if n else None

    return numbers
