"""Witnesses: who may cosign, and what they send."""

import datetime as dt

from portal.audit import checkpoints, queries
from portal.audit.actions.alarms import contradiction, log_key
from portal.audit.actions.recording import record
from portal.audit.models import AuditCosignature, AuditWitness
from portal.kit.actor import Actor
from portal.kit.clock import now
from portal.kit.db import Session
from portal.kit.errors import Clash, Conflict, Invalid, NotFound
from portal.kit.i18n import _
from portal.kit.signing import BadKey, note
from portal.kit.signing.note import BadNote

AHEAD = dt.timedelta(minutes=5)
"""A cosignature may be dated so far after our clock, not more."""


def _invalid(field: str, why: str) -> Invalid:
    return Invalid(why, fields={field: why})


def add_witness(db: Session, actor: Actor, *, key: str, reason: str = "") -> AuditWitness:
    """Register a witness by its C2SP key of the cosignature kind; its name is in the key."""
    try:
        read = note.read_key(key)
    except BadKey as error:
        raise _invalid("key", str(error)) from error
    if read.kind != note.COSIGNATURE:
        raise _invalid("key", _("This key signs notes; a witness has a key for cosignatures."))
    if queries.witness(db, read.name) is not None:
        raise Clash(_("There is a witness of this name already."))
    row = AuditWitness(name=read.name, key=read.text())
    db.add(row)
    db.flush()
    record(db, actor, verb="log.witness_added", object=row, reason=reason or None, key=row.key)
    return row


def remove_witness(db: Session, actor: Actor, *, name: str, reason: str = "") -> None:
    """Take no more cosignatures of this witness; what it signed stays."""
    row = queries.witness(db, name)
    if row is None or row.removed_at is not None:
        raise NotFound(_("There is no such witness."))
    row.removed_at = now()
    row.touch()
    db.add(row)
    record(db, actor, verb="log.witness_removed", object=row, reason=reason or None)


def receive(db: Session, *, text: str) -> bool:
    """A checkpoint a witness has seen, with its cosignature: kept, or an alarm where our log contradicts it.

    It must carry the signatures of our own log and of a witness in service. True when an alarm is raised by it.
    """
    known = queries.key(db)
    if known is None:
        raise Conflict(_("This log has signed no checkpoint yet."))
    try:
        parsed = note.verify(text, log_key(known))
        seen = checkpoints.verified(text, log_key(known))
    except BadNote as error:
        raise _invalid("note", str(error)) from error
    signed = _signed(db, parsed)
    if not signed:
        raise _invalid("note", _("No witness in service has cosigned this checkpoint."))
    # Only our own signature stays: it proves the contradiction, and the same checkpoint is one alarm.
    ours = note.Note(parsed.body, tuple(line for line in parsed.lines if line.name == known.name)).text()
    if contradiction(db, seen, ours, ", ".join(row.name for row, _line, _at in signed)):
        return True
    if queries.checkpoint(db, seen.size) is None:
        raise NotFound(_("There is no checkpoint of this size."))
    for row, line, at in signed:
        if not queries.cosigned(db, seen.size, row.id):
            db.add(AuditCosignature(size=seen.size, witness_id=row.id, line=line.text(), at=at))
    return False


def _signed(db: Session, parsed: note.Note) -> list[tuple[AuditWitness, note.Line, dt.datetime]]:
    found = []
    for row in queries.witnesses(db):
        key = note.read_key(row.key)
        for line in parsed.lines:
            stamp = note.cosigned_at(parsed.body, line, key)
            if stamp is None or stamp > (now() + AHEAD).timestamp():
                continue
            found.append((row, line, dt.datetime.fromtimestamp(stamp, dt.UTC)))
            break
    return found
