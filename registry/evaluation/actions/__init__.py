"""Changes of evaluations, one function per verb."""

from registry.evaluation.actions.attempts import Claimant, claim, claim_next, note, to_scoring
from registry.evaluation.actions.endings import (
    Finding,
    finish_done,
    finish_failed,
    lose,
    release,
)
from registry.evaluation.actions.requests import cancel, remind, request_evaluation
from registry.evaluation.actions.watchdog import watch

__all__ = [
    "Claimant",
    "Finding",
    "cancel",
    "claim",
    "claim_next",
    "finish_done",
    "finish_failed",
    "lose",
    "note",
    "release",
    "remind",
    "request_evaluation",
    "to_scoring",
    "watch",
]
