"""Transition tables: which state may follow which, and who may move it."""

from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar

from portal.kit.errors import Conflict
from portal.kit.i18n import _, label

S = TypeVar("S", bound=StrEnum)
Transitions = Mapping[S, Mapping[S, frozenset[str]]]
"""``{from: {to: who}}``; ``who`` holds role names of DOMAIN or ``system``. A state without entry is final."""


def check_move(table: Transitions[S], old: S, new: S, who: str | None = None) -> None:
    """Refuse with ``Conflict`` a move the table does not know, or knows only for others than ``who``."""
    allowed = table.get(old, {}).get(new)
    if allowed is None or (who is not None and who not in allowed):
        raise Conflict(
            _("This cannot go from “%(old)s” to “%(new)s”.", old=label(old), new=label(new)),
            hint=_("Reload the page: somebody may have changed it in the meantime."),
        )


def is_final(table: Transitions[S], state: S) -> bool:
    """Whether nothing can follow."""
    return not table.get(state)
