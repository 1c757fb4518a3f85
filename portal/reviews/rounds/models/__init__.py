"""Tables of rounds, of what is reviewed in them, and of the seats."""

from portal.reviews.rounds.models.calibrations import Calibration
from portal.reviews.rounds.models.delays import Delay, DelayKind
from portal.reviews.rounds.models.rounds import (
    PHASE_STATE,
    ROUND_TRANSITIONS,
    RUNNING,
    Blind,
    Phase,
    Round,
    RoundState,
    RoundTemplate,
)
from portal.reviews.rounds.models.seats import (
    COUNTED,
    HOLDING,
    INVITATION_TRANSITIONS,
    SEAT_TRANSITIONS,
    WORKING,
    DeclineReason,
    Invitation,
    InvitationState,
    Seat,
    SeatOrigin,
    SeatState,
)
from portal.reviews.rounds.models.submissions import (
    SUBMISSION_TRANSITIONS,
    Submission,
    SubmissionExclusion,
    SubmissionPerson,
    SubmissionState,
)

__all__ = [
    "COUNTED",
    "HOLDING",
    "INVITATION_TRANSITIONS",
    "PHASE_STATE",
    "ROUND_TRANSITIONS",
    "RUNNING",
    "SEAT_TRANSITIONS",
    "SUBMISSION_TRANSITIONS",
    "WORKING",
    "Blind",
    "Calibration",
    "DeclineReason",
    "Delay",
    "DelayKind",
    "Invitation",
    "InvitationState",
    "Phase",
    "Round",
    "RoundState",
    "RoundTemplate",
    "Seat",
    "SeatOrigin",
    "SeatState",
    "Submission",
    "SubmissionExclusion",
    "SubmissionPerson",
    "SubmissionState",
]
