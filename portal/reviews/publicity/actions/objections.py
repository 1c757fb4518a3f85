"""Objections: filed by name in time, examined and decided by somebody without part in it, withdrawn, expired."""

import uuid

from portal.audit.actions import record
from portal.experts.actions.common import inform, myself, need
from portal.experts.queries import pool
from portal.kit.actor import SYSTEM, Actor
from portal.kit.clock import now
from portal.kit.db import Session
from portal.kit.errors import Conflict, Forbidden, NotFound
from portal.kit.i18n import N_, _
from portal.kit.states import Transitions
from portal.reviews.cases import actions as cases
from portal.reviews.cases import queries as case_queries
from portal.reviews.publicity import parties, policy, queries
from portal.reviews.publicity.actions.common import complete, locked
from portal.reviews.publicity.forms import ObjectionForm
from portal.reviews.publicity.models import (
    OBJECTION_TRANSITIONS,
    Objection,
    ObjectionState,
    PublicNotice,
)

SUBJECT = N_("Public notice: please have a look")
RECEIVED = N_("Your objection was received, receipt %(receipt)s: %(title)s")
MOVED = N_("Your objection %(receipt)s: %(state_msg)s")
FILED = N_("An objection was filed: %(title)s")
TABLE: Transitions[ObjectionState] = OBJECTION_TRANSITIONS


def url(objection_id: uuid.UUID) -> str:
    """The page of one objection, for whoever filed it and its handlers."""
    return f"/publicity/objections/{objection_id}"


def barred(db: Session, notice: PublicNotice) -> frozenset[uuid.UUID]:
    """Accounts that handle no objection to a notice: they have part in what it is about."""
    return parties.of(db, notice.subject_kind, notice.subject_id)


def file(db: Session, actor: Actor, *, notice_id: uuid.UUID, given: ObjectionForm) -> Objection:
    """Object by name while the period runs. One open objection to a notice at a time."""
    account_id = myself(actor)
    notice = locked(db, notice_id)
    if not policy.can_read(actor, notice):
        raise NotFound(_("There is nothing at this address."))
    if not pool.is_verified(db, account_id):
        refused = Forbidden(
            _("Objections are made by name, by members whose identity is confirmed."),
            hint=_("Join a verified organisation by invitation of its administrators, then object."),
        )
        refused.way_out = "/organisations"
        raise refused
    in_time = notice.deadline_at is not None and now() < notice.deadline_at
    if not (policy.takes_objections(notice) and in_time):
        raise Conflict(_("The period of this notice is over, or has not begun."))
    if queries.open_of(db, account_id, notice.id):
        raise Conflict(
            _("Your objection to this notice is being examined."),
            hint=_("Withdraw it first if you want to put it otherwise."),
        )
    made = Objection(
        notice_id=notice.id, account_id=account_id, ground=given.ground, text=given.text,
        contact=given.contact, deadline_at=cases.handling_deadline(),
    )  # fmt: skip
    db.add(made)
    db.flush()
    record(db, actor, verb="public_notice_objection.filed", object=made, notice=str(notice.id))
    inform(db, account_id, RECEIVED, url(made.id), subject=SUBJECT, receipt=made.receipt, title=notice.titles)
    cases.tell_handlers(db, made, barred(db, notice), FILED, "/admin/publicity", title=notice.titles)
    return made


def _pair(db: Session, objection_id: uuid.UUID) -> tuple[PublicNotice, Objection]:
    """Notice and objection, locked in this order, as everywhere."""
    notice_id = case_queries.one(db, Objection, objection_id).notice_id
    notice = locked(db, notice_id)
    return notice, case_queries.one(db, Objection, objection_id, lock=True)


def _decide(
    db: Session, actor: Actor, objection_id: uuid.UUID, state: ObjectionState, reason: str = ""
) -> Objection:
    notice, found = _pair(db, objection_id)
    who = cases.handled(db, actor, found, barred(db, notice))
    cases.move(db, actor, found, TABLE, state, who, reason=reason)
    _tell_state(db, found)
    complete(db, notice)
    return found


def _tell_state(db: Session, found: Objection) -> None:
    inform(
        db, found.account_id, MOVED, url(found.id), subject=SUBJECT, receipt=found.receipt,
        state_msg=found.state.label,
    )  # fmt: skip


def examine(db: Session, actor: Actor, *, objection_id: uuid.UUID) -> Objection:
    """Take an objection up."""
    return _decide(db, actor, objection_id, ObjectionState.examining)


def decide(db: Session, actor: Actor, *, objection_id: uuid.UUID, upheld: bool, reason: str) -> Objection:
    """Uphold an objection or not. The reason is published without a name; do not write one into it."""
    state = ObjectionState.upheld if upheld else ObjectionState.not_upheld
    return _decide(db, actor, objection_id, state, need(reason))


def withdraw(db: Session, actor: Actor, *, objection_id: uuid.UUID, reason: str = "") -> Objection:
    """Take the own objection back, as long as nobody has decided it."""
    account_id = myself(actor)
    notice, found = _pair(db, objection_id)
    if found.account_id != account_id:
        raise NotFound(_("There is nothing at this address."))
    cases.move(db, actor, found, TABLE, ObjectionState.withdrawn, "member", reason=reason.strip()[:1000])
    complete(db, notice)
    return found


def lapse(db: Session, actor: Actor, found: Objection) -> None:
    """End a locked objection with the notice it was made to."""
    cases.move(db, actor, found, TABLE, ObjectionState.lapsed, "secretariat")
    _tell_state(db, found)


def let_lie(db: Session, objection_id: uuid.UUID) -> bool:
    """What the clock does to one objection."""
    notice, found = _pair(db, objection_id)
    done = cases.let_lie(db, found, TABLE, ObjectionState.expired, notice.titles, url(found.id))
    if found.state is ObjectionState.expired:
        _tell_state(db, found)
        complete(db, notice)
    return done


def forget_person(db: Session, *, account_id: uuid.UUID) -> None:
    """Of a closed account: open objections are withdrawn, and no contact is kept."""
    for objection_id in queries.open_of(db, account_id):
        notice, found = _pair(db, objection_id)
        cases.move(db, SYSTEM, found, TABLE, ObjectionState.withdrawn, "member")
        complete(db, notice)
    queries.forget_contacts(db, account_id)
