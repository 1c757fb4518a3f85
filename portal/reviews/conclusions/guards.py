"""Guards of the conclusion's pages: absent and invisible are the same 404."""

from dataclasses import dataclass

from portal.kit.pages import Context
from portal.reviews.conclusions import queries
from portal.reviews.conclusions.models import Letter
from portal.reviews.rounds.models import Submission
from portal.reviews.rounds.seen import Seen, nothing, numbered, seen


@dataclass(frozen=True)
class Addressed:
    """A letter, its submission and its reader."""

    seen: Seen
    submission: Submission
    letter: Letter

    @property
    def url(self) -> str:
        """The submission's permanent address."""
        return f"{self.seen.url}/submissions/{self.submission.number}"


def addressed(req: Context) -> Addressed:
    """The newest letter about the submission, for the people behind it and the secretariat."""
    found = seen(req)
    submission = numbered(req, found)
    if submission.id not in found.standing.applied and not found.standing.runs(submission.id):
        raise nothing()
    letter = queries.letter(req.db, submission.id)
    if letter is None:
        raise nothing()
    return Addressed(found, submission, letter)
