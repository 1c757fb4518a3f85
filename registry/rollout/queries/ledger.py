"""Bundles whose events in the log everybody may see."""

import uuid
from collections.abc import Sequence
from typing import Any

from portal.kit.db import Session
from registry.rollout.models import RolloutBundle
from registry.versions.queries import about


def public_bundles(db: Session, ids: Sequence[uuid.UUID]) -> Sequence[Any]:
    """id, channel, sequence, namespace, asset and version of those whose asset is not withheld."""
    return about.public(db, RolloutBundle, ids, RolloutBundle.channel, RolloutBundle.sequence)
