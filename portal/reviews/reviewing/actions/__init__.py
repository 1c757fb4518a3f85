"""The verbs of reviewing, by the name others import."""

from portal.reviews.reviewing.actions import answering, discussing
from portal.reviews.reviewing.actions.clock import run_deadlines
from portal.reviews.reviewing.actions.forgetting import forget_person
from portal.reviews.reviewing.actions.keeping import discount, give_back
from portal.reviews.reviewing.actions.writing import Outdated, decline, keep, recuse, reopen, save, submit

__all__ = [
    "Outdated",
    "answering",
    "decline",
    "discount",
    "discussing",
    "forget_person",
    "give_back",
    "keep",
    "recuse",
    "reopen",
    "run_deadlines",
    "save",
    "submit",
]
