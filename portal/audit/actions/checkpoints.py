"""Signing what the log is: nodes are completed, size and root are signed and kept, in and outside the database."""

from urllib.parse import urlsplit

from sqlalchemy.dialects.postgresql import insert

from portal.audit import checkpoints, merkle, queries
from portal.audit.actions.alarms import hold_against
from portal.audit.models import AuditCheckpoint, AuditKey, AuditNode
from portal.kit.clock import now
from portal.kit.db import Session, lock_key, scalar
from portal.kit.errors import Conflict
from portal.kit.i18n import _
from portal.kit.jobs import defer
from portal.kit.signing import Signer, note, own_signer, public_text
from portal.kit.signing.keys import keys_folder
from portal.settings import get_settings

SKEW_S = 5.0
JOB = "audit.checkpoint"


class NotSigned(Conflict):
    """No checkpoint is signed now, and why."""


def request_checkpoint(db: Session) -> None:
    """Have a checkpoint signed as soon as this transaction has committed (certificates, promotions)."""
    defer(db, JOB, queueing_lock=JOB)


def sign_checkpoint(db: Session) -> AuditCheckpoint | None:
    """Sign the log as it is now; None when it has not grown, or when it contradicts what was seen (an alarm then).

    ``NotSigned`` when the clocks of database and host differ, or when this host has not the log's key.
    """
    lock_key(db, "audit", "checkpoint")
    last, size = queries.newest_checkpoint(db), queries.size(db)
    if size == (last.size if last else 0):
        hold_against(db)
        return None
    check_clocks(db)
    origin, signer = _signer(db)
    root = _grow(db, last.size if last else 0, size)
    if hold_against(db, size=size):
        return None
    made = checkpoints.Checkpoint(origin, size, root)
    row = AuditCheckpoint(size=size, root=root, note=note.sign(made.body(), origin, signer))
    db.add(row)
    db.flush()
    return row


def check_clocks(db: Session) -> None:
    """Refuse to sign while the clocks of database and host differ by more than five seconds."""
    skew = abs((scalar(db, "SELECT clock_timestamp()") - now()).total_seconds())
    if skew > SKEW_S:
        raise NotSigned(
            _("The clocks of the database and of this machine differ by %(s)s seconds.", s=round(skew)),
            hint=_("Nothing is signed until they agree. Set the time by NTP."),
        )


def _signer(db: Session) -> tuple[str, Signer]:
    """The log's name and key: those of the first signing, ever after."""
    known = queries.key(db)
    if known is not None and not (keys_folder() / "log.pem").exists():
        raise NotSigned(_("This machine does not have the log's key; another one signs."))
    signer = own_signer("log")
    if known is None:
        known = AuditKey(
            name=f"{urlsplit(get_settings().site_url).netloc}/log", public=public_text(signer.verifier)
        )
        db.add(known)
        db.flush()
    if known.public != public_text(signer.verifier):
        raise NotSigned(
            _("The log was signed with another key than this machine's."),
            hint=_("Put the log's key file back (log.pem), or remove it where another machine signs."),
        )
    return known.name, signer


def _grow(db: Session, begin: int, end: int) -> bytes:
    """Store the nodes that are full by the new leaves; the root over all."""
    wanted = list(merkle.peaks(0, begin))
    found = queries.nodes(db, wanted)
    if len(found) != len(wanted):
        raise NotSigned(_("Parts of the log's tree are missing. Run: cspon verify"))
    tree = merkle.Tree(begin, [found[node] for node in wanted])
    rows: list[dict[str, object]] = []
    for index, digest in queries.hashes(db, begin, end):
        if index != tree.size:
            raise NotSigned(_("The log has a gap at leaf %(n)s. Run: cspon verify", n=tree.size))
        rows += [
            {"level": level, "index": place, "hash": full} for (level, place), full in tree.append(digest)
        ]
        if len(rows) >= queries.tree.BATCH:
            _store(db, rows)
            rows = []
    if tree.size != end:
        raise NotSigned(_("The log has a gap at leaf %(n)s. Run: cspon verify", n=tree.size))
    if rows:
        _store(db, rows)
    return tree.root()


def _store(db: Session, rows: list[dict[str, object]]) -> None:
    # A signing that ended in an alarm has stored them before.
    db.execute(insert(AuditNode).on_conflict_do_nothing(), rows)
