"""What the log commits to: the bytes of a leaf, made anew from an event and compared.

A leaf is canonical JSON with the event's number, instant and verb in clear, and SHA-256 commitments to the actor, to
the reason and to the object with its evidence, each behind a random salt of its own. Erasing a value with its salt
leaves the leaf as it is, and nobody can guess what was there. PostgreSQL writes leaves (``cspon_audit_leaf``).
"""

import hashlib
import json
import re
from dataclasses import dataclass
from json.encoder import encode_basestring

_LEAF = re.compile(
    r'\{"actor":"(?P<actor>[0-9a-f]{64})","at":"(?P<at>[^"\\]{27})","detail":"(?P<detail>[0-9a-f]{64})",'
    r'"reason":(?P<reason>null|"[0-9a-f]{64}"),"seq":(?P<seq>[0-9]+),"v":1,"verb":(?P<verb>"(?:[^"\\]|\\.)*")\}\Z'
)


@dataclass(frozen=True, slots=True)
class Event:
    """An event as text, as the database or an export gives it. No salt: erased (actor, reason) or kept back."""

    seq: int
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
    """The text PostgreSQL has for the ``jsonb``: kept as it is, so no reader has to make it anew."""
    detail_salt: str | None


def commit(salt: str, kind: str, text: str) -> str:
    """SHA-256 over 16 bytes of salt, what is committed to, and the text."""
    return hashlib.sha256(bytes.fromhex(salt.replace("-", "")) + f"{kind}\n{text}".encode()).hexdigest()


def actor_commitment(event: Event) -> str | None:
    """The commitment to the actor; None when erased."""
    if event.actor_salt is None:
        return None
    return commit(event.actor_salt, "actor", f"{event.actor_id or ''}\n{event.actor_name}")


def detail_commitment(event: Event) -> str | None:
    """The commitment to object and evidence; None when kept back."""
    if event.detail_salt is None:
        return None
    return commit(event.detail_salt, "detail", f"{event.object_type}\n{event.object_id}\n{event.evidence}")


def reason_commitment(event: Event) -> str | None:
    """The commitment to the reason, as JSON; None when erased."""
    if event.reason_salt is None:
        return None
    return "null" if event.reason is None else f'"{commit(event.reason_salt, "reason", event.reason)}"'


def written(event: Event) -> bytes | None:
    """The leaf of an event of which nothing was erased; None otherwise."""
    actor, detail, reason = actor_commitment(event), detail_commitment(event), reason_commitment(event)
    if actor is None or detail is None or reason is None:
        return None
    return (
        f'{{"actor":"{actor}","at":"{event.at}","detail":"{detail}","reason":{reason},"seq":{event.seq},'
        f'"v":1,"verb":{encode_basestring(event.verb)}}}'
    ).encode()


def differences(event: Event, leaf: bytes) -> list[str]:
    """Names of what the event says otherwise than its leaf; empty when they agree. Erased parts say nothing."""
    if written(event) == leaf:
        return []
    found = _LEAF.match(leaf.decode("utf-8", "replace"))
    if found is None:
        return ["leaf"]
    pairs = (
        ("actor", actor_commitment(event)),
        ("at", event.at),
        ("object or evidence", detail_commitment(event)),
        ("reason", reason_commitment(event)),
        ("seq", str(event.seq)),
        ("verb", encode_basestring(event.verb)),
    )
    held = (found["actor"], found["at"], found["detail"], found["reason"], found["seq"], found["verb"])
    return [name for (name, said), kept in zip(pairs, held, strict=True) if said is not None and said != kept]


def read(leaf: bytes) -> dict[str, object]:
    """The fields of a leaf; ``ValueError`` when it is none."""
    if not _LEAF.match(leaf.decode("utf-8", "replace")):
        raise ValueError("not a leaf of this log")
    fields: dict[str, object] = json.loads(leaf)
    return fields
