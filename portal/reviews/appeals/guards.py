"""Guards of the pages of appeals: absent and invisible are the same 404."""

from dataclasses import dataclass

from portal.accounts.models import Role
from portal.kit.errors import Forbidden
from portal.kit.i18n import _
from portal.kit.pages import Context
from portal.kit.routes import signed_in
from portal.reviews.appeals import actions, queries
from portal.reviews.appeals.models import OPEN, Appeal
from portal.reviews.cases import policy as case_policy
from portal.reviews.rounds.models import Submission
from portal.reviews.rounds.policy import is_secretariat
from portal.reviews.rounds.seen import Seen, nothing, numbered, seen


@dataclass(frozen=True)
class Appealed:
    """A submission, the newest appeal about it, and what its reader is to it."""

    seen: Seen
    submission: Submission
    appeal: Appeal | None
    lead: bool
    handles_as: str | None

    @property
    def url(self) -> str:
        """The appeal's permanent address."""
        return actions.url(self.seen.round, self.submission)


def appealed(req: Context) -> Appealed:
    """The submission of the address: for its lead applicant, and for those who may decide its appeal."""
    there = seen(req)
    submission = numbered(req, there)
    appeal = queries.latest(req.db, submission.id)
    lead = submission.id in there.standing.leads
    if lead:
        return Appealed(there, submission, appeal, True, None)
    if appeal is None or req.actor.id is None:
        raise nothing()
    if appeal.handled_by == req.actor.id and appeal.state not in OPEN:
        # Upholding is an act in the round; whoever did it still reads what was decided.
        return Appealed(there, submission, appeal, False, None)
    barred = actions.bars(req.db, {req.actor.id}, there.round.id, submission.id)
    if not case_policy.sees(req.actor, appeal, barred):
        raise nothing()
    return Appealed(there, submission, appeal, False, case_policy.handles_as(req.actor, appeal, barred))


def handlers(req: Context) -> None:
    """The secretariat, and the auditors, to whom what lies is passed on."""
    signed_in(req)
    if not (is_secretariat(req.actor) or req.actor.has(Role.auditor)):
        raise Forbidden(_("This page is for other roles than yours."))
