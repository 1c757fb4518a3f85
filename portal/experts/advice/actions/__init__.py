"""The verbs of advice, by the name others import."""

from portal.experts.advice.actions.asking import ask, close, forget_person, refuse, set_hidden, withdraw
from portal.experts.advice.actions.common import url
from portal.experts.advice.actions.deadlines import run_deadlines
from portal.experts.advice.actions.routing import accept, answer, decline, ranked, route

__all__ = [
    "accept",
    "answer",
    "ask",
    "close",
    "decline",
    "forget_person",
    "ranked",
    "refuse",
    "route",
    "run_deadlines",
    "set_hidden",
    "url",
    "withdraw",
]
