"""Statements and the log: of this version, by the right keys, and proven to be in a log that merely grew."""

import base64
import dataclasses
import datetime as dt
import json
from typing import Any

import pytest

from cspon_node import formats
from portal.audit import leaves
from portal.kit.clock import now
from portal.kit.signing import Ed25519Signer, dsse, note
from portal.kit.signing.note import COSIGNATURE, NoteKey
from registry.rollout.packing import from_bytes
from registry.versions.digests import tree_digest
from tests.node.world import FILES, PROMOTION, World, packed

EVALUATION = f"{formats.EVALUATIONS_DIR}e1.dsse.json"
OTHER = tree_digest([("main.py", "0" * 64)])


def statement(world: World, kind: str, predicate: dict[str, Any], key: Ed25519Signer) -> bytes:
    digest = tree_digest(
        (path, __import__("hashlib").sha256(data).hexdigest()) for path, data in FILES.items()
    )
    return json.dumps(
        dsse.sign_statement(dsse.statement({"wang/landcover@1.0.0": digest}, kind, predicate), key)
    ).encode()


def test_a_certificate_of_another_version(world, check):
    code, said = check(world.bundle(certify=OTHER))
    assert (code, said["code"]) == (6, "statement-of-another")
    assert formats.CERTIFICATE in said["message"]


def test_an_evaluation_of_another_version(world, check):
    code, said = check(world.bundle(evaluate=OTHER))
    assert (code, said["code"]) == (6, "statement-of-another")
    assert EVALUATION in said["message"]


@pytest.mark.parametrize("name", [formats.CERTIFICATE, EVALUATION, formats.PROMOTION])
def test_an_envelope_with_a_broken_signature(world, check, name):
    good = {part.name: part for part in world.parts()}[name].open().read()
    envelope = json.loads(good)
    sig = bytearray(base64.b64decode(envelope["signatures"][0]["sig"]))
    sig[5] ^= 1
    envelope["signatures"][0]["sig"] = base64.b64encode(sig).decode()
    code, said = check(world.bundle(swap={name: json.dumps(envelope).encode()}))
    assert (code, said["code"]) == (6, "statement-signature")
    assert name in said["message"]


@pytest.mark.parametrize(
    ("name", "key"),
    [(formats.CERTIFICATE, "worker"), (EVALUATION, "certifier"), (formats.PROMOTION, "worker")],
)
def test_a_key_of_the_portal_that_signs_something_else(world, check, name, key):
    kinds = {formats.CERTIFICATE: formats.CERTIFICATE_TYPE, EVALUATION: formats.EVALUATION_TYPE,
             formats.PROMOTION: formats.PROMOTION_TYPE}  # fmt: skip
    data = statement(world, kinds[name], {"id": PROMOTION}, getattr(world, key))
    assert check(world.bundle(swap={name: data}))[1]["code"] == "statement-signature"


def test_a_statement_of_another_kind(world, check):
    data = statement(world, formats.EVALUATION_TYPE, {}, world.certifier)
    assert check(world.bundle(swap={formats.CERTIFICATE: data}))[1]["code"] == "statement-signature"


@pytest.mark.parametrize("data", [b"", b"null", b"[]", b"{}", b"[" * 100_000, b'{"payload": 1}', b"\xff"])
def test_what_is_no_envelope(world, check, data):
    assert check(world.bundle(swap={formats.CERTIFICATE: data}))[1]["code"] == "statement-signature"


def test_a_statement_that_contradicts_the_manifest(world, check):
    stage = {"id": PROMOTION, "stage": "pilot", "step": 9}
    data = statement(world, formats.PROMOTION_TYPE, stage, world.committee)
    assert check(world.bundle(swap={formats.PROMOTION: data}))[1]["code"] == "statement-differs"


def test_an_expired_certificate(world, check):
    code, said = check(world.bundle(expires=now() - dt.timedelta(days=1)))
    assert (code, said["code"]) == (6, "certificate-expired")


@pytest.mark.parametrize("role", ["certificate", "promotion", "event", "checkpoint"])
def test_evidence_left_out(world, check, role):
    dropped = []

    def change(made: formats.Manifest) -> formats.Manifest:
        dropped.extend(each.path for each in made.below(role))
        return dataclasses.replace(made, files=tuple(each for each in made.files if each.role != role))

    parts = world.parts(change=change)
    path = packed(world.folder / "less.zip", [part for part in parts if part.name not in dropped])
    code, said = check(path)
    assert (code, said["code"]) == (6, "event-missing" if role == "event" else "statement-missing")


def test_files_that_do_not_make_the_version(world, check):
    def change(made: formats.Manifest) -> formats.Manifest:
        return dataclasses.replace(made, subject=dataclasses.replace(made.subject, digest=OTHER))

    assert check(world.bundle(change=change))[1]["code"] == "version-digest"


def test_a_file_of_another_size_than_was_signed_for(world, check):
    def change(made: formats.Manifest) -> formats.Manifest:
        first, *rest = made.files
        return dataclasses.replace(made, files=(dataclasses.replace(first, size=first.size + 1), *rest))

    code, said = check(world.bundle(change=change))
    assert (code, said["code"]) == (5, "size")


def test_a_runtime_s_lock_that_is_another(world, check):
    def change(made: formats.Manifest) -> formats.Manifest:
        return dataclasses.replace(made, runtime=formats.Runtime("base-py311", "0" * 64))

    assert check(world.bundle(change=change))[1]["code"] == "runtime-lock"


# --- the log ----------------------------------------------------------------------------------------------------------


def _event(world: World) -> tuple[str, int]:
    """The entry and the leaf of the event of the bundle that is made next."""
    index = len(world.log.leaves)
    return f"{formats.EVENTS_DIR}{index}.json", index


def _with_event(world: World, change: Any) -> Any:
    name, index = _event(world)

    def later() -> bytes:
        made = world.log.event(index)
        change(made)
        return json.dumps(made).encode()

    return world.bundle(swap={name: later})


def test_a_log_proof_that_does_not_hold(world, check):
    def other_hash(made: dict[str, Any]) -> None:
        made["hashes"][0] = base64.b64encode(bytes(32)).decode()

    def other_place(made: dict[str, Any]) -> None:
        made["index"] -= 1

    def other_size(made: dict[str, Any]) -> None:
        made["size"] += 1

    def other_leaf_hash(made: dict[str, Any]) -> None:
        made["leaf_hash"] = base64.b64encode(bytes(32)).decode()

    def no_proof(made: dict[str, Any]) -> None:
        made["hashes"] = []

    for change in (other_hash, other_place, other_size, other_leaf_hash, no_proof):
        code, said = check(_with_event(world, change))
        assert (code, said["code"]) == (6, "log-proof"), change


@pytest.mark.parametrize(
    ("key", "value"),
    [("object_id", "another"), ("verb", "promotion.pilot"), ("at", "2026-11-27T08:00:00.000000Z"), ("seq", 3),
     ("evidence", "{}"), ("detail_salt", None), ("detail_salt", "zz"), ("object_id", None), ("extra", 1)],
)  # fmt: skip
def test_an_event_the_log_has_not_committed_to(world, check, key, value):
    code, said = check(_with_event(world, lambda made: made["event"].update({key: value})))
    assert (code, said["code"]) == (6, "event-differs")


def test_an_event_of_another_promotion(world, check):
    name, _index = _event(world)
    swap = {name: lambda: json.dumps(world.log.event(2)).encode()}
    assert check(world.bundle(swap=swap))[1]["code"] == "event-missing"


def test_a_checkpoint_that_is_not_the_log_s(world, check):
    stranger = Ed25519Signer.generate()
    code, said = check(
        world.bundle(swap={formats.CHECKPOINT: lambda: world.log.checkpoint(stranger).encode()})
    )
    assert (code, said["code"]) == (6, "checkpoint")
    for data in (b"", b"\xff", b"portal.example/log\n-1\nAAAA\n\n"):
        assert check(world.bundle(swap={formats.CHECKPOINT: data}))[1]["code"] == "checkpoint"


def _fork(world: World) -> None:
    """Rewrite the history of the log: the same number of leaves, another one among them."""
    world.log.events[1] = dataclasses.replace(world.log.events[1], object_id="rewritten")
    leaf = leaves.written(world.log.events[1])
    assert leaf is not None
    world.log.leaves[1] = leaf


def test_a_checkpoint_forked_at_the_same_size(world, made):
    assert made("verify", world.bundle())[0] == 0
    del world.log.leaves[-1], world.log.events[-1]
    _fork(world)
    code, said = made("verify", world.bundle("fork.zip", version="1.0.1"))
    assert (code, said["code"]) == (6, "checkpoint-forked")


def _consistency(world: World, first: int) -> dict[str, Any]:
    """A proof from an earlier size, made once the bundle's own leaf is in the log."""

    def later() -> bytes:
        return json.dumps({"proofs": [world.log.consistency(first)]}).encode()

    return {formats.CONSISTENCY: (later, "consistency")}


@pytest.mark.parametrize("forked", [False, True])
def test_a_checkpoint_that_grew_and_one_that_was_forked(world, made, forked):
    code, said = made("install", world.bundle())
    assert (code, said["log"]["grown"]) == (0, "first")
    seen = len(world.log.leaves)
    for n in range(3):
        world.log.add("version.published", str(n))
    if forked:
        _fork(world)
    code, said = made("install", world.bundle("later.zip", version="1.1.0", extra=_consistency(world, seen)))
    if forked:
        assert (code, said["code"]) == (6, "checkpoint-forked")
    else:
        assert (code, said["log"]["grown"]) == (0, "proven")
    assert (
        made("install", world.bundle("third.zip", version="1.2.0"))[1]["log"]["grown"] == "unproven"
    ) or forked


def test_a_checkpoint_shorter_than_one_seen(world, made):
    assert made("verify", world.bundle())[0] == 0
    del world.log.leaves[-2:], world.log.events[-2:]
    later = (now() + dt.timedelta(hours=2)).isoformat()
    short = world.bundle(
        "short.zip", version="1.0.1", change=lambda each: dataclasses.replace(each, made_at=later)
    )
    code, said = made("verify", short)
    assert (code, said["code"]) == (6, "checkpoint-older")


def test_a_bundle_made_before_the_checkpoint_that_was_seen(world, made):
    """Bundles are taken in any order: one of last week is sent under the metadata of today."""
    first = world.parts(version="1.0.0")
    assert made("install", world.bundle("second.zip", version="1.1.0"))[0] == 0
    fresh = [
        from_bytes(f"metadata/{name}", data)
        for name, data in world.repository.together("national", "notices").items()
    ]
    old = packed(
        world.folder / "first.zip", [*fresh, *(p for p in first if not p.name.startswith("metadata/"))]
    )
    code, said = made("verify", old)
    assert (code, said["log"]["grown"]) == (0, "before")
    assert made("install", old)[1]["code"] == "older"


def test_a_log_with_another_key(world, made):
    assert made("verify", world.bundle())[0] == 0
    world.log.signer = Ed25519Signer.generate()
    code, said = made("verify", world.bundle("other.zip", version="1.0.1"))
    assert (code, said["code"]) == (6, "log-changed")


def test_witnesses_are_counted(world, node, tmp_path):
    keys = [Ed25519Signer.generate() for _ in range(2)]
    names = [NoteKey(f"w{n}", key.verifier, COSIGNATURE).text() for n, key in enumerate(keys)]
    words = [word for name in names for word in ("--witness", name)]
    assert (
        node("init", "--trust", tmp_path / "root.json", "--name", "n", *words, "--witnesses-needed", "2")[0]
        == 0
    )

    count = 1

    def cosigned() -> bytes:
        parsed = note.parse(world.log.checkpoint())
        lines = [note.cosign(parsed.body, f"w{n}", key, 1764100000) for n, key in enumerate(keys[:count])]
        return note.Note(parsed.body, (*parsed.lines, *lines)).text().encode()

    code, said = node("verify", world.bundle(swap={formats.CHECKPOINT: cosigned}))
    assert (code, said["code"]) == (6, "witnesses")
    count = 2
    code, said = node("verify", world.bundle("two.zip", swap={formats.CHECKPOINT: cosigned}))
    assert (code, said["log"]["witnesses"]) == (0, ["w0", "w1"])


# --- receipts ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["gap", "swapped", "changed", "replayed", "another's"])
def test_receipts_that_are_no_whole_chain(world, made, tmp_path, how):
    for n in range(3):
        assert made("install", world.bundle(f"{n}.zip", version=f"1.{n}.0"))[0] == 0
    assert len(made("receipt")[1]["receipts"]) == 3
    folder = tmp_path / "home/receipts"
    first, second, third = sorted(folder.iterdir())
    if how == "gap":
        second.unlink()
    elif how == "swapped":
        kept = second.read_bytes()
        second.write_bytes(third.read_bytes())
        third.write_bytes(kept)
    elif how == "changed":
        value = json.loads(second.read_bytes())
        body = base64.b64decode(value["payload"]).replace(b"installed", b"removed")
        value["payload"] = base64.b64encode(body).decode()
        second.write_text(json.dumps(value))
    elif how == "replayed":
        (folder / "00000004.json").write_bytes(first.read_bytes())
    else:
        statement_of = dsse.verify(json.loads(second.read_bytes()), [_own(tmp_path)]).payload
        second.write_text(json.dumps(dsse.sign(dsse.PAYLOAD_TYPE, statement_of, Ed25519Signer.generate())))
    code, said = made("receipt")
    assert (code, said["code"]) == (8, "receipts")


def _own(tmp_path: Any) -> Any:
    return Ed25519Signer.from_pem((tmp_path / "home/keys/node.pem").read_bytes()).verifier


def test_a_refusal_leaves_a_receipt(world, made):
    assert made("install", world.bundle(certify=OTHER))[0] == 6
    payload = json.loads(base64.b64decode(made("receipt")[1]["receipts"][0]["payload"]))
    assert payload["predicate"]["event"] == "refused"
    assert payload["predicate"]["code"] == "statement-of-another"
