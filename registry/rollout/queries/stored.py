"""What is known of stored files and of how long a bundle may be offered."""

import datetime as dt
import uuid
from collections.abc import Mapping

from sqlmodel import col, func, select

from portal.kit.db import Session
from registry.certification.models import Certificate, CertificateState
from registry.rollout.models import RolloutBundle
from registry.versions.models import StoredBlob


def sizes(db: Session, parts: Mapping[str, str]) -> dict[str, tuple[str, int]]:
    """Entry -> digest and bytes."""
    statement = select(StoredBlob.sha256, StoredBlob.size).where(
        col(StoredBlob.sha256).in_(set(parts.values()))
    )
    known = {row[0]: row[1] for row in db.execute(statement)}
    return {name: (digest, known[digest]) for name, digest in parts.items()}


def certificate_ends(db: Session, bundle_id: uuid.UUID) -> dt.datetime | None:
    """When the last certificate in force of the bundle's version ends."""
    statement = (
        select(func.max(Certificate.expires_at))
        .join(RolloutBundle, col(RolloutBundle.version_id) == col(Certificate.version_id))
        .where(RolloutBundle.id == bundle_id, Certificate.state == CertificateState.granted)
    )
    return db.exec(statement).one()
