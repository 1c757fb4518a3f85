"""Do the statements and the log speak of this version, by the keys the manifest names? Pure: bytes in, refusals out."""

import base64
import binascii
import datetime as dt
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from cspon_node.formats import (
    CERTIFICATE_TYPE,
    CHECKPOINT,
    CONSISTENCY,
    EVALUATION_TYPE,
    PROMOTION_TYPE,
    Entry,
    Manifest,
    Withdrawal,
)
from cspon_node.refusals import Refusal
from portal.audit import checkpoints, leaves, merkle
from portal.audit.checkpoints import Checkpoint
from portal.kit.signing import BadKey, dsse, note, read_public
from portal.kit.signing.note import BadNote, NoteKey

Files = Mapping[str, bytes]
SKEW = dt.timedelta(hours=1)
"""How far the clocks of node and portal may differ before a bundle counts as made after what was seen."""
_EVENT = frozenset({"event", "leaf", "index", "size", "leaf_hash", "hashes"})


@dataclass(frozen=True)
class Seen:
    """What the node remembers of the log: its key, and the largest checkpoint (a signed note); None at first."""

    key: str | None = None
    note: str | None = None
    at: dt.datetime | None = None
    """When that checkpoint was seen."""


@dataclass(frozen=True)
class Proven:
    """The log as the bundle shows it."""

    checkpoint: Checkpoint
    note: str
    events: int
    witnesses: tuple[str, ...]
    grown: str
    """``first`` (nothing to compare with), ``same``, ``proven``, ``unproven`` (larger, and no proof was carried), or
    ``before`` (smaller, in a bundle made before the larger one was seen)."""


# --- statements -----------------------------------------------------------------------------------------------------


def check_statements(manifest: Manifest, files: Files, now: dt.datetime) -> int:
    """Certificate, evaluations and promotion; how many evaluations there are."""
    certificates, promotions = manifest.below("certificate"), manifest.below("promotion")
    if len(promotions) != 1:
        raise Refusal("statement-missing", name="promotion")
    if len(certificates) != (manifest.certificate is not None):
        raise Refusal("statement-missing", name="certificate")
    _promotion(manifest, promotions[0], files)
    if manifest.certificate is not None:
        _certificate(manifest, certificates[0], files, now)
    evaluations = manifest.below("evaluation")
    for entry in evaluations:
        _statement(manifest, entry, files, manifest.keys.workers, EVALUATION_TYPE)
    return len(evaluations)


def _promotion(manifest: Manifest, entry: Entry, files: Files) -> None:
    said = _statement(manifest, entry, files, manifest.keys.promotion, PROMOTION_TYPE)
    wanted = manifest.promotion
    for name, value in (("id", wanted.id), ("stage", wanted.stage), ("step", wanted.step)):
        if said.get(name) != value:
            raise Refusal(
                "statement-differs", name=entry.path, why=f"{name}: {said.get(name)!r:.60} != {value!r}"
            )


def _certificate(manifest: Manifest, entry: Entry, files: Files, now: dt.datetime) -> None:
    said = _statement(manifest, entry, files, manifest.keys.certificates, CERTIFICATE_TYPE)
    wanted = manifest.certificate
    assert wanted is not None  # noqa: S101 - for the type checker; the caller has looked
    if said.get("number") != wanted.number or said.get("level") != wanted.level:
        raise Refusal("statement-differs", name=entry.path, why="number, level")
    ends = _instant(said.get("expiresAt"))
    if ends is None or ends != _instant(wanted.expires_at):
        raise Refusal("statement-differs", name=entry.path, why="expiresAt")
    if ends <= now:
        raise Refusal("certificate-expired", number=wanted.number, at=wanted.expires_at)


def _statement(
    manifest: Manifest, entry: Entry, files: Files, keys: Iterable[str], kind: str
) -> Mapping[str, Any]:
    """The predicate of a statement that one of the keys signed and that speaks of this version."""
    try:
        accepted = [read_public(text) for text in keys]
        said = dsse.read_statement(_json(files, entry.path), accepted, predicate_type=kind)
    except (dsse.BadEnvelope, dsse.BadStatement, BadKey) as error:
        raise Refusal("statement-signature", name=entry.path, why=error) from error
    if manifest.subject.digest not in said.subjects.values():
        raise Refusal("statement-of-another", name=entry.path, version=manifest.subject.text)
    return said.predicate


def _instant(text: object) -> dt.datetime | None:
    try:
        found = dt.datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return found if found.tzinfo is not None else None


def _json(files: Files, name: str) -> Any:
    try:
        return json.loads(files[name])
    except (ValueError, RecursionError) as error:
        raise Refusal("statement-signature", name=name, why="not JSON") from error


# --- the log --------------------------------------------------------------------------------------------------------


def check_log(
    manifest: Manifest, files: Files, seen: Seen, witnesses: Iterable[NoteKey], wanted: int
) -> Proven:
    """Checkpoint, growth since the last one seen, witnesses, and the proof of every event."""
    text, checkpoint = _checkpoint(manifest, files, seen)
    grown = _growth(checkpoint, files, seen, _instant(manifest.made_at))
    cosigned = note.cosignatures(note.parse(text), witnesses)
    if len(cosigned) < wanted:
        raise Refusal("witnesses", found=len(cosigned), wanted=wanted)
    events = manifest.below("event")
    speaking = [each for each in events if _event(each.path, files, checkpoint) == manifest.promotion.id]
    if not speaking:
        raise Refusal("event-missing")
    return Proven(checkpoint, text, len(events), tuple(sorted(cosigned)), grown)


def _checkpoint(manifest: Manifest, files: Files, seen: Seen) -> tuple[str, Checkpoint]:
    if CHECKPOINT not in files:
        raise Refusal("statement-missing", name=CHECKPOINT)
    if seen.key is not None and seen.key != manifest.log.key:
        raise Refusal("log-changed", origin=manifest.log.origin)
    try:
        key = note.read_key(manifest.log.key)
        text = files[CHECKPOINT].decode("utf-8")
        if key.name != manifest.log.origin:
            raise BadNote(f"{key.name} != {manifest.log.origin}")
        return text, checkpoints.verified(text, key)
    except (BadKey, BadNote, UnicodeDecodeError) as error:
        raise Refusal("checkpoint", why=error) from error


def _growth(new: Checkpoint, files: Files, seen: Seen, made_at: dt.datetime | None) -> str:
    if seen.note is None:
        return "first"
    old = checkpoints.read(note.parse(seen.note).body)
    if new.size < old.size:
        # Bundles are taken in any order, so an older one has an older checkpoint. A newer one has it only where the
        # portal has lost part of its log.
        if seen.at is None or made_at is None or made_at > seen.at + SKEW:
            raise Refusal("checkpoint-older", size=new.size, seen=old.size)
        return "before"
    if new.size == old.size:
        if new.root != old.root:
            raise Refusal("checkpoint-forked", seen=old.size)
        return "same"
    path = _carried(files, old.size, new.size)
    if path is None:
        return "unproven"
    if not merkle.consistent(old.size, new.size, path, old.root, new.root):
        raise Refusal("checkpoint-forked", seen=old.size)
    return "proven"


def _carried(files: Files, first: int, second: int) -> list[bytes] | None:
    """The hashes of a proof between these sizes, where the bundle carries one."""
    if CONSISTENCY not in files:
        return None
    try:
        rows = json.loads(files[CONSISTENCY])["proofs"]
        row = next((each for each in rows if (each["first"], each["second"]) == (first, second)), None)
        return [_hash(each) for each in row["hashes"]] if row is not None else None
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise Refusal("log-proof", name=CONSISTENCY) from error


def _event(name: str, files: Files, checkpoint: Checkpoint) -> str:
    """The object an event speaks of, once it is proven that the log has committed to just this."""
    try:
        given = json.loads(files[name])
        if not isinstance(given, dict) or set(given) != _EVENT:
            raise ValueError("another shape")
        event, leaf = leaves.Event(**given["event"]), str(given["leaf"]).encode()
        index, size = int(given["index"]), int(given["size"])
        path, said = [_hash(each) for each in given["hashes"]], _hash(given["leaf_hash"])
        wrong = leaves.differences(event, leaf)
        if event.detail_salt is None:
            wrong = [*wrong, "detail_salt"]
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise Refusal("event-differs", name=name, why=str(error)[:100]) from error
    if wrong:
        raise Refusal("event-differs", name=name, why=", ".join(wrong))
    made = merkle.leaf_hash(leaf)
    if (
        made != said
        or size != checkpoint.size
        or not merkle.included(made, index, size, path, checkpoint.root)
    ):
        raise Refusal("log-proof", name=name)
    return str(event.object_id)


def _hash(text: object) -> bytes:
    try:
        found = base64.b64decode(str(text), validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("not base64") from None
    if len(found) != 32:
        raise ValueError("a hash has 32 bytes")
    return found


# --- withdrawn ------------------------------------------------------------------------------------------------------


def withdrawal(manifest: Manifest, rows: Iterable[Withdrawal]) -> Withdrawal | None:
    """Why this version is not to be used any more: by its name or by its files, whatever name they had then."""
    mine = manifest.subject
    for row in rows:
        named = (row.namespace, row.name, row.version) == (mine.namespace, mine.name, mine.version)
        if named or row.digest == mine.digest:
            return row
    return None
