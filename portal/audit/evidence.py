"""Public events of some objects, each with its leaf and its proof to one checkpoint: evidence to carry away."""

import base64
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from portal.audit import merkle, publicity, queries
from portal.audit.verifying import Entry
from portal.kit.db import Session


@dataclass(frozen=True)
class Carried:
    """A checkpoint with its witnesses' lines, its size, and the events that are proven to it."""

    note: str
    size: int
    events: Sequence[dict[str, Any]]


def carried(db: Session, object_ids: Collection[str]) -> Carried | None:
    """The newest checkpoint and every event of these objects whose evidence is public; None while nothing is signed.

    An event is shown without actor and reason (its leaf commits to them all the same).
    """
    newest = queries.newest_checkpoint(db)
    if newest is None:
        return None
    lines = "".join(row.line for row, _witness in queries.cosignatures(db, newest.size))
    rows = [Entry._make(row) for row in queries.of_objects(db, object_ids, newest.size)]
    public = publicity.shown(db, [(row.verb, row.object_id) for row in rows])
    opened = [row for row in rows if (found := public.get((row.verb, row.object_id))) and found.evidence]
    return Carried(newest.note + lines, newest.size, [_proven(db, row, newest.size) for row in opened])


def _proven(db: Session, row: Entry, size: int) -> dict[str, Any]:
    assert row.place is not None  # noqa: S101 - only events with a leaf are read
    assert row.leaf is not None  # noqa: S101 - the same
    ranges = merkle.inclusion(row.place, size)
    nodes = queries.nodes(db, merkle.needed(ranges))
    event = replace(row.event(), actor_id=None, actor_name="", actor_salt=None, reason=None, reason_salt=None)
    return {
        "event": asdict(event),
        "leaf": row.leaf,
        "index": row.place,
        "size": size,
        "leaf_hash": _text(merkle.leaf_hash(row.leaf.encode())),
        "hashes": [_text(step) for step in merkle.proof(ranges, nodes)],
    }


def consistency(db: Session, first: int, second: int) -> dict[str, Any]:
    """The proof that the log of ``second`` leaves begins with that of ``first``; no more than a checkpoint covers."""
    ranges = merkle.consistency(first, second)
    nodes = queries.nodes(db, merkle.needed(ranges))
    return {"first": first, "second": second, "hashes": [_text(step) for step in merkle.proof(ranges, nodes)]}


def _text(value: bytes) -> str:
    return base64.b64encode(value).decode()
