"""Whether this host's database contradicts what was seen: one cheap look, outside any request's transaction."""

import psycopg

from portal.audit import checkpoints, watermark
from portal.kit.db import raw_dsn
from portal.kit.signing import note
from portal.kit.signing.note import BadNote

_ASK = """
SELECT EXISTS (SELECT FROM audit_alarm WHERE state = 'raised'),
  coalesce((SELECT size FROM audit_head), 0),
  EXISTS (SELECT FROM audit_alarm WHERE state = 'accepted' AND note = %s)
"""


def contradicted() -> bool:
    """Whether an alarm stands, or the log is shorter than the checkpoint in the file and nobody accepted that."""
    kept = watermark.read()
    with psycopg.connect(raw_dsn(), connect_timeout=2, autocommit=True) as connection:
        row = connection.execute(_ASK, (kept or "",)).fetchone()
    assert row is not None  # noqa: S101 - a SELECT without FROM has one row
    alarm, size, accepted = row
    return bool(alarm or (kept is not None and not accepted and _size(kept) > size))


def _size(kept: str) -> int:
    try:
        return checkpoints.read(note.parse(kept).body).size
    except BadNote:
        return 0  # a damaged file is for the next signing to judge
