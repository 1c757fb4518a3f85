"""The log of this database, ready to be verified or exported."""

from portal.audit import actions, queries, watermark
from portal.audit.stored import Derived
from portal.audit.verifying import Entry, Log
from portal.kit.db import Session
from portal.kit.i18n import _
from portal.kit.signing import note


def own_log(db: Session) -> Log:
    """Keys, checkpoints and entries of this database, and the checkpoint kept outside it."""
    row, kept, newest = queries.key(db), watermark.read(), queries.newest_checkpoint(db)
    return Log(
        key=actions.log_key(row) if row is not None else None,
        witnesses=[note.read_key(text) for text in queries.all_witness_keys(db)],
        notes=(text for _size, text in queries.all_checkpoints(db)),
        entries=(Entry._make(line) for line in queries.whole_log(db)),
        derived=Derived(queries.counted(db), queries.all_nodes(db), newest.size if newest is not None else 0),
        seen=[(_("this machine"), kept)] if kept is not None else [],
    )
