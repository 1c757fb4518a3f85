"""Whether this host's database contradicts what was seen: one cheap look, outside any request's transaction."""

import threading
from contextlib import suppress

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


class Watch:
    """Looks again and again through one connection; one that has gone is made anew."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._connection: psycopg.Connection | None = None
        self._dsn = ""

    def __call__(self) -> bool:
        """Whether an alarm stands, or the log is shorter than the checkpoint in the file and nobody accepted that."""
        kept = watermark.read()
        alarm, size, accepted = self._asked(kept or "")
        return bool(alarm or (kept is not None and not accepted and _size(kept) > size))

    def _asked(self, kept: str) -> tuple[bool, int, bool]:
        with self._lock:
            used = self._connection
            try:
                return self._row(kept)
            except psycopg.Error:
                self._drop()
                if used is None:
                    raise
                return self._row(kept)  # the server was restarted since the last look

    def _row(self, kept: str) -> tuple[bool, int, bool]:
        dsn = raw_dsn()
        if self._connection is None or self._connection.closed or self._dsn != dsn:
            self._drop()
            self._connection = psycopg.connect(
                dsn, connect_timeout=2, autocommit=True, application_name="cspon-watch",
                options="-c statement_timeout=2000 -c lock_timeout=2000",
            )  # fmt: skip
            self._dsn = dsn
        row = self._connection.execute(_ASK, (kept,)).fetchone()
        assert row is not None  # noqa: S101 - a SELECT without FROM has one row
        alarm, size, accepted = row
        return alarm, size, accepted

    def _drop(self) -> None:
        if self._connection is not None:
            with suppress(psycopg.Error):
                self._connection.close()
            self._connection = None


contradicted = Watch()
"""This process's watch."""


def _size(kept: str) -> int:
    try:
        return checkpoints.read(note.parse(kept).body).size
    except BadNote:
        return 0  # a damaged file is for the next signing to judge
