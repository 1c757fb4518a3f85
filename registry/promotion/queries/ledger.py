"""Promotions whose events in the log everybody may see."""

import uuid
from collections.abc import Sequence
from typing import Any

from portal.kit.db import Session
from registry.promotion.models import Promotion
from registry.versions.queries import about


def public_promotions(db: Session, ids: Sequence[uuid.UUID]) -> Sequence[Any]:
    """id, namespace, asset and version of those whose asset is not withheld."""
    return about.public(db, Promotion, ids)
