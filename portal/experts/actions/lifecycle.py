"""Being in the pool and leaving it: pause, return, yearly re-check, leaving, removal for integrity."""

import datetime as dt
import uuid

from portal.audit.actions import record
from portal.experts import policy
from portal.experts.actions.common import (
    MINE,
    POOL,
    admit_again,
    in_days,
    inform,
    judged,
    move,
    name_of,
    need,
    own,
    tell_secretariat,
)
from portal.experts.models import IN_POOL, Expert, ExpertState
from portal.experts.queries import pool
from portal.kit.actor import Actor
from portal.kit.clock import SHANGHAI, now, shanghai
from portal.kit.db import Session
from portal.kit.errors import Conflict, Invalid
from portal.kit.i18n import N_, _
from portal.settings import get_settings

PAUSED = N_("Your place in the expert pool is paused by the secretariat: %(reason)s")
RESUMED = N_("You are back in the expert pool.")
CHECK = N_("Please look through your expert profile and confirm it by %(day)s; otherwise you are paused.")
REMOVED = N_("You were removed from the expert pool: %(reason)s")
SENIOR = N_("The secretariat has changed what your profile says of a senior title.")
LEFT = N_("%(person)s has left the expert pool.")


def pause(db: Session, actor: Actor, *, until: dt.date, reason: str = "") -> Expert:
    """Take leave until a day (inclusive), at most the longest pause; the day after, one is back."""
    expert = own(db, actor)
    return _pause(db, actor, expert, until, reason.strip(), "self")


def pause_by_secretariat(
    db: Session, actor: Actor, *, expert_id: uuid.UUID, until: dt.date, reason: str
) -> Expert:
    """The same by the secretariat, with a reason that the expert reads."""
    expert = judged(db, actor, expert_id)
    text = need(reason)
    _pause(db, actor, expert, until, text, "secretariat")
    inform(db, expert.account_id, PAUSED, MINE, reason=text)
    return expert


def _pause(db: Session, actor: Actor, expert: Expert, until: dt.date, reason: str, who: str) -> Expert:
    end = dt.datetime.combine(until + dt.timedelta(days=1), dt.time(), SHANGHAI)
    if end <= now():
        why = _("This day is over already.")
    elif end > in_days(get_settings().expert_pause_days + 1):
        why = _(
            "A pause lasts at most %(n)s days; to go for longer, leave the pool.",
            n=get_settings().expert_pause_days,
        )
    else:
        # Why somebody takes leave is personal: it stands in the row, not in the log that nobody can change.
        said = "" if who == "self" else reason
        move(db, actor, expert, ExpertState.paused, who, reason=said, deadline=end)
        expert.resumes, expert.state_reason = True, reason
        db.add(expert)
        return expert
    raise Invalid(_("Please correct the marked fields."), fields={"until": why})


def resume(db: Session, actor: Actor) -> Expert:
    """Come back from a pause before it ends; says at the same time that the profile holds."""
    expert = own(db, actor)
    if expert.state is not ExpertState.paused:
        raise Conflict(_("You are not paused."))
    admit_again(db, actor, expert, "self", checked=True)
    return expert


def resume_by_secretariat(db: Session, actor: Actor, *, expert_id: uuid.UUID) -> Expert:
    """End somebody's pause. A re-check that is due begins soon after."""
    expert = judged(db, actor, expert_id)
    if expert.state is not ExpertState.paused:
        raise Conflict(_("This expert is not paused."))
    admit_again(db, actor, expert, "secretariat", checked=False)
    inform(db, expert.account_id, RESUMED, MINE)
    return expert


def begin_check(db: Session, actor: Actor, expert: Expert, who: str) -> None:
    """Ask a locked expert to look through the profile."""
    deadline = in_days(get_settings().expert_check_answer_days)
    move(db, actor, expert, ExpertState.recheck, who, deadline=deadline)
    inform(db, expert.account_id, CHECK, MINE, day=f"{shanghai(deadline):%Y-%m-%d}")


def ask_check(db: Session, actor: Actor, *, expert_id: uuid.UUID) -> Expert:
    """The secretariat asks for a re-check before the year is over."""
    expert = judged(db, actor, expert_id)
    begin_check(db, actor, expert, "secretariat")
    return expert


def confirm_profile(db: Session, actor: Actor) -> Expert:
    """The expert has looked through the profile: it holds for another year. Needs disciplines."""
    expert = own(db, actor)
    if expert.state is not ExpertState.recheck:
        raise Conflict(_("No re-check is due."))
    if not pool.parts_of(db, expert.id).disciplines:
        raise Conflict(
            _("Your profile names no discipline."), hint=_("Complete it first; it is what you are found by.")
        )
    admit_again(db, actor, expert, "self", checked=True)
    return expert


def confirm_by_secretariat(db: Session, actor: Actor, *, expert_id: uuid.UUID) -> Expert:
    """The secretariat has checked the profile with the expert by other ways."""
    expert = judged(db, actor, expert_id)
    if expert.state is not ExpertState.recheck:
        raise Conflict(_("No re-check is due."))
    admit_again(db, actor, expert, "secretariat", checked=True)
    return expert


def leave(db: Session, actor: Actor) -> Expert:
    """Leave the pool, or take a nomination back. The public page goes at once; the profile stays for a return."""
    expert = own(db, actor)
    was_in = expert.state in {*IN_POOL, ExpertState.paused}
    move(db, actor, expert, ExpertState.withdrawn, "self")
    expert.listed = False
    db.add(expert)
    if was_in:
        tell_secretariat(db, LEFT, f"{POOL}/{expert.id}", person=name_of(db, expert.account_id))
    return expert


def remove(db: Session, actor: Actor, *, expert_id: uuid.UUID, reason: str) -> Expert:
    """Remove somebody for a breach of integrity, for good, with a reason that the person reads."""
    expert = judged(db, actor, expert_id)
    text = need(reason)
    move(db, actor, expert, ExpertState.removed, "secretariat", reason=text)
    expert.listed = False
    db.add(expert)
    inform(db, expert.account_id, REMOVED, MINE, reason=text)
    return expert


def set_senior(db: Session, actor: Actor, *, expert_id: uuid.UUID, senior: bool) -> Expert:
    """Say whether the title is a senior one, as the secretariat has checked it."""
    expert = judged(db, actor, expert_id)
    if not policy.keeps_profile(expert):
        raise Conflict(_("This expert is not in the pool."))
    if expert.senior is senior:
        return expert
    expert.senior = senior
    expert.touch()
    db.add(expert)
    record(db, actor, verb="expert.senior_set", object=expert, senior=senior)
    inform(db, expert.account_id, SENIOR, MINE)
    return expert
