"""Uploads in parts: begun, filled in any order and any number of goes, given up, expired."""

import datetime as dt
import uuid
from collections.abc import Container
from pathlib import Path

from portal.audit.actions import record
from portal.kit.actor import SYSTEM, Actor
from portal.kit.clock import now
from portal.kit.db import Session, transaction
from portal.kit.errors import Conflict, Invalid, NotFound, Refusal, TooLarge
from portal.kit.i18n import N_, _
from portal.kit.jobs import defer
from portal.kit.states import check_move
from portal.kit.storage import Blob, get_store
from portal.settings import get_settings
from registry.storage import queries
from registry.storage.forms import UploadInput
from registry.storage.models import (
    LIVE,
    SESSION_TRANSITIONS,
    SessionState,
    UploadPart,
    UploadSession,
    UploadTarget,
)
from registry.versions import actions as versions
from registry.versions import paths
from registry.versions.actions.common import draft
from registry.versions.actions.files import NewFile, check_quota

MIB = 2**20
PART = 8 * MIB
"""Bytes of a part: small enough to be sent again without pain, and above the 5 MiB that S3 wants."""
MOST_PARTS = 9_000
"""S3 takes 10,000 parts at most; larger files come in larger parts."""
KEPT_DAYS = 30
ARCHIVES = (".zip", ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tar.xz", ".txz")
REPLACED = N_("Begun again with other content.")
SILENT = N_("Nothing came for a long time.")
INTERRUPTED = N_("Putting it together was interrupted.")


class PartDamaged(Refusal):
    """What arrived is not what the session or the digest announced; sending the part again helps."""

    status = 409
    code = "part-damaged"


def part_size_for(size: int) -> int:
    """Bytes of the parts of a file: 8 MiB, or whole MiB so that there are at most ``MOST_PARTS``."""
    return max(PART, -(-size // MOST_PARTS // MIB) * MIB)


def parts_in(session: UploadSession) -> int:
    """How many parts the file has."""
    return -(-session.size // session.part_size)


def part_bytes(session: UploadSession, number: int) -> int:
    """Bytes of a part. ``NotFound`` for a number the file does not have."""
    if not 0 <= number < parts_in(session):
        raise NotFound(_("The file has no part %(n)s.", n=number))
    return min(session.part_size, session.size - number * session.part_size)


def missing(session: UploadSession, present: Container[int]) -> list[int]:
    """The numbers of the parts that have not arrived."""
    return [number for number in range(parts_in(session)) if number not in present]


def begin(
    db: Session, actor: Actor, *, version_id: uuid.UUID, given: UploadInput
) -> tuple[UploadSession, bool]:
    """The session to send this file in, and whether it was begun just now: the same file again goes on where it was.

    A live session of the same path with another size or digest is cancelled. Refuses what could not be added in the
    end: bad and colliding paths, files above the limit, what the quota does not hold beside other uploads under way.
    """
    assert actor.id is not None  # noqa: S101 - the guard lets only members in
    version, asset = draft(db, version_id)
    path, target = paths.clean(given.path), UploadTarget.archive if given.archive else UploadTarget.file
    _check_kind(path, given)
    standing = queries.live_session(db, version.id, actor.id, target, path)
    if standing is not None:
        same = standing.size == given.size and given.sha256 in (None, standing.sha256 or None)
        if same or standing.state is SessionState.assembling:
            return standing, False
        move(db, actor, standing, SessionState.cancelled, who="publisher", reason=REPLACED)
    _check_room(db, version.id, asset.namespace_id, path, given)
    session = UploadSession(
        version_id=version.id,
        namespace_id=asset.namespace_id,
        created_by=actor.id,
        target=target,
        path=path,
        size=given.size,
        part_size=part_size_for(given.size),
        sha256=given.sha256 or "",
        handle=get_store().begin(),
        deadline_at=now() + patience(),
    )
    db.add(session)
    db.flush()
    record(db, actor, verb="upload-session.begun", object=session, path=path, size=given.size, to="open")
    return session, True


def patience() -> dt.timedelta:
    """How long a session waits for its next part."""
    return dt.timedelta(hours=get_settings().upload_session_h)


def _check_kind(path: str, given: UploadInput) -> None:
    limit = get_settings().max_upload_mb
    if given.size > limit * MIB:
        raise TooLarge(_("The upload is larger than the %(mb)s MiB allowed here.", mb=limit))
    if given.archive and ("/" in path or not path.lower().endswith(ARCHIVES)):
        raise Invalid(_("An archive is a .zip or .tar file (also .tar.gz, .tar.bz2, .tar.xz)."))


def _check_room(
    db: Session, version_id: uuid.UUID, namespace_id: uuid.UUID, path: str, given: UploadInput
) -> None:
    coming = Blob(given.sha256 or "", given.size)
    if not given.archive:
        versions.check_files(db, version_id=version_id, files=[NewFile(path, coming)])
    db.flush()
    check_quota(db, namespace_id, [coming, *reservations(db, namespace_id)])


def reservations(db: Session, namespace_id: uuid.UUID, *, but: uuid.UUID | None = None) -> list[Blob]:
    """What other uploads under way will need of the quota, each as content of its own."""
    return [Blob(str(key), size) for key, size in queries.reserved(db, namespace_id) if key != but]


def claim_part(session: UploadSession, number: int) -> int:
    """The bytes part ``number`` must have; refuses where the session takes no parts (any more)."""
    if session.state is not SessionState.open:
        raise Conflict(
            _("This upload takes no more parts."), hint=_("Ask for its state, or begin the upload again.")
        )
    return part_bytes(session, number)


def record_part(session_id: uuid.UUID, number: int, blob: Blob, path: Path) -> None:
    """Put a part whose digest was compared into the store and note it. The same again changes nothing.

    Opens its own short transactions: nothing is locked while the store writes. Two senders of different content for
    one part at the same moment would be noticed when the file is put together, because every part is hashed again.
    """
    with transaction() as db:
        session = _open(db, session_id)
        handle, offset = session.handle, number * session.part_size
        if _is_there(db, session, number, blob):
            return
    try:
        get_store().take_part(handle, number, offset, path)
    except FileNotFoundError:
        raise Conflict(
            _("What had arrived is no longer in the store."), hint=_("Begin the upload again.")
        ) from None
    with transaction() as db:
        _note(db, _open(db, session_id), number, blob)


def note_direct_part(db: Session, session_id: uuid.UUID, number: int, sha256: str) -> None:
    """Note a part that was sent to the store itself: its size is checked now, its digest when it is put together."""
    session = _open(db, session_id)
    size = part_bytes(session, number)
    if get_store().part_size(session.handle, number) != size:
        raise PartDamaged(
            _("Part %(n)s is not in the store with its %(size)s bytes.", n=number, size=size),
            hint=_("Send the part again."),
        )
    _note(db, session, number, Blob(sha256, size))


def _open(db: Session, session_id: uuid.UUID) -> UploadSession:
    session = queries.get_session_for_change(db, session_id)
    if session is None:
        raise NotFound(_("There is nothing at this address."))
    claim_part(session, 0)
    return session


def _is_there(db: Session, session: UploadSession, number: int, blob: Blob) -> bool:
    part = db.get(UploadPart, (session.id, number))
    if part is not None and part.sha256 != blob.sha256:
        raise Conflict(
            _("Part %(n)s has arrived before with other content.", n=number),
            hint=_("Cancel this upload and begin it again."),
        )
    return part is not None


def _note(db: Session, session: UploadSession, number: int, blob: Blob) -> None:
    if not _is_there(db, session, number, blob):
        db.add(UploadPart(session_id=session.id, number=number, sha256=blob.sha256, size=blob.size))
    session.deadline_at = now() + patience()
    session.touch()
    db.add(session)


def cancel(db: Session, actor: Actor, *, session_id: uuid.UUID) -> None:
    """Give an upload up; cancelling it again changes nothing. What has arrived is thrown away."""
    session = queries.get_session_for_change(db, session_id)
    if session is not None and session.state is not SessionState.cancelled:
        move(db, actor, session, SessionState.cancelled, who="publisher")


def move(
    db: Session, actor: Actor, session: UploadSession, new: SessionState, *, who: str, reason: str = ""
) -> None:
    """Check the table, change, write the audit event."""
    check_move(SESSION_TRANSITIONS, session.state, new, who)
    old, session.state = session.state, new
    session.reason = reason[:2000]
    session.touch()
    db.add(session)
    db.flush()
    if new not in LIVE:
        queries.remove_parts(db, session.id)
        defer(db, "storage.let_go", queueing_lock="storage.let_go")
    record(
        db, actor, verb=f"upload-session.{_VERBS[new]}", object=session, reason=reason or None, path=session.path,
        size=session.size, **{"from": old.value, "to": new.value},
    )  # fmt: skip


_VERBS = {state: state.value for state in SessionState} | {
    SessionState.open: "reopened",
    SessionState.assembling: "assembling-begun",
}


def clean_sessions() -> int:
    """Expire what waited too long, reopen what a dead process left, and have the store let go of ended ones.

    How many sessions were moved on.
    """
    with transaction() as db:
        overdue = queries.overdue_sessions(db, now())
        for session in overdue:
            if session.state is SessionState.open:
                move(db, SYSTEM, session, SessionState.expired, who="system", reason=SILENT)
            else:
                session.deadline_at = now() + patience()
                move(db, SYSTEM, session, SessionState.open, who="system", reason=INTERRUPTED)
        queries.forget_sessions(db, now() - dt.timedelta(days=KEPT_DAYS))
    let_go()
    return len(overdue)


def let_go() -> None:
    """Throw away what the store still holds of ended sessions."""
    with transaction() as db:
        ended = queries.ended_with_handle(db)
    for session_id, handle in ended:
        get_store().abandon(handle)
        with transaction() as db:
            session = queries.get_session_for_change(db, session_id)
            if session is not None:
                session.handle = ""
                db.add(session)
