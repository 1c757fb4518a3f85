"""The submissions a reader of the conclusion runs: the one way to pages, files and the API."""

from portal.kit.db import Session
from portal.reviews.rounds.models import Submission, SubmissionState
from portal.reviews.rounds.queries import basic
from portal.reviews.rounds.seen import Seen


def mine(db: Session, seen: Seen) -> list[Submission]:
    """The submissions the reader runs, without withdrawn ones, by number."""
    return [
        one
        for one in basic.submissions(db, seen.round.id)
        if one.state is not SubmissionState.withdrawn and seen.standing.runs(one.id)
    ]
