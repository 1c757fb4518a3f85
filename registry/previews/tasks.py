"""Jobs of previews. Safe to run twice: each try is fenced by its number."""

import asyncio
import logging
import shutil
import sys
import tempfile
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from portal.kit.db import transaction
from portal.kit.jobs import job, periodic
from portal.kit.storage import Blob, get_store
from registry.previews import actions
from registry.previews.models import Preview
from registry.previews.reading import Result
from registry.previews.run import make_preview
from registry.sandbox.runtimes import find
from registry.scanning.tasks import FAULTS, Place

RUNTIME = f"preview-py3{sys.version_info[1]}"
log = logging.getLogger(__name__)
_place: Place | None = None


def work_in(place: Place | None) -> None:
    """Composition only: the place of this worker process."""
    global _place
    _place = place


def _here() -> Place:
    if _place is None:
        raise RuntimeError("this process is no worker")
    return _place


@job("previews.version")
def version(version_id: str) -> None:
    """Have previews made of a version that was published."""
    key = uuid.UUID(version_id)
    with transaction() as db:
        actions.ask_for_version(db, version_id=key)
        # What others have published before may be ready already.
        actions.index_version(db, version_id=key)


@job("previews.index")
def index(version_id: str) -> None:
    """Make the text of a version's documents findable."""
    with transaction() as db:
        actions.index_version(db, version_id=uuid.UUID(version_id))


@job("previews.make")
async def make(preview_id: str) -> None:
    """Read one content in a jail and keep what comes out."""
    place, key = _here(), uuid.UUID(preview_id)
    preview = await asyncio.to_thread(_begin, key)
    if preview is None:
        return
    try:
        result = await _read(place, preview)
        parts = await asyncio.to_thread(_store, result)
    except FAULTS as error:
        log.warning("preview %s: fault of the platform (%s)", preview_id, error)
        await asyncio.to_thread(_fault, key, preview.attempts)
        return
    await asyncio.to_thread(_record, key, preview.attempts, result, parts)


async def _read(place: Place, preview: Preview) -> Result:
    async with _folder(place) as folder:
        source = folder / "file"
        await asyncio.to_thread(get_store().fetch, preview.sha256, source)
        runtime = find(RUNTIME, place.runtimes)
        async with place.slots.take() as slot:
            return await make_preview(
                place.backend, runtime, source, kind=preview.kind, suffix=preview.suffix, slot=slot
            )


@asynccontextmanager
async def _folder(place: Place) -> AsyncIterator[Path]:
    """A private folder, gone at the end."""
    path = Path(await asyncio.to_thread(tempfile.mkdtemp, prefix="preview-", dir=place.work))
    try:
        yield path
    finally:
        await asyncio.to_thread(shutil.rmtree, path, ignore_errors=True)


def _begin(preview_id: uuid.UUID) -> Preview | None:
    with transaction() as db:
        return actions.begin(db, preview_id=preview_id)


def _store(result: Result) -> dict[str, Blob]:
    """Files first, rows afterwards. The ending of a part's name is known from its rule."""
    store = get_store()
    return {name.partition(".")[0]: store.put([data]) for name, data in result.parts.items()}


def _fault(preview_id: uuid.UUID, attempt: int) -> None:
    with transaction() as db:
        actions.note_fault(db, preview_id=preview_id, attempt=attempt)


def _record(preview_id: uuid.UUID, attempt: int, result: Result, parts: dict[str, Blob]) -> None:
    with transaction() as db:
        actions.record_end(db, preview_id=preview_id, attempt=attempt, result=result, parts=parts)


@periodic("previews.watchdog", "*/30 * * * * *")
def watchdog(timestamp: int) -> None:  # noqa: ARG001 - every periodic job gets the time it stands for
    """Move on what has stopped moving."""
    with transaction() as db:
        moved = actions.watch(db)
    if moved:
        log.warning("preview watchdog: %d moved on", moved)
