"""What higher layers do when a round enters a phase or somebody steps out, and what they add to its page.

They register when the program starts.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from portal.kit.actor import Actor
from portal.kit.db import Session
from portal.reviews.rounds.models import Phase, Round, Seat
from portal.reviews.rounds.policy import Standing

Entered = Callable[[Session, Actor, Round, Phase], None]
"""(database, actor, round, locked and in its new phase already; the phase before). In the transaction of the move."""
Recused = Callable[[Session, Actor, Seat], None]
"""(database, actor, seat, locked and given up). In the transaction of the act."""

_entered: list[Entered] = []
_recused: list[Recused] = []


def on_phase(hook: Entered) -> None:
    """Have something done whenever a round moves; in the order of registration, each hook once."""
    if hook not in _entered:
        _entered.append(hook)


def on_recused(hook: Recused) -> None:
    """Have something done whenever an expert gives up a seat."""
    if hook not in _recused:
        _recused.append(hook)


def entered(db: Session, actor: Actor, round_: Round, was: Phase) -> None:
    """Called by ``actions.common.move_round``."""
    for hook in _entered:
        hook(db, actor, round_, was)


def recused(db: Session, actor: Actor, seat: Seat) -> None:
    """Called by whatever lets an expert out of a seat."""
    for hook in _recused:
        hook(db, actor, seat)


@dataclass(frozen=True)
class Extra:
    """A part of the round's page: ``template`` is included with ``values`` under the name ``extra``."""

    template: str
    values: Mapping[str, Any] = field(default_factory=dict)


Extras = Callable[[Session, Actor, Standing, Round], Extra | None]
_extras: list[Extras] = []


def on_page(extras: Extras) -> None:
    """Have a part shown on the page of a round; it gives None where the reader gets nothing."""
    if extras not in _extras:
        _extras.append(extras)


def extras_of(db: Session, actor: Actor, standing: Standing, round_: Round) -> list[Extra]:
    """The parts this reader gets, in the order in which they were made known."""
    found = (extras(db, actor, standing, round_) for extras in _extras)
    return [extra for extra in found if extra is not None]
