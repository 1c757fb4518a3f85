import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError
from sqlmodel import Session

from portal.audit import queries
from portal.audit.actions import record
from portal.kit.actor import SYSTEM
from tests.support.make import Make


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE audit_event SET verb = 'nothing.happened'",
        "DELETE FROM audit_event",
        "TRUNCATE audit_event",
    ],
)
def test_the_log_is_append_only(db: Session, make: Make, change: str) -> None:
    record(db, SYSTEM, verb="thing.done", object=make.account().account, reason="why", digest="ab")
    db.commit()
    with pytest.raises(ProgrammingError, match="append-only"):
        db.execute(text(change))
    db.rollback()
    events = queries.latest(db)
    assert [(e.verb, e.actor_name, e.reason, e.evidence) for e in events] == [
        ("thing.done", "system", "why", {"digest": "ab"})
    ]


def test_newest_first_and_on_from_there(db: Session, make: Make) -> None:
    account = make.account().account
    for n in range(5):
        record(db, SYSTEM, verb=f"thing.done{n}", object=account)
    db.commit()
    first = queries.latest(db, limit=3)
    assert [e.verb for e in first] == ["thing.done4", "thing.done3", "thing.done2"]
    assert [e.verb for e in queries.latest(db, before=first[-1].seq)] == ["thing.done1", "thing.done0"]
    assert len(queries.of_object(db, "account", str(account.id))) == 5
