"""What routes load and allow before they show anything."""

from dataclasses import dataclass
from typing import Any

from portal.kit.errors import NotFound
from portal.kit.i18n import _
from portal.kit.pages import Context
from registry.evaluation import policy
from registry.evaluation.policy import Facts
from registry.evaluation.queries import lists


@dataclass(frozen=True)
class Seen:
    """An evaluation the reader may see."""

    row: Any
    facts: Facts


def readable(req: Context) -> Seen:
    """The evaluation named ``id`` in the address; absent and invisible give the same 404."""
    evaluation_id = req.path_id()
    facts = lists.facts(req.db, evaluation_id)
    if facts is None or not policy.can_see(req.actor, facts):
        raise NotFound(_("There is no such evaluation."))
    return Seen(lists.one(req.db, evaluation_id), facts)
