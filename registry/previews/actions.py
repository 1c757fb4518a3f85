"""Verbs of previews: ask for one, begin, record the end, note a fault, try again."""

import datetime as dt
import uuid
from typing import Any

from portal.audit.actions import record
from portal.kit.actor import SYSTEM, Actor
from portal.kit.clock import now
from portal.kit.db import Session, notify
from portal.kit.errors import NotFound
from portal.kit.events import CHANNEL
from portal.kit.i18n import N_, _
from portal.kit.jobs import defer
from portal.kit.states import check_move
from portal.kit.storage import Blob
from registry.assets import actions as assets
from registry.previews import queries
from registry.previews.kinds import MIB, kind_of, largest
from registry.previews.models import PREVIEW_TRANSITIONS, Preview, PreviewKind, PreviewState
from registry.previews.parts import read_part
from registry.previews.reading import REASONS, Result
from registry.versions import queries as versions
from registry.versions.serving import suffix

MAX_FILES = 200
"""Previews of a version that are made ahead, when it is published; those of further files when somebody asks."""
MAX_TRIES = 3
RETRY_S = 5
PRIORITY = -10
DEADLINE = dt.timedelta(minutes=30)
FAULT = N_("The preview could not be made because of a fault of the platform.")


def topic(preview_id: uuid.UUID) -> str:
    """The live topic of a preview."""
    return f"preview:{preview_id}"


def ask(db: Session, actor: Actor, *, path: str, sha256: str, size: int) -> uuid.UUID | None:
    """Have the preview of a content made, unless it was asked for before; None where there is nothing to make."""
    kind = kind_of(path)
    if kind is None:
        return None
    values: dict[str, Any] = {
        "sha256": sha256, "kind": kind, "suffix": suffix(path)[:20], "state": PreviewState.pending, "reason": "",
        "params": {}, "facts": {}, "parts": {}, "attempts": 0, "deadline_at": now() + DEADLINE,
    }  # fmt: skip
    limit = largest(kind)
    if size > limit:
        values |= {
            "state": PreviewState.unsupported, "reason": REASONS["too_large"], "params": {"limit": limit // MIB},
            "deadline_at": None,
        }  # fmt: skip
    preview_id = queries.add(db, values)
    if preview_id is None:
        return None
    preview = queries.get_for_change(db, preview_id)
    assert preview is not None  # noqa: S101 - this transaction has just written it
    record(db, actor, verb="preview.asked", object=preview, kind=kind.value, to=preview.state.value)
    if preview.state is PreviewState.pending:
        _queue(db, preview)
    return preview_id


def ask_for_version(db: Session, *, version_id: uuid.UUID) -> int:
    """Have previews made of what a published version shows to everybody; how many are new."""
    files = queries.public_files(db, version_id, MAX_FILES)
    asked = [ask(db, SYSTEM, path=row.path, sha256=row.sha256, size=row.size) for row in files]
    return sum(preview_id is not None for preview_id in asked)


def index_version(db: Session, *, version_id: uuid.UUID) -> bool:
    """Make the text of a published version's documents findable, if it is the newest of its asset. Whether it was."""
    found = versions.plain(db, version_id)
    papers = queries.papers_of(db, version_id)
    if found is None or not papers or found[0].number != found[1].latest_version:
        return False
    text = "\n".join(page for row in papers for page in _pages(row.parts))
    assets.set_text(db, found[1].id, version=found[0].number, text=text)
    return True


def _pages(parts: dict[str, str]) -> list[str]:
    """The text of all pages of a document, in order."""
    count = sum(name.startswith("pages-") for name in parts)
    return [page for n in range(1, count + 1) for page in read_part(parts[f"pages-{n}"])["pages"]]


def again(db: Session, actor: Actor, *, preview_id: uuid.UUID) -> Preview:
    """Try a failed preview anew."""
    preview = _locked(db, preview_id)
    preview.attempts = 0
    preview.deadline_at = now() + DEADLINE
    _move(db, actor, preview, PreviewState.pending, who="publisher", verb="preview.asked-again")
    _queue(db, preview)
    return preview


def _queue(db: Session, preview: Preview, *, at: dt.datetime | None = None) -> None:
    """Two at a time on all workers, and after everything else: a version of many files holds up no scan and no mail."""
    lane = f"previews-{int(preview.sha256[0], 16) % 2}"
    defer(db, "previews.make", lock=lane, priority=PRIORITY, at=at, preview_id=str(preview.id))


def _locked(db: Session, preview_id: uuid.UUID) -> Preview:
    preview = queries.get_for_change(db, preview_id)
    if preview is None:
        raise NotFound(_("There is nothing at this address."))
    return preview


def begin(db: Session, *, preview_id: uuid.UUID) -> Preview | None:
    """Claim one try; its number fences what the try writes later. None where nothing is to be made (any more)."""
    preview = queries.get_for_change(db, preview_id)
    if preview is None or preview.state is not PreviewState.pending:
        return None
    preview.attempts += 1
    preview.deadline_at = now() + DEADLINE
    db.add(preview)
    return preview


def record_end(
    db: Session, *, preview_id: uuid.UUID, attempt: int, result: Result, parts: dict[str, Blob]
) -> bool:
    """Keep what the reader found; ``parts`` are in the store already. False where another try counts."""
    preview = _counting(db, preview_id, attempt)
    if preview is None:
        return False
    queries.keep_blobs(db, parts.values())
    preview.facts = dict(result.facts)
    preview.parts = {name: blob.sha256 for name, blob in parts.items()}
    _end(db, preview, result.state, result.reason, dict(result.params))
    if preview.kind is PreviewKind.paper and preview.state is PreviewState.ready:
        for version_id in queries.newest_versions_with(db, preview.sha256):
            defer(db, "previews.index", version_id=str(version_id))
    return True


def note_fault(db: Session, *, preview_id: uuid.UUID, attempt: int) -> None:
    """The platform failed: another try, three at most."""
    preview = _counting(db, preview_id, attempt)
    if preview is not None:
        _again(db, preview)


def watch(db: Session) -> int:
    """Move on previews whose deadline has passed; how many."""
    found = queries.overdue(db, now())
    for preview_id in found:
        preview = queries.get_for_change(db, preview_id)
        if preview is not None and preview.state is PreviewState.pending:
            # Counted even if no worker ever took it: an end must come, and an old try may not write any more.
            preview.attempts += 1
            _again(db, preview)
    return len(found)


def _counting(db: Session, preview_id: uuid.UUID, attempt: int) -> Preview | None:
    preview = queries.get_for_change(db, preview_id)
    if preview is None or preview.state is not PreviewState.pending or preview.attempts != attempt:
        return None
    return preview


def _again(db: Session, preview: Preview) -> None:
    if preview.attempts >= MAX_TRIES:
        _end(db, preview, PreviewState.failed, FAULT, {})
        return
    preview.deadline_at = now() + DEADLINE
    db.add(preview)
    _queue(db, preview, at=now() + dt.timedelta(seconds=RETRY_S * preview.attempts))


def _end(db: Session, preview: Preview, state: PreviewState, reason: str, params: dict[str, Any]) -> None:
    preview.deadline_at = None
    preview.reason, preview.params = reason, params
    _move(db, SYSTEM, preview, state, who="system", verb="preview.made", reason=reason)


def _move(
    db: Session, actor: Actor, preview: Preview, new: PreviewState, *, who: str, verb: str, reason: str = ""
) -> None:
    check_move(PREVIEW_TRANSITIONS, preview.state, new, who)
    old, preview.state = preview.state, new
    if new is PreviewState.pending:
        preview.reason, preview.params = "", {}
    preview.touch()
    db.add(preview)
    db.flush()
    record(
        db,
        actor,
        verb=verb,
        object=preview,
        reason=reason or None,
        kind=preview.kind.value,
        **{"from": old.value, "to": new.value},
    )
    notify(db, CHANNEL, topic(preview.id))
