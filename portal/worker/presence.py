"""A worker says that it is there, what it can do, and learns whether it shall take work."""

import logging
import os
import socket
import uuid
from importlib.metadata import version
from pathlib import Path

import psutil

from portal.kit.db import Session
from portal.kit.signing import own_signer, public_text
from registry.evaluation.run.place import Place
from registry.evaluation.statements import KEY
from registry.sandbox.runtimes import built
from registry.workers import queries
from registry.workers.actions import Described, sign_off, sign_on
from registry.workers.models import WorkerState

GPU_FOLDER = Path("/proc/driver/nvidia/gpus")
log = logging.getLogger(__name__)


def described(place: Place) -> Described:
    """What this machine and this process can do."""
    return Described(
        name=place.worker,
        station=station(place),
        host=socket.gethostname()[:100],
        pid=os.getpid(),
        version=version("cspon-commons"),
        queues=place.queues,
        runtimes=runtimes(place),
        sandbox_grade=place.backend.grade,
        slots=place.settings.worker_slots,
        cores=len(os.sched_getaffinity(0)),
        memory_bytes=psutil.virtual_memory().total,
        gpu=gpu_model(),
        public_key=public_text(own_signer(KEY).verifier),
    )


def station(place: Place) -> str:
    """What this worker is called over its restarts: as the operator names it, else by its host and its queues."""
    own = "+".join(sorted(place.queues))
    return place.settings.worker_name or "/".join(part for part in (socket.gethostname()[:100], own) if part)


def runtimes(place: Place) -> dict[str, str]:
    """Runtimes built here, with their digests."""
    return {runtime.name: runtime.digest for runtime in built(place.runtimes)}


def gpu_model(folder: Path = GPU_FOLDER) -> str:
    """Models of the GPUs the kernel's driver names, or an empty text."""
    found = []
    for information in sorted(folder.glob("*/information")):
        lines = information.read_text(errors="replace").splitlines()
        found += [line.partition(":")[2].strip() for line in lines if line.startswith("Model:")]
    return ", ".join(found)[:200]


class Presence:
    """The row of this worker. Whoever was taken for gone, and lives, signs on again as a new one."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._described = described(place)

    async def beat(self) -> None:
        """Show life; learn of drains."""
        place = self._place
        state = await place.write(self._beat, beat=True)
        if state is None:
            place.worker_id = await place.write(lambda db: sign_on(db, self._described), beat=True)
            state = await place.write(self._beat, beat=True)
        place.drained = state is WorkerState.draining

    def _beat(self, db: Session) -> WorkerState | None:
        self._place.site_drained = queries.rule(db).drained_at is not None
        mine: uuid.UUID | None = self._place.worker_id
        return queries.beat(db, mine, runtimes(self._place)) if mine is not None else None

    async def leave(self) -> None:
        """Sign off; where the database is away, the deadline does it."""
        mine = self._place.worker_id
        if mine is None:
            return
        try:
            await self._place.write(lambda db: sign_off(db, mine), beat=True)
        except Exception as error:
            log.info("not signed off: %s", type(error).__name__)
