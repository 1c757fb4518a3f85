"""Changes of benchmarks."""

import uuid

from portal.audit.actions import record
from portal.kit.actor import Actor
from portal.kit.clock import now
from portal.kit.db import Session
from portal.kit.errors import Conflict, Forbidden
from portal.kit.i18n import N_, _
from portal.notices.actions import tell
from registry.assets.models import Asset
from registry.benchmarks import policy, queries
from registry.benchmarks.digests import INPUTS, LABELS, MANIFEST, SCORER, below, tree_digest
from registry.benchmarks.forms import Manifest, read_manifest
from registry.benchmarks.items import MAX_TABLE, read_items
from registry.benchmarks.models import BenchmarkCell, BenchmarkMetric, BenchmarkVersion
from registry.benchmarks.reading import MAX_YAML, NotReadableError, stored_bytes
from registry.versions.models import Version, VersionState

REFUSED = N_("The benchmark %(name)s %(number)s was published but cannot be used: %(reason)s")
READY = N_("The benchmark %(name)s %(number)s is open for evaluations.")


def register(db: Session, actor: Actor, *, version_id: uuid.UUID) -> BenchmarkVersion | None:
    """Read ``benchmark.yaml`` of a published version and open it for evaluations.

    Calling it twice makes one row. A manifest that does not hold makes none: the owner gets a notice with the reason.
    """
    row = queries.version_and_asset(db, version_id)
    if row is None:
        return None
    version, asset = row
    standing = queries.registered(db, version_id)
    if standing is not None or version.state is not VersionState.published or not queries.is_benchmark(asset):
        return standing
    try:
        benchmark, manifest = examine(db, version)
    except NotReadableError as error:
        _refuse(db, actor, version, asset, str(error))
        return None
    db.add(benchmark)
    db.flush()
    _add_metrics(db, benchmark.id, manifest)
    _add_cells(db, benchmark, manifest)
    _choose_latest(db, asset.id)
    _open_inputs(db, version, manifest)
    record(
        db,
        actor,
        verb="benchmark.registered",
        object=benchmark,
        version=str(version.id),
        manifest_digest=benchmark.manifest_digest,
        scorer_digest=benchmark.scorer_digest,
        data_digest=benchmark.data_digest,
    )
    name = queries.address(db, asset.id)
    tell(db, version.created_by, message=READY, url=f"/benchmarks/{name}", name=name, number=version.number)
    return benchmark


def examine(db: Session, version: Version) -> tuple[BenchmarkVersion, Manifest]:
    """The benchmark a version would become, not yet kept; `NotReadableError` says what is missing or does not hold."""
    files = {file.path: file for file in queries.files_of(db, version.id)}
    if MANIFEST not in files:
        raise NotReadableError(_("The version has no %(path)s at its root.", path=MANIFEST))
    manifest = read_manifest(stored_bytes(files[MANIFEST].sha256, MAX_YAML))
    pairs = [(file.path, file.sha256) for file in files.values()]
    needed = [*({manifest.task.zh, manifest.task.en} - files.keys())]
    needed += [] if below(pairs, SCORER) else [SCORER]
    needed += [] if below(pairs, LABELS) else [LABELS]
    if set(manifest.accepts) - {"predictions"} and not below(pairs, INPUTS):
        needed.append(INPUTS)
    if manifest.model_io is not None and INPUTS + manifest.model_io.file not in files:
        needed.append(INPUTS + manifest.model_io.file)
    if manifest.item_table is not None and manifest.item_table.file not in files:
        needed.append(manifest.item_table.file)
    if needed:
        raise NotReadableError(_("The version lacks %(paths)s.", paths=", ".join(sorted(needed))))
    if {manifest.task.zh, manifest.task.en} & {path for path, file in files.items() if file.hidden}:
        raise NotReadableError(_("The task texts may not lie in a hidden folder."))
    if manifest.item_table is not None:
        read_items(stored_bytes(files[manifest.item_table.file].sha256, MAX_TABLE), manifest.item_table)
    return (
        BenchmarkVersion(
            version_id=version.id,
            asset_id=version.asset_id,
            manifest=manifest.model_dump(mode="json"),
            manifest_digest=files[MANIFEST].sha256,
            scorer_digest=tree_digest(below(pairs, SCORER)),
            data_digest=tree_digest(below(pairs, INPUTS, LABELS)),
            runtime=manifest.runtime,
            accepts=list(manifest.accepts),
            quota_per_day=manifest.quota.per_day,
            quota_total=manifest.quota.total,
            quota_at_once=manifest.quota.at_once,
            capacity_per_day=manifest.quota.capacity_per_day,
            queue=manifest.limits.queue,
            logs_visible=manifest.logs_visible,
            is_latest=False,
        ),
        manifest,
    )


def _refuse(db: Session, actor: Actor, version: Version, asset: Asset, reason: str) -> None:
    record(db, actor, verb="benchmark.refused", object=version, reason=reason[:1000])
    name = queries.address(db, asset.id)
    tell(
        db,
        version.created_by,
        message=REFUSED,
        url=f"/assets/{name}/versions/{version.number}",
        name=name,
        number=version.number,
        reason=reason[:500],
    )


def _add_metrics(db: Session, benchmark_id: uuid.UUID, manifest: Manifest) -> None:
    for position, metric in enumerate(manifest.metrics):
        db.add(
            BenchmarkMetric(
                benchmark_id=benchmark_id,
                position=position,
                name=metric.name,
                title_zh=metric.title.zh[:100],
                title_en=metric.title.en[:100],
                unit=metric.unit,
                higher_is_better=metric.direction == "higher",
                is_primary=metric.primary,
                aggregate=metric.aggregate,
                formula=metric.formula,
            )
        )


def _add_cells(db: Session, benchmark: BenchmarkVersion, manifest: Manifest) -> None:
    """The groups of items that scores will be given for; they never change, as the table never does."""
    form = manifest.item_table
    data = queries.item_table(db, benchmark.version_id, form.file) if form is not None else None
    if form is None or data is None:
        return
    for position, cell in enumerate(read_items(stored_bytes(data, MAX_TABLE), form).cells):
        db.add(
            BenchmarkCell(
                benchmark_id=benchmark.id,
                position=position,
                dimension=cell.dimension,
                key=cell.key,
                parent=cell.parent,
                item_count=len(cell.members),
                hidden=cell.hidden,
                public=form.is_public(cell.dimension),
            )
        )


def _choose_latest(db: Session, asset_id: uuid.UUID) -> None:
    """The highest number is the latest, in whatever order the versions were published."""
    rows = queries.siblings(db, asset_id)
    newest = max(rows, key=lambda row: str(row[1]))[0]
    for benchmark, _sort_key in rows:
        benchmark.is_latest = benchmark is newest


def _open_inputs(db: Session, version: Version, manifest: Manifest) -> None:
    """Upload hides ``inputs/`` always; the manifest may say that they are no secret."""
    if manifest.inputs_public:
        for file in queries.files_of(db, version.id, hidden=True):
            if file.path.startswith(INPUTS):
                file.hidden = False


def close(db: Session, actor: Actor, benchmark: BenchmarkVersion, asset: Asset, *, reason: str) -> None:
    """Take no further evaluations; what was asked for before still runs."""
    if not policy.owns(actor, asset.namespace_id):
        raise Forbidden(_("Only the benchmark's owner may close it."))
    benchmark = queries.get_for_change(db, benchmark.id)
    if benchmark.closed_at is not None:
        raise Conflict(_("The benchmark is closed already."))
    benchmark.closed_at = now()
    record(db, actor, verb="benchmark.closed", object=benchmark, reason=reason or None)


def reopen(db: Session, actor: Actor, benchmark: BenchmarkVersion, asset: Asset) -> None:
    """Take evaluations again."""
    if not policy.owns(actor, asset.namespace_id):
        raise Forbidden(_("Only the benchmark's owner may reopen it."))
    benchmark = queries.get_for_change(db, benchmark.id)
    if benchmark.closed_at is None:
        raise Conflict(_("The benchmark is open already."))
    if benchmark.labels_public_at is not None:
        raise Conflict(
            _("The labels of this version are public: it cannot rank any more."),
            hint=_("Publish a new version with other labels."),
        )
    benchmark.closed_at = None
    record(db, actor, verb="benchmark.reopened", object=benchmark)


def publish_labels(
    db: Session, actor: Actor, benchmark: BenchmarkVersion, asset: Asset, *, reason: str
) -> None:
    """Open every file of a benchmark version to whoever may read the version, for good.

    Refused while this version, or another of the namespace with one of its label files, takes evaluations. Results
    on it can then be reproduced by anybody.
    """
    if not policy.owns(actor, asset.namespace_id):
        raise Forbidden(_("Only the benchmark's owner may publish its labels."))
    benchmark = queries.get_for_change(db, benchmark.id)
    if benchmark.labels_public_at is not None:
        raise Conflict(_("The labels are public already."))
    if policy.takes_evaluations(benchmark):
        raise Conflict(
            _("This version still takes evaluations, and its labels would be known."),
            hint=_("Close it first, or publish a newer version."),
        )
    ranking = queries.ranking_with_labels_of(db, benchmark, asset.namespace_id)
    if ranking:
        raise Conflict(
            _("The same label files still rank in %(names)s.", names=", ".join(ranking)),
            hint=_("Close it first, or publish a newer version."),
        )
    opened = queries.files_of(db, benchmark.version_id, hidden=True)
    for file in opened:
        file.hidden = False
    benchmark.labels_public_at = now()
    record(
        db,
        actor,
        verb="benchmark.labels_published",
        object=benchmark,
        reason=reason or None,
        files=len(opened),
    )
