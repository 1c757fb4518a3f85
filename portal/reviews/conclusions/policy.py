"""What is suggested for a submission, and what reason an outcome needs. Pure."""

from dataclasses import dataclass

from portal.reviews.conclusions.models import Basis
from portal.reviews.estimates.results import Group
from portal.reviews.rounds.shape import Shape

LEAST, LEAST_OWN = 4, 20
"""Characters of a reason: where the outcome is the suggested one, and where people set it against or without one."""


@dataclass(frozen=True)
class Suggestion:
    """The outcome that goes with the panel's vote, else with the group of the scores; an empty key: none."""

    outcome: str = ""
    basis: Basis = Basis.none


def suggestion(shape: Shape, group: Group | None, panel: str) -> Suggestion:
    """The panel's vote comes first; scores suggest something only for what is surely in or out."""
    if panel and shape.outcome(panel) is not None:
        return Suggestion(panel, Basis.panel)
    kind = {Group.IN: "in", Group.OUT: "out"}.get(group) if group is not None else None
    for one in shape.outcomes:
        if one.kind == kind:
            return Suggestion(one.key, Basis.group)
    return Suggestion()


def least_reason(outcome: str, suggested: Suggestion) -> int:
    """How long the reason for an outcome has to be."""
    return LEAST if outcome == suggested.outcome else LEAST_OWN
