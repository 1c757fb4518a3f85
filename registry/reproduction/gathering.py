"""From rows to a pack. Everything comes through the questions that downloads ask, with the same reader."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from portal.kit.clock import shanghai
from portal.kit.db import Session
from portal.kit.storage import get_store
from portal.settings import get_settings
from registry.benchmarks.digests import LABELS, SCORER
from registry.benchmarks.forms import Manifest, RunLimits
from registry.evaluation.queries import results
from registry.evaluation.queries.orders import StoredFile
from registry.evaluation.run import plan as plans
from registry.exchange.formats.rocrate import METADATA, to_json
from registry.reproduction import pack as packs
from registry.reproduction.crate import crate
from registry.reproduction.guards import Reproducible
from registry.reproduction.pack import Extent, Pack
from registry.reproduction.texts import readme
from registry.versions import queries as versions
from registry.versions.digests import listing
from registry.versions.models import SubmissionKind, VersionState


@dataclass(frozen=True)
class Gathered:
    """A pack, the portal's own files in it, and the stored files that go below ``files/``, by path."""

    pack: Pack
    made: Mapping[str, bytes]
    files: tuple[StoredFile, ...]


def gather(db: Session, found: Reproducible, *, labels: bool = False) -> Gathered:
    """The pack of a result, as far as ``found.standing`` goes; with ``labels`` everything, for the owner alone."""
    confidential = labels and found.standing.extent is not Extent.full
    extent = Extent.full if labels else found.standing.extent
    if extent is None:
        raise ValueError("nothing of this result can be run")
    submitted = _stored(db, found.submission.id, packs.SUBMISSION)
    base = _stored(db, found.base.id, packs.BENCHMARK, hidden=labels)
    if extent is not Extent.full:
        # Whatever else of a benchmark is open, where its labels are not, nothing that scores goes along.
        closed = tuple(packs.BENCHMARK + prefix for prefix in (LABELS, SCORER))
        base = [file for file in base if not file.path.startswith(closed)]
    files = [*submitted, *base]
    if extent is Extent.full:
        digest = found.result.per_item_sha256
        files.append(StoredFile(packs.PER_ITEM, digest, get_store().size(digest)))
    files.sort(key=lambda file: file.path)
    pack = _pack(db, found, extent, files, confidential=confidential)
    return Gathered(pack, made_files(pack), tuple(files))


def made_files(pack: Pack) -> dict[str, bytes]:
    """What the portal adds to the files: the description first, then the same for people and for other tools."""
    described = to_json(pack.model_dump(mode="json"))
    sums = [(f"{packs.FILES}/{file.path}", file.sha256) for file in pack.files]
    return {
        packs.PACK: described,
        METADATA: to_json(crate(pack)),
        packs.README: readme(pack).encode(),
        packs.SUMS: listing(sums).encode(),
    }


def _stored(db: Session, version_id: Any, folder: str, *, hidden: bool = False) -> list[StoredFile]:
    return [
        StoredFile(folder + file.path, file.sha256, file.size)
        for file in versions.files_of(db, version_id, hidden=hidden)
    ]


def _pack(
    db: Session, found: Reproducible, extent: Extent, files: list[StoredFile], *, confidential: bool
) -> Pack:
    row, result, bench = found.row, found.result, found.benchmark
    site = get_settings().site_url
    manifest = Manifest.model_validate_json(to_json(bench.manifest))
    submission, base = found.submission, found.base
    return Pack(
        format=packs.FORMAT,
        result=f"{site}/evaluations/{row.id}",
        evaluation=str(row.id),
        scored_at=shanghai(result.created_at).isoformat(timespec="seconds"),
        extent=extent,
        confidential=confidential,
        submission=packs.Submission(
            asset=f"{row.namespace}/{row.name}",
            version=row.number,
            url=f"{site}/assets/{row.namespace}/{row.name}/versions/{row.number}",
            licence=submission.licence,
            kind=submission.submission.value,
            digest=result.version_digest,
            withdrawn=submission.state_reason if submission.state is VersionState.yanked else None,
        ),
        benchmark=packs.Benchmark(
            asset=f"{row.bench_namespace}/{row.bench_name}",
            version=row.bench_number,
            url=f"{site}/benchmarks/{row.bench_namespace}/{row.bench_name}?version={row.bench_number}",
            licence=base.licence,
            digest=result.benchmark_digest,
            manifest_digest=bench.manifest_digest,
            scorer_digest=result.scorer_digest,
            data_digest=bench.data_digest,
        ),
        predict=_predict(found, manifest, files),
        score=packs.Step(
            runtime=result.scorer_runtime,
            runtime_digest=result.scorer_runtime_digest,
            command=plans.substitute(manifest.scorer.command),
            limits=_limits(manifest.limits),
        ),
        seed=result.bootstrap_seed,
        resamples=result.resamples,
        items=result.item_count,
        sandbox_grade=result.sandbox_grade,
        profile_digest=result.profile_digest,
        predictions_digest=result.predictions_digest,
        per_item_digest=result.per_item_sha256,
        metrics=_recorded(db, found, manifest),
        files=[packs.Entry(path=file.path, size=file.size, sha256=file.sha256) for file in files],
    )


def _predict(found: Reproducible, manifest: Manifest, files: list[StoredFile]) -> packs.Step | None:
    kind: SubmissionKind = found.submission.submission
    if kind is SubmissionKind.predictions:
        return None
    own = [
        StoredFile(file.path.removeprefix(packs.SUBMISSION), file.sha256, file.size)
        for file in files
        if file.path.startswith(packs.SUBMISSION)
    ]
    planned = plans.plan_for(kind, own, manifest)
    return packs.Step(
        runtime=found.result.runtime,
        runtime_digest=found.result.runtime_digest,
        command=list(planned.argv),
        limits=_limits(planned.limits),
    )


def _limits(limits: RunLimits) -> dict[str, int | float]:
    return {name: value for name, value in limits if isinstance(value, int | float)}


def _recorded(db: Session, found: Reproducible, manifest: Manifest) -> list[packs.Recorded]:
    declared = {metric.name: metric for metric in manifest.metrics}
    return [
        packs.Recorded(
            name=given.name,
            title=declared[given.name].title,
            unit=said.unit,
            primary=said.is_primary,
            higher_is_better=said.higher_is_better,
            value=given.value,
            low=given.low,
            high=given.high,
            tolerance=declared[given.name].tolerance,
        )
        for given, said in results.metrics_of(db, [found.result.id]).get(found.result.id, [])
    ]
