"""A bundle's manifest and its statement of promotion, from what was gathered. No database."""

import hashlib
import json
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from cspon_node import formats
from portal.kit.signing import Signer, canonical, dsse, public_text
from registry.benchmarks.reading import NotReadableError, read_yaml, stored_bytes
from registry.certification import statement as certificates
from registry.evaluation.run.plan import Asked
from registry.rollout.queries.gathering import Gathered
from registry.sandbox.errors import UnknownRuntime
from registry.sandbox.runtimes import parse_name
from registry.trials.interface import described
from registry.versions.manifest import NAME as DESCRIPTION
from registry.versions.models import SubmissionKind

KEY = "promotion"
"""Name of the key that signs statements of promotion."""
MODELS = {"model.onnx": "onnx", "model.skops": "skops", "MLmodel": "pyfunc"}
ROLES = {
    formats.CERTIFICATE: "certificate", formats.PROMOTION: "promotion", formats.SBOM: "sbom",
    formats.CHECKPOINT: "checkpoint", formats.CONSISTENCY: "consistency", formats.LOCK: "lock",
}  # fmt: skip
FOLDERS = {
    formats.EVALUATIONS_DIR: "evaluation", formats.EVENTS_DIR: "event", formats.WHEELS_DIR: "wheel",
}  # fmt: skip


@dataclass(frozen=True)
class Built:
    """The manifest's bytes, and the bytes of every entry that is no file of the version."""

    manifest: bytes
    parts: Mapping[str, bytes]


def build(
    found: Gathered,
    *,
    channel: str,
    sequence: int,
    portal: str,
    made_at: str,
    signer: Signer,
    wheels: Mapping[str, tuple[str, int]],
) -> Built:
    """Put it together. ``wheels``: entry -> digest and size of files that are in the store already."""
    parts = dict(found.evidence)
    parts[formats.PROMOTION] = promotion(found, signer)
    interface, runtime, lock = run_of(found)
    if lock is not None:
        parts[formats.LOCK] = lock
    entries = [
        formats.Entry(f"{formats.FILES_DIR}{each.path}", each.sha256, each.size, "file")
        for each in found.files
    ]
    entries += [_entry(name, data) for name, data in parts.items()]
    entries += [formats.Entry(name, digest, size, "wheel") for name, (digest, size) in wheels.items()]
    made = formats.Manifest(
        channel=channel, subject=found.subject, sequence=sequence, made_at=made_at, portal=portal,
        promotion=found.promotion, certificate=found.certificate, runtime=runtime, interface=interface,
        log=found.log,
        keys=formats.Keys(
            certificates=(public_text(certificates.verifier()),) if found.certificate else (),
            workers=found.workers, promotion=(public_text(signer.verifier),),
        ),
        files=sorted(entries, key=lambda each: each.path),
    )  # fmt: skip
    value = formats.manifest_json(made)
    data = canonical(value)
    formats.read_manifest(json.loads(data))  # what a node would refuse is not signed
    return Built(data, parts)


def role_of(name: str) -> str:
    """The role of an entry that is no file of the version."""
    return ROLES.get(name) or next(role for folder, role in FOLDERS.items() if name.startswith(folder))


def _entry(name: str, data: bytes) -> formats.Entry:
    return formats.Entry(name, hashlib.sha256(data).hexdigest(), len(data), role_of(name))


def promotion(found: Gathered, signer: Signer) -> bytes:
    """What this portal states about the step that brought the version into the channel."""
    said = {
        "id": found.promotion.id,
        "stage": found.promotion.stage,
        "step": found.promotion.step,
        **found.step,
    }
    made = dsse.statement({found.subject.text: found.subject.digest}, formats.PROMOTION_TYPE, said)
    return json.dumps(dsse.sign_statement(made, signer), sort_keys=True).encode()


def run_of(found: Gathered) -> tuple[formats.Interface, formats.Runtime | None, bytes | None]:
    """How it is run, in which runtime, and that runtime's lock; nothing where it is no program and no model."""
    kind = found.subject.submission
    about, bench_runtime = found.interface_of or ({}, "")
    nothing = formats.Interface(), None, None
    if kind == SubmissionKind.program:
        interface = _program(found, about)
    elif kind == SubmissionKind.model:
        interface = _model(found, about)
    else:
        return nothing
    named = found.runtime or bench_runtime
    if interface is None or not named:
        return nothing
    try:
        family, _python = parse_name(named)
    except UnknownRuntime:
        return nothing
    return interface, formats.Runtime(named, family.lock_digest), family.lock.read_bytes()


def _program(found: Gathered, about: Mapping[str, Any]) -> formats.Interface | None:
    sha256 = next((each.sha256 for each in found.files if each.path == DESCRIPTION), None)
    if sha256 is None:
        return None
    told = described(sha256)
    command = (told.interface.command if told.interface else None) or told.command
    if not command:
        return None
    shape = told.interface
    return formats.Interface(
        how="command",
        command=tuple(shlex.split(command)),
        inputs=tuple(each.file for each in shape.inputs) if shape else (),
        outputs=tuple(each.file for each in shape.outputs) if shape else _outputs(about),
        parameters={each.name: each.default for each in shape.parameters} if shape else {},
        limits=_limits(about, sha256),
    )


def _model(found: Gathered, about: Mapping[str, Any]) -> formats.Interface | None:
    there = [runner for name, runner in MODELS.items() if name in {each.path for each in found.files}]
    model_io = about.get("model_io")
    if len(there) != 1 or not isinstance(model_io, dict):
        return None
    return formats.Interface(
        how="model", runner=there[0], model_io=model_io, inputs=(str(model_io["file"]),),
        outputs=(str(model_io["output"]),), limits=_limits(about, None),
    )  # fmt: skip


def _outputs(about: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(str(each) for each in (about.get("predictions") or {}).get("files", ()))


def _limits(about: Mapping[str, Any], description: str | None) -> dict[str, float]:
    """What its benchmark allows; what the version asks for goes before."""
    names = ("time_s", "memory_mb", "threads", "output_mb", "output_files", "log_kb")
    given = about.get("limits") or {}
    found = {name: float(given[name]) for name in names if given.get(name)}
    if description is not None:
        try:
            value = read_yaml(stored_bytes(description, 64 * 1024))
            asked = Asked.model_validate(value.get("resources") or {})
        except (NotReadableError, ValidationError, AttributeError):
            return found
        found |= {name: float(each) for name, each in asked.model_dump().items() if each}
    return found
