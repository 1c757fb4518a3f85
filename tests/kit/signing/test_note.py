import base64

import pytest

from portal.kit.signing import BadKey, Ed25519Signer, note
from portal.kit.signing.note import BadNote, NoteKey

LOG, WITNESS = Ed25519Signer.generate(), Ed25519Signer.generate()
NAME = "cspon.example/log"
KEY = NoteKey(NAME, LOG.verifier)
BODY = "cspon.example/log\n42\nAAAA\n"


def test_the_example_of_go() -> None:
    """The key and note of golang.org/x/mod/sumdb/note's documentation: what others signed is read here."""
    key = note.read_key("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")
    text = (
        "If you think cryptography is the answer to your problem,\n"
        "then you don't know what your problem is.\n"
        "\n"
        "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
    )
    assert note.verify(text, key).body.startswith("If you think")
    assert key.text() == "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
    with pytest.raises(BadNote, match="does not belong"):
        note.verify(text.replace("cryptography", "cryptographs"), key)


def test_signed_and_read() -> None:
    text = note.sign(BODY, NAME, LOG)
    assert note.verify(text, KEY).body == BODY
    assert note.parse(text).text() == text
    assert note.read_key(KEY.text()) == KEY


def test_another_name_or_key_does_not_count() -> None:
    text = note.sign(BODY, NAME, LOG)
    for key in (NoteKey("other", LOG.verifier), NoteKey(NAME, WITNESS.verifier)):
        with pytest.raises(BadNote, match="not signed by"):
            note.verify(text, key)


def test_a_wrong_line_beside_a_right_one_is_refused() -> None:
    text = note.sign(BODY, NAME, LOG)
    wrong = note.Line(NAME, KEY.hash, b"x" * 64).text()
    with pytest.raises(BadNote, match="does not belong"):
        note.verify(text + wrong, KEY)


def test_cosignatures() -> None:
    text = note.sign(BODY, NAME, LOG)
    line = note.cosign(BODY, "node-43", WITNESS, 1_790_000_000)
    witness = NoteKey("node-43", WITNESS.verifier, note.COSIGNATURE)
    whole = note.verify(text + line.text(), KEY)
    assert note.cosignatures(whole, [witness]) == {"node-43": 1_790_000_000}
    assert note.cosigned_at(BODY + "more\n", line, witness) is None
    assert note.cosignatures(whole, [NoteKey("node-43", LOG.verifier, note.COSIGNATURE)]) == {}
    moved = note.Line(line.name, line.hash, b"\0" * 8 + line.signature[8:])
    assert note.cosigned_at(BODY, moved, witness) is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "body\n",
        "body\n\n",
        "body\n\n— name AAAA",
        "body\n\n- name AAAAAAAA\n",
        "body\n\n— name !!!!\n",
        "body\n\n— name AAAA\n",
        "bo\tdy\n\n— name AAAAAAAA\n",
        "body\n\n" + "— name AAAAAAAA\n" * 101,
        "x" * 70_000,
    ],
)
def test_malformed(text: str) -> None:
    with pytest.raises(BadNote):
        note.parse(text)


@pytest.mark.parametrize("body", ["no end", "tab\there\n"])
def test_texts_that_are_not_signed(body: str) -> None:
    with pytest.raises(BadNote):
        note.sign(body, NAME, LOG)


@pytest.mark.parametrize("name", ["", "a b", "a+b", "a\n"])
def test_names_of_keys(name: str) -> None:
    with pytest.raises(BadKey):
        NoteKey(name, LOG.verifier)


@pytest.mark.parametrize(
    "text",
    [
        "x",
        "a+b",
        "name+00000000+" + base64.b64encode(b"\1" + b"k" * 32).decode(),
        "n+0+AAAA",
        "n+0+!",
        "n+0+AQ==",
    ],
)
def test_keys_that_are_none(text: str) -> None:
    with pytest.raises(ValueError):
        note.read_key(text)
