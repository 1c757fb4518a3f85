"""Jobs of scans. Safe to run twice: each try is fenced by its number."""

import asyncio
import logging
import shutil
import sys
import tempfile
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from portal.kit.db import transaction
from portal.kit.errors import Unavailable
from portal.kit.jobs import job, periodic
from portal.kit.storage import get_store
from portal.settings import get_settings
from registry.assets.models import AssetKind
from registry.sandbox.backend import SandboxBackend
from registry.sandbox.errors import SandboxError
from registry.sandbox.runtimes import Runtime, built, find
from registry.sandbox.slots import SlotPool
from registry.scanning import actions
from registry.scanning.jailed.budget import MIB, Limits
from registry.scanning.report import ScanReport
from registry.scanning.rules import RULES
from registry.scanning.run import ScanConfig, scan_tree, unpack_archive
from registry.versions import actions as versions
from registry.versions import queries
from registry.versions.actions.files import MAX_FILES, NewFile
from registry.versions.models import SubmissionKind

RUNTIME = f"scan-py3{sys.version_info[1]}"
FAULTS = (SandboxError, OSError, Unavailable, TimeoutError)
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Place:
    """What a worker lends to scans: the sandbox, slots of their own, runtimes, and a folder for trees."""

    backend: SandboxBackend
    slots: SlotPool
    runtimes: Path
    work: Path


_place: Place | None = None


def work_in(place: Place | None) -> None:
    """Composition only: the place of this worker process."""
    global _place
    _place = place


def _here() -> Place:
    if _place is None:
        raise RuntimeError("this process is no worker")
    return _place


@asynccontextmanager
async def _folder(place: Place) -> AsyncIterator[Path]:
    """A private folder, gone at the end."""
    path = Path(await asyncio.to_thread(tempfile.mkdtemp, prefix="scan-", dir=place.work))
    try:
        yield path
    finally:
        await asyncio.to_thread(shutil.rmtree, path, ignore_errors=True)


@dataclass(frozen=True)
class _Order:
    """What a scan needs to know, read in one transaction."""

    attempt: int
    config: ScanConfig
    files: list[tuple[str, str]]


def _order(version_id: uuid.UUID, runtimes: Path) -> _Order | None:
    with transaction() as db:
        attempt = actions.begin_scan(db, version_id=version_id)
        found = queries.plain(db, version_id)
        if attempt is None or found is None:
            return None
        version, asset, _namespace = found
        files = [(row.path, row.sha256) for row in queries.files_of(db, version_id, hidden=True)]
        return _Order(attempt, _config(version, asset, runtimes), files)


def _config(version: Any, asset: Any, runtimes: Path) -> ScanConfig:
    expects = None if version.submission is SubmissionKind.files else version.submission.value
    names = tuple(runtime.name for runtime in built(runtimes))
    return ScanConfig(
        expects="benchmark" if asset.kind is AssetKind.benchmark else expects,
        declared_licence=asset.licence,
        runtimes=names,
    )


@job("scanning.scan")
async def scan(version_id: str) -> None:
    """Scan the files of a submitted version in a jail and conclude."""
    place, key = _here(), uuid.UUID(version_id)
    order = await asyncio.to_thread(_order, key, place.runtimes)
    if order is None:
        return
    try:
        report = await _scanned(place, order)
    except FAULTS as error:
        log.warning("scan of %s: fault of the platform (%s)", version_id, error)
        await asyncio.to_thread(_fault, key, order.attempt)
        return
    await asyncio.to_thread(_record, key, order.attempt, report)


async def _scanned(place: Place, order: _Order) -> ScanReport:
    async with _folder(place) as folder:
        tree = folder / "tree"
        await asyncio.to_thread(_fetch, tree, order.files)
        async with place.slots.take() as slot:
            return await scan_tree(place.backend, _runtime(place), tree, order.config, slot)


def _runtime(place: Place) -> Runtime:
    return find(RUNTIME, place.runtimes)


def _fetch(tree: Path, files: list[tuple[str, str]]) -> None:
    """Link the files out of the store; their paths were checked when they were added."""
    tree.mkdir()
    store = get_store()
    for path, sha256 in files:
        store.fetch(sha256, tree / path)


def _fault(version_id: uuid.UUID, attempt: int) -> None:
    with transaction() as db:
        actions.note_fault(db, version_id=version_id, attempt=attempt)


def _record(version_id: uuid.UUID, attempt: int, report: ScanReport) -> None:
    with transaction() as db:
        actions.record_scan(db, version_id=version_id, attempt=attempt, report=report)


@job("versions.unpack")
async def unpack(upload_id: str) -> None:
    """Unpack an uploaded archive in a jail; its files become files of the draft."""
    place, key = _here(), uuid.UUID(upload_id)
    sha256 = await asyncio.to_thread(_archive, key)
    if sha256 is None:
        return
    try:
        await _unpacked(place, key, sha256)
    except FAULTS as error:
        log.warning("unpacking of %s: fault of the platform (%s)", upload_id, error)
        await asyncio.to_thread(_retry, key)


async def _unpacked(place: Place, key: uuid.UUID, sha256: str) -> None:
    async with _folder(place) as folder:
        await asyncio.to_thread(get_store().fetch, sha256, folder / "archive")
        limits = Limits(max_bytes=get_settings().max_unpacked_mb * MIB, max_entries=MAX_FILES)
        async with place.slots.take() as slot:
            report = await unpack_archive(
                place.backend, _runtime(place), folder / "archive", folder / "tree", limits, slot
            )
        if not report.ok:
            cause = (report.decision.causes or report.findings)[0]
            params: dict[str, object] = {**cause.params, "path": cause.path}
            await asyncio.to_thread(_refuse, key, RULES[cause.rule].title, params)
            return
        files = await asyncio.to_thread(_store, folder / "tree", [entry.path for entry in report.entries])
        await asyncio.to_thread(_accept, key, files)


def _archive(upload_id: uuid.UUID) -> str | None:
    with transaction() as db:
        upload = queries.archived_uploads(db, upload_id)
        return upload.sha256 if upload is not None and upload.state == "pending" else None


def _store(tree: Path, paths: list[str]) -> list[NewFile]:
    """Files first, rows afterwards. The collector has copied the tree without following links."""
    store, found = get_store(), []
    for path in paths:
        with (tree / path).open("rb") as file:
            found.append(NewFile(path, store.put(iter(lambda file=file: file.read(MIB), b""))))  # type: ignore[misc]
    return found


def _accept(upload_id: uuid.UUID, files: list[NewFile]) -> None:
    with transaction() as db:
        versions.accept_upload(db, upload_id=upload_id, files=files)


def _refuse(upload_id: uuid.UUID, reason: str, params: dict[str, object]) -> None:
    with transaction() as db:
        versions.refuse_upload(db, upload_id=upload_id, reason=reason, params=params)


def _retry(upload_id: uuid.UUID) -> None:
    with transaction() as db:
        versions.retry_upload(db, upload_id=upload_id)


@periodic("scanning.watchdog", "*/30 * * * * *")
def watchdog(timestamp: int) -> None:  # noqa: ARG001 - every periodic job gets the time it stands for
    """Move on what has stopped moving."""
    with transaction() as db:
        moved = actions.watch(db)
    if moved:
        log.warning("scan watchdog: %d moved on", moved)
