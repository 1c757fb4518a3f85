"""What somebody is in a round: read in one place, asked by everything that shows or changes a part of it."""

import uuid
from collections.abc import Callable, Collection

from portal.kit.actor import Actor
from portal.kit.db import Session
from portal.reviews.rounds import policy
from portal.reviews.rounds.models import Phase, Round
from portal.reviews.rounds.policy import Stage, Standing
from portal.reviews.rounds.queries import basic
from portal.reviews.rounds.shape import Shape

Checker = Callable[[Session, uuid.UUID, Collection[uuid.UUID]], frozenset[uuid.UUID]]
"""(database, account, submissions) -> those with which the account has a hard conflict that nobody dismissed."""
Panels = Callable[[Session, uuid.UUID, uuid.UUID], bool]
"""(database, account, round) -> whether the account sits on a panel of the round."""

PanelRounds = Callable[[Session, uuid.UUID], Collection[uuid.UUID]]
"""(database, account) -> rounds on whose panel the account sits, for lists."""

_checkers: list[Checker] = []
_panels: list[Panels] = []
_panel_rounds: list[PanelRounds] = []


def register_checker(checker: Checker) -> None:
    """Make known what finds conflicts; there is one."""
    _checkers[:] = [checker]


def register_panels(panels: Panels) -> None:
    """Make known what knows the panels; there is one."""
    _panels[:] = [panels]


def register_panel_rounds(rounds: PanelRounds) -> None:
    """Make known what lists the rounds of a panellist; there is one."""
    _panel_rounds[:] = [rounds]


def panel_rounds(db: Session, account_id: uuid.UUID) -> frozenset[uuid.UUID]:
    """Rounds on whose panel the account sits."""
    return frozenset(key for rounds in _panel_rounds for key in rounds(db, account_id))


def shape_of(round_: Round) -> Shape:
    """The shape of a round."""
    return Shape.model_validate(round_.shape)


def stage_of(round_: Round, shape: Shape | None = None) -> Stage:
    """What of a round decides about sight."""
    shape = shape or shape_of(round_)
    return Stage(round_.state, round_.phase, shape.blind, Phase.rebuttal in shape.phases())


def conflicts_of(
    db: Session, account_id: uuid.UUID, submissions: Collection[uuid.UUID]
) -> frozenset[uuid.UUID]:
    """Those of these submissions, of whatever rounds, with which the account has a hard conflict now.

    Without a checker everything counts as conflicted: a program put together wrongly shows nothing.
    """
    if not submissions or not _checkers:
        return frozenset(submissions)
    return _checkers[0](db, account_id, submissions)


def standing_of(db: Session, actor: Actor, round_: Round) -> Standing:
    """What the actor is in this round now: conflicts are looked for at every call, so at every view and act."""
    if actor.id is None:
        return policy.NOTHING
    seats = basic.seats_of(db, round_.id, actor.id)
    people = basic.applications_of(db, round_.id, actor.id)
    secretariat = policy.is_secretariat(actor)
    panellist = any(panels(db, actor.id, round_.id) for panels in _panels)
    asked = set(seats)
    if secretariat or panellist:
        asked = set(basic.submission_ids(db, round_.id))
    return Standing(
        account_id=actor.id,
        secretariat=secretariat,
        seats=seats,
        applied=frozenset(people),
        leads=frozenset(key for key, lead in people.items() if lead),
        panellist=panellist,
        conflicted=conflicts_of(db, actor.id, asked),
    )
