"""Who may do what in a session, and when a ballot has a result. Pure."""

import uuid
from collections.abc import Mapping

from portal.reviews.panels.models import Choice, MemberRole, MotionState
from portal.reviews.rounds.policy import Standing
from portal.reviews.rounds.shape import Panel

FEWEST = 3
"""Voters a secret ballot needs: with fewer, everybody would know everybody's vote."""


def hosts(standing: Standing, role: MemberRole | None) -> bool:
    """Whether somebody leads a session: its chair, its secretary, the secretariat."""
    return standing.secretariat or role in (MemberRole.chair, MemberRole.secretary)


def in_room(standing: Standing, role: MemberRole | None, submission: uuid.UUID) -> bool:
    """Whether somebody may know anything of an item: nobody behind the submission or in conflict with it."""
    return standing.runs(submission) or (role is not None and standing.sits(submission))


def leads(standing: Standing, role: MemberRole | None, submission: uuid.UUID) -> bool:
    """Whether somebody may lead the panel through an item."""
    return hosts(standing, role) and in_room(standing, role, submission)


def has_quorum(rules: Panel, able: int, there: int) -> bool:
    """Whether enough of those able to vote are there. Where nobody is able there is none."""
    return able > 0 and 100 * there >= rules.quorum_percent * able


def carried(rules: Panel, yes: int, no: int) -> bool:
    """Whether more than the rule's share of the valid votes is in favour. Abstentions are no valid votes; a tie, and no
    valid vote at all, carry nothing."""
    return 100 * yes > rules.majority_percent * (yes + no)


def result(rules: Panel, able: int, counts: Mapping[Choice, int], *, secret: bool) -> MotionState:
    """What a ballot comes to: without a result where too few have voted, else carried or not."""
    cast = sum(counts.values())
    if not has_quorum(rules, able, cast) or (secret and cast < FEWEST):
        return MotionState.void
    yes, no = counts.get(Choice.yes, 0), counts.get(Choice.no, 0)
    return MotionState.carried if carried(rules, yes, no) else MotionState.lost
