"""Importing the offline database of known vulnerabilities."""

import datetime as dt
import hashlib
from collections.abc import Iterator
from pathlib import Path

from portal.audit.actions import record
from portal.kit.actor import SYSTEM
from portal.kit.clock import now
from portal.kit.db import Session, lock_key
from portal.kit.errors import Invalid
from portal.kit.i18n import N_, _
from portal.kit.jobs import defer
from registry.certification.advisories import Entry, NotADatabaseError, read
from registry.certification.models import AdvisoryImport
from registry.certification.queries import advisories as queries

NOTHING = N_("The file holds no advisory about a package of PyPI.")


class _Counted:
    """The entries that hold, counted on their way."""

    def __init__(self, found: Iterator[Entry | None]) -> None:
        self._found = found
        self.kept = self.left_out = 0
        self.newest: dt.datetime | None = None

    def __iter__(self) -> Iterator[Entry]:
        for each in self._found:
            if each is None:
                self.left_out += 1
                continue
            self.kept += 1
            if self.newest is None or each.modified_at > self.newest:
                self.newest = each.modified_at
            yield each


def load(db: Session, path: Path) -> AdvisoryImport:
    """Put the database in a file in the place of the one before, whole or not at all; certificates are then rechecked.

    Refuses a file that is no export of OSV, or that says nothing about packages of PyPI.
    """
    lock_key(db, "advisories")
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    counted = _Counted(read(path))
    try:
        queries.replace_all(db, counted)
    except NotADatabaseError as error:
        raise Invalid(_(str(error.args[0]))) from error
    if counted.newest is None:
        raise Invalid(_(NOTHING), hint=_("Export PyPI/all.zip from osv.dev."))
    made = AdvisoryImport(
        filename=path.name[:200], digest=digest, newest_at=min(counted.newest, now()), entries=counted.kept,
        left_out=counted.left_out,
    )  # fmt: skip
    db.add(made)
    db.flush()
    record(
        db, SYSTEM, verb="advisories.imported", object=made, digest=digest, entries=counted.kept,
        left_out=counted.left_out,
    )  # fmt: skip
    defer(db, "certification.recheck_all", queueing_lock="certification.recheck_all")
    return made
