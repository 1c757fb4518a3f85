"""What is to be run for a submission: read from its own description, bounded by the benchmark."""

import json
import shlex
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from registry.benchmarks.forms import Command, Manifest, RunLimits
from registry.benchmarks.items import MAX_TABLE, read_ids
from registry.benchmarks.reading import MAX_YAML, NotReadableError, read_yaml, stored_bytes
from registry.evaluation.failures import clean
from registry.evaluation.queries.orders import Order, StoredFile
from registry.evaluation.run.faults import RunFailed
from registry.sandbox.backend import MIB, Limits
from registry.versions.models import SubmissionKind

DESCRIPTION = "cspon.yaml"
RUNNERS = Path(__file__).resolve().parents[2] / "sandbox_runners"
SUBMISSION_FAULT = 3
"""Exit code by which runners and scorers say: the submission is at fault, and the last line printed says why."""


class Asked(BaseModel):
    """What a program wants at most; the benchmark's limits hold where they are lower."""

    model_config = ConfigDict(extra="forbid", strict=True)

    time_s: float | None = Field(default=None, gt=0)
    memory_mb: int | None = Field(default=None, ge=16)
    threads: int | None = Field(default=None, ge=1)


class Description(BaseModel):
    """The part of ``cspon.yaml`` that running needs; other keys are for the reader."""

    model_config = ConfigDict(extra="ignore", strict=True)

    kind: Literal["program", "model"] | None = None
    command: Annotated[str, Field()] | None = None
    resources: Asked = Asked()


class _Checked(BaseModel):
    command: Command


@dataclass(frozen=True)
class Plan:
    """The predict jail: command, folder, limits, and whether a runner of ours runs the submission's model."""

    argv: Sequence[str]
    limits: RunLimits
    model: bool = False


def load_manifest(order: Order) -> Manifest:
    """The benchmark's manifest as it was registered; one that no longer reads is the benchmark's fault."""
    try:
        return Manifest.model_validate_json(json.dumps(order.manifest))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise RunFailed("benchmark_invalid", reason=clean(f"{place}: {first['msg']}")) from error


def item_ids(order: Order, manifest: Manifest) -> frozenset[str] | None:
    """The ids of the benchmark's item table; None where it has none."""
    form = manifest.item_table
    if form is None:
        return None
    found = next((file for file in order.benchmark_files if file.path == form.file), None)
    try:
        if found is None:
            raise NotReadableError(f"{form.file} is missing")
        return read_ids(stored_bytes(found.sha256, MAX_TABLE), form)
    except NotReadableError as error:
        raise RunFailed("benchmark_invalid", reason=clean(str(error))) from error


def plan_for(kind: SubmissionKind, files: Sequence[StoredFile], manifest: Manifest) -> Plan:
    """What the predict jail runs for a program or a model of these files."""
    described = _description(files)
    limits = _bounded(manifest.limits, described.resources)
    if kind is SubmissionKind.model:
        return Plan(runner_command(files), limits, model=True)
    if not described.command:
        raise RunFailed("manifest_invalid", reason={"message": "command: missing", "values": {}})
    return Plan(substitute(described.command), limits)


def _description(files: Sequence[StoredFile]) -> Description:
    found = next((file for file in files if file.path == DESCRIPTION), None)
    if found is None:
        return Description()
    try:
        values = read_yaml(stored_bytes(found.sha256, MAX_YAML))
        described = Description.model_validate(values)
        if described.command is not None:
            _Checked(command=described.command)
    except NotReadableError as error:
        raise RunFailed("manifest_invalid", reason=clean(str(error))) from error
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise RunFailed("manifest_invalid", reason=clean(f"{place}: {first['msg']}")) from error
    return described


def _bounded(limits: RunLimits, asked: Asked) -> RunLimits:
    """The lower of what is allowed and what was asked for."""
    return RunLimits.model_construct(
        **{
            **limits.model_dump(),
            "time_s": min(limits.time_s, asked.time_s or limits.time_s),
            "memory_mb": min(limits.memory_mb, asked.memory_mb or limits.memory_mb),
            "threads": min(limits.threads, asked.threads or limits.threads),
        }
    )


def runner_command(files: Sequence[StoredFile]) -> list[str]:
    """How the one model of a submission is run; `RunFailed` where there is none, or more than one."""
    paths = {file.path for file in files}
    models = {"model.onnx": "onnx", "model.skops": "skops", "MLmodel": "pyfunc"}
    found = [runner for name, runner in models.items() if name in paths]
    if len(found) != 1:
        raise RunFailed("model_missing")
    return ["python", f"/runner/{found[0]}_runner.py", "/input", "/output", "/runner-config/model_io.json"]


def substitute(command: str, source: str = "/input", target: str = "/output") -> list[str]:
    """The words of a command with ``$input`` and ``$output`` filled in; there is no shell."""
    words = shlex.split(command)
    return [word.replace("$input", source).replace("$output", target) for word in words]


def jail_limits(limits: RunLimits) -> Limits:
    """The limits in the sandbox's units."""
    return Limits(
        wall_s=float(limits.time_s),
        threads=limits.threads,
        memory_bytes=limits.memory_mb * MIB,
        output_bytes=limits.output_mb * MIB,
        output_files=limits.output_files,
        log_bytes=limits.log_kb * 1024,
    )


def scorer_limits(limits: RunLimits) -> Limits:
    """The scorer gets the same, and room for its own results whatever the submission's output limit is."""
    same = jail_limits(limits)
    return replace(
        same, output_bytes=max(same.output_bytes, 64 * MIB), output_files=max(same.output_files, 100)
    )
