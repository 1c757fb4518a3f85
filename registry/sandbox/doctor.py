"""Checks that this machine can run jails, by running one in every runtime, and says what to do if not."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from portal.kit.i18n import N_, _
from registry.sandbox.backend import MIB, JailSpec, Limits, SandboxBackend
from registry.sandbox.detect import detect
from registry.sandbox.errors import SandboxError, SandboxUnavailable, UnknownRuntime
from registry.sandbox.nsjail import NsjailBackend
from registry.sandbox.runtimes import Runtime, find, tree_digest
from registry.sandbox.slots import HIGHEST, Slot

_BUILD = N_("Run `cspon runtime build %(name)s`")


@dataclass(frozen=True)
class Finding:
    """One thing looked at: message ids with their values; ``what_to_do`` is empty when ``ok``."""

    name: str
    ok: bool
    words: str
    what_to_do: str = ""
    values: dict[str, object] = field(default_factory=dict)

    def translated(self) -> tuple[str, str]:
        """``words`` and ``what_to_do`` in the reader's language."""
        return _(self.words, **self.values), _(self.what_to_do, **self.values) if self.what_to_do else ""


def check(
    *, runtime_names: Sequence[str], runtime_root: Path, weak_allowed: bool, work: Path | None = None
) -> list[Finding]:
    """The sandbox and each named runtime. Blocks, and starts an event loop of its own: for the command
    line."""
    try:
        backend = detect(weak_allowed=weak_allowed, work=work)
    except SandboxError as error:
        return [Finding("sandbox", False, N_("No jail can be run here"), error.message, error.values)]
    return [
        _grade(backend),
        _counting(backend),
        *(_runtime(name, runtime_root, backend) for name in runtime_names),
    ]


def _grade(backend: SandboxBackend) -> Finding:
    if backend.grade == "strong":
        return Finding("sandbox", True, N_("Jails are strong: every limit is kept by the kernel"))
    reasons = "; ".join(_(each) for each in backend.weaknesses)
    return Finding(
        "sandbox", True, N_("Jails are weak, and results say so: %(reasons)s"), values={"reasons": reasons}
    )


def _counting(backend: NsjailBackend) -> Finding:
    if backend.counts_denied:
        return Finding(
            "denied calls", True, N_("Calls that jails are refused are counted, by the kernel's records")
        )
    return Finding(
        "denied calls", True,
        N_("Calls that jails are refused are not recorded here: the kernel's audit records do not reach this worker"),
    )  # fmt: skip


def _runtime(name: str, root: Path, backend: SandboxBackend) -> Finding:
    values: dict[str, object] = {"name": name}
    try:
        runtime = find(name, root)
    except UnknownRuntime:
        return Finding(name, False, N_("Runtime %(name)s is not built"), _BUILD, values)
    if tree_digest(runtime.path) != runtime.tree_digest:
        values["path"] = str(runtime.path)
        return Finding(
            name, False, N_("Runtime %(name)s has been changed since it was built"),
            N_("Delete %(path)s and run `cspon runtime build %(name)s`"), values,
        )  # fmt: skip
    try:
        said = asyncio.run(_hello(runtime, backend))
    except SandboxUnavailable as error:
        return Finding(name, False, N_("No jail can be run here"), error.message, error.values)
    except SandboxError as error:
        said = str(error)
    values |= {"said": said[-300:], "version": runtime.python_version}
    if said == runtime.python_version:
        return Finding(name, True, N_("Runtime %(name)s (Python %(version)s) runs in a jail"), "", values)
    return Finding(name, False, N_("Runtime %(name)s does not run in a jail: %(said)s"), _BUILD, values)


async def _hello(runtime: Runtime, backend: SandboxBackend) -> str:
    """What a jailed Python says its version is, or what went wrong."""
    log = bytearray()
    argv = ["python", "-c", "import platform; print(platform.python_version())"]
    spec = JailSpec(runtime, argv, limits=Limits(wall_s=30, memory_bytes=256 * MIB))
    async with backend.open(spec, Slot(HIGHEST)) as jail:
        outcome = await jail.run(on_log=log.extend)
    text = log.decode("utf-8", "replace").strip()
    return text if outcome.ok else f"{outcome.end}: {outcome.detail or text}"
