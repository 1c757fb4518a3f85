"""A portal in small: the real repository, the real packing, real keys, and a log of its own."""

import base64
import datetime as dt
import hashlib
import json
import uuid
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from cspon_node import formats
from cspon_node.formats import Entry, Interface, Manifest
from portal.audit import leaves, merkle
from portal.audit.checkpoints import Checkpoint
from portal.kit.clock import now
from portal.kit.signing import Ed25519Signer, canonical, dsse, note, public_text
from portal.kit.signing.note import NoteKey
from registry.rollout.packing import Part, from_bytes, from_file, pack
from registry.rollout.repository import Plan, Repository, RoleKeys
from registry.sandbox.runtimes import FAMILIES
from registry.versions.digests import tree_digest

Made = bytes | Callable[[], bytes]
ORIGIN = "portal.example/log"
PROMOTION = "0199b6a0-0000-7000-8000-000000000001"
PROGRAM = b"""import json, os, pathlib, sys
source, target = map(pathlib.Path, sys.argv[1:3])
rows = (source / "table.csv").read_text().splitlines()
(target / "out.csv").write_text("\\n".join(reversed(rows)) + "\\n")
print("rows:", len(rows))
"""
FILES = {"main.py": PROGRAM, "docs/读我.md": "说明\n".encode(), "data/weights.bin": b"\x00\x01" * 5000}
COMMAND = Interface(
    how="command", command=("python", "main.py", "$input", "$output"), inputs=("table.csv",), outputs=("out.csv",),
    limits={"time_s": 60.0, "memory_mb": 512, "threads": 1},
)  # fmt: skip


def signers(count: int) -> list[Ed25519Signer]:
    return [Ed25519Signer.generate() for _ in range(count)]


def role(keys: list[Ed25519Signer], threshold: int = 1) -> RoleKeys:
    return RoleKeys(tuple(key.verifier for key in keys), threshold)


class Log:
    """Leaves, their events, and signed checkpoints."""

    def __init__(self, signer: Ed25519Signer) -> None:
        self.signer = signer
        self.events: list[leaves.Event] = []
        self.leaves: list[bytes] = []

    @property
    def key(self) -> str:
        return NoteKey(ORIGIN, self.signer.verifier).text()

    def add(self, verb: str, object_id: str) -> int:
        salts = [str(uuid.uuid4()) for _ in range(3)]
        event = leaves.Event(
            seq=len(self.events) + 1, at="2026-11-26T08:00:00.000000Z", verb=verb, actor_id=None,
            actor_name="committee",
            actor_salt=salts[0], reason=None, reason_salt=salts[1], object_type="promotion", object_id=object_id,
            evidence='{"stage": "national"}', detail_salt=salts[2],
        )  # fmt: skip
        leaf = leaves.written(event)
        assert leaf is not None
        self.events.append(event)
        self.leaves.append(leaf)
        return len(self.leaves) - 1

    def hashes(self) -> list[bytes]:
        return [merkle.leaf_hash(leaf) for leaf in self.leaves]

    def checkpoint(self, signer: Ed25519Signer | None = None) -> str:
        made = Checkpoint(ORIGIN, len(self.leaves), merkle.root(self.hashes()))
        return note.sign(made.body(), ORIGIN, signer or self.signer)

    def event(self, index: int) -> dict[str, Any]:
        shown = replace(
            self.events[index], actor_id=None, actor_name="", actor_salt=None, reason=None, reason_salt=None
        )
        fields = {name: getattr(shown, name) for name in leaves.Event.__dataclass_fields__}
        size = len(self.leaves)
        return {
            "event": fields,
            "leaf": self.leaves[index].decode(),
            "index": index,
            "size": size,
            "leaf_hash": text(self.hashes()[index]),
            "hashes": [text(each) for each in self._proof(merkle.inclusion(index, size))],
        }

    def consistency(self, first: int) -> dict[str, Any]:
        size = len(self.leaves)
        return {
            "first": first,
            "second": size,
            "hashes": [text(each) for each in self._proof(merkle.consistency(first, size))],
        }

    def _proof(self, ranges: list[merkle.Range]) -> list[bytes]:
        hashes = self.hashes()
        nodes = {}
        for begin, end in ranges:
            for level, index in merkle.peaks(begin, end):
                nodes[level, index] = merkle.root(hashes[index << level : (index + 1) << level])
        return merkle.proof(ranges, nodes)


def now_bytes(made: Made) -> bytes:
    return made() if callable(made) else made


def text(data: bytes) -> str:
    return base64.b64encode(data).decode()


class World:
    """Keys, repository and log of a portal; ``bundle`` makes a bundle for a node."""

    def __init__(self, folder: Path, at: dt.datetime | None = None) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.root, self.targets, self.national = signers(3), signers(2), signers(3)
        self.online = {
            n: Ed25519Signer.generate() for n in ("snapshot", "timestamp", "pilot", "regional", "notices")
        }
        self.certifier, self.worker, self.committee = signers(3)
        self.log = Log(Ed25519Signer.generate())
        for n in range(5):
            self.log.add("version.published", f"version-{n}")
        self.at = at or now()
        self.repository = Repository(folder / "rollout")
        assert self.repository.begin(self.plan(), self.all(), self.at)
        self.sequence = 0
        self.rows: list[formats.Withdrawal] = []
        self.notices()

    def plan(self) -> Plan:
        return Plan(
            {
                "root": role(self.root, 2),
                "targets": role(self.targets, 2),
                "national": role(self.national, 2),
                **{name: role([key]) for name, key in self.online.items()},
            }
        )

    def all(self) -> list[Ed25519Signer]:
        return [*self.root, *self.targets, *self.national, *self.online.values()]

    @property
    def trust(self) -> bytes:
        return self.repository.read("1.root.json")

    def publish(self, who: str, target: str, data: bytes) -> None:
        added = {target: (len(data), hashlib.sha256(data).hexdigest())}
        assert self.repository.publish(who, added, self.all(), self.at)

    def notices(self, *rows: formats.Withdrawal) -> None:
        self.rows += rows
        self.sequence += 1
        self.withdrawn = canonical(formats.withdrawn_json(self.sequence, "2026-11-26T08:00:00Z", self.rows))
        self.publish("notices", formats.WITHDRAWN_TARGET, self.withdrawn)

    def parts(
        self,
        *,
        version: str = "1.0.0",
        channel: str = "national",
        files: Mapping[str, bytes] = FILES,
        interface: Interface = COMMAND,
        large: Mapping[str, Path] | None = None,
        extra: Mapping[str, tuple[Made, str]] | None = None,
        change: Callable[[Manifest], Manifest] = lambda made: made,
        swap: Mapping[str, Made] | None = None,
        evaluate: str | None = None,
        certify: str | None = None,
        expires: dt.datetime | None = None,
        runtime: str = "base",
    ) -> list[Part]:
        """The parts of a bundle, published. ``swap``: other bytes for an entry, known to the manifest.

        Bytes may be a function: it is called when the bundle's own event is in the log.
        """
        self.sequence += 1
        contents = [from_bytes(f"files/{path}", data) for path, data in files.items()]
        contents += [from_file(f"files/{path}", place) for path, place in (large or {}).items()]
        digest = tree_digest((part.name.removeprefix("files/"), part.sha256) for part in contents)
        subject = formats.Subject("wang", "landcover", version, "algorithm", "program", digest)
        index = self.log.add(f"promotion.{channel}", PROMOTION)
        ends = (expires or now() + dt.timedelta(days=300)).replace(microsecond=0)
        made = self._evidence(subject, channel, index, evaluate or digest, certify or digest, ends)
        made |= {name: (now_bytes(data), kind) for name, (data, kind) in (extra or {}).items()}
        lock = FAMILIES[runtime].lock.read_bytes()
        made["runtime/requirements.txt"] = (lock, "lock")
        for name, data in (swap or {}).items():
            made[name] = (now_bytes(data), made[name][1])
        rest = [from_bytes(name, data) for name, (data, _kind) in made.items()]
        kinds = {name: kind for name, (_data, kind) in made.items()}
        entries = [Entry(p.name, p.sha256, p.size, kinds.get(p.name, "file")) for p in [*contents, *rest]]
        manifest = change(
            Manifest(
                channel=channel, subject=subject, sequence=self.sequence, made_at="2026-11-26T08:00:00Z",
                portal="https://portal.example", promotion=formats.Promotion(PROMOTION, channel, 9),
                certificate=formats.Certificate("C-1", "base", ends.isoformat()),
                runtime=formats.Runtime(f"{runtime}-py311", hashlib.sha256(lock).hexdigest()), interface=interface,
                log=formats.LogRef(ORIGIN, self.log.key),
                keys=formats.Keys(*((public_text(k.verifier),) for k in (self.certifier, self.worker, self.committee))),
                files=tuple(sorted(entries, key=lambda each: each.path)),
            )
        )  # fmt: skip
        data = canonical(formats.manifest_json(manifest))
        self.publish(channel, manifest.target, data)
        signed = self.repository.together(channel, "notices")
        head = [from_bytes(f"metadata/{name}", each) for name, each in signed.items()]
        head.append(from_bytes(f"targets/{manifest.target}", data))
        head.append(from_bytes(f"targets/{formats.WITHDRAWN_TARGET}", self.withdrawn))
        return [*head, *contents, *rest]

    def _evidence(
        self,
        subject: formats.Subject,
        channel: str,
        index: int,
        evaluated: str,
        certified: str,
        ends: dt.datetime,
    ) -> dict[str, tuple[bytes, str]]:
        about = {"number": "C-1", "level": "base", "expiresAt": ends.isoformat()}
        promoted = {"id": PROMOTION, "stage": channel, "step": 9, "gates": [], "override": None}
        return {
            formats.CERTIFICATE: (
                self._said(subject, certified, formats.CERTIFICATE_TYPE, about, self.certifier), "certificate"
            ),
            f"{formats.EVALUATIONS_DIR}e1.dsse.json": (
                self._said(subject, evaluated, formats.EVALUATION_TYPE, {"metrics": {}}, self.worker), "evaluation"
            ),
            formats.PROMOTION: (
                self._said(subject, subject.digest, formats.PROMOTION_TYPE, promoted, self.committee), "promotion"
            ),
            f"{formats.EVENTS_DIR}{index}.json": (json.dumps(self.log.event(index)).encode(), "event"),
            formats.CHECKPOINT: (self.log.checkpoint().encode(), "checkpoint"),
        }  # fmt: skip

    @staticmethod
    def _said(
        subject: formats.Subject, digest: str, kind: str, predicate: dict[str, Any], key: Ed25519Signer
    ) -> bytes:
        statement = dsse.statement({subject.text: digest}, kind, predicate)
        return json.dumps(dsse.sign_statement(statement, key)).encode()

    def bundle(self, name: str = "bundle.zip", **given: Any) -> Path:
        return packed(self.folder / name, self.parts(**given))


def packed(path: Path, parts: list[Part]) -> Path:
    with path.open("wb") as file:
        pack(parts, file)
    return path
