"""Runs the jailed scripts on the platform's sandbox, and reads what they leave.

A fault of the platform raises `PlatformFault` (retry it); whatever the uploaded bytes cause becomes a report
with a finding that rejects them.
"""

import asyncio
import json
import os
import shutil
import stat
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from portal.kit.i18n import N_
from registry.sandbox.backend import JailEnd, JailOutcome, JailSpec, SandboxBackend
from registry.sandbox.backend import Limits as JailLimits
from registry.sandbox.binds import Bind
from registry.sandbox.collector import CollectLimits, copy_tree, read_file
from registry.sandbox.errors import OutputRefused, PlatformFault
from registry.sandbox.runtimes import Runtime
from registry.sandbox.slots import Slot
from registry.sandbox.staging import Stage
from registry.scanning.jailed.budget import MIB, Limits
from registry.scanning.jailed.names import has_hidden
from registry.scanning.report import (
    MAX_REPORT_BYTES,
    ReportError,
    ScanReport,
    UnpackReport,
    parse_scan,
    parse_unpack,
)
from registry.scanning.rules import finding

JAILED = Path(__file__).resolve().parent / "jailed"
TRUSTED_TYPES = Path(__file__).resolve().parents[1] / "sandbox_runners" / "trusted_types.json"
SCAN_PROCESSES = 8


@dataclass(frozen=True)
class ScanConfig:
    """What the caller knows of a version.

    `expects` is program, model, predictions or benchmark, or None for any other asset; `runtimes` the names
    that a manifest may name (None: any); `declared_licence` what the asset itself states.
    """

    expects: str | None = None
    declared_licence: str | None = None
    runtimes: tuple[str, ...] | None = None
    text_limit: int = 8 * MIB
    file_seconds: float = 60.0
    jail: JailLimits = field(
        default_factory=lambda: JailLimits(
            wall_s=900.0,
            memory_bytes=3072 * MIB,
            output_bytes=32 * MIB,
            output_files=16,
            processes=SCAN_PROCESSES,
        )
    )

    def as_json(self) -> bytes:
        """The part that the jailed script reads."""
        names = ("expects", "declared_licence", "runtimes", "text_limit", "file_seconds")
        return json.dumps({name: getattr(self, name) for name in names}).encode("ascii")


async def unpack_archive(
    backend: SandboxBackend,
    runtime: Runtime,
    archive: Path,
    dest: Path,
    limits: Limits,
    slot: Slot,
    stop: asyncio.Event | None = None,
) -> UnpackReport:
    """Unpack `archive` into the new folder `dest`; on a refusal `dest` does not exist and the report says
    why."""
    with backend.stage(slot) as stage:
        await asyncio.to_thread(stage.put, "input/archive", archive)
        stage.write("config/unpack.json", json.dumps(asdict(limits)).encode("ascii"))
        spec = _spec(runtime, stage, "jailed.unpack", _unpack_limits(limits), stage.path / "input")
        async with backend.open(spec, slot) as jail:
            outcome = await jail.run(stop=stop)
            if end := _end(outcome):
                return UnpackReport((), (finding("scan.incomplete", end=end),))
            return await asyncio.to_thread(_collect_unpacked, jail.output, dest, limits)


async def scan_tree(
    backend: SandboxBackend,
    runtime: Runtime,
    tree: Path,
    config: ScanConfig,
    slot: Slot,
    stop: asyncio.Event | None = None,
) -> ScanReport:
    """Scan the files below `tree`, which is left as it is. The report's decision says what becomes of the
    version."""
    files, refused = await asyncio.to_thread(_inventory, tree)
    if refused:
        return ScanReport(findings=tuple(finding(rule, path=path) for path, rule in sorted(refused.items())))
    with backend.stage(slot) as stage:
        await asyncio.to_thread(_stage_tree, stage, tree, files)
        stage.write("config/scan.json", config.as_json())
        stage.put("config/trusted_types.json", TRUSTED_TYPES)
        spec = _spec(runtime, stage, "jailed.scan", config.jail, stage.path / "input")
        async with backend.open(spec, slot) as jail:
            outcome = await jail.run(stop=stop)
            if end := _end(outcome):
                return ScanReport(findings=(finding("scan.incomplete", end=end),))
            return await asyncio.to_thread(_collect_scan, jail.output, files)


def _spec(runtime: Runtime, stage: Stage, module: str, limits: JailLimits, source: Path) -> JailSpec:
    for script in sorted(JAILED.glob("*.py")):
        stage.put(f"tool/jailed/{script.name}", script)
    binds = (
        Bind(stage.path / "tool", "/tool"),
        Bind(stage.path / "config", "/config"),
        Bind(source, "/input"),
    )
    return JailSpec(runtime, ("python", "-m", module), cwd="/tool", binds=binds, limits=limits)


def _unpack_limits(limits: Limits) -> JailLimits:
    """Room for the tree in the output (which counts as memory), its folders, and the report."""
    output = limits.max_bytes + 32 * MIB
    files = limits.max_entries * 4 + 100
    return JailLimits(wall_s=600.0, memory_bytes=output + 512 * MIB, output_bytes=output, output_files=files)


def _end(outcome: JailOutcome) -> str:
    """Empty when the script ended well, else the word for the finding; our own faults are raised."""
    if outcome.ok:
        return ""
    if outcome.end in (JailEnd.PLATFORM_FAULT, JailEnd.CANCELLED):
        raise PlatformFault(N_("The scan could not be run: %(reason)s"), reason=outcome.detail or outcome.end)
    return str(outcome.end)


def _collect_unpacked(output: Path, dest: Path, limits: Limits) -> UnpackReport:
    try:
        report = parse_unpack(read_file(output, "unpack.json", MAX_REPORT_BYTES))
        if not report.entries:
            return report
        allowed = CollectLimits(
            files=limits.max_entries * 4, total_bytes=limits.max_bytes, depth=limits.max_depth, name_bytes=255
        )
        found = copy_tree(output / "tree", dest, allowed)
        stated = {(item.path, item.size, item.sha256) for item in report.entries}
        if {(item.path, item.size, item.sha256) for item in found} != stated:
            raise ReportError("the files are not those of the report")
    except (ReportError, OutputRefused) as error:
        shutil.rmtree(dest, ignore_errors=True)
        return UnpackReport((), (finding("scan.report_invalid", problem=str(error)[:200]),))
    return report


def _collect_scan(output: Path, files: Mapping[str, int]) -> ScanReport:
    try:
        return parse_scan(read_file(output, "scan.json", MAX_REPORT_BYTES), files)
    except (ReportError, OutputRefused) as error:
        return ScanReport(findings=(finding("scan.report_invalid", problem=str(error)[:200]),))


def _inventory(tree: Path) -> tuple[dict[str, int], dict[str, str]]:
    """(size of every file by its path, rule broken by path) of a tree, without following anything."""
    files: dict[str, int] = {}
    refused: dict[str, str] = {}
    for folder, names, leaves in os.walk(tree):
        for name in [*names, *leaves]:
            target = Path(folder) / name
            path = target.relative_to(tree).as_posix()
            facts = target.lstat()
            if has_hidden(path) or ":" in path or len(path) > 500:
                refused[ascii(path)[:500]] = "format.bad_name"
            elif stat.S_ISREG(facts.st_mode):
                files[path] = facts.st_size
            elif not stat.S_ISDIR(facts.st_mode):
                refused[path] = "format.special_file"
    return files, refused


def _stage_tree(stage: Stage, tree: Path, files: Mapping[str, int]) -> None:
    stage.folder("input/tree")
    for path in files:
        stage.put(f"input/tree/{path}", tree / path)
