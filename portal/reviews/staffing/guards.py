"""Guards of staffing pages: absent and invisible are the same 404."""

from dataclasses import dataclass

from portal.kit.errors import Conflict, Forbidden
from portal.kit.i18n import _
from portal.kit.pages import Context
from portal.kit.routes import signed_in
from portal.reviews.rounds import policy as sight
from portal.reviews.rounds.models import Submission
from portal.reviews.rounds.seen import Seen, load, nothing, numbered, runner, seen
from portal.reviews.rounds.sight import names_seen
from portal.reviews.staffing import policy
from portal.reviews.staffing.models import RunState, StaffingRun
from portal.reviews.staffing.queries import runs


def cleared(req: Context) -> Seen:
    """The round in the address, for whoever of the secretariat may know all of it."""
    found = runner(req)
    if not policy.is_cleared(found.standing, runs.submissions_of(req.db, found.round.id)):
        raise Forbidden(policy.not_cleared())
    return found


def lots(req: Context) -> Seen:
    """The round in the address, for whoever may know that it takes place."""
    found = load(req, req.path_id())
    if not sight.sees_round(found.standing, public=sight.is_public(found.round)):
        raise nothing()
    return found


@dataclass(frozen=True)
class Run:
    """A run, and its round as its reader sees it."""

    seen: Seen
    run: StaffingRun

    @property
    def url(self) -> str:
        """The run's permanent address."""
        return f"{self.seen.url}/staffing/{self.run.id}"


def watched(req: Context) -> Run:
    """The run in the address, for whoever may know all of its round, where no name is shown."""
    found = cleared(req)
    one = runs.one(req.db, req.path_id("run"), round_id=found.round.id)
    if one is None:
        raise nothing()
    return Run(found, one)


def run(req: Context) -> Run:
    """The same, where names are shown."""
    found = watched(req)
    names_seen(req.db, req.actor, found.seen.round, "staffing.run")
    return found


def record(req: Context) -> Run:
    """The record of a draw in the address: for whoever staffs the round and for auditors, once the seed is public."""
    found = seen(req)
    if not policy.reads_record(req.actor, found.standing, runs.submissions_of(req.db, found.round.id)):
        raise nothing()
    one = runs.one(req.db, req.path_id("run"), round_id=found.round.id)
    if one is None or not one.commitment:
        raise nothing()
    if one.state is not RunState.adopted or one.revealed_at is None:
        raise Conflict(_("The record holds the seed; it can be had once the seed is revealed."))
    names_seen(req.db, req.actor, found.round, "staffing.record")
    return Run(found, one)


@dataclass(frozen=True)
class Place:
    """A submission whose experts are looked for."""

    seen: Seen
    submission: Submission


def place(req: Context) -> Place:
    """The submission in the address, for whoever runs it."""
    signed_in(req)
    found = runner(req)
    submission = numbered(req, found)
    if not found.standing.runs(submission.id):
        raise nothing()
    names_seen(req.db, req.actor, found.round, "staffing.affinity", submission.id)
    return Place(found, submission)
