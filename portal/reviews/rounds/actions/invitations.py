"""Asking experts: planned, checked for conflicts, mailed, answered by one click or when signed in, withdrawn."""

import datetime as dt
import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

from portal.accounts import queries as accounts
from portal.accounts.models import Account, AccountState
from portal.audit.actions import record
from portal.experts.models import IN_POOL
from portal.experts.queries import pool
from portal.kit.actor import SYSTEM, Actor
from portal.kit.clock import now, shanghai
from portal.kit.db import Session
from portal.kit.errors import Clash, Conflict, Invalid, NotFound
from portal.kit.i18n import N_, _, get_locale, ngettext
from portal.kit.ids import digest_secret, new_secret
from portal.notices.actions import send_mail, speaking, tell
from portal.reviews.rounds import hooks
from portal.reviews.rounds.actions.common import (
    give_seat,
    locked,
    move_invitation,
    move_seat,
    run_by,
)
from portal.reviews.rounds.actions.drafting import end_of_day
from portal.reviews.rounds.actions.secretaries import tell_numbers
from portal.reviews.rounds.actions.submissions import one_of
from portal.reviews.rounds.forms import AnswerForm, SeatForm
from portal.reviews.rounds.models import (
    Invitation,
    InvitationState,
    Phase,
    Round,
    RoundState,
    Seat,
    SeatOrigin,
    SeatState,
    SubmissionState,
)
from portal.reviews.rounds.queries import basic, running
from portal.reviews.rounds.shape import digest_of
from portal.reviews.rounds.standing import conflicts_of, shape_of
from portal.settings import get_settings

ADDRESS = "/reviews/answer"
MINE = "/me/invitations"
QUEUE = "/me/reviews"
ASKING = (RoundState.inviting, RoundState.open)
HELD = (SeatState.planned, SeatState.invited, SeatState.accepted, SeatState.draft)
SUBJECT = N_("Invitation to review: %(round)s")
BODY = N_(
    "Hello %(name)s,\n\nyou are invited to review in “%(round)s”. What is asked of you: %(task)s. Reviews are taken"
    " until %(until)s (Beijing time). Please answer by %(day)s.\n\nI accept: %(accept)s\nI decline: %(decline)s\n\n"
    "Both links open a page with one button; nothing is answered before you press it. They are for you alone and"
    " end with your answer.\n"
)
NOTICE = N_("You are invited to review in “%(round)s”. Please answer by %(day)s.")
WITHDRAWN = N_("Your invitation to review in “%(round)s” was withdrawn. There is nothing left for you to do.")
MORE_SUBJECT = N_("More to review: %(round)s")
MORE_BODY = N_(
    "Hello %(name)s,\n\nmore was assigned to you in “%(round)s”: %(task)s, due by %(until)s (Beijing time). What it is"
    " stands under “My reviews”: %(link)s\n\nIf you cannot take it on, please give it up there, so that somebody else"
    " is asked in time.\n"
)
MORE = N_("More was assigned to you to review in “%(round)s”: %(n)s.")
DECLINED = N_("An expert declined to review in “%(round)s”: %(reason_msg)s.")
IN_CONFLICT = N_("Seats in “%(round)s” were not invited because of conflicts of interest: %(n)s.")


@dataclass
class Sent:
    """What became of sending: who was asked, and which seats followed or were given up."""

    asked: list[uuid.UUID] = field(default_factory=list)
    conflicted: list[uuid.UUID] = field(default_factory=list)
    """The submissions of the seats that were given up."""
    added: list[uuid.UUID] = field(default_factory=list)
    """The submissions of the seats that went to experts who had been asked before."""


def plan(
    db: Session, actor: Actor, *, round_id: uuid.UUID, experts: Sequence[str], panel: str = ""
) -> list[Invitation]:
    """Put experts of the pool, by short name, on the list to be invited; ``Invalid`` names those who cannot be."""
    round_, _standing = run_by(db, actor, round_id)
    if round_.state not in (RoundState.draft, *ASKING):
        raise Conflict(_("Nobody is invited to this round any more."))
    found = {slug: _expert(db, slug) for slug in dict.fromkeys(experts)}
    unknown = [slug for slug, account_id in found.items() if account_id is None]
    if unknown or not found:
        why = _("These are no experts of the pool: %(names)s", names=", ".join(unknown) or "—")
        raise Clash(_("Please correct the marked fields."), fields={"experts": why})
    return [_planned(db, actor, round_, key, panel) for key in found.values() if key is not None]


def _expert(db: Session, slug: str) -> uuid.UUID | None:
    namespace = accounts.namespace(db, slug)
    account_id = namespace.account_id if namespace is not None else None
    expert = pool.of_account(db, account_id) if account_id is not None else None
    return account_id if expert is not None and expert.state in IN_POOL else None


def _planned(db: Session, actor: Actor, round_: Round, account_id: uuid.UUID, panel: str) -> Invitation:
    """The invitation of an account, planned: a new one, or one that was declined or ran out."""
    row = basic.invitation(db, round_.id, account_id, lock=True)
    if row is None:
        most = shape_of(round_).staffing.most
        row = Invitation(round_id=round_.id, account_id=account_id, panel=panel, most=most)
        db.add(row)
        db.flush()
        record(db, actor, verb="review_invitation.planned", object=row)
    elif row.state in (InvitationState.declined, InvitationState.expired):
        move_invitation(db, actor, row, InvitationState.planned, "secretariat")
        row.reminders, row.sent_at, row.deadline_at, row.answered_at = 0, None, None, None
    return row


def give(db: Session, actor: Actor, *, round_id: uuid.UUID, given: SeatForm) -> Seat:
    """Give an expert a seat by hand. Refused where expert and submission are in conflict.

    Whoever accepted the round has accepted its seats, too.
    """
    round_, _standing = run_by(db, actor, round_id)
    if round_.state not in (RoundState.draft, *ASKING):
        raise Conflict(_("Nobody is invited to this round any more."))
    account_id = _expert(db, given.expert)
    if account_id is None:
        why = _("These are no experts of the pool: %(names)s", names=given.expert)
        raise Clash(_("Please correct the marked fields."), fields={"expert": why})
    submission = one_of(db, round_, given.number)
    if submission.state is not SubmissionState.entered:
        raise Conflict(_("This submission is no longer in the round."))
    if basic.seat_of(db, submission.id, account_id) is not None:
        why = _("This expert has or had a seat at this submission.")
        raise Clash(_("Please correct the marked fields."), fields={"expert": why})
    if conflicts_of(db, account_id, [submission.id]):
        why = _("This expert is in conflict with this submission.")
        raise Clash(_("Please correct the marked fields."), fields={"expert": why})
    seat = give_seat(db, actor, submission, account_id, origin=SeatOrigin.hand)
    _follow(db, round_, _planned(db, actor, round_, account_id, submission.panel), Sent())
    return seat


def _follow(db: Session, round_: Round, invitation: Invitation, sent: Sent) -> None:
    """Let planned seats follow an invitation that went out already, and say so; those in conflict are given up.

    An expert who accepted finds the seat among the reviews to write: nobody should come upon work by chance.
    """
    if invitation.state not in (InvitationState.sent, InvitationState.accepted):
        return
    seats = running.seats_of_account(db, round_.id, invitation.account_id, (SeatState.planned,), lock=True)
    barred = conflicts_of(db, invitation.account_id, [seat.submission_id for seat in seats])
    sent.conflicted += _give_up(db, seats, barred)
    db.flush()  # what is given up is no longer planned where the seats are read again
    left = [seat.submission_id for seat in seats if seat.submission_id not in barred]
    account = accounts.by_id(db, invitation.account_id) if left else None
    if account is None:
        return
    settle(db, round_, invitation)
    sent.added += left
    accepted = invitation.state is InvitationState.accepted
    tell(db, account.id, message=MORE, url=QUEUE if accepted else MINE, round=round_.title_zh, n=len(left))
    if not accepted:  # the invitation is open still, and shows what it asks for
        return
    with speaking(account.locale):
        title = round_.title(get_locale())
        task = ngettext("%(n)s review", "%(n)s reviews", len(left))
        link = f"{get_settings().site_url}{QUEUE}"
        text = _(
            MORE_BODY, name=account.name, round=title, task=task, until=at(round_.review_until), link=link
        )
        send_mail(db, account.email, _(MORE_SUBJECT, round=title), text)


def settle(db: Session, round_: Round, invitation: Invitation) -> None:
    """Let planned seats follow an invitation that went out already: invited, or accepted with the round."""
    states = {InvitationState.sent: SeatState.invited, InvitationState.accepted: SeatState.accepted}
    if invitation.state not in states:
        return
    for seat in running.seats_of_account(
        db, round_.id, invitation.account_id, (SeatState.planned, SeatState.invited), lock=True
    ):
        if seat.state is SeatState.planned:
            move_seat(db, SYSTEM, seat, SeatState.invited, "system", deadline=invitation.deadline_at)
        if states[invitation.state] is SeatState.accepted:
            move_seat(db, SYSTEM, seat, SeatState.accepted, "system", deadline=round_.review_until)


def send(db: Session, actor: Actor, *, round_id: uuid.UUID) -> Sent:
    """Mail everybody who is planned; whoever has a planned seat is. Seats in conflict are given up and reported.

    One mail for a whole round. Only while the round invites or reviews.
    """
    round_, _standing = run_by(db, actor, round_id)
    if round_.state not in ASKING:
        raise Conflict(
            _("Invitations go out once the round invites."),
            hint=_("Begin inviting, and they are sent at once."),
        )
    return send_planned(db, actor, round_)


def send_planned(db: Session, actor: Actor, round_: Round) -> Sent:
    """The same for a locked round in the right state."""
    for account_id in running.uninvited(db, round_.id):
        _planned(db, actor, round_, account_id, "")
    sent = Sent()
    for row in basic.invitations(db, round_.id):
        _follow(db, round_, row, sent)
        if row.state is InvitationState.planned:
            _send_one(db, actor, round_, row, sent)
    _report(db, round_, sent.conflicted)
    return sent


def _report(db: Session, round_: Round, conflicted: Sequence[uuid.UUID]) -> None:
    """Tell the secretariat how many seats were given up because of conflicts."""

    def numbers(hidden: frozenset[uuid.UUID]) -> dict[str, Any] | None:
        n = sum(key not in hidden for key in conflicted)
        return {"n": n} if n else None

    if conflicted:
        tell_numbers(db, round_, IN_CONFLICT, f"/rounds/{round_.id}/invitations", numbers)


def _send_one(db: Session, actor: Actor, round_: Round, row: Invitation, sent: Sent) -> None:
    seats = running.seats_of_account(db, round_.id, row.account_id, (SeatState.planned,), lock=True)
    barred = conflicts_of(db, row.account_id, [seat.submission_id for seat in seats])
    sent.conflicted += _give_up(db, seats, barred)
    left = [seat for seat in seats if seat.submission_id not in barred]
    account = accounts.by_id(db, row.account_id)
    if (seats and not left) or account is None or account.state is not AccountState.active:
        move_invitation(
            db,
            SYSTEM,
            row,
            InvitationState.withdrawn,
            "system",
            reason=_("A conflict with every seat.") if seats else "",
        )
        for seat in left:
            move_seat(db, SYSTEM, seat, SeatState.replaced, "system", reason=_("The account is closed."))
        return
    secret = new_secret()
    move_invitation(db, actor, row, InvitationState.sent, "system" if actor.is_system else "secretariat")
    row.token_digest, row.sent_at, row.reminders = digest_secret(secret), now(), 0
    row.deadline_at = answer_by(round_)
    db.add(row)
    for seat in left:
        move_seat(db, actor, seat, SeatState.invited, "system", deadline=row.deadline_at)
    tell(db, row.account_id, message=NOTICE, url=MINE, round=round_.titles, day=at(row.deadline_at))
    _mail(db, account, round_, row, len(left), f"{get_settings().site_url}{ADDRESS}/{secret}")
    sent.asked.append(row.account_id)


def at(instant: dt.datetime | None) -> str:
    """An instant as sentences say it, in Asia/Shanghai."""
    return f"{shanghai(instant):%Y-%m-%d %H:%M}" if instant is not None else "—"


def _mail(db: Session, account: Account, round_: Round, row: Invitation, seats: int, link: str) -> None:
    with speaking(account.locale):
        title = round_.title(get_locale())
        task = ngettext("%(n)s review", "%(n)s reviews", seats) if seats else _("reviews within your field")
        text = _(
            BODY, name=account.name, round=title, task=task, until=at(round_.review_until),
            day=at(row.deadline_at), accept=link, decline=f"{link}/decline",
        )  # fmt: skip
        send_mail(db, account.email, _(SUBJECT, round=title), text)


def _give_up(db: Session, seats: Sequence[Seat], barred: Collection[uuid.UUID]) -> list[uuid.UUID]:
    gone = [seat for seat in seats if seat.submission_id in barred]
    for seat in gone:
        move_seat(
            db, SYSTEM, seat, SeatState.recused, "system", reason=_("A conflict of interest was found.")
        )
    return [seat.submission_id for seat in gone]


def answer_by(round_: Round) -> dt.datetime:
    """Until when an invitation that goes out now is to be answered: the end of the phase, or in the time of the reviews
    after the usual days and half of what is left at the latest."""
    end = round_.deadline_at or end_of_day(shape_of(round_).days(Phase.invitation))
    if round_.phase is not Phase.review:
        return end
    return min(end_of_day(shape_of(round_).days(Phase.invitation)), now() + (end - now()) / 2)


def answer(db: Session, actor: Actor, *, invitation_id: uuid.UUID, given: AnswerForm) -> Invitation:
    """The invited expert accepts, which signs the pledge, or declines; one who accepted may still step out.

    Nobody else can answer: for them the invitation does not exist.
    """
    row = basic.invitation_by_id(db, invitation_id)
    if row is None or actor.id is None or row.account_id != actor.id:
        raise NotFound(_("There is nothing at this address."))
    round_ = locked(db, row.round_id)
    row = basic.invitation_by_id(db, invitation_id, lock=True)
    assert row is not None  # noqa: S101 - seen above; rows are never removed
    if row.state in (InvitationState.planned, InvitationState.withdrawn):
        raise NotFound(_("There is nothing at this address."))
    if round_.state not in ASKING:
        raise Conflict(_("This invitation has ended; the round no longer waits for your answer."))
    if given.accept:
        _accept(db, actor, round_, row)
    else:
        _decline(db, actor, round_, row, given)
    row.token_digest, row.answered_at = None, now()
    db.add(row)
    return row


def _accept(db: Session, actor: Actor, round_: Round, row: Invitation) -> None:
    if row.state is InvitationState.sent and row.deadline_at is not None and row.deadline_at <= now():
        raise Conflict(_("This invitation has ended; the round no longer waits for your answer."))
    seats = running.seats_of_account(
        db, round_.id, row.account_id, (SeatState.planned, SeatState.invited), lock=True
    )
    barred = conflicts_of(db, row.account_id, [seat.submission_id for seat in seats])
    conflicted = _give_up(db, seats, barred)
    move_invitation(db, actor, row, InvitationState.accepted, "expert")
    row.pledged_at, row.deadline_at = now(), round_.review_until
    pledge = {locale: shape_of(round_).pledge(locale) for locale in ("zh_Hans", "en")}
    record(db, actor, verb="review_invitation.pledged", object=row, pledge=digest_of(pledge))
    db.flush()
    settle(db, round_, row)
    _report(db, round_, conflicted)


def _decline(db: Session, actor: Actor, round_: Round, row: Invitation, given: AnswerForm) -> None:
    seats = running.seats_of_account(db, round_.id, row.account_id, HELD, lock=True)
    delivered = (SeatState.submitted, SeatState.returned, SeatState.locked)
    if running.seats_of_account(db, round_.id, row.account_id, delivered):
        raise Conflict(
            _("You have delivered reviews in this round already."),
            hint=_("If you find yourself in conflict, step out of the single review."),
        )
    move_invitation(db, actor, row, InvitationState.declined, "expert", reason=given.reason)
    row.declined_for, row.suggestion = given.declined_for, given.suggestion
    for seat in seats:
        move_seat(db, actor, seat, SeatState.declined, "expert")
        db.flush()
        hooks.recused(db, actor, seat)
    tied = {seat.submission_id for seat in seats}
    said = {"reason_msg": given.declined_for.label}
    url = f"/rounds/{round_.id}/invitations"
    tell_numbers(db, round_, DECLINED, url, lambda hidden: said if not tied or tied - hidden else None)


def withdraw(
    db: Session, actor: Actor, *, round_id: uuid.UUID, invitation_id: uuid.UUID, reason: str
) -> Invitation:
    """Take an invitation back, with every review of the expert that is not delivered; the expert is told."""
    round_, _standing = run_by(db, actor, round_id)
    row = basic.invitation_by_id(db, invitation_id, lock=True)
    if row is None or row.round_id != round_.id:
        raise NotFound(_("There is nothing at this address."))
    if len(reason.strip()) < 4:
        why = _("Please give a reason that others can understand.")
        raise Invalid(why, fields={"reason": why})
    end(db, actor, round_, row, "secretariat", reason.strip())
    return row


def end(db: Session, actor: Actor, round_: Round, row: Invitation, who: str, reason: str) -> None:
    """Take back an invitation with what the expert holds; whoever was asked is told."""
    told = row.state is not InvitationState.planned
    move_invitation(db, actor, row, InvitationState.withdrawn, who, reason=reason[:1000])
    row.token_digest = None
    for seat in running.seats_of_account(db, round_.id, row.account_id, HELD, lock=True):
        move_seat(db, actor, seat, SeatState.replaced, "system", reason=reason)
    if told:
        tell(db, row.account_id, message=WITHDRAWN, url=MINE, round=round_.titles)


def expire(db: Session, round_: Round, row: Invitation) -> None:
    """An invitation nobody answered ends with its seats."""
    move_invitation(db, SYSTEM, row, InvitationState.expired, "system")
    row.token_digest = None
    db.add(row)
    for seat in running.seats_of_account(
        db, round_.id, row.account_id, (SeatState.planned, SeatState.invited), lock=True
    ):
        move_seat(db, SYSTEM, seat, SeatState.expired, "system")
