"""All that is asked of a bundle, in one pass over its bytes, without network and without database.

In this order: form of the zip, signatures of the roll-out, manifest, not withdrawn, every file by its digest, the
version's own digest, statements, log. Nothing is kept, and nothing of the bundle runs.
"""

import datetime as dt
import hashlib
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from cspon_node import evidence
from cspon_node.archive import CHUNK, Archive
from cspon_node.evidence import Files, Proven, Seen
from cspon_node.formats import (
    FILES_DIR,
    LOCK,
    MAX_EVIDENCE,
    METADATA_DIR,
    TARGETS_DIR,
    BadFormat,
    Entry,
    Manifest,
    Withdrawal,
    read_manifest,
    read_withdrawn,
    shown,
)
from cspon_node.refusals import Refusal
from cspon_node.trust import Signed, Trust
from portal.kit.signing import canonical
from portal.kit.signing.note import NoteKey

Show = Callable[[int, int], None]
"""Told the bytes done and the bytes in all."""
READ = frozenset({"certificate", "evaluation", "promotion", "event", "checkpoint", "consistency"})
"""Roles whose files are read, hence held in memory."""
MAX_HELD = 128 << 20
NOTHING = Seen()


class Sink(Protocol):
    """Where the bytes go as they are verified: a staging folder. Nothing in it may be used before all has held."""

    def expect(self, manifest: Manifest) -> None:
        """Told before the first byte."""

    def begin(self, entry: Entry) -> None:
        """A file begins."""

    def write(self, chunk: memoryview) -> None:
        """More of it."""

    def end(self) -> None:
        """It is whole, and its digest has held."""


@dataclass(frozen=True)
class Terms:
    """What the node has seen of the log, its witnesses, and how many of them must have signed."""

    now: dt.datetime
    seen: Seen = NOTHING
    witnesses: Sequence[NoteKey] = ()
    wanted: int = 0


@dataclass(frozen=True)
class Verified:
    """A bundle that has held in everything."""

    manifest: Manifest
    signed: Signed
    withdrawn: Sequence[Withdrawal]
    proven: Proven
    evaluations: int
    size: int

    @property
    def manifest_sha256(self) -> str:
        """SHA-256 of the manifest's bytes."""
        return hashlib.sha256(self.signed.manifest).hexdigest()

    @property
    def about(self) -> tuple[Manifest, str]:
        """What a receipt speaks of."""
        return self.manifest, self.manifest_sha256


def verify(
    archive: Archive,
    trust: Trust,
    terms: Terms,
    *,
    sink: Sink | None = None,
    show: Show = lambda _done, _all: None,
) -> Verified:
    """The bundle's contents, or a `Refusal` that names the first thing that does not hold."""
    with trust.opened(archive) as walk:
        signed = walk.signed()
        trust.keep(walk, signed.withdrawn)
    manifest, rows = _manifest(signed), _withdrawn(signed)
    try:
        if (row := evidence.withdrawal(manifest, rows)) is not None:
            raise Refusal(
                "withdrawn", version=manifest.subject.text, asset=manifest.subject.asset, why=row.why, at=row.at,
                reason=shown(row.reason) if row.reason else "",
            )  # fmt: skip
        _named(archive, manifest)
        files = _Pass(archive, manifest, sink, show).run()
        check_version(manifest)
        _lock(manifest)
        evaluations = evidence.check_statements(manifest, files, terms.now)
        proven = evidence.check_log(manifest, files, terms.seen, terms.witnesses, terms.wanted)
    except Refusal as refusal:
        refusal.about = (manifest, hashlib.sha256(signed.manifest).hexdigest())
        raise
    return Verified(manifest, signed, rows, proven, evaluations, archive.size)


def _manifest(signed: Signed) -> Manifest:
    manifest = parse_manifest(signed.manifest, signed.target)
    if manifest.target != signed.target:
        raise Refusal(
            "manifest-unreadable", target=shown(signed.target), why=f"it describes {manifest.target}"
        )
    return manifest


def parse_manifest(data: bytes, target: str) -> Manifest:
    """The manifest of canonical bytes, so that two readers never read two."""
    value = _canonical(data, target)
    try:
        return read_manifest(value)
    except BadFormat as error:
        raise Refusal("manifest-unreadable", target=shown(target), why=error) from error


def _withdrawn(signed: Signed) -> list[Withdrawal]:
    return parse_withdrawn(signed.withdrawn)


def parse_withdrawn(data: bytes) -> list[Withdrawal]:
    """The rows of ``notices/withdrawn.json``."""
    value = _canonical(data, "notices/withdrawn.json")
    try:
        return read_withdrawn(value)[1]
    except BadFormat as error:
        raise Refusal("manifest-unreadable", target="notices/withdrawn.json", why=error) from error


def _canonical(data: bytes, target: str) -> Any:
    try:
        value = json.loads(data)
        same = canonical(value) == data
    except (ValueError, RecursionError) as error:
        raise Refusal("manifest-unreadable", target=shown(target), why=str(error)[:100]) from error
    if not same:
        raise Refusal("manifest-unreadable", target=shown(target), why="not canonical JSON")
    return value


def _named(archive: Archive, manifest: Manifest) -> None:
    """Exactly the files of the manifest, of their sizes, besides metadata and targets."""
    wanted = {each.path: each.size for each in manifest.files}
    there = {n: m.size for n, m in archive.members.items() if not n.startswith((METADATA_DIR, TARGETS_DIR))}
    for name in sorted(there.keys() - wanted.keys()):
        raise Refusal("unexpected", name=shown(name))
    for name in sorted(wanted.keys() - there.keys()):
        raise Refusal("missing", name=shown(name))
    for name, size in sorted(wanted.items()):
        if there[name] != size:
            raise Refusal("size", name=shown(name))


@dataclass
class _Pass:
    """The one pass over all files, in the order they lie in."""

    archive: Archive
    manifest: Manifest
    sink: Sink | None
    show: Show
    _held: int = 0
    _buffer: memoryview = field(default_factory=lambda: memoryview(bytearray(CHUNK)))

    def run(self) -> Files:
        """Compare every file with its digest; the bytes of those that are read."""
        members = self.archive.members
        order = sorted(self.manifest.files, key=lambda each: members[each.path].begin)
        whole = sum(each.size for each in order)
        if self.sink is not None:
            self.sink.expect(self.manifest)
        kept: dict[str, bytes] = {}
        done = 0
        for entry in order:
            data = self._one(entry, lambda count, base=done: self.show(base + count, whole))  # type: ignore[misc]
            if entry.role in READ:
                kept[entry.path] = data
            done += entry.size
        self.show(whole, whole)
        return kept

    def _one(self, entry: Entry, show: Callable[[int], None]) -> bytes:
        held = self._room(entry) if entry.role in READ else None
        digest, done = hashlib.sha256(), 0
        if self.sink is not None:
            self.sink.begin(entry)
        for chunk in self.archive.chunks(self.archive.members[entry.path], self._buffer):
            digest.update(chunk)
            done += len(chunk)
            if held is not None:
                held += chunk
            if self.sink is not None:
                self.sink.write(chunk)
            show(done)
        if digest.hexdigest() != entry.sha256:
            raise Refusal("changed", name=shown(entry.path))
        if self.sink is not None:
            self.sink.end()
        return bytes(held) if held is not None else b""

    def _room(self, entry: Entry) -> bytearray:
        self._held += entry.size
        if entry.size > MAX_EVIDENCE or self._held > MAX_HELD:
            raise Refusal("too-large", name=shown(entry.path), size=entry.size)
        return bytearray()


def check_version(manifest: Manifest) -> None:
    """The version's digest, made anew by the portal's rule: SHA-256 over lines ``sha256  path`` by path."""
    files = sorted((each.path.removeprefix(FILES_DIR), each.sha256) for each in manifest.below("file"))
    listing = "".join(f"{sha256}  {path}\n" for path, sha256 in files)
    if hashlib.sha256(listing.encode()).hexdigest() != manifest.subject.digest:
        raise Refusal("version-digest", version=manifest.subject.text)


def _lock(manifest: Manifest) -> None:
    locks: Iterable[Entry] = manifest.below("lock")
    wanted = [(LOCK, manifest.runtime.digest)] if manifest.runtime is not None else []
    if [(each.path, each.sha256) for each in locks] != wanted:
        raise Refusal("runtime-lock")
