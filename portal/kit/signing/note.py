"""Signed notes (C2SP signed-note) and cosignatures of witnesses (C2SP tlog-cosignature, cosignature/v1)."""

import base64
import hashlib
import struct
from collections.abc import Iterable
from dataclasses import dataclass

from portal.kit.signing.keys import ED25519, BadKey, Ed25519Verifier, Signer, Verifier

PLAIN = b"\x01"
"""Signature type of an Ed25519 signature over the text."""
COSIGNATURE = b"\x04"
"""Signature type of a timestamped Ed25519 cosignature of a checkpoint."""
LARGEST = 1 << 16
MOST = 100
_DASH = "— "


class BadNote(ValueError):  # noqa: N818 - a refusal
    """Not a signed note, or not signed by the key asked for."""


@dataclass(frozen=True)
class NoteKey:
    """A name and a public key: what a signature line of a note refers to."""

    name: str
    verifier: Verifier
    kind: bytes = PLAIN

    def __post_init__(self) -> None:
        if not self.name or any(letter.isspace() or letter == "+" for letter in self.name):
            raise BadKey(f"{self.name!r}: a name of a note's key holds neither spaces nor plus signs")
        if self.verifier.algorithm != ED25519:
            raise BadKey("notes are signed with Ed25519")

    @property
    def hash(self) -> bytes:
        """The four bytes that a signature begins with."""
        return hashlib.sha256(self.name.encode() + b"\n" + self.kind + self.verifier.raw).digest()[:4]

    def text(self) -> str:
        """``name+hash+key``, the form in which a verifier is told of a key."""
        return f"{self.name}+{self.hash.hex()}+{base64.b64encode(self.kind + self.verifier.raw).decode()}"


def read_key(text: str) -> NoteKey:
    """A key from ``name+hash+key``; refuses one whose hash is not that of its name and key."""
    parts = text.strip().split("+", 2)
    try:
        name, digest, body = parts
        raw = base64.b64decode(body, validate=True)
    except ValueError:
        raise BadKey("write the key of a note as name+hash+key") from None
    if raw[:1] not in (PLAIN, COSIGNATURE):
        raise BadKey("the key of a note is an Ed25519 key for notes (1) or for cosignatures (4)")
    key = NoteKey(name, Ed25519Verifier(raw[1:]), raw[:1])
    if key.hash.hex() != digest:
        raise BadKey(f"the hash {digest} does not belong to this name and key")
    return key


@dataclass(frozen=True)
class Line:
    """One signature line."""

    name: str
    hash: bytes
    signature: bytes

    def text(self) -> str:
        """The line as it stands in the note, with its end."""
        return f"{_DASH}{self.name} {base64.b64encode(self.hash + self.signature).decode()}\n"


@dataclass(frozen=True)
class Note:
    """A text and its signature lines; parsing says nothing of who signed."""

    body: str
    lines: tuple[Line, ...]

    def text(self) -> str:
        """The whole note."""
        return self.body + "\n" + "".join(line.text() for line in self.lines)


def sign(body: str, name: str, signer: Signer) -> str:
    """The text as a signed note; it must end with a line break and hold no control characters."""
    _check_body(body)
    key = NoteKey(name, signer.verifier)
    return Note(body, (Line(name, key.hash, signer.sign(body.encode())),)).text()


def parse(text: str) -> Note:
    """Body and signature lines of a note."""
    if len(text.encode()) > LARGEST:
        raise BadNote(f"a note has at most {LARGEST} bytes")
    body, gap, tail = text.rpartition("\n\n")
    if not gap or not tail.endswith("\n"):
        raise BadNote("a note is a text, an empty line and signature lines")
    body += "\n"
    _check_body(body)
    lines = tuple(_line(line) for line in tail[:-1].split("\n"))
    if len(lines) > MOST:
        raise BadNote(f"a note has at most {MOST} signatures")
    return Note(body, lines)


def _check_body(body: str) -> None:
    if not body.endswith("\n"):
        raise BadNote("the text of a note ends with a line break")
    if any(ord(letter) < 32 and letter != "\n" for letter in body):
        raise BadNote("the text of a note holds no control characters")


def _line(line: str) -> Line:
    name, _space, body = line.removeprefix(_DASH).partition(" ")
    try:
        raw = base64.b64decode(body, validate=True)
    except ValueError:
        raw = b""
    if not line.startswith(_DASH) or not name or len(raw) < 5:
        raise BadNote("a signature line is an em dash, a name and base64")
    return Line(name, raw[:4], raw[4:])


def verify(text: str, key: NoteKey) -> Note:
    """The note, if the key signed its body. Refuses a wrong signature under the key's name even beside a right one."""
    note = parse(text)
    mine = [line for line in note.lines if (line.name, line.hash) == (key.name, key.hash)]
    if not mine:
        raise BadNote(f"not signed by {key.name} (key {key.hash.hex()})")
    for line in mine:
        if not _holds(key, note.body, line):
            raise BadNote(f"the signature of {key.name} does not belong to this text")
    return note


def _holds(key: NoteKey, body: str, line: Line) -> bool:
    if key.kind == COSIGNATURE:
        return cosigned_at(body, line, key) is not None
    return key.verifier.verify(line.signature, body.encode())


# --- cosignatures -----------------------------------------------------------------------------------------------


def _cosigned(body: str, timestamp: int) -> bytes:
    return f"cosignature/v1\ntime {timestamp}\n{body}".encode()


def cosign(body: str, name: str, signer: Signer, timestamp: int) -> Line:
    """A witness's line for a checkpoint it has found consistent at ``timestamp`` (POSIX seconds)."""
    key = NoteKey(name, signer.verifier, COSIGNATURE)
    signature = signer.sign(_cosigned(body, timestamp))
    return Line(name, key.hash, struct.pack(">Q", timestamp) + signature)


def cosigned_at(body: str, line: Line, key: NoteKey) -> int | None:
    """When this witness cosigned the text (POSIX seconds); None if the line is not its cosignature of it."""
    if key.kind != COSIGNATURE or (line.name, line.hash) != (key.name, key.hash) or len(line.signature) != 72:
        return None
    timestamp = int(struct.unpack(">Q", line.signature[:8])[0])
    return timestamp if key.verifier.verify(line.signature[8:], _cosigned(body, timestamp)) else None


def cosignatures(note: Note, witnesses: Iterable[NoteKey]) -> dict[str, int]:
    """Witness name -> instant, for every right cosignature of these witnesses on the note."""
    found: dict[str, int] = {}
    for key in witnesses:
        for line in note.lines:
            at = cosigned_at(note.body, line, key)
            if at is not None:
                found[key.name] = at
    return found
