"""Jobs of uploads and of the store. Safe to run twice, and beside themselves."""

import asyncio
import logging
import uuid

from portal.kit.actor import SYSTEM
from portal.kit.clock import now
from portal.kit.db import transaction
from portal.kit.errors import Unavailable
from portal.kit.jobs import job, periodic
from portal.settings import get_settings
from registry.storage import actions, queries
from registry.storage.actions.sessions import let_go
from registry.storage.actions.verifying import VERIFY_AGAIN

log = logging.getLogger(__name__)


@job("storage.let_go")
async def release() -> None:
    """Throw away what the store still holds of ended upload sessions."""
    await asyncio.to_thread(let_go)


@periodic("storage.clean_sessions", "*/5 * * * *")
async def clean_sessions(timestamp: int) -> None:  # noqa: ARG001 - every periodic job gets the time it stands for
    """Expire uploads that wait too long; reopen those whose process died."""
    moved = await asyncio.to_thread(actions.clean_sessions)
    if moved:
        log.info("uploads in parts: %d moved on", moved)


@periodic("storage.sweep", "41 * * * *")
async def sweep(timestamp: int) -> None:  # noqa: ARG001
    """Let go of what nothing refers to."""
    swept = await asyncio.to_thread(actions.sweep, SYSTEM)
    if swept:
        log.info("swept the store: %s", swept)


@periodic("storage.verify", "*/10 * * * *")
async def verify(timestamp: int) -> None:  # noqa: ARG001
    """Hash a slice of the store again."""
    budget = get_settings().store_verify_mb * 2**20
    if not budget:
        return
    try:
        seen = await asyncio.to_thread(lambda: actions.verify(now() - VERIFY_AGAIN, budget=budget))
    except Unavailable:
        log.warning("the file store does not answer; verifying goes on later")
        return
    if seen.damaged:
        log.error("the store has damaged files: %s", ", ".join(seen.damaged))


@job("storage.check")
async def check(finding_id: str) -> None:
    """Look at the file of a finding again, because an administrator asked."""
    await asyncio.to_thread(_check, uuid.UUID(finding_id))


def _check(finding_id: uuid.UUID) -> None:
    with transaction() as db:
        finding = queries.finding(db, finding_id)
    if finding is not None:
        actions.check_one(finding.sha256, finding.size)
