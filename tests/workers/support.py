"""Workers that have signed on."""

import uuid
from typing import Any

from portal.kit.db import transaction
from registry.workers.actions import Described, sign_on


def signed_on(name: str = "host-a:1", **values: Any) -> uuid.UUID:
    """A worker's row, as a worker makes it."""
    described = {
        "name": name,
        "host": name.partition(":")[0],
        "pid": 1,
        "version": "0.1.0",
        "queues": ("cpu",),
        "runtimes": {"base-py311": "a" * 64},
        "sandbox_grade": "strong",
        "slots": 2,
        "cores": 2,
        "memory_bytes": 8 << 30,
        **values,
    }
    with transaction() as db:
        return sign_on(db, Described(**described))
