"""Verbs of scans: begin, record, note a fault; a certifier releases or rejects."""

import datetime as dt
import uuid

from portal.kit.actor import SYSTEM, Actor
from portal.kit.clock import now
from portal.kit.db import Session
from portal.kit.errors import Forbidden
from portal.kit.i18n import N_, _
from portal.kit.jobs import defer
from registry.scanning import policy
from registry.scanning.findings import Finding, Verdict
from registry.scanning.hooks import SCANNED
from registry.scanning.models import Scan, ScanFinding
from registry.scanning.report import ScanReport
from registry.versions import actions as versions
from registry.versions import queries
from registry.versions.actions.lifecycle import SCAN_DEADLINE
from registry.versions.models import Version, VersionState

MAX_TRIES = 3
RETRY_S = 5
EXECUTABLE_RULE = "pickle.executable_format"
GIVEN_BACK = N_("The scan could not be run because of a fault of the platform. Please submit again.")
REASONS = {
    Verdict.PUBLISH: "",
    Verdict.QUARANTINE: N_("The scan found something that a certifier must look at."),
    Verdict.REJECT: N_("The scan found something that is not accepted."),
}
STATES = {
    Verdict.PUBLISH: VersionState.published,
    Verdict.QUARANTINE: VersionState.quarantined,
    Verdict.REJECT: VersionState.rejected,
}


def begin_scan(db: Session, *, version_id: uuid.UUID) -> int | None:
    """Claim one try; its number fences what the try writes later. None where nothing is to be scanned (any more)."""
    found = queries.get_for_change(db, version_id)
    if found is None or found[0].state is not VersionState.scanning:
        return None
    version = found[0]
    version.scan_attempts += 1
    version.deadline_at = now() + SCAN_DEADLINE
    db.add(version)
    return version.scan_attempts


def record_scan(db: Session, *, version_id: uuid.UUID, attempt: int, report: ScanReport) -> bool:
    """Keep the findings and conclude. False where the try is no longer the one that counts."""
    if not _counts(db, version_id, attempt):
        return False
    decision = report.decision
    scan = Scan(
        version_id=version_id,
        verdict=decision.verdict.value,
        summary=decision.reason[:500],
        tools=dict(report.tools),
        file_count=len(report.files),
        left_out=report.left_out,
    )
    db.add(scan)
    db.flush()
    db.add_all([_row(scan, n, found) for n, found in enumerate(report.findings)])
    versions.conclude(
        db,
        SYSTEM,
        version_id=version_id,
        state=STATES[decision.verdict],
        who="system",
        verb="version.scanned",
        reason=REASONS[decision.verdict],
        executable=any(found.rule == EXECUTABLE_RULE for found in report.findings),
        scan_id=str(scan.id),
        findings=len(report.findings),
        causes=sorted({found.rule for found in decision.causes}),
    )
    for told in SCANNED.values():
        told(db, version_id, decision.verdict)
    return True


def _counts(db: Session, version_id: uuid.UUID, attempt: int) -> bool:
    found = queries.get_for_change(db, version_id)
    return found is not None and found[0].state is VersionState.scanning and found[0].scan_attempts == attempt


def _row(scan: Scan, position: int, found: Finding) -> ScanFinding:
    return ScanFinding(
        scan_id=scan.id,
        position=position,
        rule=found.rule,
        severity=found.severity.value,
        path=found.path,
        line=found.line,
        excerpt=found.excerpt,
        params=dict(found.params),
    )


def note_fault(db: Session, *, version_id: uuid.UUID, attempt: int) -> None:
    """The platform failed: another try, three at most; then the publisher gets the draft back."""
    if _counts(db, version_id, attempt):
        _again(db, version_id, attempt)


def watch(db: Session) -> int:
    """Move on scans and unpackings whose deadline has passed; how many."""
    scans = queries.overdue_scans(db, now())
    for version_id in scans:
        found = queries.get_for_change(db, version_id)
        if found is not None and found[0].state is VersionState.scanning:
            # Counted even if no worker ever took it (an end must come), and an old try may not conclude any more.
            found[0].scan_attempts += 1
            found[0].deadline_at = now() + SCAN_DEADLINE
            db.add(found[0])
            db.flush()
            _again(db, version_id, found[0].scan_attempts)
    uploads = queries.overdue_uploads(db, now())
    for upload_id in uploads:
        versions.retry_upload(db, upload_id=upload_id)
    return len(scans) + len(uploads)


def _again(db: Session, version_id: uuid.UUID, attempt: int) -> None:
    if attempt >= MAX_TRIES:
        versions.give_back(db, version_id=version_id, reason=GIVEN_BACK)
        return
    defer(db, "scanning.scan", version_id=str(version_id), at=now() + dt.timedelta(seconds=RETRY_S))


def release(db: Session, actor: Actor, *, version_id: uuid.UUID, reason: str) -> Version:
    """A certifier has looked and publishes the version."""
    return _decide(db, actor, version_id, VersionState.published, "version.released", reason)


def reject(db: Session, actor: Actor, *, version_id: uuid.UUID, reason: str) -> Version:
    """A certifier has looked and rejects the version for good."""
    return _decide(db, actor, version_id, VersionState.rejected, "version.rejected", reason)


def _decide(
    db: Session, actor: Actor, version_id: uuid.UUID, state: VersionState, verb: str, reason: str
) -> Version:
    found = queries.get_for_change(db, version_id)
    if found is not None and found[0].state is VersionState.quarantined:
        _version, asset = found
        if not policy.can_decide(actor, asset.namespace_id, VersionState.quarantined):
            raise Forbidden(_("You may not decide about your own namespace."))
    return versions.conclude(
        db, actor, version_id=version_id, state=state, who="certifier", verb=verb, reason=reason
    )
