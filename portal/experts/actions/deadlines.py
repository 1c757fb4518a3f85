"""What happens by itself: nominations lapse, re-checks begin and end in a pause, pauses end."""

import datetime as dt
import uuid

from portal.audit.actions import record
from portal.experts.actions.common import (
    MINE,
    POOL,
    admit_again,
    in_days,
    inform,
    inform_admins,
    locked,
    move,
    name_of,
    tell_secretariat,
)
from portal.experts.actions.dossier import expire_affiliations
from portal.experts.actions.lifecycle import RESUMED, begin_check
from portal.experts.models import Expert, ExpertState
from portal.experts.queries import pool
from portal.kit.actor import SYSTEM
from portal.kit.clock import now, shanghai
from portal.kit.db import Session
from portal.kit.i18n import N_
from portal.settings import get_settings

LAPSED = N_("Your nomination as an expert lapsed unanswered. You may be nominated again.")
LAPSED_PAUSE = N_(
    "Your place in the expert pool has ended with the longest pause. You may be nominated again."
)
UNIT_LAPSED = N_("The nomination of %(person)s by “%(organisation)s” lapsed unanswered.")
LATE = N_("The nomination of %(person)s was not decided in time; it lapses after a second period.")
REMIND = N_("Your expert profile still waits for your confirmation, until %(day)s.")
PAUSED = N_("You did not confirm your expert profile in time and are paused. You can come back yourself.")


def run(db: Session) -> int:
    """Move on everything that is due; how much that was."""
    at, done = now(), 0
    for expert_id in pool.due(db, at):
        expert = locked(db, expert_id)
        if expert.deadline_at is not None and expert.deadline_at <= at:
            _due(db, expert)
            done += 1
    half = dt.timedelta(days=get_settings().expert_check_answer_days) / 2
    for expert_id in pool.to_remind(db, at + half):
        done += _remind(db, expert_id)
    return done + expire_affiliations(db)


def _remind(db: Session, expert_id: uuid.UUID) -> int:
    expert = locked(db, expert_id)
    if (
        expert.state is not ExpertState.recheck
        or expert.reminded_at is not None
        or expert.deadline_at is None
    ):
        return 0
    expert.reminded_at = now()
    db.add(expert)
    record(db, SYSTEM, verb="expert.reminded", object=expert)
    inform(db, expert.account_id, REMIND, MINE, day=f"{shanghai(expert.deadline_at):%Y-%m-%d}")
    return 1


def _due(db: Session, expert: Expert) -> None:
    if expert.state is ExpertState.active:
        begin_check(db, SYSTEM, expert, "system")
    elif expert.state is ExpertState.recheck:
        days = get_settings().expert_pause_days
        move(db, SYSTEM, expert, ExpertState.paused, "system", deadline=in_days(days))
        inform(db, expert.account_id, PAUSED, MINE)
    elif expert.state is ExpertState.paused and expert.resumes:
        admit_again(db, SYSTEM, expert, "system", checked=False)
        inform(db, expert.account_id, RESUMED, MINE)
    elif expert.state is ExpertState.admitting and expert.reminded_at is None:
        expert.reminded_at = now()
        expert.deadline_at = in_days(get_settings().expert_admit_days)
        db.add(expert)
        record(db, SYSTEM, verb="expert.overdue", object=expert)
        tell_secretariat(db, LATE, f"{POOL}/{expert.id}", person=name_of(db, expert.account_id))
    else:
        _lapse(db, expert)


def _lapse(db: Session, expert: Expert) -> None:
    was = expert.state
    move(db, SYSTEM, expert, ExpertState.lapsed, "system")
    expert.listed = False
    db.add(expert)
    inform(db, expert.account_id, LAPSED_PAUSE if was is ExpertState.paused else LAPSED, MINE)
    if was is ExpertState.nominated and expert.organisation_id is not None:
        inform_admins(db, expert.organisation_id, UNIT_LAPSED, person=name_of(db, expert.account_id))
