import datetime as dt

import pytest
from sqlmodel import Session, select

from portal.audit import actions, checkpoints, merkle, queries, tasks, watermark
from portal.audit.actions import NotSigned
from portal.audit.actions import checkpoints as signing
from portal.audit.models import AuditAlarm, AuditCheckpoint, AuditLeaf, AuditNode
from portal.kit.actor import SYSTEM
from portal.kit.errors import Conflict, Invalid, NotFound
from portal.kit.signing import Ed25519Signer, keys, note
from portal.kit.signing.note import BadNote
from portal.settings import get_settings
from tests.audit.conftest import Fill, Sign, Witness, tamper


def test_signed_when_grown_and_only_then(db: Session, fill: Fill, sign: Sign) -> None:
    assert actions.sign_checkpoint(db) is None
    fill(5)
    first = sign()
    assert actions.sign_checkpoint(db) is None
    fill(8)
    second = sign()
    hashes = list(db.exec(select(AuditLeaf.hash).order_by(AuditLeaf.index)))
    assert (first.size, first.root) == (5, merkle.root(hashes[:5]))
    assert (second.size, second.root) == (13, merkle.root(hashes))
    row = queries.key(db)
    assert row is not None
    found = checkpoints.verified(second.note, actions.log_key(row))
    assert (found.size, found.root, found.origin) == (13, second.root, row.name)
    assert watermark.read() == second.note


def test_nodes_are_stored_as_they_fill(db: Session, fill: Fill, sign: Sign) -> None:
    for _ in range(4):
        fill(3)
        sign()
    tree, expected = merkle.Tree(), {}
    for digest in db.exec(select(AuditLeaf.hash).order_by(AuditLeaf.index)):
        expected.update(tree.append(digest))
    assert {(n.level, n.index): n.hash for n in db.exec(select(AuditNode))} == expected
    for size in range(13):
        assert queries.root_at(db, size) == merkle.root(
            db.exec(select(AuditLeaf.hash).order_by(AuditLeaf.index).limit(size))
        )


def test_the_job_signs_and_keeps_the_file(db: Session, fill: Fill) -> None:
    fill(2)
    tasks.checkpoint()
    tasks.checkpoint_by_the_minute(0)
    kept = watermark.read()
    assert kept is not None
    assert [row.note for row in db.exec(select(AuditCheckpoint))] == [kept]


def test_nothing_is_signed_while_the_clocks_differ(
    db: Session, fill: Fill, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(1)
    real = signing.now
    monkeypatch.setattr(signing, "now", lambda: real() + dt.timedelta(seconds=6))
    with pytest.raises(NotSigned, match="6"):
        actions.sign_checkpoint(db)
    monkeypatch.setattr(signing, "now", lambda: real() - dt.timedelta(seconds=4))
    assert actions.sign_checkpoint(db) is not None


def test_a_host_with_another_key_does_not_sign(db: Session, fill: Fill, sign: Sign) -> None:
    fill(1)
    sign()
    fill(1)
    file = keys.keys_folder() / "log.pem"
    kept = file.read_bytes()
    try:
        file.unlink()
        keys._loaded.cache_clear()
        with pytest.raises(NotSigned):
            actions.sign_checkpoint(db)
        assert not file.exists()
        file.write_bytes(Ed25519Signer.generate().pem())
        file.chmod(0o600)
        with pytest.raises(NotSigned):
            actions.sign_checkpoint(db)
    finally:
        file.write_bytes(kept)
        keys._loaded.cache_clear()
    db.rollback()
    assert sign().size == 2


def test_the_name_of_the_log_stays(
    db: Session, fill: Fill, sign: Sign, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(1)
    first = sign()
    monkeypatch.setattr(get_settings(), "public_url", "https://new.example")
    fill(1)
    assert sign().note.split("\n")[0] == first.note.split("\n")[0]


def test_a_gap_is_not_signed_over(db: Session, fill: Fill) -> None:
    fill(3)
    tamper(db, "DELETE FROM audit_leaf WHERE index = 1")
    with pytest.raises(NotSigned, match="1"):
        actions.sign_checkpoint(db)


def test_the_file_only_rises(db: Session, fill: Fill, sign: Sign) -> None:
    fill(1)
    low = sign()
    fill(1)
    high = sign()
    watermark.raise_to(low.note)
    assert watermark.read() == high.note
    watermark.raise_to(low.note, even_lower=True)
    assert watermark.read() == low.note


@pytest.mark.parametrize(
    "body", ["", "a\n1\n", "a\n01\nAA==\n", "a\nx\nAA==\n", "a\n1\n!\n", "a\n1\nAA==\n", "\n1\nAA==\n"]
)
def test_texts_that_are_no_checkpoint(body: str) -> None:
    with pytest.raises(BadNote):
        checkpoints.read(body)


# --- witnesses ---------------------------------------------------------------------------------------------------


def test_a_witness_cosigns(db: Session, fill: Fill, sign: Sign, witness: Witness) -> None:
    row = actions.add_witness(db, SYSTEM, key=witness.key.text())
    fill(3)
    made = sign()
    for _ in range(2):
        assert actions.receive(db, text=witness.cosign(made.note)) is False
        db.commit()
    ((signed, who),) = queries.cosignatures(db, made.size)
    assert who.id == row.id
    assert note.cosignatures(note.parse(made.note + signed.line), [witness.key]) == {"node-43": 1_780_000_000}


def test_who_is_no_witness_is_refused(db: Session, fill: Fill, sign: Sign, witness: Witness) -> None:
    with pytest.raises(Conflict):
        actions.receive(db, text="x\n\n— a AAAAAAAA\n")
    fill(1)
    made = sign()
    with pytest.raises(Invalid):
        actions.receive(db, text=witness.cosign(made.note))
    actions.add_witness(db, SYSTEM, key=witness.key.text())
    for text in (
        made.note,
        "nothing",
        witness.cosign("other/log\n1\nAA==\n\n— a AAAAAAAA\n"),
        Witness().cosign(made.note),
    ):
        with pytest.raises(Invalid):
            actions.receive(db, text=text)
    with pytest.raises(Invalid):
        actions.receive(db, text=witness.cosign(made.note, at=9_999_999_999))
    actions.remove_witness(db, SYSTEM, name="node-43")
    with pytest.raises(Invalid):
        actions.receive(db, text=witness.cosign(made.note))
    with pytest.raises(NotFound):
        actions.remove_witness(db, SYSTEM, name="node-43")


def test_registering_refuses_other_keys(db: Session, witness: Witness) -> None:
    for key in ("nonsense", note.NoteKey("node-43", witness.signer.verifier).text()):
        with pytest.raises(Invalid):
            actions.add_witness(db, SYSTEM, key=key)
    actions.add_witness(db, SYSTEM, key=witness.key.text())
    with pytest.raises(Invalid):
        actions.add_witness(db, SYSTEM, key=witness.key.text())


def test_a_witness_that_saw_more_raises_the_alarm(
    db: Session, fill: Fill, sign: Sign, witness: Witness
) -> None:
    actions.add_witness(db, SYSTEM, key=witness.key.text())
    fill(6)
    seen = sign()
    watermark.path().unlink()
    tamper(
        db, "DELETE FROM audit_checkpoint", "DELETE FROM audit_node", "DELETE FROM audit_leaf WHERE index > 3",
        "UPDATE audit_head SET size = 4",
    )  # fmt: skip
    sign()
    assert actions.receive(db, text=witness.cosign(seen.note)) is True
    assert actions.receive(db, text=witness.cosign(seen.note, at=1_780_000_001)) is True
    (alarm,) = db.exec(select(AuditAlarm))
    assert (alarm.kind, alarm.witness, alarm.state) == ("shorter", "node-43", "raised")
    assert alarm.note == seen.note


def test_a_witness_that_saw_another_root_raises_the_alarm(
    db: Session, fill: Fill, sign: Sign, witness: Witness
) -> None:
    actions.add_witness(db, SYSTEM, key=witness.key.text())
    fill(4)
    made = sign()
    fork = checkpoints.Checkpoint(made.note.split("\n")[0], 3, b"f" * 32)
    forked = note.sign(fork.body(), fork.origin, keys.own_signer("log"))
    assert actions.receive(db, text=witness.cosign(forked)) is True
    (alarm,) = db.exec(select(AuditAlarm))
    assert alarm.kind == "differs"


# --- after a restore -----------------------------------------------------------------------------------------------


def test_a_restored_database_is_noticed_and_accepted(db: Session, fill: Fill, sign: Sign) -> None:
    fill(6)
    seen = sign()
    tamper(
        db, "DELETE FROM audit_checkpoint", "DELETE FROM audit_node", "DELETE FROM audit_leaf WHERE index > 3",
        "DELETE FROM audit_event WHERE seq NOT IN (SELECT event_seq FROM audit_leaf)",
        "UPDATE audit_head SET size = 4",
    )  # fmt: skip
    assert actions.hold_against(db) is True
    assert actions.sign_checkpoint(db) is None
    with pytest.raises(Conflict):
        actions.accept_loss(db, reason=" ")
    assert actions.accept_loss(db, reason="restored from the backup of Monday") == 1
    db.commit()
    assert actions.hold_against(db) is False
    made = actions.sign_checkpoint(db)
    assert made is not None
    assert made.size == 5
    event = queries.latest(db, limit=1)[0]
    assert (event.verb, event.evidence["note"]) == ("log.loss_accepted", seen.note)
    with pytest.raises(Conflict):
        actions.accept_loss(db, reason="again")


def test_a_foreign_file_is_an_alarm(db: Session, fill: Fill, sign: Sign) -> None:
    fill(2)
    made = sign()
    other = note.sign(note.parse(made.note).body, made.note.split("\n")[0], Ed25519Signer.generate())
    watermark.raise_to(other, even_lower=True)
    assert actions.hold_against(db) is True
