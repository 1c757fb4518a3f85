"""Who reads the log of names, who may report an approach, when experts are made known. Pure."""

import datetime as dt
from collections.abc import Iterable
from typing import Any

from portal.accounts.models import Role
from portal.kit.actor import Actor
from portal.reviews.integrity.models import Approach
from portal.reviews.rounds.models import Round, RoundState
from portal.reviews.rounds.policy import Standing, is_secretariat
from portal.reviews.rounds.shape import Shape

LEAST_EXPERTS = 5
"""Fewer are never made known: with so few it can be guessed who reviewed what."""
LEAST_SUBMISSIONS = 2
"""With a single one the list would say it outright."""


def reads_log(actor: Actor, round_: Round) -> bool:
    """Auditors, and the member of the secretariat that made the round."""
    return actor.has(Role.auditor) or (is_secretariat(actor) and actor.id == round_.created_by)


def may_report(standing: Standing, *, invited: bool) -> bool:
    """Whoever was invited to the round, has a seat in it or sits on its panel; whatever became of that."""
    return bool(standing.seats or standing.panellist or invited)


def is_barred(standing: Standing, report: Approach) -> bool:
    """Whether somebody has part in what a report may be about.

    Applicants and experts of the round have; the secretariat in conflict with the submission has, or with any of the
    round where none is named; and the whole secretariat where it concerns one of them.
    """
    if report.about_secretariat and standing.secretariat:
        return True
    if standing.applied or standing.seats or standing.panellist:
        return True
    if report.submission_id is None:
        return bool(standing.conflicted)
    return report.submission_id in standing.conflicted


def open_to(standing: Standing, rows: Iterable[Any]) -> list[Any]:
    """Those of the reports in a round that somebody of the secretariat may see: none in which they have part, none of
    their own."""
    return [row for row in rows if not is_barred(standing, row) and row.account_id != standing.account_id]


def revealed_on(round_: Round, shape: Shape) -> dt.datetime | None:
    """From when the experts of a concluded public round are known; None: never."""
    if not round_.public or round_.state is not RoundState.concluded or shape.reveal_experts_days is None:
        return None
    return round_.state_at + dt.timedelta(days=shape.reveal_experts_days)
