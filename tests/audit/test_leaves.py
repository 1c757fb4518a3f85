"""Every event becomes a leaf when it commits: without gaps, however it was written, and as Python writes it."""

import threading
from collections.abc import Sequence
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, col, select

from portal.audit import leaves
from portal.audit.actions import erase_closed, erase_reason, record
from portal.audit.models import AuditEvent, AuditHead, AuditLeaf
from portal.audit.reading import own_log
from portal.audit.verifying import verify
from portal.kit.actor import SYSTEM, Actor
from portal.kit.db import engine
from portal.kit.errors import Conflict, NotFound
from portal.kit.signing import canonical
from tests.support.make import Make

AS_TEXT = text(
    "SELECT e.seq, to_char(e.at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"'), e.verb, e.actor_id::text,"
    " e.actor_name, e.actor_salt::text, e.reason, e.reason_salt::text, e.object_type, e.object_id, e.evidence::text,"
    " e.detail_salt::text, l.index, l.leaf, l.hash"
    " FROM audit_event e LEFT JOIN audit_leaf l ON l.event_seq = e.seq ORDER BY e.seq"
)
ODD = 'quote " back \\ slash / tab \t line \n nul-ish \x01 \x7f 汉字 \U0001f600 \u2028'


def _all(db: Session) -> list[tuple[leaves.Event, int | None, bytes]]:
    db.rollback()
    rows: Sequence[Any] = db.execute(AS_TEXT).all()
    return [(leaves.Event(*row[:12]), row[12], row[13]) for row in rows]


def _raw(db: Session, **values: Any) -> None:
    given = {
        "verb": "raw.done",
        "name": "nobody",
        "type": "thing",
        "reason": None,
        "evidence": "{}",
        **values,
    }
    db.execute(
        text(
            "INSERT INTO audit_event (at, actor_name, verb, object_type, object_id, reason, evidence)"
            " VALUES (now(), :name, :verb, :type, '1', :reason, CAST(:evidence AS jsonb))"
        ),
        given,
    )


def test_python_and_postgresql_write_the_same_leaf(db: Session, make: Make) -> None:
    person = make.account()
    record(
        db,
        SYSTEM,
        verb="thing.done",
        object=person.account,
        reason=ODD,
        digest="ab",
        n=1.5,
        deep={"b": [1, None]},
    )
    record(db, person.account and SYSTEM, verb="thing.odd" + '\t"\\', object=person.account)
    _raw(
        db, name=ODD, reason="", evidence='{"é": 1e30, "a": "\\u2028", "big": 123456789012345678901234567890}'
    )
    db.commit()
    events = _all(db)
    assert [index for _event, index, _leaf in events] == [0, 1, 2]
    for event, _index, leaf in events:
        assert leaves.written(event) == leaf
        assert leaves.differences(event, leaf) == []
        assert canonical(leaves.read(leaf)) == leaf
    assert leaves.read(events[1][2])["reason"] is None


def test_a_leaf_tells_nothing_that_can_be_erased(db: Session, make: Make) -> None:
    person = make.account(name="张三丰")
    record(
        db, SYSTEM, verb="thing.done", object=person.account, reason="张三丰 asked", secret="evidence-word"
    )
    db.commit()
    ((_event, _index, leaf),) = _all(db)
    for word in ("张三丰", "system", "evidence-word", str(person.id), "account"):
        assert word.encode() not in leaf


def test_what_is_rolled_back_leaves_no_gap(db: Session, make: Make) -> None:
    account = make.account().account
    for turn in range(6):
        record(db, SYSTEM, verb=f"thing.done{turn}", object=account)
        db.flush()
        db.rollback() if turn % 2 else db.commit()
    assert [(event.verb, index) for event, index, _leaf in _all(db)] == [
        ("thing.done0", 0), ("thing.done2", 1), ("thing.done4", 2)
    ]  # fmt: skip
    assert db.exec(select(AuditHead.size)).one() == 3


def test_many_writers_at_once(db: Session) -> None:
    """Eight writers whose own rows are locked crosswise, in both orders of ids: the log's lock is everybody's last."""
    failures: list[BaseException] = []

    def write(number: int) -> None:
        try:
            for turn in range(15):
                with Session(engine()) as own:
                    for n in range(1 + turn % 3):
                        _raw(own, verb=f"w{number}.t{turn}-{n}")
                    own.commit() if turn % 5 else own.rollback()
        except BaseException as error:
            failures.append(error)

    many = [threading.Thread(target=write, args=(number,)) for number in range(8)]
    for thread in many:
        thread.start()
    for thread in many:
        thread.join(60)
    assert not failures
    events = _all(db)
    assert sorted(index for _event, index, _leaf in events if index is not None) == list(range(len(events)))
    assert all(leaves.written(event) == leaf for event, _index, leaf in events)
    assert {event.verb[:2] for event, _index, _leaf in events} == {f"w{n}" for n in range(8)}


def test_the_lock_is_held_while_committing_only(db: Session) -> None:
    with Session(engine()) as slow, Session(engine()) as quick:
        _raw(slow)
        slow.flush()
        quick.execute(text("SET lock_timeout = 500"))
        _raw(quick, verb="quick.done")
        quick.commit()
        slow.commit()
    assert [(event.verb, index) for event, index, _leaf in _all(db)] == [("raw.done", 1), ("quick.done", 0)]


def test_no_other_check_waits_for_the_commit(db: Session) -> None:
    """A deferred constraint that locks rows after the log's lock could close a circle."""
    deferred = "SELECT conname FROM pg_constraint WHERE condeferrable AND conname <> 'audit_event_append'"
    assert db.execute(text(deferred)).all() == []


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE audit_leaf SET hash = ''",
        "DELETE FROM audit_leaf",
        "TRUNCATE audit_leaf",
        "UPDATE audit_head SET size = 0",
        "UPDATE audit_head SET size = size + 2",
        "DELETE FROM audit_head",
        "UPDATE audit_event SET reason = 'other'",
        "UPDATE audit_event SET reason_salt = NULL",
        "UPDATE audit_event SET actor_name = ''",
        "UPDATE audit_event SET actor_id = NULL, actor_name = 'x', actor_salt = NULL",
        "UPDATE audit_event SET evidence = '{}', reason = NULL, reason_salt = NULL",
        "UPDATE audit_event SET detail_salt = gen_random_uuid()",
    ],
)
def test_nothing_of_the_tree_changes(db: Session, change: str) -> None:
    _raw(db, reason="why", evidence='{"a": 1}')
    db.commit()
    with pytest.raises(DBAPIError, match=r"append-only|only counts up"):
        db.execute(text(change))
    db.rollback()


def test_a_newline_in_the_kind_of_object_is_refused(db: Session) -> None:
    with pytest.raises(DBAPIError, match="object_type"):
        _raw(db, type="a\nb")
    db.rollback()


def test_an_event_without_its_salt_is_refused(db: Session) -> None:
    db.execute(
        text(
            "INSERT INTO audit_event (at, actor_name, verb, object_type, object_id, evidence, actor_salt)"
            " VALUES (now(), 'a', 'b.c', 'd', 'e', '{}', NULL)"
        )
    )
    with pytest.raises(DBAPIError, match="with its salts"):
        db.commit()
    db.rollback()


def test_closed_accounts_are_erased_and_the_leaf_holds(db: Session, make: Make) -> None:
    person, other = make.account(), make.account()
    for who in (person, other):
        event = record(db, SYSTEM, verb="thing.done", object=who.account, reason="about somebody")
        event.actor_id, event.actor_name = who.id, who.namespace.slug
    db.add(
        AuditEvent(
            actor_id=person.id,
            actor_name="x",
            verb="account.closed",
            object_type="account",
            object_id=str(person.id),
            evidence={},
            reason="goes",
        )
    )
    db.commit()
    assert erase_closed(db) == 0
    db.execute(text("SET LOCAL session_replication_role = replica"))
    db.execute(text("UPDATE audit_event SET at = at - interval '400 days' WHERE verb = 'account.closed'"))
    db.commit()
    before = {leaf.index: leaf.leaf for leaf in db.exec(select(AuditLeaf))}
    assert erase_closed(db) == 1
    db.commit()
    assert erase_closed(db) == 0
    events = {event.verb + event.object_id: (event, leaf) for event, _index, leaf in _all(db)}
    event, leaf = events[f"thing.done{person.id}"]
    assert (event.actor_id, event.actor_name, event.actor_salt, event.reason) == (None, "", None, None)
    assert leaves.differences(event, leaf) == []
    assert events[f"thing.done{other.id}"][0].reason == "about somebody"
    assert events[f"account.traces_erased{person.id}"][0].evidence == '{"events": 4}'
    assert all(
        db.exec(select(AuditLeaf.leaf).where(AuditLeaf.index == n)).one() == kept
        for n, kept in before.items()
    )


def test_differences_are_named(db: Session) -> None:
    _raw(db, reason="why", evidence='{"a": 1}')
    db.commit()
    ((event, _index, leaf),) = _all(db)
    changes = {
        "actor": {"actor_name": "other"},
        "at": {"at": "2020-01-01T00:00:00.000000Z"},
        "object or evidence": {"evidence": '{"a": 2}'},
        "reason": {"reason": None},
        "seq": {"seq": 9},
        "verb": {"verb": "raw.undone"},
    }
    for name, change in changes.items():
        values = {field: getattr(event, field) for field in event.__slots__} | change
        assert leaves.differences(leaves.Event(**values), leaf) == [name]
    assert leaves.differences(event, b"{}") == ["leaf"]
    with pytest.raises(ValueError, match="not a leaf"):
        leaves.read(b"{}")


def test_a_single_reason_is_erased_and_the_leaf_holds(db: Session, make: Make) -> None:
    account, admin = make.account().account, make.account(roles=("security_admin",)).account
    for reason in ("张某的病历附后", None):
        record(db, SYSTEM, verb="thing.done", object=account, reason=reason)
    db.commit()
    named, bare = db.exec(select(AuditEvent).order_by(col(AuditEvent.seq))).all()[-2:]
    actor = Actor(id=admin.id, name="安全管理员", namespace="security")
    assert named.seq is not None
    assert bare.seq is not None
    for seq, why in ((bare.seq, "个人信息"), (9999, "个人信息")):
        with pytest.raises(NotFound):
            erase_reason(db, actor, seq=seq, reason=why)
    with pytest.raises(Conflict):
        erase_reason(db, actor, seq=named.seq, reason=" ")
    erase_reason(db, actor, seq=named.seq, reason="理由含个人信息")
    db.commit()
    db.refresh(named)
    assert (named.reason, named.reason_salt) == (None, None)
    said = db.exec(select(AuditEvent).order_by(col(AuditEvent.seq).desc())).first()
    assert said is not None
    assert (said.verb, said.object_type, said.object_id) == (
        "log.reason_erased",
        "audit_event",
        str(named.seq),
    )
    verdict = verify(own_log(db))
    assert (verdict.ok, verdict.erased) == (True, 1)
    with pytest.raises(NotFound):
        erase_reason(db, actor, seq=named.seq, reason="再次")
