"""What the registry knows of a version, read for the criteria."""

import hashlib
import uuid
from pathlib import Path
from typing import Any

from sqlalchemy import func
from sqlmodel import col, select

from portal.accounts.models import Namespace
from portal.kit import frontmatter
from portal.kit.clock import now
from portal.kit.db import Session
from portal.kit.storage import get_store
from portal.organisations.models import Membership
from portal.organisations.queries import tree
from registry.assets.levels import level_of
from registry.assets.models import (
    Asset,
    AssetAuthor,
    AssetKind,
    AssetRelation,
    AssetScenario,
    RelationKind,
)
from registry.benchmarks.models import BenchmarkMetric, BenchmarkVersion
from registry.certification import parts as parts_of
from registry.certification.advisories import affects
from registry.certification.facts import (
    CardFact,
    DatabaseFact,
    Facts,
    KnownFact,
    RelatedFact,
    RunFact,
    ScanFact,
    SliceFact,
)
from registry.certification.parts import Parts
from registry.certification.policy import Parties
from registry.certification.queries import advisories
from registry.evaluation.models import Attempt, Evaluation, EvaluationState, Result, ResultCell, ResultMetric
from registry.scanning.models import Scan, ScanFinding
from registry.versions.addresses import address
from registry.versions.models import Version, VersionFile, VersionState

MOST = 50
PARTS = (RelationKind.based_on, RelationKind.uses)
DATA = (RelationKind.uses_data,)


def gather(db: Session, version: Version, asset: Asset, namespace: str, runtimes: Path | None) -> Facts:
    """All facts of a version at this moment. ``runtimes``: where runtimes are built on this machine, if at all."""
    parts = parts_for(db, version, runtimes)
    return Facts(
        here=address(version, namespace, asset.name),
        tree_digest=version.tree_digest,
        executable_format=version.executable_format,
        card=card_of(db, asset),
        scan=_scan(db, version),
        runs=_runs(db, version.id),
        slices=_slices(db, version.id),
        parts=parts,
        database=_database(db),
        known=_known(db, parts),
        related=related_to(db, asset.id),
    )


def parts_for(db: Session, version: Version, runtimes: Path | None) -> Parts:
    """The packages of the version's runtime, and those its public requirements name."""
    found = parts_of.of_runtime(version.runtime, runtimes) if version.runtime else Parts()
    rows = db.execute(
        select(VersionFile.sha256)
        .where(
            col(VersionFile.version_id) == version.id,
            col(VersionFile.path).in_(parts_of.REQUIREMENTS),
            ~col(VersionFile.hidden),
        )
        .order_by(col(VersionFile.path))
    ).scalars()
    for digest in rows.all():
        with get_store().open(digest) as file:
            named, unread = parts_of.of_requirements(file.read(parts_of.MAX_BYTES + 1))
        found = parts_of.together(found, named, unread)
    return found


def _scan(db: Session, version: Version) -> ScanFact | None:
    newest = select(Scan).where(col(Scan.version_id) == version.id).order_by(col(Scan.id).desc()).limit(1)
    scan = db.exec(newest).first()
    if scan is None:
        return None
    dangers = db.exec(
        select(func.count())
        .select_from(ScanFinding)
        .where(col(ScanFinding.scan_id) == scan.id, col(ScanFinding.severity) == "danger")
    ).one()
    # What is published although its scan said quarantine was released by a certifier, if the scan came before.
    before = version.published_at is not None and scan.created_at <= version.published_at
    released = scan.verdict == "quarantine" and version.state is VersionState.published and before
    return ScanFact(str(scan.id), scan.verdict, dangers, released, scan.created_at)


def _runs(db: Session, version_id: uuid.UUID) -> tuple[RunFact, ...]:
    rows = db.execute(
        select(  # type: ignore[call-overload]
            col(Evaluation.id), col(Result.peak_memory_bytes), col(Result.sandbox_grade), col(Result.profile_digest),
            col(Attempt.denied),
        )
        .join(Result, col(Result.evaluation_id) == col(Evaluation.id))
        .outerjoin(
            Attempt,
            (col(Attempt.evaluation_id) == col(Evaluation.id)) & (col(Attempt.number) == col(Result.attempt_no)),
        )
        .where(col(Evaluation.version_id) == version_id, col(Evaluation.state) == EvaluationState.done)
        .order_by(col(Evaluation.id).desc())
        .limit(MOST)
    ).all()  # fmt: skip
    return tuple(
        RunFact(
            str(row.id), row.peak_memory_bytes, row.sandbox_grade != "weak", row.profile_digest,
            *_denied(row.denied),
        )
        for row in rows
    )  # fmt: skip


def _denied(kept: Any) -> tuple[int | None, int, bool]:
    """All refused calls, those at the network, and whether no record was lost."""
    if not isinstance(kept, dict):
        return None, 0, True
    return kept["network"] + kept["other"], kept["network"], kept["whole"]


def _slices(db: Session, version_id: uuid.UUID) -> tuple[SliceFact, ...]:
    rows = db.execute(
        select(  # type: ignore[call-overload]
            col(Evaluation.id), col(Asset.title), col(Asset.title_en), col(BenchmarkMetric.title_zh).label("metric"),
            col(BenchmarkMetric.title_en).label("metric_en"), col(BenchmarkMetric.higher_is_better),
            col(ResultMetric.value), col(ResultCell.value).label("weakest"),
        )
        .join(Result, col(Result.evaluation_id) == col(Evaluation.id))
        .join(BenchmarkVersion, col(BenchmarkVersion.id) == col(Result.benchmark_id))
        .join(Asset, col(Asset.id) == col(BenchmarkVersion.asset_id))
        .join(
            BenchmarkMetric,
            (col(BenchmarkMetric.benchmark_id) == col(BenchmarkVersion.id)) & col(BenchmarkMetric.is_primary),
        )
        .join(
            ResultMetric,
            (col(ResultMetric.result_id) == col(Result.id)) & (col(ResultMetric.name) == col(BenchmarkMetric.name)),
        )
        .join(
            ResultCell,
            (col(ResultCell.result_id) == col(Result.id))
            & (col(ResultCell.metric) == col(BenchmarkMetric.name))
            & col(ResultCell.is_weakest),
        )
        .where(
            col(Evaluation.version_id) == version_id, col(Evaluation.state) == EvaluationState.done,
            col(Asset.is_public),
        )
        .order_by(col(Evaluation.id).desc())
        .limit(MOST)
    ).all()  # fmt: skip
    return tuple(
        SliceFact(
            str(row.id),
            row.title,
            row.metric,
            row.higher_is_better,
            row.value,
            row.weakest,
            row.title_en,
            row.metric_en,
        )
        for row in rows
    )


def _database(db: Session) -> DatabaseFact | None:
    found = advisories.newest(db)
    if found is None:
        return None
    return DatabaseFact(found.digest, found.newest_at, max(0, (now() - found.newest_at).days))


def _known(db: Session, parts: Parts) -> tuple[KnownFact, ...]:
    versions: dict[str, set[str]] = {}
    for part in parts.parts:
        if part.version:
            versions.setdefault(part.name, set()).add(part.version)
    return tuple(
        KnownFact(row.osv_id, row.package, version, row.severity)
        for row in advisories.of_packages(db, sorted(versions))
        for version in sorted(versions[row.package])
        if affects(version, row.versions, row.ranges)
    )


def related_to(db: Session, asset_id: uuid.UUID) -> tuple[RelatedFact, ...]:
    """What an asset is built from and was made with, with the level of each."""
    rows = db.execute(
        select(  # type: ignore[call-overload]
            col(Namespace.slug), col(Asset.name), col(Asset.licence), col(Asset.card), col(Asset.kind),
            col(Asset.data_level),
            col(AssetRelation.kind).label("relation"),
        )
        .join(AssetRelation, col(AssetRelation.other_id) == col(Asset.id))
        .join(Namespace, col(Namespace.id) == col(Asset.namespace_id))
        .where(col(AssetRelation.asset_id) == asset_id, col(AssetRelation.kind).in_([*PARTS, *DATA]))
        .order_by(col(Namespace.slug), col(Asset.name))
        .limit(MOST)
    ).all()  # fmt: skip
    return tuple(
        RelatedFact(
            f"{row.slug}/{row.name}", row.licence, level_of(row.data_level, row.card) or "",
            row.relation in DATA or row.kind is AssetKind.dataset,
        )
        for row in rows
    )  # fmt: skip


def card_of(db: Session, asset: Asset) -> CardFact:
    """What the description of an asset says."""
    authors = db.exec(
        select(func.count()).select_from(AssetAuthor).where(col(AssetAuthor.asset_id) == asset.id)
    ).one()
    scenarios = db.exec(
        select(func.count()).select_from(AssetScenario).where(col(AssetScenario.asset_id) == asset.id)
    ).one()
    there = {"summary": bool(asset.summary), "authors": bool(authors), "scenarios": bool(scenarios)}
    return CardFact(
        len(frontmatter.lenient(asset.card).body.strip()),
        asset.licence,
        tuple(name for name, is_there in there.items() if not is_there),
        level_of(asset.data_level, asset.card) or "",
        hashlib.sha256(asset.card.encode()).hexdigest(),
    )


def parties(db: Session, version: Version, asset: Asset, requested_by: uuid.UUID) -> Parties:
    """Who has part in a version: who made it, its authors, who asked; their organisations and what those belong to."""
    authors = db.exec(
        select(AssetAuthor.account_id).where(
            col(AssetAuthor.asset_id) == asset.id, col(AssetAuthor.account_id).is_not(None)
        )
    ).all()
    makers = {version.created_by, asset.created_by, *(each for each in authors if each is not None)}
    owner = db.get_one(Namespace, asset.namespace_id)
    if owner.account_id is not None:
        makers.add(owner.account_id)
    organisations = set(
        db.exec(select(Membership.organisation_id).where(col(Membership.account_id).in_(makers))).all()
    )
    if owner.organisation_id is not None:
        organisations.add(owner.organisation_id)
    above = {up for each in organisations for up in tree.ancestors(db, each)}
    return Parties(frozenset(makers | {requested_by}), frozenset(organisations), frozenset(above))


def above(db: Session, organisations: Any) -> frozenset[uuid.UUID]:
    """What these organisations belong to."""
    return frozenset(up for each in organisations for up in tree.ancestors(db, each))
