"""The orders of a dry run's cases: the same plain values that an evaluation's worker reads from its rows."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from portal.kit.db import Session
from portal.kit.storage import get_store
from registry.benchmarks.actions import examine
from registry.benchmarks.forms import Manifest
from registry.dryruns import cases
from registry.dryruns.actions import Held
from registry.evaluation.queries.leases import Lease
from registry.evaluation.queries.orders import Order, StoredFile
from registry.versions import queries as versions
from registry.versions.models import SubmissionKind, VersionState

JAILED = Path(__file__).resolve().parents[1] / "jailed"


@dataclass(frozen=True)
class Draft:
    """The benchmark as the draft has it."""

    manifest: Manifest
    files: tuple[StoredFile, ...]
    scorer_digest: str
    digest: str

    def below(self, prefix: str) -> list[StoredFile]:
        """The files below a folder, without it."""
        return [
            replace(file, path=file.path.removeprefix(prefix))
            for file in self.files
            if file.path.startswith(prefix)
        ]


def read_draft(db: Session, held: Held) -> Draft:
    """The draft; `NotReadableError` where it is no benchmark yet, `LookupError` where it is gone."""
    found = versions.plain(db, held.version_id)
    if found is None:
        raise LookupError("the version is gone")
    benchmark, manifest = examine(db, found[0])
    rows = versions.files_of(db, held.version_id, hidden=True)
    files = tuple(StoredFile(row.path, row.sha256, row.size) for row in rows)
    return Draft(manifest, files, benchmark.scorer_digest, held.digest)


def order(
    draft: Draft,
    run_id: uuid.UUID,
    kind: SubmissionKind,
    files: Sequence[StoredFile],
    *,
    tight_s: int | None = None,
) -> Order:
    """An order for one case. ``tight_s``: seconds for a program that is meant to break its limits."""
    manifest = draft.manifest.model_dump(mode="json")
    manifest["limits"] = limits(draft.manifest, tight_s)
    manifest["logs_visible"] = True
    return Order(
        lease=Lease(run_id, run_id, 0, run_id),
        kind=kind,
        runtime=draft.manifest.runtime,
        version_digest="",
        version_state=VersionState.published,
        files=tuple(files),
        manifest=manifest,
        benchmark_id=run_id,
        benchmark_digest=draft.digest,
        scorer_digest=draft.scorer_digest,
        benchmark_files=draft.files,
    )


def limits(manifest: Manifest, tight_s: int | None) -> dict[str, int]:
    """The benchmark's own limits, capped so that a dry run ends within minutes."""
    own = manifest.limits.model_dump()
    caps = {"time_s": cases.PATIENT_TIME_S}
    if tight_s is not None:
        caps = {
            "time_s": tight_s,
            "memory_mb": cases.PROGRAM_MEMORY_MB,
            "output_mb": cases.PROGRAM_OUTPUT_MB,
            "output_files": cases.PROGRAM_FILES,
            "log_kb": cases.PROGRAM_LOG_KB,
        }
    return {name: min(value, caps.get(name, value)) for name, value in own.items()}


def reference_files(draft: Draft) -> list[StoredFile]:
    """The files of the reference submission as they are handed in; none where the path names nothing."""
    assert draft.manifest.dry_run is not None  # noqa: S101 - asked before
    path = draft.manifest.dry_run.path
    one = next((file for file in draft.files if file.path == path), None)
    if one is not None:
        return [replace(one, path=draft.manifest.predictions.files[0])]
    return draft.below(path.rstrip("/") + "/")


def program_files(name: str, guess: Sequence[StoredFile], canaries: StoredFile | None) -> list[StoredFile]:
    """A submission that behaves as the case says."""
    command = f"python main.py {name} $input $output"
    described = f"kind: program\ncommand: {command}\n".encode()
    files = [keep("cspon.yaml", described), keep("main.py", (JAILED / "programs.py").read_bytes())]
    if canaries is not None:
        files.append(canaries)
    return [*files, *(replace(file, path=f"guess/{file.path}") for file in guess)]


def keep(path: str, data: bytes) -> StoredFile:
    """Put bytes into the store; no row names them, so nobody can ask for them."""
    blob = get_store().put([data])
    return StoredFile(path, blob.sha256, blob.size)


def kept_tree(top: Path, paths: Sequence[str]) -> list[StoredFile]:
    """The same for files that were collected from a jail."""
    return [keep(path, (top / path).read_bytes()) for path in paths]


Made = Mapping[str, Sequence[StoredFile]]
"""Case -> its prediction files, as the jail made them."""
