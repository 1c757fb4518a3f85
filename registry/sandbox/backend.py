"""What a sandbox promises, whoever keeps the promise (nsjail here; gVisor or Kata where a site needs
them)."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Literal, Protocol

from portal.kit.i18n import N_
from registry.sandbox.binds import Bind
from registry.sandbox.denials import Denied
from registry.sandbox.runtimes import Runtime
from registry.sandbox.slots import Slot
from registry.sandbox.staging import Stage

Grade = Literal["strong", "weak"]
MIB = 1 << 20


@dataclass(frozen=True)
class Limits:
    """What one jail may use. Memory counts everything: processes, page cache, ``/tmp`` and ``/output``."""

    wall_s: float = 300.0
    threads: int = 1
    memory_bytes: int = 2048 * MIB
    output_bytes: int = 64 * MIB
    output_files: int = 2000
    log_bytes: int = MIB
    processes: int = 64

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if not value > 0:
                raise ValueError(f"the limit {name} must be positive, not {value!r}")


@dataclass(frozen=True)
class JailSpec:
    """One command in one jail: ``argv`` in ``cwd`` with read-only ``binds``, writing to ``/output`` only."""

    runtime: Runtime
    argv: Sequence[str]
    cwd: str = "/job"
    binds: Sequence[Bind] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    limits: Limits = field(default_factory=Limits)

    def __post_init__(self) -> None:
        for word in (*self.argv, self.cwd, *self.env, *self.env.values()):
            if "\0" in word:
                raise ValueError("a command, folder or variable holds a NUL byte")
        if any("=" in name or not name for name in self.env):
            raise ValueError("a variable's name may not hold '='")


@dataclass(frozen=True)
class Sample:
    """Use of resources ``t_s`` seconds after the start; ``cpu_s`` is the total so far."""

    t_s: float
    cpu_s: float
    memory_bytes: int
    processes: int


class JailEnd(StrEnum):
    """How a jail ended. Only `PLATFORM_FAULT` is ours: it is retried and costs the submitter nothing."""

    label: str

    def __new__(cls, value: str, label: str) -> "JailEnd":
        """A member with its message id."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.label = label
        return member

    OK = "ok", N_("Ended normally")
    FAILED = "failed", N_("Ended with an error")
    TIMEOUT = "timeout", N_("Out of time")
    OUT_OF_MEMORY = "out_of_memory", N_("Out of memory")
    LOG_OVERFLOW = "log_overflow", N_("Printed too much")
    OUTPUT_OVERFLOW = "output_overflow", N_("Wrote too much")
    DENIED_OVERFLOW = "denied_overflow", N_("Asked too often for what is refused")
    CANCELLED = "cancelled", N_("Cancelled")
    PLATFORM_FAULT = "platform_fault", N_("Fault of the platform")


@dataclass(frozen=True)
class JailOutcome:
    """The end of a jail with what it used; ``message`` (a message id) and ``values`` say why, for the
    submitter; ``warm`` whether the imports were done before it began; ``denied`` what the policy refused it, None where
    the kernel's records cannot be read."""

    end: JailEnd
    exit_code: int | None
    wall_s: float
    cpu_s: float
    peak_memory_bytes: int
    log_truncated: bool
    samples: tuple[Sample, ...]
    message: str
    values: Mapping[str, object] = field(default_factory=dict)
    detail: str = ""
    warm: bool = False
    denied: Denied | None = None

    @property
    def ok(self) -> bool:
        """Whether the command ended by itself with status 0 and within every limit."""
        return self.end is JailEnd.OK


class Jail(Protocol):
    """A prepared jail; it runs once."""

    @property
    def output(self) -> Path:
        """The host's folder behind ``/output``. Untrusted: read it by `collector` only, after `run`
        has returned."""

    async def run(
        self,
        *,
        on_log: Callable[[bytes], None] | None = None,
        on_sample: Callable[[Sample], None] | None = None,
        stop: asyncio.Event | None = None,
    ) -> JailOutcome:
        """Run to the end, a limit, or ``stop``. When it returns or raises, no process of the jail is left."""


class SandboxBackend(Protocol):
    """A way to run jails. Every backend passes ``tests/sandbox`` (the conformance suite)."""

    @property
    def grade(self) -> Grade:
        """``weak`` results must say so wherever they are shown."""

    @property
    def weaknesses(self) -> list[str]:
        """Message ids of what this machine cannot enforce; empty when strong."""

    @property
    def profile_digest(self) -> str:
        """SHA-256 of the system-call policy and the canonical option list."""

    def stage(self, slot: Slot) -> AbstractContextManager[Stage]:
        """A folder for files to be bound into a jail of this slot, gone at the end."""

    def open(self, spec: JailSpec, slot: Slot) -> AbstractAsyncContextManager[Jail]:
        """Prepare a jail; `PlatformFault` when that fails. On leaving, its output and every trace are
        gone."""

    def sweep(self) -> list[str]:
        """Clear what workers that died have left; what was cleared, for the worker's log. Call it at
        start."""
