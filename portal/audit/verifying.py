"""Verifying a whole log, from the database or from an export, with nothing but its bytes and public keys."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from portal.audit import checkpoints, leaves, merkle
from portal.audit.checkpoints import Checkpoint
from portal.audit.stored import Derived
from portal.kit.i18n import _
from portal.kit.signing import note
from portal.kit.signing.note import BadNote, NoteKey

MOST_FINDINGS = 20
STEP = 1000


class Entry(NamedTuple):
    """One leaf with its event, as text; a half that is missing is None."""

    place: int | None
    hash: str | None
    leaf: str | None
    event_seq: int | None
    seq: int | None
    at: str
    verb: str
    actor_id: str | None
    actor_name: str
    actor_salt: str | None
    reason: str | None
    reason_salt: str | None
    object_type: str
    object_id: str
    evidence: str
    detail_salt: str | None

    def event(self) -> leaves.Event:
        """The event's own half."""
        return leaves.Event(
            self.seq or 0, self.at, self.verb, self.actor_id, self.actor_name, self.actor_salt, self.reason,
            self.reason_salt, self.object_type, self.object_id, self.evidence, self.detail_salt,
        )  # fmt: skip


@dataclass
class Log:
    """What is to be verified."""

    key: NoteKey | None
    """The log's key; None while it has signed nothing."""
    witnesses: Sequence[NoteKey]
    notes: Iterable[str]
    """Checkpoints, smallest first."""
    entries: Iterable[Entry]
    seen: Sequence[tuple[str, str]] = ()
    """Checkpoints held elsewhere: who holds one, and its note."""
    derived: Derived | None = None
    """Nodes and counter, where a database is verified; an export has none."""


@dataclass
class Verdict:
    """What was found; ``findings`` in the order they were met, the first one first."""

    size: int = 0
    root: bytes = merkle.EMPTY
    signed: int = 0
    cosigned: int = 0
    erased: int = 0
    newest: Checkpoint | None = None
    findings: list[str] = field(default_factory=list)
    more: int = 0

    @property
    def ok(self) -> bool:
        """Whether nothing was found."""
        return not self.findings

    def found(self, words: str) -> None:
        """Keep a finding; beyond twenty they are counted only."""
        if len(self.findings) < MOST_FINDINGS:
            self.findings.append(words)
        else:
            self.more += 1


def verify(log: Log, told: Callable[[int], object] = lambda _count: None) -> Verdict:
    """Recompute every leaf and the tree, and hold them against every signature. ``told`` hears of the progress."""
    verdict = Verdict()
    claims = _claims(log, verdict)
    tree = merkle.Tree()
    roots: dict[int, bytes] = {}
    wanted = sorted({claim.size for claim, _who in claims})
    places = _walk(log, tree, wanted, roots, verdict, told)
    verdict.size, verdict.root = tree.size, tree.root()
    roots[tree.size] = verdict.root
    _compare(claims, roots, verdict)
    if log.derived is not None:
        log.derived.tell(verdict.found, places)
    return verdict


def _claims(log: Log, verdict: Verdict) -> list[tuple[Checkpoint, str]]:
    """The checkpoints whose signatures hold, with who holds them (empty: the log itself)."""
    claims: list[tuple[Checkpoint, str]] = []
    for who, text in [*(("", text) for text in log.notes), *log.seen]:
        where = _("checkpoint kept by %(who)s", who=who) if who else _("checkpoint")
        try:
            if log.key is None:
                raise BadNote(_("no key of the log is known"))
            claim = checkpoints.verified(text, log.key)
        except BadNote as error:
            verdict.found(f"{where} ({_size_of(text)}): {error}")
            continue
        claims.append((claim, who))
        if not who:
            verdict.signed += 1
            verdict.newest = claim
            _cosigned(text, log.witnesses, claim, verdict)
    return claims


def _size_of(text: str) -> str:
    return text.split("\n")[1][:20] if text.count("\n") > 1 else "?"


def _cosigned(text: str, witnesses: Sequence[NoteKey], claim: Checkpoint, verdict: Verdict) -> None:
    parsed = note.parse(text)
    for line in parsed.lines:
        for key in witnesses:
            if (line.name, line.hash) != (key.name, key.hash):
                continue
            if note.cosigned_at(parsed.body, line, key) is None:
                verdict.found(
                    _(
                        "checkpoint (%(n)s): the cosignature of %(who)s does not hold",
                        n=claim.size,
                        who=key.name,
                    )
                )
            else:
                verdict.cosigned += 1


def _walk(
    log: Log,
    tree: merkle.Tree,
    wanted: list[int],
    roots: dict[int, bytes],
    verdict: Verdict,
    told: Callable[[int], object],
) -> int:
    """Check each leaf and append its hash; keep the roots at the wanted sizes. The place after the last leaf."""
    stops = iter([*wanted, -1])
    stop = next(stops)
    expected = 0
    batch: list[bytes] = []
    for entry in _placed(log.entries, verdict):
        index, digest = entry.place or 0, entry.hash or ""
        if index != expected:
            verdict.found(_gap(expected, index))
            expected = index
            if log.derived is not None:
                log.derived.stop()
        while stop == tree.size + len(batch):
            tree.extend(batch)
            batch.clear()
            roots[stop] = tree.root()
            stop = next(stops)
        made = _checked(entry, verdict)
        batch.append(bytes.fromhex(digest) if made is None else made)
        if log.derived is not None:
            log.derived.add(batch[-1])
        expected += 1
        if len(batch) == STEP:
            tree.extend(batch)
            batch.clear()
            told(STEP)
    tree.extend(batch)
    told(len(batch))
    return expected


def _gap(first: int, then: int) -> str:
    if first == then - 1:
        return _("leaf %(n)s is missing", n=first)
    return _("leaves %(n)s to %(m)s are missing", n=first, m=then - 1)


def _placed(entries: Iterable[Entry], verdict: Verdict) -> Iterator[Entry]:
    """The entries that have a leaf; events without one are found."""
    for entry in entries:
        if entry.place is None:
            verdict.found(
                _(
                    "event %(seq)s (%(verb)s, %(object)s) has no leaf",
                    seq=entry.seq,
                    verb=entry.verb,
                    object=f"{entry.object_type} {entry.object_id}",
                )
            )
        else:
            yield entry


def _checked(entry: Entry, verdict: Verdict) -> bytes | None:
    """The hash of the leaf, made anew; None (and a finding) when it is not the stored one."""
    leaf = (entry.leaf or "").encode()
    made = merkle.leaf_hash(leaf)
    if made.hex() != entry.hash:
        verdict.found(_("leaf %(n)s: the stored hash is not that of the leaf", n=entry.place))
        return None
    if entry.seq is None:
        verdict.found(_("leaf %(n)s: its event (%(seq)s) is missing", n=entry.place, seq=entry.event_seq))
        return made
    event = entry.event()
    if leaves.written(event) == leaf:
        return made
    verdict.erased += entry.actor_salt is None or entry.reason_salt is None
    differ = leaves.differences(event, leaf)
    if differ:
        verdict.found(
            _(
                "leaf %(n)s (%(verb)s, %(object)s): the event says otherwise than its leaf: %(what)s",
                n=entry.place,
                verb=entry.verb,
                object=f"{entry.object_type} {entry.object_id}",
                what=", ".join(differ),
            )
        )
    return made


def _compare(claims: list[tuple[Checkpoint, str]], roots: dict[int, bytes], verdict: Verdict) -> None:
    good = 0
    for claim, who in sorted(claims, key=lambda pair: (bool(pair[1]), pair[0].size)):
        if claim.size > verdict.size:
            words = _(
                "the log has %(n)s leaves, but a signed checkpoint (%(who)s) has %(m)s: leaves were deleted",
                n=verdict.size,
                m=claim.size,
                who=who or _("its own"),
            )
        elif roots.get(claim.size) == claim.root:
            good = claim.size if not who else good
            continue
        elif who:
            words = _(
                "the log forked: the checkpoint of %(m)s leaves kept by %(who)s has another root",
                m=claim.size,
                who=who,
            )
        else:
            words = _(
                "checkpoint (%(m)s): another root than the leaves have; one of the leaves %(n)s to %(last)s changed",
                m=claim.size, n=good, last=claim.size - 1,
            )  # fmt: skip
        verdict.found(words)
