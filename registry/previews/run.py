"""Runs the readers on the platform's sandbox. A fault of the platform raises ``PlatformFault``: it is retried."""

import asyncio
import json
from pathlib import Path

import pygments

from portal.kit.i18n import N_
from registry.previews.models import PreviewKind, PreviewState
from registry.previews.reading import Result, read
from registry.sandbox.backend import JailEnd, JailOutcome, JailSpec, Limits, SandboxBackend
from registry.sandbox.binds import Bind
from registry.sandbox.errors import PlatformFault
from registry.sandbox.runtimes import Runtime
from registry.sandbox.slots import Slot

JAILED = Path(__file__).resolve().parent / "jailed"
MIB = 1 << 20
LIMITS = Limits(
    wall_s=90.0,
    memory_bytes=1536 * MIB,
    output_bytes=64 * MIB,
    output_files=100,
    log_bytes=64 * 1024,
    processes=16,
)
ENDS = {
    JailEnd.TIMEOUT: N_("Reading the file took longer than the limit of %(seconds)s s."),
    JailEnd.OUT_OF_MEMORY: N_("Reading the file needed more than the limit of %(mb)s MB of memory."),
}
ENDED_BADLY = N_("Reading the file ended with an error.")


async def make_preview(
    backend: SandboxBackend,
    runtime: Runtime,
    source: Path,
    *,
    kind: PreviewKind,
    suffix: str,
    slot: Slot,
    limits: Limits = LIMITS,
) -> Result:
    """Read ``source`` in a jail of its own and check what comes out."""
    with backend.stage(slot) as stage:
        for script in sorted(JAILED.glob("*.py")):
            stage.put(f"tool/jailed/{script.name}", script)
        stage.write("config/preview.json", json.dumps({"kind": kind.value, "suffix": suffix}).encode("ascii"))
        await asyncio.to_thread(stage.put, "input/file", source)
        stage.folder("tool/pygments")
        binds = (
            Bind(stage.path / "tool", "/tool"),
            Bind(stage.path / "config", "/config"),
            Bind(stage.path / "input", "/input"),
            # Pure Python, and what an operator installs anyway: lent to the jail instead of installed twice.
            Bind(Path(pygments.__file__).resolve().parent, "/tool/pygments"),
        )
        spec = JailSpec(runtime, ("python", "-m", "jailed.preview"), cwd="/tool", binds=binds, limits=limits)
        async with backend.open(spec, slot) as jail:
            outcome = await jail.run()
            if not outcome.ok:
                return _ended(outcome, limits)
            return await asyncio.to_thread(read, jail.output, kind)


def _ended(outcome: JailOutcome, limits: Limits) -> Result:
    if outcome.end in (JailEnd.PLATFORM_FAULT, JailEnd.CANCELLED):
        raise PlatformFault(
            N_("The preview could not be made: %(reason)s"), reason=outcome.detail or outcome.end
        )
    params = {"seconds": f"{limits.wall_s:g}", "mb": limits.memory_bytes // MIB}
    if outcome.end in ENDS:
        return Result(PreviewState.failed, ENDS[outcome.end], params)
    return Result(PreviewState.failed, ENDED_BADLY)
