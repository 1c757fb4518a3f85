"""Letting go of what nothing refers to: content of namespaces, rows of files, files, and broken-off uploads.

Nothing goes at once. Content a namespace no longer holds is marked, and released a day after it was marked; a file's
row goes when no row of any table names it; a file goes when it has no row and is older than a day. A backup that takes
less than that day therefore finds every file that its dump of the database names.
"""

import datetime as dt
import itertools
from collections.abc import Iterator
from dataclasses import asdict, dataclass

from portal.audit.actions import record
from portal.kit.actor import Actor
from portal.kit.clock import now
from portal.kit.db import Session, transaction
from portal.kit.storage import Found, get_store
from portal.settings import get_settings
from registry.storage import queries
from registry.versions.models import StoredBlob

AT_ONCE = 100
"""Files per transaction: rows that name files wait so long for the sweep."""
SHOWN = 20


@dataclass
class Swept:
    """What a sweep removed, or would remove."""

    released: int = 0
    """Contents that left a namespace's quota."""
    rows: int = 0
    files: int = 0
    bytes: int = 0
    leftovers: int = 0
    """Broken-off uploads; their bytes are in ``bytes``."""

    def __bool__(self) -> bool:
        return bool(self.released or self.rows or self.files or self.leftovers)


class _DryRun(Exception):  # noqa: N818 - carries the figures out of the transaction that is rolled back
    pass


def sweep(actor: Actor, *, dry_run: bool = False) -> Swept:
    """Sweep, audited; ``dry_run``: say what would go, and change nothing.

    In a dry run files count whose rows would go in it, as they would in a sweep.
    """
    limit = now() - dt.timedelta(hours=get_settings().store_sweep_after_h)
    swept = Swept()
    gone = _sweep_rows(swept, limit, dry_run=dry_run)
    names: list[str] = []
    for some in _batches(found for found in get_store().files() if found.since < limit):
        names += _sweep_files(swept, some, gone, dry_run=dry_run)
    for found in get_store().leftovers():
        _sweep_leftover(swept, found, limit, dry_run=dry_run)
    if swept and not dry_run:
        with transaction() as db:
            store = StoredBlob(sha256="", size=0)
            record(db, actor, verb="store.swept", object=store, **asdict(swept), some=names[:SHOWN])
    return swept


def _sweep_rows(swept: Swept, limit: dt.datetime, *, dry_run: bool) -> set[str]:
    """Marks, releases and rows, in one transaction; the digests whose rows went."""
    gone: set[str] = set()
    try:
        with transaction() as db:
            queries.hold_sweep(db)
            gone = _rows(db, swept, limit)
            if dry_run:
                raise _DryRun
    except _DryRun:
        pass
    return gone


def _rows(db: Session, swept: Swept, limit: dt.datetime) -> set[str]:
    unknown = queries.unknown_holders(db)
    if unknown:
        raise RuntimeError(f"tables that name stored files are not loaded: {', '.join(unknown)}")
    queries.unmark_referenced(db)
    queries.mark_unreferenced(db, now())
    swept.released = queries.release_unreferenced(db, limit)
    rows = queries.delete_unreferenced(db, limit)
    swept.rows = len(rows)
    return {row.sha256 for row in rows}


def _batches(found: Iterator[Found]) -> Iterator[list[Found]]:
    while some := list(itertools.islice(found, AT_ONCE)):
        yield some


def _sweep_files(swept: Swept, some: list[Found], gone: set[str], *, dry_run: bool) -> list[str]:
    """Delete those without a row; no row can be written for them before this transaction ends."""
    removed = []
    with transaction() as db:
        queries.hold_sweep(db)
        known = queries.known_digests(db, [found.name for found in some])
        if dry_run:
            known -= gone
        for found in some:
            if found.name not in known:
                swept.files += 1
                swept.bytes += found.size
                removed.append(found.name)
                if not dry_run:
                    get_store().remove(found.name)
    return removed


def _sweep_leftover(swept: Swept, found: Found, limit: dt.datetime, *, dry_run: bool) -> None:
    """A spool, or the parts of an upload, that no live session owns and nobody has touched for a day."""
    if found.since >= limit:
        return
    with transaction() as db:
        if found.name in queries.handles(db):
            return
    swept.leftovers += 1
    swept.bytes += found.size
    if not dry_run:
        get_store().drop(found.name)
