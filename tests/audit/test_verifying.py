"""Tampering: each kind is found and named in words of its own, in the database and in an export."""

from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlmodel import Session

from portal.audit import actions, checkpoints, exports, watermark
from portal.audit.reading import own_log
from portal.audit.verifying import Verdict, verify
from portal.cli import main
from portal.kit.actor import SYSTEM
from portal.kit.i18n import set_locale
from portal.kit.signing import Ed25519Signer, keys, note
from tests.audit.conftest import Fill, Sign, Witness, tamper


@pytest.fixture(autouse=True)
def _english() -> None:
    set_locale("en")


def _verdict(db: Session, tmp_path: Path) -> Verdict:
    """Of the database and of an export of it, which must say the same but for what only a database keeps."""
    db.rollback()
    log = own_log(db)
    log.derived = None
    here = verify(log)
    file = tmp_path / "log.export"
    file.unlink(missing_ok=True)
    exports.write(file, own_log(db))
    read = exports.read(file)
    read.seen = own_log(db).seen
    assert verify(read) == here
    return verify(own_log(db))


def test_a_sound_log_holds(db: Session, fill: Fill, sign: Sign, witness: Witness, tmp_path: Path) -> None:
    assert _verdict(db, tmp_path).ok
    actions.add_witness(db, SYSTEM, key=witness.key.text())
    fill(5)
    sign()
    fill(6)
    made = sign()
    actions.receive(db, text=witness.cosign(made.note))
    db.commit()
    fill(2)
    verdict = _verdict(db, tmp_path)
    assert verdict.ok, verdict.findings
    assert (verdict.size, verdict.signed, verdict.cosigned) == (14, 2, 1)
    assert verdict.newest is not None
    assert verdict.newest.size == 12


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("reason = 'other'", "reason"),
        ("actor_name = 'other'", "actor"),
        ("evidence = '{}'", "object or evidence"),
        ("verb = 'thing.undone'", "verb"),
        ("at = at + interval '1 second'", "at"),
    ],
)
def test_a_changed_row_is_named(
    db: Session, fill: Fill, sign: Sign, tmp_path: Path, change: str, words: str
) -> None:
    fill(5)
    sign()
    tamper(db, f"UPDATE audit_event SET {change} WHERE seq = 3")  # noqa: S608
    (found,) = _verdict(db, tmp_path).findings
    assert found.startswith("leaf 2 (thing.")
    assert found.endswith(f"the event says otherwise than its leaf: {words}")


def test_a_changed_row_with_its_leaf_is_found_by_the_checkpoint(
    db: Session, fill: Fill, sign: Sign, tmp_path: Path
) -> None:
    fill(3)
    sign()
    fill(3)
    sign()
    watermark.path().unlink()
    tamper(
        db,
        "UPDATE audit_event SET verb = 'thing.undone' WHERE seq = 5",
        "UPDATE audit_leaf AS l SET leaf = cspon_audit_leaf(e), hash = sha256('\\x00'::bytea || cspon_audit_leaf(e))"
        " FROM audit_event e WHERE e.seq = l.event_seq AND e.seq = 5",
    )
    changed, node = _verdict(db, tmp_path).findings
    assert "one of the leaves 3 to 5 changed" in changed
    assert "the stored node over leaves 4 to 5 is not their hash" in node


def test_a_changed_hash_is_named(db: Session, fill: Fill, sign: Sign, tmp_path: Path) -> None:
    fill(3)
    tamper(db, "UPDATE audit_leaf SET hash = sha256('x') WHERE index = 1")
    assert _verdict(db, tmp_path).findings == ["leaf 1: the stored hash is not that of the leaf"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (
            "UPDATE audit_node SET hash = sha256('x') WHERE level = 1 AND index = 2",
            "the stored node over leaves 4 to 5 is not their hash: proofs would fail (stored nodes that differ: 1)",
        ),
        (
            "UPDATE audit_node SET hash = sha256('x') WHERE level > 1",
            "the stored node over leaves 0 to 3 is not their hash: proofs would fail (stored nodes that differ: 3)",
        ),
        (
            "DELETE FROM audit_node WHERE level = 2 AND index = 1",
            "the stored node over leaves 4 to 7 is missing (missing nodes: 1)",
        ),
        (
            "INSERT INTO audit_node (level, index, hash) VALUES (1, 70, sha256('x')), (0, 2, sha256('x'))",
            "a node is stored over leaves 2 to 2, which the log does not have (such nodes: 2)",
        ),
        (
            "UPDATE audit_head SET size = 7",
            "the counter says 7 leaves, but there are 9: the next event would be put in a wrong place",
        ),
        (
            "UPDATE audit_head SET size = 12",
            "the counter says 12 leaves, but there are 9: the next event would be put in a wrong place",
        ),
        ("DELETE FROM audit_head", "the counter of leaves is missing"),
    ],
)
def test_nodes_and_counter_are_held_against_the_leaves(
    db: Session, fill: Fill, sign: Sign, tmp_path: Path, change: str, words: str
) -> None:
    """Every leaf and every signature still holds: only these were changed."""
    fill(9)
    sign()
    assert _verdict(db, tmp_path).ok
    tamper(db, change)
    assert _verdict(db, tmp_path).findings == [words]


def test_nodes_are_due_up_to_the_newest_checkpoint_only(
    db: Session, fill: Fill, sign: Sign, tmp_path: Path
) -> None:
    fill(5)
    sign()
    fill(6)
    assert _verdict(db, tmp_path).ok


def test_deleted_and_signed_again_is_found_by_what_was_seen(
    db: Session, fill: Fill, sign: Sign, tmp_path: Path
) -> None:
    fill(6)
    seen = sign()
    watermark.path().unlink()
    tamper(
        db, "DELETE FROM audit_checkpoint", "DELETE FROM audit_node", "DELETE FROM audit_leaf WHERE index > 3",
        "DELETE FROM audit_event WHERE seq > 4", "UPDATE audit_head SET size = 4",
    )  # fmt: skip
    sign()
    assert _verdict(db, tmp_path).ok  # whoever owns database and key leaves no trace inside
    log = own_log(db)
    log.seen = [("node-43", seen.note)]
    assert verify(log).findings == [
        "the log has 4 leaves, but a signed checkpoint (node-43) has 6: leaves were deleted"
    ]


def test_a_fork_is_found_by_what_was_seen(db: Session, fill: Fill, sign: Sign, tmp_path: Path) -> None:
    fill(4)
    made = sign()
    fork = checkpoints.Checkpoint(made.note.split("\n")[0], 4, b"f" * 32)
    log = own_log(db)
    log.seen = [("node-43", note.sign(fork.body(), fork.origin, keys.own_signer("log")))]
    assert verify(log).findings == [
        "the log forked: the checkpoint of 4 leaves kept by node-43 has another root"
    ]


def test_a_gap_is_named(db: Session, fill: Fill, sign: Sign, tmp_path: Path) -> None:
    fill(8)
    tamper(db, "DELETE FROM audit_leaf WHERE index IN (2, 4, 5)")
    found = _verdict(db, tmp_path).findings
    assert found[:2] == ["leaf 2 is missing", "leaves 4 to 5 are missing"]
    assert [words.startswith("event ") and words.endswith("has no leaf") for words in found[2:]] == [True] * 3


def test_a_missing_event_is_named(db: Session, fill: Fill, tmp_path: Path) -> None:
    fill(3)
    tamper(db, "DELETE FROM audit_event WHERE seq = 2")
    assert _verdict(db, tmp_path).findings == ["leaf 1: its event (2) is missing"]


def test_signatures_that_do_not_hold(
    db: Session, fill: Fill, sign: Sign, witness: Witness, tmp_path: Path
) -> None:
    actions.add_witness(db, SYSTEM, key=witness.key.text())
    fill(2)
    made = sign()
    other = witness.cosign("x\n3\nAA==\n\n— a AAAAAAAA\n").rpartition("— ")[2]
    actions.receive(db, text=witness.cosign(made.note))
    db.commit()
    tamper(db, f"UPDATE audit_cosignature SET line = '— {other}'")  # noqa: S608
    assert _verdict(db, tmp_path).findings == ["checkpoint (3): the cosignature of node-43 does not hold"]
    bad = note.sign(note.parse(made.note).body, made.note.split("\n")[0], Ed25519Signer.generate())
    tamper(db, f"UPDATE audit_checkpoint SET note = '{bad}'")  # noqa: S608
    assert _verdict(db, tmp_path).findings[0].startswith("checkpoint (3): not signed by")


def test_an_export_without_names_still_verifies(db: Session, fill: Fill, sign: Sign, tmp_path: Path) -> None:
    fill(3)
    sign()
    file = tmp_path / "public.export"
    assert exports.write(file, own_log(db), names=False) == 3
    assert "because" not in file.read_text()
    assert file.stat().st_mode & 0o777 == 0o600
    verdict = verify(exports.read(file))
    assert (verdict.ok, verdict.erased) == (True, 3)
    with pytest.raises(FileExistsError):
        exports.write(file, own_log(db))


def test_damaged_exports_are_refused(db: Session, fill: Fill, sign: Sign, tmp_path: Path) -> None:
    fill(3)
    sign()
    good = tmp_path / "good"
    exports.write(good, own_log(db))
    lines = good.read_text().splitlines(keepends=True)
    broken = {
        "cut": lines[:-1],
        "half": [*lines[:-2], lines[-2][:40]],
        "fewer": [*lines[:-2], lines[-1]],
        "odd": [*lines[:2], '["x",1]\n', *lines[2:]],
        "types": [*lines[:2], lines[2].replace('["e",0', '["e","0"'), *lines[3:]],
        "empty": [],
        "other": ["{}\n"],
        "key": [lines[0].replace('"key":"', '"key":"x'), *lines[1:]],
    }
    for name, content in broken.items():
        (tmp_path / name).write_text("".join(content))
        with pytest.raises(exports.BadExport):
            verify(exports.read(tmp_path / name))


def test_the_commands(
    db: Session, fill: Fill, sign: Sign, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from portal.kit.db import database_url

    monkeypatch.setenv("CSPON_DATABASE_URL", database_url())
    monkeypatch.setenv("LANGUAGE", "en")
    from portal.settings import get_settings

    get_settings.cache_clear()
    run = CliRunner()
    fill(3)
    done = run.invoke(main, ["log", "checkpoint"])
    assert done.exit_code == 0, done.output
    assert done.stdout.split("\n")[1] == "3"
    (tmp_path / "seen").write_text(done.stdout)
    file = str(tmp_path / "log.export")
    assert run.invoke(main, ["log", "export", file]).exit_code == 0
    assert "names a new file" not in run.invoke(main, ["log", "export", file]).output
    assert run.invoke(main, ["log", "export", file]).exit_code == 1
    done = run.invoke(main, ["verify", file, "--witnessed", str(tmp_path / "seen")])
    assert done.exit_code == 0, done.output
    assert "The log holds." in done.output
    assert run.invoke(main, ["verify"]).exit_code == 0
    other = note.NoteKey("other", Ed25519Signer.generate().verifier).text()
    done = run.invoke(main, ["verify", file, "--key", other])
    assert done.exit_code == 1
    assert "not signed by other" in done.output
    assert run.invoke(main, ["verify", str(tmp_path / "seen")]).exit_code == 2
    assert run.invoke(main, ["verify", file, "--key", "nonsense"]).exit_code == 2
    tamper(db, "UPDATE audit_event SET reason = 'x' WHERE seq = 1")
    done = run.invoke(main, ["verify"])
    assert done.exit_code == 1
    assert "leaf 0 (thing.done" in done.output
    key = Witness("node-44").key.text()
    assert run.invoke(main, ["log", "witness-add", key]).output == "node-44\n"
    assert run.invoke(main, ["log", "witnesses"]).output == f"{key}\n"
    assert run.invoke(main, ["log", "witness-remove", "node-44"]).exit_code == 0
    assert "no such witness" in run.invoke(main, ["log", "witness-remove", "node-44"]).output
    assert run.invoke(main, ["log", "accept-loss", "--reason", "x"]).exit_code == 1
    get_settings.cache_clear()
