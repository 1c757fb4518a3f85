"""The text of a checkpoint (C2SP tlog-checkpoint): whose log, how many leaves, which root."""

import base64
from dataclasses import dataclass

from portal.kit.signing import note
from portal.kit.signing.note import BadNote, NoteKey


@dataclass(frozen=True)
class Checkpoint:
    """Size and root of a log at one moment."""

    origin: str
    size: int
    root: bytes

    def body(self) -> str:
        """The text that is signed."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"


def read(body: str) -> Checkpoint:
    """A checkpoint from the text of a note; lines after the third are allowed and ignored."""
    lines = body.split("\n")
    if len(lines) < 4 or not lines[0]:
        raise BadNote("a checkpoint has three lines: origin, size, root")
    origin, size, root = lines[:3]
    if not size.isascii() or not size.isdigit() or len(size) > 18 or (size != "0" and size.startswith("0")):
        raise BadNote(f"the size of a checkpoint is a number without leading zeros, not {size[:30]!r}")
    try:
        digest = base64.b64decode(root, validate=True)
    except ValueError:
        digest = b""
    if len(digest) != 32:
        raise BadNote("the root of a checkpoint is 32 bytes in base64")
    return Checkpoint(origin, int(size), digest)


def verified(text: str, key: NoteKey) -> Checkpoint:
    """The checkpoint of a note, if the log's key signed it and it speaks of that log."""
    found = read(note.verify(text, key).body)
    if found.origin != key.name:
        raise BadNote(f"a checkpoint of {found.origin}, not of {key.name}")
    return found
