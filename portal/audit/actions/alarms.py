"""Holding the log against checkpoints that were seen elsewhere, and what follows when they do not agree."""

from portal.audit import checkpoints, queries, watermark
from portal.audit.actions.recording import record
from portal.audit.models import ALARM_TRANSITIONS, AlarmKind, AlarmState, AuditAlarm, AuditKey
from portal.kit.actor import SYSTEM
from portal.kit.db import Session
from portal.kit.errors import Conflict
from portal.kit.i18n import _
from portal.kit.signing import note, read_public
from portal.kit.signing.note import BadNote, NoteKey
from portal.kit.states import check_move

OWN_FILE = ""
"""Instead of a witness's name: the checkpoint kept beside the database."""


def log_key(row: AuditKey) -> NoteKey:
    """The key under which the log's checkpoints are checked."""
    return NoteKey(row.name, read_public(row.public))


def hold_against(db: Session, *, size: int | None = None) -> bool:
    """Whether the site is to be read-only: an alarm is raised, or the log contradicts the checkpoint in the file.

    ``size``: how many leaves there are, where the caller has just completed the nodes for them.
    """
    kept, row = watermark.read(), queries.key(db)
    if kept is not None:
        try:
            seen = checkpoints.read(note.parse(kept).body)
            # A database from before its first checkpoint knows no key; the file is this host's own and is believed.
            if row is not None:
                checkpoints.verified(kept, log_key(row))
        except BadNote:
            raise_alarm(db, AlarmKind.differs, OWN_FILE, kept)
        else:
            contradiction(db, seen, kept, OWN_FILE, size=size)
    return bool(queries.raised(db))


def contradiction(
    db: Session, seen: checkpoints.Checkpoint, text: str, witness: str, *, size: int | None = None
) -> bool:
    """Raise an alarm if the log does not continue a checkpoint that its own key signed; whether it did not."""
    there = queries.size(db) if size is None else size
    if seen.size > there:
        return raise_alarm(db, AlarmKind.shorter, witness, text)
    root = queries.root_at(db, seen.size)
    # Without the nodes nothing can be said yet; the next signing completes them and asks again.
    if root is not None and root != seen.root:
        return raise_alarm(db, AlarmKind.differs, witness, text)
    return False


def raise_alarm(db: Session, kind: AlarmKind, witness: str, text: str) -> bool:
    """Write the alarm, once for each checkpoint; whether it is (still) not accepted."""
    known = queries.with_note(db, text)
    if known is None:
        known = AuditAlarm(kind=kind, witness=witness, note=text)
        db.add(known)
        db.flush()
    return known.state is AlarmState.raised


def accept_loss(db: Session, *, reason: str) -> int:
    """Open the site again although events are lost or changed: by a security administrator at the machine.

    The event that says so holds the contradicted checkpoints for ever. How many alarms were accepted.
    """
    if not reason.strip():
        raise Conflict(_("Say why the loss is accepted."))
    alarms = queries.raised(db, lock=True)
    if not alarms:
        raise Conflict(_("There is no alarm to accept."))
    for alarm in alarms:
        check_move(ALARM_TRANSITIONS, AlarmState(alarm.state), AlarmState.accepted, "security_admin")
        alarm.state, alarm.reason = AlarmState.accepted, reason
        alarm.touch()
        db.add(alarm)
        record(
            db,
            SYSTEM,
            verb="log.loss_accepted",
            object=alarm,
            reason=reason,
            kind=alarm.kind,
            note=alarm.note,
        )
    return len(alarms)
