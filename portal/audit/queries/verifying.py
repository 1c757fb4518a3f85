"""The whole log as text, in the order of its leaves, for verifying and exporting: one statement, read in batches."""

from collections.abc import Collection, Iterator

from sqlalchemy import Integer, cast, text
from sqlmodel import col, select

from portal.audit.models import AuditCheckpoint, AuditCosignature, AuditHead, AuditNode, AuditWitness
from portal.kit.db import Session

BATCH = 2000
_COLUMNS = (
    "SELECT leaf.index, encode(leaf.hash, 'hex'), convert_from(leaf.leaf, 'UTF8'), leaf.event_seq, event.seq,"
    " to_char(event.at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"'), event.verb, event.actor_id::text,"
    " event.actor_name, event.actor_salt::text, event.reason, event.reason_salt::text, event.object_type,"
    " event.object_id, event.evidence::text, event.detail_salt::text"
)
_ALL = text(
    f"{_COLUMNS}"
    " FROM audit_leaf AS leaf FULL JOIN audit_event AS event ON event.seq = leaf.event_seq"
    " ORDER BY leaf.index NULLS LAST, event.seq"
)


_OF_OBJECTS = text(
    f"{_COLUMNS} FROM audit_event AS event JOIN audit_leaf AS leaf ON leaf.event_seq = event.seq"
    " WHERE event.object_id = ANY(:ids) AND leaf.index < :size ORDER BY leaf.index LIMIT 1000"
)


def of_objects(db: Session, ids: Collection[str], size: int) -> list[tuple[object, ...]]:
    """Events of these objects among the first ``size`` leaves, in order, shaped as ``whole_log`` gives them."""
    return [tuple(row) for row in db.execute(_OF_OBJECTS, {"ids": list(ids), "size": size})]


def whole_log(db: Session) -> Iterator[tuple[object, ...]]:
    """Every leaf with its event, then events without a leaf; a missing half is all None."""
    for rows in db.execute(_ALL, execution_options={"yield_per": BATCH}).partitions():
        for row in rows:
            yield tuple(row)


def all_nodes(db: Session) -> Iterator[tuple[int, int, bytes]]:
    """Every stored node, in the order in which nodes become full."""
    full = (col(AuditNode.index) + 1).op("<<")(cast(col(AuditNode.level), Integer))
    statement = select(AuditNode.level, AuditNode.index, AuditNode.hash).order_by(full, col(AuditNode.level))
    rows = db.execute(statement.execution_options(yield_per=BATCH))
    return ((level, index, digest) for level, index, digest in rows)


def counted(db: Session) -> int | None:
    """What the counter of leaves says; None where it is missing."""
    return db.exec(select(col(AuditHead.size))).one_or_none()


def all_checkpoints(db: Session) -> Iterator[tuple[int, str]]:
    """Size and note of every checkpoint, with the lines of its witnesses, smallest first."""
    lines: dict[int, str] = {}
    for size, line in db.execute(
        select(AuditCosignature.size, AuditCosignature.line).order_by(col(AuditCosignature.id))
    ):
        lines[size] = lines.get(size, "") + line
    rows = db.execute(select(AuditCheckpoint.size, AuditCheckpoint.note).order_by(col(AuditCheckpoint.size)))
    return ((size, note + lines.get(size, "")) for size, note in rows)


def all_witness_keys(db: Session) -> list[str]:
    """The keys of all witnesses there ever were."""
    return list(db.exec(select(col(AuditWitness.key)).order_by(col(AuditWitness.name))))
