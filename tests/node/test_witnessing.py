"""A node as a witness of the real portal's log, over HTTP."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import Session

from portal.audit import actions, queries
from portal.audit.checkpoints import Checkpoint
from portal.kit.actor import SYSTEM
from portal.kit.signing import note, own_signer
from tests.audit.conftest import Fill, Sign, fill, sign
from tests.client.serving import served

__all__ = ["fill", "sign"]


@pytest.fixture(scope="module")
def site(application: object) -> Iterator[str]:
    with served(application) as url:
        yield url


@pytest.fixture
def portal(site: str, database: None) -> str:
    return site


def _key(db: Session) -> str:
    row = queries.key(db)
    assert row is not None
    return actions.log_key(row).text()


def test_a_node_follows_and_countersigns(
    portal: str, db: Session, fill: Fill, sign: Sign, made: Callable[..., Any]
) -> None:
    fill(3)
    sign()
    key = made("key", "--witness")[1]["key"]
    online = ("--portal", portal, "--log-key", _key(db))
    code, said = made("witness", *online)
    assert (code, said["code"]) == (9, "portal-refused"), "it is not registered yet"
    actions.add_witness(db, SYSTEM, key=key)
    db.commit()
    code, said = made("witness", *online)
    assert (code, said["size"] >= 3, said["new"]) == (0, True, True)
    assert made("witness", "--portal", portal)[1]["new"] is False
    fill(5)
    newest = sign()
    code, said = made("witness", "--portal", portal)
    assert (code, said["size"], said["new"]) == (0, newest.size, True)
    lines = [row.line for row, _witness in queries.cosignatures(db, newest.size)]
    found = note.parse(newest.note + "".join(lines))
    assert set(note.cosignatures(found, [note.read_key(key)])) == {"province-11"}


@pytest.mark.parametrize(
    ("how", "code"), [("rewritten", "checkpoint-forked"), ("cut off", "checkpoint-older")]
)
def test_a_log_that_contradicts_what_was_seen_makes_the_portal_stop(
    portal: str,
    db: Session,
    fill: Fill,
    sign: Sign,
    made: Callable[..., Any],
    tmp_path: Path,
    how: str,
    code: str,
) -> None:
    """The node has seen a log of the portal's that is not the one it is shown now, signed by the same key."""
    fill(4)
    first = sign()
    actions.add_witness(db, SYSTEM, key=made("key", "--witness")[1]["key"])
    db.commit()
    assert made("witness", "--portal", portal, "--log-key", _key(db))[0] == 0
    name = note.read_key(_key(db)).name
    seen = Checkpoint(name, first.size + (5 if how == "cut off" else 0), bytes(32))
    kept = note.sign(seen.body(), name, own_signer("log"))
    (tmp_path / "home/log/checkpoint").write_text(kept)
    assert not queries.alarms.raised(db)
    assert made("witness", "--portal", portal)[1]["code"] == code
    assert (tmp_path / "home/log/checkpoint").read_text() == kept, "what was seen is not forgotten"
    db.expire_all()
    assert queries.alarms.raised(db), "the portal has raised no alarm"


def test_what_a_witness_refuses_to_sign(
    portal: str, db: Session, fill: Fill, sign: Sign, made: Callable[..., Any]
) -> None:
    assert made("witness", "--portal", portal)[1]["code"] == "input"
    fill(2)
    sign()
    stranger = note.NoteKey("portal.example/log", note.read_key(_key(db)).verifier).text()
    assert made("witness", "--portal", portal, "--log-key", stranger)[1]["code"] == "checkpoint"
    assert made("witness", "--portal", "http://portal.example", "--log-key", _key(db))[1]["code"] == "portal"
    assert made("witness", "--portal", "ftp://127.0.0.1", "--log-key", _key(db))[1]["code"] == "portal"
