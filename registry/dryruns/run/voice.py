"""What a case's jails say: nothing goes to the database while they run, only the end of the log is kept."""

import uuid

from registry.evaluation.queries.leases import Lease
from registry.evaluation.run.faults import Released
from registry.evaluation.run.journal import Journal
from registry.evaluation.run.place import Place
from registry.leases.actions import LeaseLost
from registry.sandbox.backend import Sample

TAIL = 3000


class Voice(Journal):
    """A journal of one case that is never started: the dry run beats for all its cases together."""

    def __init__(self, place: Place, run_id: uuid.UUID) -> None:
        super().__init__(place, Lease(run_id, run_id, 0, run_id))
        self.tail = ""
        self._stopping = place.stopping

    def printed(self, chunk: bytes) -> None:
        """Keep the end of what was printed."""
        text = chunk.decode("utf-8", "replace").replace("\0", "\N{REPLACEMENT CHARACTER}")
        self.tail = (self.tail + text)[-TAIL:]

    def enter(self, phase: str) -> None:
        """Both phases print into the same tail."""
        if self.tail and not self.tail.endswith("\n"):
            self.tail += "\n"
        self.tail += f"-- {phase} --\n"

    def sampled(self, sample: Sample) -> None:
        """Use of memory and processor is of no interest here."""

    def check(self) -> None:
        """Stop where the dry run is lost, or the worker shall end."""
        if self.halt.is_set():
            raise Released if self._stopping.is_set() else LeaseLost
