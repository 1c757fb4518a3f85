"""Certificates whose events in the log everybody may see."""

import uuid
from collections.abc import Sequence
from typing import Any

from sqlmodel import col

from portal.kit.db import Session
from registry.certification.models import ISSUED, Certificate
from registry.versions.queries import about


def public_certificates(db: Session, ids: Sequence[uuid.UUID]) -> Sequence[Any]:
    """id, number, namespace, asset and version of those that were issued, of assets that are not withheld."""
    number: Any = col(Certificate.number).label("certificate")
    return about.public(db, Certificate, ids, number, only=col(Certificate.state).in_(ISSUED))
