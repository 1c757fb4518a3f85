"""Archives given for a draft: kept as they came, unpacked in a jail by a job, then their files are added."""

import datetime as dt
import uuid
from collections.abc import Sequence

from portal.audit.actions import record
from portal.kit.actor import SYSTEM, Actor
from portal.kit.clock import now
from portal.kit.db import Session, notify
from portal.kit.errors import Refusal
from portal.kit.events import CHANNEL
from portal.kit.i18n import N_
from portal.kit.jobs import defer
from portal.kit.states import check_move
from portal.kit.storage import Blob
from registry.versions import queries
from registry.versions.actions.common import draft, topic
from registry.versions.actions.files import NewFile, add_files, check_quota
from registry.versions.models import UPLOAD_TRANSITIONS, UploadState, VersionState, VersionUpload

UNPACK_DEADLINE = dt.timedelta(minutes=20)
MAX_TRIES = 3
FAULT = N_("The archive could not be unpacked because of a fault of the platform. Please upload it again.")
GONE = N_("The version was submitted before the archive was unpacked.")


def take_upload(
    db: Session, actor: Actor, *, version_id: uuid.UUID, filename: str, blob: Blob
) -> VersionUpload:
    """Keep an archive for a draft and have it unpacked."""
    assert actor.id is not None  # noqa: S101 - the guard lets only members in
    version, asset = draft(db, version_id)
    check_quota(db, asset.namespace_id, [blob])
    queries.remember_blobs(db, asset.namespace_id, [blob])
    upload = VersionUpload(
        version_id=version.id,
        created_by=actor.id,
        filename=filename[:255],
        sha256=blob.sha256,
        size=blob.size,
        deadline_at=now() + UNPACK_DEADLINE,
    )
    db.add(upload)
    version.touch()
    db.add(version)
    db.flush()
    record(db, actor, verb="version.archive-received", object=version, sha256=blob.sha256, size=blob.size)
    defer(db, "versions.unpack", upload_id=str(upload.id))
    return upload


def accept_upload(db: Session, *, upload_id: uuid.UUID, files: Sequence[NewFile]) -> None:
    """The archive was unpacked and its files are stored: they become files of the draft, or the refusal is noted."""
    upload = queries.get_upload_for_change(db, upload_id)
    if upload is None or upload.state is not UploadState.pending:
        return
    try:
        with db.begin_nested():
            add_files(db, SYSTEM, version_id=upload.version_id, files=files, source="archive")
    except Refusal as refusal:
        db.expire_all()
        _move(db, upload, UploadState.refused, refusal.message, {})
        return
    _move(db, upload, UploadState.unpacked, "", {})


def refuse_upload(
    db: Session, *, upload_id: uuid.UUID, reason: str, params: dict[str, object] | None = None
) -> None:
    """The archive breaks a rule or could not be unpacked; ``reason`` is a message id."""
    upload = queries.get_upload_for_change(db, upload_id)
    if upload is not None and upload.state is UploadState.pending:
        _move(db, upload, UploadState.refused, reason, params or {})


def retry_upload(db: Session, *, upload_id: uuid.UUID) -> None:
    """A fault of the platform: another try, three at most."""
    upload = queries.get_upload_for_change(db, upload_id)
    if upload is None or upload.state is not UploadState.pending:
        return
    found = queries.get_for_change(db, upload.version_id)
    if found is None or found[0].state is not VersionState.draft:
        _move(db, upload, UploadState.refused, GONE, {})
        return
    upload.attempts += 1
    if upload.attempts >= MAX_TRIES:
        _move(db, upload, UploadState.refused, FAULT, {})
        return
    upload.deadline_at = now() + UNPACK_DEADLINE
    db.add(upload)
    defer(db, "versions.unpack", upload_id=str(upload.id), at=now() + dt.timedelta(seconds=5))


def _move(
    db: Session, upload: VersionUpload, new: UploadState, reason: str, params: dict[str, object]
) -> None:
    check_move(UPLOAD_TRANSITIONS, upload.state, new, "system")
    upload.state, upload.reason, upload.params = new, reason[:2000], params
    db.add(upload)
    db.flush()
    record(db, SYSTEM, verb=f"upload.{new.value}", object=upload, reason=reason or None)
    notify(db, CHANNEL, topic(upload.version_id))
