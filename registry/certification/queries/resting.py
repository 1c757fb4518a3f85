"""Which certificates rest on what is said of an asset, and what is said of the data of one."""

import uuid

from sqlalchemy import or_
from sqlmodel import col, select

from portal.kit.db import Session
from registry.assets.models import AssetRelation
from registry.certification.facts import Facts
from registry.certification.models import Certificate, CertificateState
from registry.certification.queries.gathering import DATA, PARTS, card_of, related_to
from registry.versions import queries as versions


def granted_on(db: Session, asset_id: uuid.UUID) -> list[Certificate]:
    """Certificates in force of an asset, and of those that are built from it or were made with it."""
    built = select(AssetRelation.asset_id).where(
        col(AssetRelation.other_id) == asset_id, col(AssetRelation.kind).in_([*PARTS, *DATA])
    )
    statement = select(Certificate).where(
        col(Certificate.state) == CertificateState.granted,
        or_(col(Certificate.asset_id) == asset_id, col(Certificate.asset_id).in_(built)),
    )
    return list(db.exec(statement.order_by(col(Certificate.id))))


def said_of_data(db: Session, certificate: Certificate) -> Facts:
    """Of the facts of its version those that tell the level of data; the rest is left out."""
    found = versions.plain(db, certificate.version_id)
    assert found is not None  # noqa: S101 - a foreign key
    version, asset, _space = found
    return Facts(
        here="", tree_digest=version.tree_digest, executable_format=version.executable_format,
        card=card_of(db, asset), related=related_to(db, asset.id),
    )  # fmt: skip
