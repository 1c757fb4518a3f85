"""Putting a file together: every part and the whole are hashed again before it gets its name."""

import datetime as dt
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from portal.kit.actor import SYSTEM, Actor
from portal.kit.clock import monotonic, now
from portal.kit.db import Session, transaction
from portal.kit.errors import Conflict, Invalid, NotFound, Refusal
from portal.kit.i18n import N_, _
from portal.kit.storage import Blob, get_store
from portal.kit.storage.base import new_hash
from registry.storage import queries
from registry.storage.actions.sessions import let_go, missing, move, patience, reservations
from registry.storage.models import SessionState, UploadPart, UploadSession, UploadTarget
from registry.versions import actions as versions
from registry.versions.actions.common import draft
from registry.versions.actions.files import NewFile, check_quota

LEASE = dt.timedelta(seconds=30)
LONG_LEASE = dt.timedelta(minutes=5)
"""While the store gives the file its name: inside S3 that may copy gigabytes."""
RENEW_S = 5.0
DAMAGED = N_("Parts were damaged on their way.")
OTHER_DIGEST = N_("The file that arrived does not have the announced SHA-256.")
GONE = N_("What had arrived is no longer in the store.")


@dataclass(frozen=True)
class _Claim:
    """What the process that puts a file together needs; ``attempt`` fences it against a later one."""

    session_id: uuid.UUID
    attempt: int
    handle: str
    part_size: int
    parts: dict[int, UploadPart]
    announced: str
    known: Blob | None
    """What an earlier attempt found, where it got so far."""


def complete(actor: Actor, session_id: uuid.UUID) -> UploadSession:
    """Put the file together and add it to the draft; completing it again answers the same.

    Opens its own short transactions, because hashing gigabytes takes seconds. Refuses while parts are missing, while
    another process does it, parts that turn out damaged (they count as missing again), a file without the announced
    digest (final), and what the draft or the quota does not take at this time (it may be completed again).
    """
    claim = _claim(actor, session_id)
    if claim is None:
        return _session(session_id)
    try:
        blob = claim.known if claim.known and _is_kept(claim.known) else _put_together(claim)
        with transaction() as db:
            _check(db, _mine(db, claim), blob)
    except FileNotFoundError:
        raise _refused(claim, GONE) from None
    except Refusal as refusal:
        _reopen(claim, refusal.message)
        raise
    _keep(claim, blob)
    with transaction() as db:
        session = _mine(db, claim)
        _add(db, actor, session, blob)
        move(db, actor, session, SessionState.done, who="publisher")
    let_go()
    return session


def _session(session_id: uuid.UUID) -> UploadSession:
    with transaction() as db:
        session = queries.get_session_for_change(db, session_id)
        if session is None:
            raise NotFound(_("There is nothing at this address."))
        return session


def _claim(actor: Actor, session_id: uuid.UUID) -> _Claim | None:
    """Take the work on; None where it is done already."""
    with transaction() as db:
        session = queries.get_session_for_change(db, session_id)
        if session is None:
            raise NotFound(_("There is nothing at this address."))
        if session.state is SessionState.done:
            return None
        if session.state is SessionState.assembling and session.deadline_at > now():
            busy = Conflict(_("The file is being put together."), hint=_("Ask again in a few seconds."))
            busy.code = "assembling"
            raise busy
        parts = queries.parts_of(db, session.id)
        lacking = missing(session, parts)
        if lacking:
            raise Conflict(
                _("%(n)s parts have not arrived.", n=len(lacking)), hint=_("Send them, then complete it.")
            )
        if session.state is not SessionState.assembling:
            move(db, actor, session, SessionState.assembling, who="publisher")
        session.attempts += 1
        session.deadline_at = now() + LEASE
        db.add(session)
        known = Blob(session.content_sha256, session.size) if session.content_sha256 else None
        return _Claim(
            session.id, session.attempts, session.handle, session.part_size, parts, session.sha256, known
        )


def _mine(db: Session, claim: _Claim) -> UploadSession:
    """The session, locked; refused where another process has taken the work over."""
    session = queries.get_session_for_change(db, claim.session_id)
    if session is None or session.state is not SessionState.assembling or session.attempts != claim.attempt:
        raise Conflict(_("The file is being put together."), hint=_("Ask again in a few seconds."))
    return session


def _renew(claim: _Claim, lease: dt.timedelta = LEASE) -> None:
    with transaction() as db:
        session = _mine(db, claim)
        session.deadline_at = now() + lease
        db.add(session)


def _is_kept(blob: Blob) -> bool:
    try:
        return get_store().size(blob.sha256) == blob.size
    except FileNotFoundError:
        return False


def _put_together(claim: _Claim) -> Blob:
    blob, damaged = digests(
        get_store().assembled(claim.handle), claim.part_size, claim.parts, renewing(lambda: _renew(claim))
    )
    if damaged and not get_store().mends:
        raise _refused(claim, DAMAGED)
    if damaged:
        with transaction() as db:
            queries.remove_parts(db, claim.session_id, damaged)
        refusal = Conflict(_(DAMAGED), hint=_("Send them again, then complete the upload."))
        refusal.code = "parts-damaged"
        raise refusal
    if claim.announced not in ("", blob.sha256):
        raise _refused(claim, OTHER_DIGEST)
    return blob


def renewing(renew: Callable[[], None]) -> Callable[[], None]:
    """``renew``, but at most every few seconds however often it is called."""
    last = monotonic()

    def call() -> None:
        nonlocal last
        if monotonic() - last > RENEW_S:
            last = monotonic()
            renew()

    return call


def digests(
    blocks: Iterator[bytes], part_size: int, parts: dict[int, UploadPart], alive: Callable[[], None]
) -> tuple[Blob, list[int]]:
    """The digest of the whole, and the numbers of the parts that are not what arrived: one pass over the bytes."""
    whole, part, number, room, size = new_hash(), new_hash(), 0, part_size, 0
    damaged: list[int] = []

    def close() -> None:
        nonlocal part, number, room
        if number not in parts or part.hexdigest() != parts[number].sha256:
            damaged.append(number)
        part, number, room = new_hash(), number + 1, part_size

    for block in blocks:
        alive()
        whole.update(block)
        size += len(block)
        view = memoryview(block)
        while view:
            taken = view[:room]
            part.update(taken)
            view, room = view[len(taken) :], room - len(taken)
            if not room:
                close()
    if room != part_size:
        close()
    damaged += range(number, len(parts))  # the file ended before them
    return Blob(whole.hexdigest(), size), damaged


def _refused(claim: _Claim, reason: str) -> Invalid:
    """The end of the session; the refusal to raise."""
    with transaction() as db:
        session = _mine(db, claim)
        move(db, SYSTEM, session, SessionState.refused, who="system", reason=reason)
    let_go()
    return Invalid(_(reason), hint=_("Begin the upload again."))


def _reopen(claim: _Claim, reason: str) -> None:
    with transaction() as db:
        session = queries.get_session_for_change(db, claim.session_id)
        if (
            session is None
            or session.state is not SessionState.assembling
            or session.attempts != claim.attempt
        ):
            return
        session.deadline_at = now() + patience()
        move(db, SYSTEM, session, SessionState.open, who="system", reason=reason)


def _check(db: Session, session: UploadSession, blob: Blob) -> None:
    """Whether the draft and the quota take it; also notes the digest, so that a later attempt need not hash again."""
    _version, asset = draft(db, session.version_id)
    if session.target is UploadTarget.file:
        versions.check_files(db, version_id=session.version_id, files=[NewFile(session.path, blob)])
    check_quota(db, asset.namespace_id, [blob, *reservations(db, asset.namespace_id, but=session.id)])
    session.content_sha256 = blob.sha256
    session.deadline_at = now() + LONG_LEASE
    db.add(session)


def _keep(claim: _Claim, blob: Blob) -> None:
    if claim.known is None or not _is_kept(blob):
        get_store().keep(claim.handle, blob)


def _add(db: Session, actor: Actor, session: UploadSession, blob: Blob) -> None:
    if session.target is UploadTarget.file:
        new = [NewFile(session.path, blob)]
        versions.add_files(db, actor, version_id=session.version_id, files=new, source="upload in parts")
    else:
        versions.take_upload(db, actor, version_id=session.version_id, filename=session.path, blob=blob)
