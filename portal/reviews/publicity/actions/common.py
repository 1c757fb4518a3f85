"""What the verbs share: locking, moving along the table, completing a notice with its last objection."""

import datetime as dt
import uuid

from portal.audit.actions import record
from portal.kit.actor import SYSTEM, Actor
from portal.kit.db import Session
from portal.kit.errors import Forbidden, NotFound
from portal.kit.i18n import _
from portal.kit.states import check_move
from portal.reviews.publicity import policy, queries
from portal.reviews.publicity.models import NOTICE_TRANSITIONS, OPEN, NoticeState, PublicNotice


def url(notice: PublicNotice) -> str:
    """The notice's permanent address."""
    return f"/publicity/{notice.id}"


def locked(db: Session, notice_id: uuid.UUID) -> PublicNotice:
    """The notice, locked for a change; objections are locked after it."""
    found = queries.one(db, notice_id, lock=True)
    if found is None:
        raise NotFound(_("There is nothing at this address."))
    return found


def run_by(db: Session, actor: Actor, notice_id: uuid.UUID) -> PublicNotice:
    """The notice, locked, for a verb of the secretariat; refuses everybody else."""
    need_secretariat(actor)
    return locked(db, notice_id)


def need_secretariat(actor: Actor) -> None:
    """Refuses everybody but the secretariat."""
    if not (policy.runs_notices(actor) or actor.is_system):
        raise Forbidden(_("Only the secretariat puts something on public notice."))


def move(
    db: Session,
    actor: Actor,
    notice: PublicNotice,
    state: NoticeState,
    who: str,
    *,
    reason: str = "",
    deadline: dt.datetime | None = None,
) -> None:
    """Move a locked notice along its table, and say so in the audit log."""
    check_move(NOTICE_TRANSITIONS, notice.state, state, who)
    notice.state, notice.state_reason, notice.deadline_at = state, reason, deadline
    notice.touch()
    db.add(notice)
    db.flush()
    record(db, actor, verb=f"public_notice.{state.value}", object=notice, reason=reason or None)


def complete(db: Session, notice: PublicNotice) -> None:
    """Complete a locked notice whose period is over and whose objections wait for nobody."""
    db.flush()
    if notice.state is NoticeState.ended and not set(OPEN) & set(queries.counts(db, notice.id)):
        move(db, SYSTEM, notice, NoticeState.settled, "system")
