"""What a node is offered now, what is newer than what it runs, and what of that was withdrawn."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from portal.kit.db import Session
from registry.rollout import policy
from registry.rollout.models import RolloutNode
from registry.rollout.queries import bundles, nodes, receipts
from registry.rollout.withdrawing import rows_of


def of_node(db: Session, node: RolloutNode) -> list[Any]:
    """Ready bundles in channels this node has, the newest first."""
    rows = bundles.offered(db)
    sites = nodes.sites(db, {row.promotion_id for row in rows})
    place = nodes.places(db, [node])[node.id]
    return [row for row in rows if policy.offered(place, row.channel, sites.get(row.promotion_id, []))]


@dataclass(frozen=True)
class Running:
    """A version a node has installed, by its receipts."""

    row: Any
    newer: Any | None
    """The newest bundle of the same asset with a higher version number."""
    withdrawn: Any | None
    """A ``formats.Withdrawal``."""


def running(db: Session, node: RolloutNode, offered: Sequence[Any]) -> list[Running]:
    """What a node runs, each with what is newer and whether it was withdrawn."""
    rows = receipts.running(db, [node.id]).get(node.id, [])
    if not rows:
        return []
    stopped = {
        (each.namespace, each.name, each.version): each
        for each in rows_of(bundles.stopped(db, {row.version_id for row in rows}))
    }
    found = []
    for row in rows:
        higher = [each for each in offered if each.asset_id == row.asset_id and each.sort_key > row.sort_key]
        newest = max(higher, key=lambda each: each.sort_key, default=None)
        found.append(Running(row, newest, stopped.get((row.namespace, row.name, row.version))))
    return found
