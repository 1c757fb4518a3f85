"""When a seat may be written to, and who reads and says what in the discussion and the answers. Pure."""

import datetime as dt
import uuid

from portal.reviews.rounds import policy
from portal.reviews.rounds.models import Phase, RoundState, SeatState
from portal.reviews.rounds.policy import Stage, Standing

WRITABLE = (SeatState.accepted, SeatState.draft, SeatState.returned)


def takes_reviews(stage: Stage, due: dt.datetime | None, at: dt.datetime) -> bool:
    """Whether reviews may be written and handed in now."""
    return stage.state is RoundState.open and stage.phase is Phase.review and (due is None or at < due)


def joins(standing: Standing, submission: uuid.UUID, stage: Stage) -> bool:
    """Who reads the discussion: whoever reviewed it, from its phase on; the panel in its phase; the secretariat.

    Applicants never do.
    """
    return submission not in standing.applied and policy.sees_reviews(standing, submission, stage)


def speaks(standing: Standing, submission: uuid.UUID, stage: Stage) -> bool:
    """Who may say something: reviewers and secretariat, during the phase."""
    return stage.phase is Phase.discussion and (
        standing.runs(submission)
        or (standing.has_reviewed(submission) and joins(standing, submission, stage))
    )


def revises(standing: Standing, submission: uuid.UUID, stage: Stage) -> bool:
    """Whether the own marks may be revised with a reason."""
    return stage.phase is Phase.discussion and standing.has_reviewed(submission)


def answers(standing: Standing, submission: uuid.UUID, stage: Stage) -> bool:
    """Whether somebody may write the applicants' answer: who leads them, during the phase."""
    return stage.phase is Phase.rebuttal and stage.rebuttal and submission in standing.leads


def reads_answer(standing: Standing, submission: uuid.UUID, stage: Stage) -> bool:
    """Who reads it: the applicants, and, once it is submitted and its phase over, whoever reads the discussion."""
    if submission in standing.applied:
        return stage.rebuttal and policy.sees_reviews(standing, submission, stage)
    return stage.rebuttal and joins(standing, submission, stage)
