"""What happens to notices and objections by themselves."""

from portal.kit.clock import now
from portal.kit.db import Session
from portal.reviews.cases import queries as case_queries
from portal.reviews.publicity import queries
from portal.reviews.publicity.actions import notices, objections
from portal.reviews.publicity.models import Objection


def run(db: Session) -> int:
    """End periods, let drafts lapse, pass objections on or let them expire; how much that was."""
    at = now()
    done = sum(notices.end_due(db, notice_id) for notice_id in queries.due(db, at))
    return done + sum(objections.let_lie(db, key) for key in case_queries.due(db, Objection, at))
