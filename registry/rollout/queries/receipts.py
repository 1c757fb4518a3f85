"""Receipts of nodes, and what they say a node runs."""

import uuid
from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Row
from sqlalchemy.dialects.postgresql import distinct_on
from sqlmodel import col, select

from portal.accounts.models import Namespace
from portal.kit.clock import shanghai
from portal.kit.db import Session
from portal.kit.i18n import N_
from portal.kit.paging import SIZE, Page, keyset
from portal.organisations.models import Organisation
from registry.assets.models import Asset
from registry.promotion.adoption import Adopted
from registry.rollout.models import NodeState, ReceiptEvent, RolloutBundle, RolloutNode, RolloutReceipt
from registry.versions.models import Version


def _joined() -> Any:
    columns: list[Any] = [
        col(RolloutReceipt.id), col(RolloutReceipt.node_id), col(RolloutReceipt.number),
        col(RolloutReceipt.version_id), col(RolloutReceipt.bundle_id), col(RolloutReceipt.event),
        col(RolloutReceipt.outcome), col(RolloutReceipt.at), col(RolloutReceipt.digest),
        col(RolloutReceipt.facts), col(RolloutReceipt.received_at), col(Namespace.slug).label("namespace"),
        col(Asset.name), col(Asset.title), col(Asset.title_en), col(Version.number).label("version"),
        col(Version.sort_key), col(Version.asset_id),
    ]  # fmt: skip
    return (
        select(*columns)
        .join(Version, col(Version.id) == col(RolloutReceipt.version_id))
        .join(Asset, col(Asset.id) == col(Version.asset_id))
        .join(Namespace, col(Namespace.id) == col(Asset.namespace_id))
    )


def of_node(
    db: Session, node_id: uuid.UUID, *, after: str | None = None, before: str | None = None, size: int = SIZE
) -> Page[Any]:
    """The receipts of a node, the last number first."""
    keys: list[Any] = [col(RolloutReceipt.number), col(RolloutReceipt.id)]
    named = [key.label(f"key_{n}") for n, key in enumerate(keys)]
    statement = _joined().add_columns(*named).where(col(RolloutReceipt.node_id) == node_id)
    return keyset(db, statement, keys, after=after, before=before, size=size)


def at_number(db: Session, node_id: uuid.UUID, number: int) -> RolloutReceipt | None:
    """The receipt of a node with a number."""
    mine = (RolloutReceipt.node_id == node_id, RolloutReceipt.number == number)
    return db.exec(select(RolloutReceipt).where(*mine)).first()


def last_number(db: Session, node_id: uuid.UUID) -> int:
    """The highest number a node's receipt has; 0 where there is none."""
    statement = select(RolloutReceipt.number).where(RolloutReceipt.node_id == node_id)
    return db.exec(statement.order_by(col(RolloutReceipt.number).desc()).limit(1)).first() or 0


def running(db: Session, node_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, list[Row[Any]]]:
    """Node -> versions it has installed and not removed since, by its receipts."""
    changes = (ReceiptEvent.installed, ReceiptEvent.removed)
    statement = (
        _joined()
        .where(col(RolloutReceipt.node_id).in_(node_ids), col(RolloutReceipt.event).in_(changes))
        .ext(distinct_on(col(RolloutReceipt.node_id), col(RolloutReceipt.version_id)))
        .order_by(
            col(RolloutReceipt.node_id), col(RolloutReceipt.version_id), col(RolloutReceipt.number).desc()
        )
    )
    found: dict[uuid.UUID, list[Row[Any]]] = {}
    for row in db.execute(statement):
        if row.event is ReceiptEvent.installed:
            found.setdefault(row.node_id, []).append(row)
    return found


def nodes_with(db: Session, version_id: uuid.UUID) -> list[uuid.UUID]:
    """Nodes of which any receipt speaks of a version."""
    statement = select(RolloutReceipt.node_id).where(RolloutReceipt.version_id == version_id).distinct()
    return list(db.exec(statement))


def version_named(db: Session, namespace: str, name: str, number: str) -> Version | None:
    """The version of a name."""
    statement = (
        select(Version)
        .join(Asset, col(Asset.id) == col(Version.asset_id))
        .join(Namespace, col(Namespace.id) == col(Asset.namespace_id))
        .where(Namespace.slug == namespace, Asset.name == name, Version.number == number)
    )
    return db.exec(statement).first()


def bundle_of_manifest(db: Session, version_id: uuid.UUID, manifest: str) -> uuid.UUID | None:
    """The bundle of a version whose manifest has this digest."""
    mine = (RolloutBundle.version_id == version_id, RolloutBundle.manifest_sha256 == manifest)
    return db.exec(select(RolloutBundle.id).where(*mine)).first()


def by_digest(db: Session, node_id: uuid.UUID, digest: str) -> RolloutReceipt | None:
    """The receipt of a node whose signed payload has this digest."""
    mine = (RolloutReceipt.node_id == node_id, RolloutReceipt.digest == digest)
    return db.exec(select(RolloutReceipt).where(*mine)).first()


INSTALLED = N_("Installed by receipt")
MOST_INSTALLED = 20_000


def adopted(db: Session, assets: Collection[uuid.UUID] | None) -> list[Adopted]:
    """For the map of adoption: what confirmed nodes have installed and not removed since, by their receipts."""
    changes = (ReceiptEvent.installed, ReceiptEvent.removed)
    statement: Any = (
        select(  # type: ignore[call-overload]
            col(RolloutReceipt.version_id), col(RolloutReceipt.event), col(RolloutReceipt.at),
            col(RolloutNode.division), col(Organisation.name),
        )
        .join(RolloutNode, col(RolloutNode.id) == col(RolloutReceipt.node_id))
        .join(Organisation, col(Organisation.id) == col(RolloutNode.organisation_id))
        .where(col(RolloutReceipt.event).in_(changes), col(RolloutNode.state) == NodeState.confirmed)
        .ext(distinct_on(col(RolloutReceipt.node_id), col(RolloutReceipt.version_id)))
        .order_by(
            col(RolloutReceipt.node_id), col(RolloutReceipt.version_id), col(RolloutReceipt.number).desc()
        )
        .limit(MOST_INSTALLED)
    )  # fmt: skip
    if assets is not None:
        statement = statement.join(Version, col(Version.id) == col(RolloutReceipt.version_id))
        statement = statement.where(col(Version.asset_id).in_(assets))
    return [
        Adopted(row.version_id, row.division, row.name, INSTALLED, shanghai(row.at).date())
        for row in db.execute(statement)
        if row.event is ReceiptEvent.installed
    ]
