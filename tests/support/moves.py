"""Every change of state is an audit event: watched in the tests' database, whoever makes it and by whatever statement.

Triggers note each state that is entered or left (a row made, moved or deleted) with its transaction, and each audit
event. After every test the two are compared. What a test itself wrote, to arrange what it needs, is set aside.
"""

import re
import sys
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from sqlalchemy import Engine, event, inspect, text
from sqlalchemy.orm import Session
from sqlmodel import SQLModel

from portal.kit.tables import EnumText
from tests.support.tree import ROOT

OWN = (f"{ROOT}/tests/", f"{ROOT}/bench/")
OURS = (f"{ROOT}/portal/", f"{ROOT}/registry/", f"{ROOT}/competitions/", f"{ROOT}/standards/", *OWN)
WRITES = re.compile(r"\s*(INSERT|UPDATE|DELETE|WITH)\b", re.IGNORECASE)

BESIDE: Mapping[str, tuple[str, ...]] = {
    # Lines of a history, written with the move that they tell; they never move.
    "access_event": ("request_id",),
    "evaluation_event": ("evaluation_id",),
    "promotion_step": ("promotion_id",),
    # Parts that begin and end with the whole.
    "attempt": ("evaluation_id",),
    "dry_run_case": ("run_id",),
    "panel_item": ("session_id",),
    "version_upload": ("version_id",),
}
"""Tables whose rows are parts of another thing: the event may be about the thing they name in these columns."""
QUIET: Mapping[tuple[str, str | None, str | None], str] = {
    **dict.fromkeys(
        [
            ("mail", None, "waiting"),
            ("mail", None, "kept"),
            ("mail", "waiting", "sent"),
            ("mail", "waiting", "failed"),
        ],
        "a letter on its way says what an event said; who gets which is not for a log kept for ever",
    ),
    (
        "dry_run_case",
        "waiting",
        "running",
    ): "the next step of a run that dry-run.running names; how it ends is an event",
    ("attempt", "leased", "running"): "the first sign of life of the worker that evaluation.predicting names",
    (
        "audit_alarm",
        None,
        "raised",
    ): "a log that contradicts what was seen is not written on; log.loss_accepted says it",
}
"""Moves (table, from, to; None for making or deleting a row) that are no event, and why. Besides these, rows in a final
state may be forgotten."""

NOTING = """
CREATE SCHEMA watch;
CREATE TABLE watch.moved (
    tx xid8, tbl text, id text, old text, new text, line jsonb);
CREATE TABLE watch.said (tx xid8, object_type text, object_id text, evidence text);
CREATE FUNCTION watch.moves() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
    was jsonb := CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) END;
    is_now jsonb := CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) END;
BEGIN
    IF was ->> TG_ARGV[0] IS DISTINCT FROM is_now ->> TG_ARGV[0]
        AND current_setting('cspon.arranged', true) IS DISTINCT FROM 'on'
        -- Only what fills a database with made-up rows for measuring (portal.demo.scale) carries them in so.
        AND left(current_query(), 5) <> 'COPY ' THEN
        INSERT INTO watch.moved VALUES (pg_current_xact_id(), TG_TABLE_NAME,
            coalesce(is_now, was) ->> TG_ARGV[1], was ->> TG_ARGV[0], is_now ->> TG_ARGV[0], coalesce(is_now, was));
    END IF;
    RETURN NULL;
END $$;
CREATE FUNCTION watch.says() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    INSERT INTO watch.said VALUES (pg_current_xact_id(), NEW.object_type, NEW.object_id, NEW.evidence::text);
    RETURN NULL;
END $$;
CREATE TRIGGER watch_said AFTER INSERT ON public.audit_event FOR EACH ROW EXECUTE FUNCTION watch.says();
"""
LOOK = """
SELECT m.tx::text, m.tbl, m.id, m.old, m.new, m.line,
  EXISTS (SELECT FROM watch.said s WHERE s.tx = m.tx
    AND (s.object_id = m.id AND s.object_type = m.tbl OR position('"' || m.id || '"' in s.evidence) > 0)),
  (SELECT coalesce(array_agg(s.object_id), '{}') FROM watch.said s WHERE s.tx = m.tx)
FROM watch.moved m
"""


class Move(NamedTuple):
    """A state that was entered or left without an event about it."""

    table: str
    id: str
    old: str | None
    new: str | None

    def __str__(self) -> str:
        return f"{self.table}: {self.old or 'made'} -> {self.new or 'deleted'}"


def machines() -> dict[str, tuple[str, str]]:
    """Table -> its column with a state of some transition table, and its key."""
    from tests.guards.test_states import TABLES

    kinds = {type(next(iter(table))) for _key, table in TABLES}
    found = {}
    for table in SQLModel.metadata.sorted_tables:
        for column in table.columns:
            if isinstance(column.type, EnumText) and column.type.kind in kinds:
                found[table.name] = (column.name, next(iter(table.primary_key.columns)).name)
    return found


def install(engine: Engine) -> None:
    """Watch this database. Once for each; the statements of this process's tests are told apart from the program's."""
    with engine.begin() as connection:
        connection.exec_driver_sql(NOTING)
        for table, (column, key) in machines().items():
            connection.exec_driver_sql(
                f"CREATE TRIGGER watch_moves AFTER INSERT OR UPDATE OR DELETE ON public.{table}"
                f" FOR EACH ROW EXECUTE FUNCTION watch.moves('{column}', '{key}')"
            )
    _attribute()


def _frames() -> Iterator[str]:
    frame = sys._getframe(2)
    while frame is not None:
        yield frame.f_code.co_filename
        frame = frame.f_back  # type: ignore[assignment]


def _by_test() -> bool:
    """Whether the nearest frame of ours is a test's, and it is no flush: what that writes was set before."""
    for name in _frames():
        if name.endswith("sqlalchemy/orm/unitofwork.py"):
            return False
        if name.startswith(OURS) and name != __file__:
            return name.startswith(OWN)
    return False


def _before(connection: Any, _cursor: Any, statement: str, _p: Any, context: Any, _many: bool) -> None:
    if WRITES.match(statement) and connection.dialect.name == "postgresql" and _by_test():
        context.cursor.connection.execute("SET cspon.arranged = 'on'")
        context.arranged = True


def _after(_connection: Any, _cursor: Any, _statement: str, _p: Any, context: Any, _many: bool) -> None:
    if getattr(context, "arranged", False):
        context.cursor.connection.execute("SET cspon.arranged = 'off'")


_arranged: set[tuple[str, str, str | None]] = set()
_known = False


def _attribute() -> None:
    """Remember for each object whether a test or the program set its state last."""
    global _known
    if _known:
        return
    _known = True
    # Of all engines: a test of a command leaves another one behind than the one it found.
    event.listen(Engine, "before_cursor_execute", _before)
    event.listen(Engine, "after_cursor_execute", _after)
    wanted = machines()
    for mapper in SQLModel._sa_registry.mappers:  # type: ignore[attr-defined]
        table = getattr(mapper.local_table, "name", "")
        if table in wanted:
            event.listen(getattr(mapper.class_, wanted[table][0]), "set", _set)
    event.listen(Session, "before_flush", _flushing)


def _set(target: Any, _value: Any, _old: Any, _initiator: Any) -> None:
    inspect(target).info["by_test"] = _by_test()


def _flushing(session: Session, _context: Any, _instances: Any) -> None:
    wanted = machines_once()
    for changed, gone in ((session.new, False), (session.dirty, False), (session.deleted, True)):
        for thing in changed:
            table = getattr(type(thing), "__tablename__", "")
            if table not in wanted:
                continue
            column, key = wanted[table]
            if inspect(thing).info.get("by_test") or (gone and _by_test()):
                value = (
                    None if gone else str(getattr(getattr(thing, column), "value", getattr(thing, column)))
                )
                _arranged.add((table, str(getattr(thing, key)), value))


def final_states(table: str) -> set[str]:
    """States nothing follows on."""
    from tests.guards.test_states import TABLES

    kind = SQLModel.metadata.tables[table].columns[machines_once()[table][0]].type.kind  # type: ignore[attr-defined]
    (moves,) = [found for _key, found in TABLES if type(next(iter(found))) is kind]
    return {state.value for state in kind if not moves.get(state)}


_machines: dict[str, tuple[str, str]] = {}


def machines_once() -> dict[str, tuple[str, str]]:
    """The same, found out once."""
    if not _machines:
        _machines.update(machines())
    return _machines


def unsaid(engine: Engine) -> list[Move]:
    """Moves since the last question that no event of their transaction speaks of; they are forgotten by asking."""
    arranged = set(_arranged)
    _arranged.clear()
    with engine.begin() as connection:
        rows = connection.execute(text(LOOK)).all()
        if rows:
            connection.execute(text("DELETE FROM watch.moved"))
        connection.execute(text("DELETE FROM watch.said"))
    found = []
    for _tx, table, key, old, new, line, said, objects in rows:
        if said or (table, key, new) in arranged or (table, old, new) in QUIET:
            continue
        if new is None and old in final_states(table):
            continue
        beside = {str(line[column]) for column in BESIDE.get(table, ()) if line[column] is not None}
        if not beside & set(objects):
            found.append(Move(table, key, old, new))
    return found
