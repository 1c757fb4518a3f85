"""Who may see and do what in a round: the one place where anonymity is decided. Pure.

Pages, lists, searches, counts, averages, exports, mails and errors ask here; a statement that cannot ask carries the
same condition. What is hidden from somebody is hidden as if it were not there.
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum

from portal.accounts.models import Role
from portal.kit.actor import Actor
from portal.reviews.rounds.models import COUNTED, WORKING, Blind, Phase, Round, RoundState, SeatState


class Names(IntEnum):
    """How much of somebody's identity is shown."""

    nothing = 0
    alias = 1
    full = 2


def is_secretariat(actor: Actor) -> bool:
    """The secretariat runs rounds."""
    return actor.has(Role.secretariat) and actor.may("write")


@dataclass(frozen=True)
class Standing:
    """What somebody is in one round (``queries.standing``). ``conflicted``: submissions with a hard conflict.

    A member of the secretariat who applies, or is in conflict, has no rights of the secretariat over that submission.
    """

    account_id: uuid.UUID | None = None
    secretariat: bool = False
    seats: Mapping[uuid.UUID, SeatState] = field(default_factory=dict)
    """Submission -> state of the own seat."""
    applied: frozenset[uuid.UUID] = frozenset()
    """Submissions the person is behind."""
    leads: frozenset[uuid.UUID] = frozenset()
    panellist: bool = False
    """Sits on the panel of the round."""
    conflicted: frozenset[uuid.UUID] = frozenset()

    def runs(self, submission: uuid.UUID) -> bool:
        """Whether the person has the secretariat's rights over a submission."""
        return self.secretariat and submission not in self.applied | self.conflicted

    def reviews(self, submission: uuid.UUID) -> bool:
        """Whether the person may read a submission and write its review."""
        return self.seats.get(submission) in WORKING and submission not in self.applied | self.conflicted

    def has_reviewed(self, submission: uuid.UUID) -> bool:
        """Whether the person's own review of it counts."""
        return self.seats.get(submission) in COUNTED and submission not in self.applied | self.conflicted

    def sits(self, submission: uuid.UUID) -> bool:
        """Whether the person may be in the room when the panel talks about it."""
        return self.panellist and submission not in self.applied | self.conflicted


NOTHING = Standing()


@dataclass(frozen=True)
class Stage:
    """What of a round decides about sight."""

    state: RoundState
    phase: Phase
    blind: Blind
    rebuttal: bool = False
    """Whether the shape has a phase in which applicants answer."""

    @property
    def over(self) -> bool:
        """Whether the round was concluded; one that was cancelled or lapsed shows nobody more than before."""
        return self.state is RoundState.concluded

    def reached(self, phase: Phase) -> bool:
        """Whether the round is in this phase or a later one, or was concluded."""
        if self.state in (RoundState.cancelled, RoundState.lapsed):
            return False
        order = list(Phase)
        return order.index(self.phase) >= order.index(phase)


def is_public(round_: Round) -> bool:
    """Whether everybody may read that the round takes place: only once it is more than a draft."""
    return round_.public and round_.state is not RoundState.draft


def sees_round(standing: Standing, *, public: bool) -> bool:
    """Whoever has a part in it; everybody where it is public."""
    return bool(public or standing.secretariat or standing.seats or standing.applied or standing.panellist)


def sees_submission(standing: Standing, submission: uuid.UUID, stage: Stage) -> bool:
    """The text: applicants theirs, the secretariat, its reviewers (all their life), the panel in its phase."""
    if submission in standing.applied:
        return True
    if submission in standing.conflicted:
        return False
    return bool(
        standing.secretariat
        or standing.seats.get(submission) in (*WORKING, SeatState.locked)
        or (standing.sits(submission) and stage.reached(Phase.panel))
    )


def sees_reviews(standing: Standing, submission: uuid.UUID, stage: Stage) -> bool:
    """Reviews of others.

    The secretariat always; whoever has reviewed it, from the discussion on (never before, so that nobody writes after
    another); the panel in its phase; applicants where they are to answer, and after the conclusion.
    """
    if submission in standing.applied:
        return stage.over or (stage.rebuttal and stage.reached(Phase.rebuttal))
    if submission in standing.conflicted:
        return False
    return bool(
        standing.secretariat
        or (standing.has_reviewed(submission) and stage.reached(Phase.discussion))
        or (standing.sits(submission) and stage.reached(Phase.panel))
    )


def sees_scores(standing: Standing, submission: uuid.UUID, stage: Stage) -> bool:
    """Marks and means: as the reviews, but applicants only after the conclusion."""
    if submission in standing.applied:
        return stage.over
    return sees_reviews(standing, submission, stage)


def reviewer_names(standing: Standing, submission: uuid.UUID, stage: Stage) -> Names:
    """How reviewers of a submission are shown.

    By name: to the secretariat (each such view is logged), and in an open round to whoever sees the reviews. The
    panel, fellow reviewers and applicants of a blind round know letters alone, for ever.
    """
    if standing.runs(submission):
        return Names.full
    if not sees_reviews(standing, submission, stage):
        return Names.nothing
    return Names.full if stage.blind is Blind.none else Names.alias


def applicant_names(standing: Standing, submission: uuid.UUID, stage: Stage) -> Names:
    """How the people behind a submission are shown: not to reviewers and panel while a double blind round runs."""
    if submission in standing.applied or standing.runs(submission):
        return Names.full
    if not sees_submission(standing, submission, stage):
        return Names.nothing
    return Names.nothing if stage.blind is Blind.double and not stage.over else Names.full
