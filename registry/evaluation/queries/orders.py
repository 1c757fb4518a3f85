"""What a worker needs to know to run an evaluation, read in one transaction into plain values."""

import uuid
from dataclasses import dataclass
from typing import Any

from sqlmodel import col, select

from portal.kit.db import Session
from registry.benchmarks.models import BenchmarkVersion
from registry.evaluation.models import Evaluation
from registry.evaluation.queries.leases import Lease
from registry.versions.models import SubmissionKind, Version, VersionFile, VersionState


@dataclass(frozen=True)
class StoredFile:
    """A file of a version."""

    path: str
    sha256: str
    size: int


@dataclass(frozen=True)
class Order:
    """An attempt to be made. Holds no row: nothing of it is written back."""

    lease: Lease
    kind: SubmissionKind
    runtime: str
    version_digest: str
    version_state: VersionState
    files: tuple[StoredFile, ...]
    manifest: dict[str, Any]
    benchmark_id: uuid.UUID
    benchmark_digest: str
    scorer_digest: str
    benchmark_files: tuple[StoredFile, ...]


def order(db: Session, evaluation: Evaluation, lease: Lease) -> Order:
    """The order of an attempt that has just been leased."""
    version = db.get_one(Version, evaluation.version_id)
    benchmark = db.get_one(BenchmarkVersion, evaluation.benchmark_id)
    base = db.get_one(Version, benchmark.version_id)
    files = _files(db, version.id, base.id)
    return Order(
        lease=lease,
        kind=version.submission,
        runtime=version.runtime or benchmark.runtime,
        version_digest=version.tree_digest,
        version_state=version.state,
        files=tuple(files.get(version.id, [])),
        manifest=benchmark.manifest,
        benchmark_id=benchmark.id,
        benchmark_digest=base.tree_digest,
        scorer_digest=benchmark.scorer_digest,
        benchmark_files=tuple(files.get(base.id, [])),
    )


def _files(db: Session, *version_ids: uuid.UUID) -> dict[uuid.UUID, list[StoredFile]]:
    found: dict[uuid.UUID, list[StoredFile]] = {}
    rows = db.execute(
        select(VersionFile.version_id, VersionFile.path, VersionFile.sha256, VersionFile.size)
        .where(col(VersionFile.version_id).in_(version_ids))
        .order_by(col(VersionFile.path))
    )
    for version_id, path, sha256, size in rows:
        found.setdefault(version_id, []).append(StoredFile(path, sha256, size))
    return found
