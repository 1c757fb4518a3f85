"""What happens to sessions by themselves."""

from portal.kit.actor import SYSTEM
from portal.kit.clock import now
from portal.kit.db import Session
from portal.kit.i18n import N_
from portal.reviews.panels import queries
from portal.reviews.panels.actions.ballots import expire_ballot
from portal.reviews.panels.actions.common import enter
from portal.reviews.panels.actions.minutes import freeze_overdue
from portal.reviews.panels.actions.sessions import drop, end
from portal.reviews.panels.models import GOING, MotionState, SessionState

NEVER_BEGAN = N_("It was not opened in time.")
TIME_OVER = N_("Its time was over.")


def run_deadlines(db: Session) -> int:
    """Ballots are counted, sessions closed or cancelled, minutes frozen when their time is over; how many that were."""
    at, done = now(), 0
    for motion_id in queries.motions_due(db, at):
        expire_ballot(db, motion_id)
        done += 1
    for session_id in queries.sessions_due(db, at):
        room = enter(db, SYSTEM, session_id)
        if room.session.state not in GOING:
            continue
        if room.session.state is SessionState.planned:
            drop(db, SYSTEM, room.session, "system", reason=NEVER_BEGAN)
        else:
            called = queries.called(db, session_id)
            for motion in queries.motions(db, [called.id])[called.id] if called is not None else []:
                if motion.state is MotionState.open:
                    expire_ballot(db, motion.id)
            end(db, SYSTEM, room.session, "system", reason=TIME_OVER)
        done += 1
    for session_id in queries.minutes_due(db, at):
        freeze_overdue(db, session_id)
        done += 1
    return done
