"""How a version stands with its dry run: what pages and JSON show, and who may see it."""

from typing import Any

from portal.kit.db import Session
from portal.kit.errors import NotFound
from portal.kit.i18n import _
from portal.kit.pages import Context
from registry.assets.models import AssetKind
from registry.benchmarks.forms import Reference, read_manifest
from registry.benchmarks.reading import MAX_YAML, NotReadableError, stored_bytes
from registry.dryruns import answers, queries
from registry.dryruns.models import LIVE
from registry.evaluation.failures import words
from registry.versions import queries as versions
from registry.versions.addresses import address
from registry.versions.digests import rehearsed
from registry.versions.guards import own_version
from registry.versions.models import VersionState


def own_benchmark(req: Context) -> Any:
    """A version of a benchmark in whose namespace the actor may publish."""
    version = own_version(req)
    if version.kind is not AssetKind.benchmark:
        raise NotFound(_("There is nothing at this address."))
    return version


def reference_of(db: Session, version_id: Any) -> Reference | None:
    """What the manifest says of the reference submission; None where it says nothing that can be read."""
    file = versions.file_at(db, version_id, "benchmark.yaml", hidden=True)
    if file is None:
        return None
    try:
        return read_manifest(stored_bytes(file.sha256, MAX_YAML)).dry_run
    except NotReadableError:
        return None


def standing(db: Session, version: Any) -> dict[str, Any]:
    """The newest dry run of a version with its cases, and whether it still speaks of the files as they are."""
    run = queries.newest(db, version.id)
    files = [(row.path, row.sha256) for row in versions.files_of(db, version.id, hidden=True)]
    digest = rehearsed(files)
    reference = reference_of(db, version.id)
    rows = queries.cases_of(db, run.id) if run is not None else []
    return {
        "version": version,
        "here_url": address(version),
        "run": run,
        "cases": [answers.line(row, reference) for row in rows],
        "counts": answers.counts(rows),
        "changed": run is not None and run.digest != digest,
        "ready": version.rehearsed_digest == digest,
        "live": run is not None and run.state in LIVE,
        "draft": version.state is VersionState.draft,
        "failure": words(run.failure_code, run.failure_params)
        if run is not None and run.failure_code
        else None,
        "caps": answers.caps(),
        "has_reference": reference is not None,
    }
