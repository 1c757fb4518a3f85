"""A notice: prepared, put up, ended by the clock, cancelled with a reason."""

import uuid

from portal.audit.actions import record
from portal.experts.actions.common import in_days, need
from portal.kit.actor import SYSTEM, Actor
from portal.kit.clock import now
from portal.kit.db import Session, lock_key
from portal.kit.errors import Conflict
from portal.kit.i18n import _
from portal.reviews.calendar.counting import notice as period
from portal.reviews.publicity import holidays, parties, queries
from portal.reviews.publicity.actions import objections
from portal.reviews.publicity.actions.common import complete, locked, move, need_secretariat, run_by
from portal.reviews.publicity.forms import NoticeForm
from portal.reviews.publicity.models import NoticeState, PublicNotice

DRAFT_DAYS = 90
"""A draft nobody puts up lapses after so long."""


def draft(
    db: Session,
    actor: Actor,
    *,
    given: NoticeForm,
    kind: str = parties.TEXT,
    subject_id: uuid.UUID | None = None,
    page: str = "",
    demo: bool = False,
) -> PublicNotice:
    """Prepare a notice, about a subject or about its own text. ``page`` is where the subject is shown, on this site."""
    need_secretariat(actor)
    if not parties.is_known(kind) or (kind != parties.TEXT) is not (subject_id is not None):
        raise ValueError(f"nothing of the kind {kind!r} can be put on notice")
    if page and (not page.startswith("/") or page.startswith(("//", "/\\"))):
        raise ValueError("a notice points to a path of this site")
    assert actor.id is not None  # noqa: S101 - the secretariat are people; the system only ends notices
    notice = PublicNotice(
        **dict(given), subject_kind=kind, subject_id=subject_id, url=page, created_by=actor.id,
        deadline_at=in_days(DRAFT_DAYS), demo=demo,
    )  # fmt: skip
    db.add(notice)
    db.flush()
    record(db, actor, verb="public_notice.drafted", object=notice)
    return notice


def save(db: Session, actor: Actor, *, notice_id: uuid.UUID, given: NoticeForm) -> PublicNotice:
    """Change a draft. What is up stays as it was put up."""
    notice = run_by(db, actor, notice_id)
    if notice.state is not NoticeState.draft:
        raise Conflict(
            _("A notice that was put up cannot be changed."),
            hint=_("Cancel it with a reason and put up another."),
        )
    for name, value in dict(given).items():
        setattr(notice, name, value)
    notice.deadline_at = in_days(DRAFT_DAYS)
    notice.touch()
    db.add(notice)
    record(db, actor, verb="public_notice.changed", object=notice)
    return notice


def start(db: Session, actor: Actor, *, notice_id: uuid.UUID) -> PublicNotice:
    """Put a draft up now. Its period is counted in working days and stands from then on.

    ``YearUnknown`` where it leads into a year whose holiday notice nobody entered; nothing is guessed.
    """
    notice = run_by(db, actor, notice_id)
    if notice.subject_id is not None:
        lock_key(db, "public-notice", notice.subject_kind, notice.subject_id)
        other = queries.latest_of(db, notice.subject_kind, notice.subject_id)
        if other is not None and other.state in (NoticeState.running, NoticeState.ended):
            raise Conflict(
                _("There is a notice about this already, and it is not completed."),
                hint=_("Wait for it, or cancel it with a reason."),
            )
    counted = period(now(), notice.working_days, holidays.extra())
    notice.starts_at, notice.last_day = counted.start, counted.last_day
    notice.days_off = [day.isoformat() for day in counted.days_off]
    move(db, actor, notice, NoticeState.running, "secretariat", deadline=counted.end)
    return notice


def cancel(db: Session, actor: Actor, *, notice_id: uuid.UUID, reason: str) -> PublicNotice:
    """Take a notice back, with a reason everybody reads; it stays where it is. Open objections end with it."""
    notice = run_by(db, actor, notice_id)
    move(db, actor, notice, NoticeState.cancelled, "secretariat", reason=need(reason))
    for objection in queries.open_at(db, notice.id):
        objections.lapse(db, actor, objection)
    return notice


def end_due(db: Session, notice_id: uuid.UUID) -> bool:
    """What the clock does to one notice: a draft lapses, a period ends; whether it was due."""
    notice = locked(db, notice_id)
    if notice.deadline_at is None or notice.deadline_at > now():
        return False
    if notice.state is NoticeState.draft:
        move(db, SYSTEM, notice, NoticeState.cancelled, "system")
    elif notice.state is NoticeState.running:
        move(db, SYSTEM, notice, NoticeState.ended, "system")
        complete(db, notice)
    return True
