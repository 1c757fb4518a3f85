"""Jobs of benchmarks."""

import uuid

from procrastinate import RetryStrategy

from portal.kit.actor import SYSTEM
from portal.kit.db import transaction
from portal.kit.jobs import job
from registry.benchmarks import actions


@job("benchmarks.register", retry=RetryStrategy(max_attempts=5, exponential_wait=3))
def register(version_id: str) -> None:
    """A version of a benchmark asset was published: read its manifest. Safe to run again."""
    with transaction() as db:
        actions.register(db, SYSTEM, version_id=uuid.UUID(version_id))
