import base64
import copy
from typing import Any

import pytest

from portal.kit.signing import Ed25519Signer, Ed25519Verifier, dsse

A, B, C = (Ed25519Signer.generate() for _ in range(3))
DIGEST = "ab" * 32
MADE = dsse.statement({"model.onnx": DIGEST}, "https://example.org/kind/v1", {"score": 0.5})


def test_the_encoding_of_the_specification() -> None:
    assert dsse.pae("http://example.com/HelloWorld", b"hello world") == (
        b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
    )
    assert dsse.pae("类", "字".encode()) == b"DSSEv1 3 \xe7\xb1\xbb 3 \xe5\xad\x97"


def test_signed_and_read() -> None:
    envelope = dsse.sign_statement(MADE, A)
    read = dsse.read_statement(
        envelope, [B.verifier, A.verifier], predicate_type="https://example.org/kind/v1"
    )
    assert read.subjects == {"model.onnx": DIGEST}
    assert read.predicate == {"score": 0.5}
    assert read.key_ids == {A.verifier.key_id}


def test_a_threshold_counts_keys_not_signatures() -> None:
    envelope = dsse.sign_statement(MADE, A, A)
    with pytest.raises(dsse.BadEnvelope, match="1 of the accepted keys"):
        dsse.read_statement(envelope, [A.verifier, A.verifier, B.verifier], threshold=2)
    both = dsse.countersign(envelope, B)
    assert dsse.read_statement(both, [A.verifier, B.verifier], threshold=2).key_ids == {
        A.verifier.key_id,
        B.verifier.key_id,
    }
    with pytest.raises(ValueError, match="threshold"):
        dsse.verify(envelope, [A.verifier], threshold=0)


def test_countersigning_twice_leaves_one_signature() -> None:
    envelope = dsse.countersign(dsse.countersign(dsse.sign_statement(MADE, A), B), B)
    assert [one["keyid"] for one in envelope["signatures"]] == [A.verifier.key_id, B.verifier.key_id]


def test_the_key_id_is_only_a_hint() -> None:
    envelope = dsse.sign_statement(MADE, A)
    envelope["signatures"][0]["keyid"] = B.verifier.key_id
    assert dsse.read_statement(envelope, [A.verifier]).key_ids == {A.verifier.key_id}
    with pytest.raises(dsse.BadEnvelope):
        dsse.read_statement(envelope, [B.verifier])


def _changed(**change: Any) -> dict[str, Any]:
    return {**copy.deepcopy(dsse.sign_statement(MADE, A)), **change}


@pytest.mark.parametrize(
    "envelope",
    [
        _changed(payload=base64.b64encode(b"{}").decode()),
        _changed(payloadType="application/json"),
        _changed(signatures=[]),
        _changed(signatures=[{"sig": base64.b64encode(b"x" * 64).decode()}]),
        _changed(signatures=[{}]),
        _changed(signatures=None),
        _changed(signatures=[{"sig": "!"}]),
        _changed(signatures=[{"sig": ""}] * 65),
        _changed(payload=5),
        _changed(payloadType=None),
        [],
        None,
    ],
)
def test_refused(envelope: Any) -> None:
    with pytest.raises(dsse.BadEnvelope):
        dsse.read_statement(envelope, [A.verifier])


@pytest.mark.parametrize("bit", range(0, 64 * 8, 37))
def test_every_flipped_bit_of_a_signature_is_noticed(bit: int) -> None:
    envelope = dsse.sign_statement(MADE, A)
    raw = bytearray(base64.b64decode(envelope["signatures"][0]["sig"]))
    raw[bit // 8] ^= 1 << bit % 8
    envelope["signatures"][0]["sig"] = base64.b64encode(bytes(raw)).decode()
    with pytest.raises(dsse.BadEnvelope):
        dsse.read_statement(envelope, [A.verifier])


@pytest.mark.parametrize(
    ("payload", "words"),
    [
        (b"no json", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b"[]", "is no https://in-toto"),
        (b'{"_type":"https://in-toto.io/Statement/v0.1"}', "is no https://in-toto"),
        (b'{"_type":"https://in-toto.io/Statement/v1","predicateType":"x"}', "of the kind x"),
        (b'{"_type":"https://in-toto.io/Statement/v1","predicateType":"k"}', "no predicate"),
        (b'{"_type":"https://in-toto.io/Statement/v1","predicateType":"k","predicate":{}}', "no subject"),
        (
            b'{"_type":"https://in-toto.io/Statement/v1","predicateType":"k","predicate":{},"subject":[{"name":"a"}]}',
            "name and a SHA-256",
        ),
    ],
)
def test_signed_but_no_statement(payload: bytes, words: str) -> None:
    envelope = dsse.sign(dsse.PAYLOAD_TYPE, payload, A)
    with pytest.raises(dsse.BadStatement, match=words):
        dsse.read_statement(envelope, [A.verifier], predicate_type="k")


def test_a_signature_of_another_type_does_not_serve() -> None:
    envelope = dsse.sign("text/plain", b"{}", A)
    with pytest.raises(dsse.BadStatement, match="text/plain"):
        dsse.read_statement(envelope, [A.verifier])


@pytest.mark.parametrize("subjects", [{}, {"": DIGEST}, {"a": "AB" * 32}, {"a": "ab"}, {"a": DIGEST + "\n"}])
def test_statements_refuse_vague_subjects(subjects: dict[str, str]) -> None:
    with pytest.raises(dsse.BadStatement):
        dsse.statement(subjects, "k", {})


def test_a_wrong_public_key_is_refused() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        Ed25519Verifier(b"short")
