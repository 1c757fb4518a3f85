"""The secretariat's desk over one round: how far it has come, what is missing, what comes next."""

import datetime as dt
import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from portal.kit.clock import now
from portal.kit.db import Session
from portal.kit.i18n import _, ngettext
from portal.reviews.desk.queries import tables
from portal.reviews.rounds.actions import lifecycle
from portal.reviews.rounds.actions.invitations import Sent
from portal.reviews.rounds.models import COUNTED, HOLDING, InvitationState, Phase, RoundState, SeatState
from portal.reviews.rounds.queries import running
from portal.reviews.rounds.seen import Seen

SOON = dt.timedelta(days=2)
"""Reviews that end within this time are called late."""


@dataclass(frozen=True)
class Task:
    """Something to do, where, and whether it is done."""

    title: str
    href: str
    hint: str
    level: str
    word: str


@dataclass
class Desk:
    """Numbers of the submissions the reader runs; others are left out of all of them."""

    entries: int = 0
    hidden: int = 0
    """Submissions the reader may know nothing about: own ones, and those in conflict."""
    thin: list[int] = field(default_factory=list)
    """Numbers of submissions with fewer seats than reviews are asked for."""
    accepted_thin: list[int] = field(default_factory=list)
    undecided: list[int] = field(default_factory=list)
    seats: Mapping[SeatState, int] = field(default_factory=dict)
    invitations: Mapping[InvitationState, int] = field(default_factory=dict)
    late: int = 0
    tasks: list[Task] = field(default_factory=list)

    def held(self, states: Collection[SeatState]) -> int:
        """How many seats are in these states."""
        return sum(self.seats.get(state, 0) for state in states)

    @property
    def wanted(self) -> int:
        """Seats that are taken."""
        return self.held(HOLDING)

    @property
    def accepted(self) -> int:
        """Seats whose expert accepted."""
        return self.held(lifecycle.ACCEPTED)

    @property
    def delivered(self) -> int:
        """Reviews that were delivered."""
        return self.held(COUNTED)


def hidden_from(seen: Seen) -> frozenset[uuid.UUID]:
    """Submissions over which a member of the secretariat has no rights."""
    return seen.standing.applied | seen.standing.conflicted


def of(db: Session, seen: Seen) -> Desk:
    """The desk as its reader may see it; four statements."""
    round_, but = seen.round, hidden_from(seen)
    wanted = seen.shape.staffing.reviews
    held = {key: value for key, value in running.coverage(db, round_.id, HOLDING).items() if key not in but}
    took = running.coverage(db, round_.id, lifecycle.ACCEPTED)
    desk = Desk(
        entries=len(held),
        hidden=len(but),
        thin=[number for number, count in held.values() if count < wanted],
        accepted_thin=[number for key, (number, count) in took.items() if key not in but and count < wanted],
        seats=running.counts_of_seats(db, round_.id, but=but),
        invitations={} if but else tables.counts_of_invitations(db, round_.id),
    )
    if round_.phase is Phase.review:
        desk.late = tables.late_experts(db, round_.id, now() + SOON, but)
    if round_.phase is Phase.conclusion:
        visible = {number for number, _count in held.values()}
        desk.undecided = [number for number in running.undecided(db, round_.id) if number in visible]
    desk.tasks = _tasks(seen, desk)
    return desk


def _task(title: str, href: str, done: bool, hint: str = "", *, waits: bool = False) -> Task:
    if done:
        return Task(title, href, hint, "good", _("Done"))
    return Task(title, href, hint, "busy" if waits else "warn", _("Waiting") if waits else _("To do"))


def _tasks(seen: Seen, desk: Desk) -> list[Task]:
    """What there is to do in the present phase, in the order in which it is done."""
    at, phase = f"/rounds/{seen.round.id}", seen.round.phase
    missing = lifecycle.listed(desk.thin)
    staffed = not desk.thin and desk.entries > 0
    if seen.round.state is RoundState.draft:
        entered = ngettext("%(n)s submission", "%(n)s submissions", desk.entries)
        return [
            _task(_("Look through the rules"), f"{at}/shape", True, _("They are frozen once experts are invited.")),
            _task(_("Enter what is reviewed"), f"{at}/submissions/new", desk.entries > 0, entered),
            _task(
                _("Assign or draw experts"), f"{at}/staffing", staffed,
                _("Fewer seats than reviews: %(numbers)s", numbers=missing) if missing else "",
            ),
            _task(_("Begin inviting"), "#next", False),
        ]  # fmt: skip
    if phase is Phase.invitation:
        open_ = desk.invitations.get(InvitationState.sent, 0)
        silent = ngettext("%(n)s expert has not answered", "%(n)s experts have not answered", open_)
        answers = _task(_("Answers of the experts"), f"{at}/invitations", open_ == 0, silent, waits=True)
        return [
            *([] if desk.hidden else [answers]),
            _task(
                _("Enough reviewers for each submission"), f"{at}/staffing", not desk.accepted_thin,
                _("Too few accepted: %(numbers)s", numbers=lifecycle.listed(desk.accepted_thin))
                if desk.accepted_thin
                else "",
            ),
        ]  # fmt: skip
    if phase is Phase.review:
        left = desk.held(lifecycle.MISSING)
        lacking = ngettext("%(n)s review is missing", "%(n)s reviews are missing", left)
        return [
            _task(
                _("Reviews delivered"), f"{at}/submissions" if desk.hidden else f"{at}/invitations?tab=late",
                left == 0, lacking, waits=True,
            ),
            _task(
                _("Seats that became free"), f"{at}/staffing", not desk.thin,
                _("Fewer seats than reviews: %(numbers)s", numbers=missing) if missing else "",
            ),
        ]  # fmt: skip
    if phase in (Phase.rebuttal, Phase.discussion):
        return [_task(_(phase.label), f"{at}/submissions", False, _("Ends by itself."), waits=True)]
    if phase is Phase.panel:
        return [_task(_("Hold the panel"), f"{at}/panel", False)]
    if phase is Phase.conclusion:
        numbers = lifecycle.listed(desk.undecided)
        return [
            _task(_("Look at the scores"), f"{at}/scores", not desk.undecided),
            _task(_("Decide every submission"), f"{at}/conclusion", not desk.undecided, numbers),
            _task(_("Conclude the round"), "#next", False),
        ]
    return []


def said(sent: Sent, hidden: frozenset[uuid.UUID]) -> str:
    """What became of sending invitations, in a sentence; without numbers for whom something of the round is hidden."""
    if hidden:
        return _("The invitations are sent.")
    text = _("Invitations sent: %(n)s.", n=len(sent.asked))
    if sent.added:
        text += " " + _("Seats given to experts asked before, who were told: %(n)s.", n=len(sent.added))
    if sent.conflicted:
        text += " " + _("Seats given up because of conflicts: %(n)s.", n=len(sent.conflicted))
    return text
