"""Hashing stored files again, a slice at a time: what rots is found before somebody needs it."""

import datetime as dt
import errno
import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field

from portal.accounts.models import Role
from portal.accounts.queries import with_role
from portal.audit.actions import record
from portal.kit.actor import SYSTEM
from portal.kit.clock import now
from portal.kit.db import Session, transaction
from portal.kit.formats import filesize
from portal.kit.i18n import N_
from portal.kit.storage import get_store
from portal.kit.storage.base import blocks
from portal.notices.actions import tell
from registry.storage import queries
from registry.storage.models import Damage, StoreFinding

ALARM = {
    Damage.missing: N_(
        "A stored file is missing from the file store (%(size)s, SHA-256 %(sha256)s). Restore it from a backup."
    ),
    Damage.damaged: N_("A stored file is damaged (%(size)s, SHA-256 %(sha256)s). Restore it from a backup."),
}
VERIFY_AGAIN = dt.timedelta(days=7)
"""A file that was found sound is left alone so long; then its turn comes again."""
PAGE = "/admin/storage"


@dataclass
class Verified:
    """What a slice looked at, and what it found."""

    files: int = 0
    bytes: int = 0
    damaged: list[str] = field(default_factory=list)


def verify(
    before: dt.datetime, *, budget: int | None = None, told: Callable[[Verified], None] = lambda _seen: None
) -> Verified:
    """Hash the files that were not looked at since ``before`` again, the longest unseen first.

    Stops after ``budget`` bytes (None: when all are done). Every file is noted when it is done, so that a run that was
    interrupted goes on where it stopped. ``told`` is called after every file. A store that does not answer is an
    ``Unavailable``, and no finding.
    """
    seen = Verified()
    while budget is None or seen.bytes < budget:
        with transaction() as db:
            some = queries.next_to_verify(db, before)
        if not some:
            break
        for row in some:
            if not check_one(row.sha256, row.size):
                seen.damaged.append(row.sha256)
            seen.files += 1
            seen.bytes += row.size
            told(seen)
            if budget is not None and seen.bytes >= budget:
                break
    return seen


def check_one(sha256: str, size: int) -> bool:
    """Hash one file again and note what was found; whether it is sound."""
    damage = _look(sha256)
    with transaction() as db:
        queries.note_verified(db, [sha256], now())
        _conclude(db, sha256, size, damage)
    return damage is None


def _look(sha256: str) -> Damage | None:
    digest = hashlib.sha256()
    try:
        with get_store().open(sha256) as file:
            for block in blocks(file):
                digest.update(block)
    except FileNotFoundError:
        return Damage.missing
    except OSError as error:
        if error.errno != errno.EIO:  # what the disk cannot read is damaged; what we may not read is not
            raise
        return Damage.damaged
    return None if digest.hexdigest() == sha256 else Damage.damaged


def _conclude(db: Session, sha256: str, size: int, damage: Damage | None) -> None:
    """Open a finding and alarm the system administrators, or close the one that is open."""
    finding = queries.open_finding(db, sha256)
    if damage is None:
        if finding is not None:
            finding.resolved_at = now()
            db.add(finding)
            record(db, SYSTEM, verb="store.file-sound-again", object=finding, sha256=sha256)
        return
    if finding is not None and finding.damage is damage:
        return
    if finding is None:
        finding = StoreFinding(sha256=sha256, size=size, damage=damage)
    finding.damage = damage
    db.add(finding)
    db.flush()
    record(
        db, SYSTEM, verb="store.file-damaged", object=finding, sha256=sha256, size=size, damage=damage.value
    )
    for account in with_role(db, Role.system_admin):
        tell(db, account.id, message=ALARM[damage], url=PAGE, sha256=sha256[:12], size=filesize(size))
