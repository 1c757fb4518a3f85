"""Everything a bundle is made of, read in one transaction into plain bytes."""

import json
import uuid
from dataclasses import dataclass
from typing import Any

from sqlmodel import col, select

from cspon_node import formats
from portal.audit import checkpoints, evidence
from portal.audit import queries as audit
from portal.audit.actions import log_key
from portal.kit.actor import NOBODY
from portal.kit.clock import now
from portal.kit.db import Session
from portal.kit.signing import note
from portal.kit.storage import get_store
from registry.benchmarks.models import BenchmarkVersion
from registry.certification.models import Certificate, CertificateState, Level
from registry.evaluation.models import ResultStatement
from registry.evaluation.queries import results
from registry.promotion.models import Promotion, PromotionStep
from registry.rollout.models import RolloutBundle
from registry.versions import queries as versions
from registry.versions.models import Version, VersionFile

MOST_EVALUATIONS = 50
MOST_CHECKPOINTS = 50


@dataclass(frozen=True)
class Gathered:
    """Of one bundle. ``evidence``: entry -> bytes; the keys are those that made it."""

    subject: formats.Subject
    files: tuple[VersionFile, ...]
    promotion: formats.Promotion
    step: dict[str, Any]
    """What the promotion's statement says beside id, stage and number of the step."""
    certificate: formats.Certificate | None
    certificate_ends: Any
    evidence: dict[str, bytes]
    workers: tuple[str, ...]
    log: formats.LogRef
    runtime: str
    interface_of: tuple[dict[str, Any], str] | None
    """Of the newest public result: the benchmark's manifest and its runtime; None without one."""


class NotYet(Exception):  # noqa: N818 - to be tried again
    """No checkpoint covers the promotion's step yet, or the log contradicts one that was seen."""


def gather(db: Session, bundle: RolloutBundle) -> Gathered:
    """What the bundle is made of as things are now. ``NotYet`` until the log has signed for the promotion's step."""
    found = versions.plain(db, bundle.version_id)
    promotion = db.get_one(Promotion, bundle.promotion_id)
    assert found is not None  # noqa: S101 - a foreign key
    version, asset, space = found
    step = db.exec(
        select(PromotionStep).where(
            PromotionStep.promotion_id == promotion.id, PromotionStep.number == bundle.step
        )
    ).one()
    certificate = _certificate(db, version)
    kept: dict[str, bytes] = {}
    ids = [str(version.id), str(promotion.id)]
    if certificate is not None:
        ids.append(str(certificate.id))
        kept[formats.CERTIFICATE] = _bytes(certificate.statement_sha256)
        if certificate.sbom_sha256:
            kept[formats.SBOM] = _bytes(certificate.sbom_sha256)
    log = _log(db, ids, promotion, bundle.step, kept)
    workers, about = _evaluations(db, version, kept)
    return Gathered(
        subject=formats.Subject(
            space, asset.name, version.number, asset.kind.value, version.submission.value, version.tree_digest
        ),
        files=tuple(versions.stored_files(db, version.id)),
        promotion=formats.Promotion(str(promotion.id), bundle.stage, bundle.step),
        step={"gates": step.gates, "override": step.override or None, "at": step.at.isoformat(timespec="seconds")},
        certificate=_named(certificate),
        certificate_ends=certificate.expires_at if certificate is not None else None,
        evidence=kept,
        workers=workers,
        log=log,
        runtime=version.runtime,
        interface_of=about,
    )  # fmt: skip


def _certificate(db: Session, version: Version) -> Certificate | None:
    """The certificate in force: the highest level, the newest of those."""
    statement = select(Certificate).where(
        Certificate.version_id == version.id,
        Certificate.state == CertificateState.granted,
        col(Certificate.expires_at) > now(),
        col(Certificate.statement_sha256).is_not(None),
        Certificate.version_digest == version.tree_digest,
    )
    rows = list(db.exec(statement.order_by(col(Certificate.granted_at).desc()).limit(20)))
    order = list(Level)
    return max(rows, key=lambda row: order.index(Level(row.granted_level)), default=None)


def _named(certificate: Certificate | None) -> formats.Certificate | None:
    if certificate is None or certificate.expires_at is None:
        return None
    return formats.Certificate(
        certificate.number or "", certificate.granted_level, certificate.expires_at.isoformat(timespec="seconds")
    )  # fmt: skip


def _bytes(sha256: str | None) -> bytes:
    assert sha256 is not None  # noqa: S101 - asked for by the query
    with get_store().open(sha256) as file:
        return file.read(formats.MAX_EVIDENCE + 1)


def _log(
    db: Session, ids: list[str], promotion: Promotion, step: int, kept: dict[str, bytes]
) -> formats.LogRef:
    found, key = evidence.carried(db, ids), audit.key(db)
    if found is None or key is None or audit.raised(db):
        raise NotYet
    mine = [each for each in found.events if each["event"]["object_id"] == str(promotion.id)]
    if not any(json.loads(each["event"]["evidence"]).get("step") == step for each in mine):
        raise NotYet
    kept[formats.CHECKPOINT] = found.note.encode()
    grown = [evidence.consistency(db, size, found.size) for size in _carried_before(db, found.size)]
    if grown:
        kept[formats.CONSISTENCY] = json.dumps({"proofs": grown}).encode()
    for each in found.events:
        kept[f"{formats.EVENTS_DIR}{each['index']}.json"] = json.dumps(each, ensure_ascii=False).encode()
    return formats.LogRef(key.name, log_key(key).text())


def _carried_before(db: Session, size: int) -> list[int]:
    """Sizes of the checkpoints that the newest bundles before this one carry: a node has likely seen one of them."""
    statement = select(RolloutBundle.parts).where(col(RolloutBundle.manifest_sha256).is_not(None))
    rows = db.exec(statement.order_by(col(RolloutBundle.sequence).desc()).limit(MOST_CHECKPOINTS))
    notes = {parts[formats.CHECKPOINT] for parts in rows if formats.CHECKPOINT in parts}
    sizes = {checkpoints.read(note.parse(_bytes(digest).decode()).body).size for digest in notes}
    return sorted(each for each in sizes if 0 < each < size)


def _evaluations(
    db: Session, version: Version, kept: dict[str, bytes]
) -> tuple[tuple[str, ...], tuple[dict[str, Any], str] | None]:
    rows = results.results_of(db, NOBODY, asset_id=version.asset_id, version_ids=[version.id])
    ids: list[uuid.UUID] = [row[0].id for row in rows[:MOST_EVALUATIONS]]
    keys: set[str] = set()
    for said in db.exec(select(ResultStatement).where(col(ResultStatement.result_id).in_(ids))):
        name = f"{formats.EVALUATIONS_DIR}{said.result_id}.dsse.json"
        kept[name] = json.dumps(said.envelope, sort_keys=True).encode()
        keys.add(said.public_key)
    about = None
    if rows:
        benchmark = db.get_one(BenchmarkVersion, rows[0][0].benchmark_id)
        about = (benchmark.manifest, benchmark.runtime)
    return tuple(sorted(keys)), about
