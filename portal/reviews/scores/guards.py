"""Guards of score pages: absent and invisible are the same 404."""

from dataclasses import dataclass

from portal.kit.pages import Context
from portal.reviews.rounds import policy as sight
from portal.reviews.rounds.models import Submission, SubmissionState
from portal.reviews.rounds.seen import Seen, nothing, numbered, seen
from portal.reviews.scores import policy


def reader(req: Context) -> Seen:
    """The round in the address, for whoever may read its scores."""
    found = seen(req)
    if not policy.sees_page(found.standing, found.stage):
        raise nothing()
    return found


@dataclass(frozen=True)
class Own:
    """One submission of a round, and its reader."""

    seen: Seen
    submission: Submission


def own(req: Context) -> Own:
    """The submission in the address, for whoever may see its scores."""
    found = seen(req)
    submission = numbered(req, found)
    hidden = not sight.sees_scores(found.standing, submission.id, found.stage)
    if hidden or submission.state is SubmissionState.withdrawn:
        raise nothing()
    return Own(found, submission)
