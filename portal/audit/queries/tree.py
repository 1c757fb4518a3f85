"""The tree's stored parts: leaves, nodes, checkpoints, the key, witnesses and what they signed."""

import datetime as dt
import uuid
from collections.abc import Iterable, Iterator, Sequence

from sqlalchemy import Text, cast, true, tuple_, union_all
from sqlmodel import col, select

from portal.audit import merkle
from portal.audit.models import (
    AuditCheckpoint,
    AuditCosignature,
    AuditEvent,
    AuditHead,
    AuditKey,
    AuditLeaf,
    AuditNode,
    AuditWitness,
)
from portal.kit.db import Session

BATCH = 5000


def size(db: Session) -> int:
    """How many leaves there are."""
    return db.exec(select(col(AuditHead.size))).one_or_none() or 0


def hashes(db: Session, begin: int, end: int) -> Iterator[tuple[int, bytes]]:
    """Places and hashes of leaves, in order, without holding them all."""
    statement = (
        select(col(AuditLeaf.index), col(AuditLeaf.hash))
        .where(col(AuditLeaf.index) >= begin, col(AuditLeaf.index) < end)
        .order_by(col(AuditLeaf.index))
    )
    rows = db.execute(statement.execution_options(yield_per=BATCH))
    return ((index, digest) for index, digest in rows)


def nodes(db: Session, wanted: Iterable[merkle.Node]) -> dict[merkle.Node, bytes]:
    """The hashes of these nodes; those not stored are missing."""
    asked = set(wanted)
    low = [index for level, index in asked if level == 0]
    high = [node for node in asked if node[0] > 0]
    found: dict[merkle.Node, bytes] = {}
    if low:
        leaf = select(col(AuditLeaf.index), col(AuditLeaf.hash)).where(col(AuditLeaf.index).in_(low))
        found |= {(0, index): digest for index, digest in db.execute(leaf)}
    if high:
        keys = tuple_(col(AuditNode.level), col(AuditNode.index))
        node = select(AuditNode.level, AuditNode.index, AuditNode.hash).where(keys.in_(high))
        found |= {(level, index): digest for level, index, digest in db.execute(node)}
    return found


def root_at(db: Session, at: int) -> bytes | None:
    """The root over the first ``at`` leaves, no more than the newest checkpoint covers; None when parts are missing."""
    wanted = list(merkle.peaks(0, at))
    found = nodes(db, wanted)
    return merkle.fold([found[node] for node in wanted]) if len(found) == len(wanted) else None


def leaf(db: Session, index: int) -> AuditLeaf | None:
    """The leaf at a place."""
    return db.get(AuditLeaf, index)


def newest_checkpoint(db: Session) -> AuditCheckpoint | None:
    """The checkpoint of the largest size."""
    return db.exec(select(AuditCheckpoint).order_by(col(AuditCheckpoint.size).desc()).limit(1)).first()


def checkpoint(db: Session, at: int) -> AuditCheckpoint | None:
    """The checkpoint of exactly this size."""
    return db.get(AuditCheckpoint, at)


def key(db: Session) -> AuditKey | None:
    """The log's own public key."""
    return db.exec(select(AuditKey).order_by(col(AuditKey.id)).limit(1)).first()


def witnesses(db: Session) -> list[AuditWitness]:
    """Witnesses in service, by name."""
    return list(
        db.exec(
            select(AuditWitness).where(col(AuditWitness.removed_at).is_(None)).order_by(AuditWitness.name)
        )
    )


def followers(db: Session) -> Sequence[tuple[AuditWitness, int | None, dt.datetime | None]]:
    """All witnesses there ever were, those in service first, with the largest checkpoint each cosigned, and when."""
    last = (
        select(col(AuditCosignature.size), col(AuditCosignature.at))
        .where(col(AuditCosignature.witness_id) == col(AuditWitness.id))
        .order_by(col(AuditCosignature.size).desc())
        .limit(1)
        .lateral()
    )
    statement = (
        select(AuditWitness, last.c.size, last.c.at)
        .outerjoin(last, true())
        .order_by(col(AuditWitness.removed_at).is_not(None), col(AuditWitness.name))
        .limit(200)
    )
    return [(row, size, at) for row, size, at in db.execute(statement)]


def witness(db: Session, name: str) -> AuditWitness | None:
    """A witness, also one that was removed."""
    return db.exec(select(AuditWitness).where(AuditWitness.name == name)).one_or_none()


def cosignatures(db: Session, at: int) -> Sequence[tuple[AuditCosignature, AuditWitness]]:
    """Who cosigned the checkpoint of this size, by name."""
    statement = (
        select(AuditCosignature, AuditWitness)
        .join(AuditWitness, col(AuditWitness.id) == col(AuditCosignature.witness_id))
        .where(AuditCosignature.size == at)
        .order_by(col(AuditWitness.name))
    )
    return list(db.exec(statement))


def cosigned(db: Session, at: int, witness_id: uuid.UUID) -> bool:
    """Whether the witness has cosigned this size already."""
    mine = (AuditCosignature.size == at, AuditCosignature.witness_id == witness_id)
    return db.exec(select(col(AuditCosignature.id)).where(*mine)).first() is not None


def newest_leaves(db: Session, before: int | None, limit: int) -> Sequence[tuple[AuditLeaf, AuditEvent]]:
    """Leaves with their events, the newest first, from below a place on."""
    statement = select(AuditLeaf, AuditEvent).join(
        AuditEvent, col(AuditEvent.seq) == col(AuditLeaf.event_seq)
    )
    if before is not None:
        statement = statement.where(col(AuditLeaf.index) < before)
    return list(db.exec(statement.order_by(col(AuditLeaf.index).desc()).limit(limit)))


def newest_of_verbs(
    db: Session, verbs: Sequence[str], before: int | None, limit: int
) -> Sequence[tuple[AuditLeaf, AuditEvent]]:
    """Events with these verbs and their leaves, the newest first, from below an event's number on.

    Each verb gives its own newest ones from an index, so that the page costs the same however long the log is and
    however rare its public events are.
    """
    if not verbs:
        return []
    parts = []
    for verb in verbs:
        part = select(col(AuditEvent.seq)).where(AuditEvent.verb == verb)
        if before is not None:
            part = part.where(col(AuditEvent.seq) < before)
        parts.append(part.order_by(col(AuditEvent.seq).desc()).limit(limit).subquery().select())
    wanted = union_all(*parts).subquery()
    statement = (
        select(AuditLeaf, AuditEvent)
        .join(AuditEvent, col(AuditEvent.seq) == col(AuditLeaf.event_seq))
        .join(wanted, wanted.c.seq == col(AuditEvent.seq))
    )
    return list(db.exec(statement.order_by(col(AuditEvent.seq).desc()).limit(limit)))


def evidence_text(db: Session, seq: int) -> str:
    """The text of an event's evidence that its leaf commits to."""
    return db.exec(select(cast(col(AuditEvent.evidence), Text)).where(AuditEvent.seq == seq)).one()


def entries(db: Session, start: int, limit: int) -> Sequence[tuple[AuditLeaf, AuditEvent]]:
    """Leaves with their events from a place on, in order."""
    statement = (
        select(AuditLeaf, AuditEvent)
        .join(AuditEvent, col(AuditEvent.seq) == col(AuditLeaf.event_seq))
        .where(col(AuditLeaf.index) >= start)
        .order_by(col(AuditLeaf.index))
        .limit(limit)
    )
    return list(db.exec(statement))
