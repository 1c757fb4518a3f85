"""DSSE envelopes (Dead Simple Signing Envelope v1) and in-toto statements (Statement v1) inside them."""

import base64
import binascii
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from portal.kit.signing.canonical import canonical
from portal.kit.signing.keys import Signer, Verifier

PAYLOAD_TYPE = "application/vnd.in-toto+json"
STATEMENT_TYPE = "https://in-toto.io/Statement/v1"
SHA256 = re.compile(r"[0-9a-f]{64}\Z")
LARGEST = 16 * 2**20

Envelope = dict[str, Any]


class BadEnvelope(ValueError):  # noqa: N818 - a refusal
    """The envelope is malformed, or not enough of the accepted keys signed it."""


class BadStatement(ValueError):  # noqa: N818 - a refusal
    """The payload is signed but is no statement of the kind wanted."""


def pae(payload_type: str, payload: bytes) -> bytes:
    """Pre-authentication encoding: what is signed, so that a signature of one type never serves for another."""
    kind = payload_type.encode()
    return b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(payload), payload)


def sign(payload_type: str, payload: bytes, *signers: Signer) -> Envelope:
    """An envelope around the payload, signed by every given key."""
    message = pae(payload_type, payload)
    return {
        "payload": base64.b64encode(payload).decode(),
        "payloadType": payload_type,
        "signatures": [_signature(signer, message) for signer in signers],
    }


def countersign(envelope: Envelope, signer: Signer) -> Envelope:
    """The same envelope with one more signature; a second one of the same key takes the place of the first."""
    opened = _open(envelope)
    added = _signature(signer, pae(opened.payload_type, opened.payload))
    kept = [one for one in envelope["signatures"] if one.get("keyid") != added["keyid"]]
    return {**envelope, "signatures": [*kept, added]}


def _signature(signer: Signer, message: bytes) -> dict[str, str]:
    return {
        "keyid": signer.verifier.key_id,
        "sig": base64.b64encode(signer.sign(message)).decode(),
    }


@dataclass(frozen=True)
class Opened:
    """What a checked envelope holds, and the ids of the accepted keys that signed it."""

    payload_type: str
    payload: bytes
    key_ids: frozenset[str]


def verify(envelope: object, accepted: Iterable[Verifier], *, threshold: int = 1) -> Opened:
    """The payload, if ``threshold`` different accepted keys signed it; nothing of the payload is read before that.

    The key id in a signature is a hint only: every accepted key is tried.
    """
    if threshold < 1:
        raise ValueError("a threshold below one would accept anything")
    opened = _open(envelope)
    message = pae(opened.payload_type, opened.payload)
    keys = list({key.key_id: key for key in accepted}.values())
    found: set[str] = set()
    for signature in opened_signatures(envelope):
        found |= {key.key_id for key in keys if key.key_id not in found and key.verify(signature, message)}
    if len(found) < threshold:
        raise BadEnvelope(f"{len(found)} of the accepted keys signed this; {threshold} must have")
    return Opened(opened.payload_type, opened.payload, frozenset(found))


def opened_signatures(envelope: object) -> list[bytes]:
    """The signatures of a well-formed envelope, in order."""
    if not isinstance(envelope, Mapping) or not isinstance(envelope.get("signatures"), list):
        raise BadEnvelope("an envelope has a list `signatures`")
    signatures = envelope["signatures"]
    if len(signatures) > 64:
        raise BadEnvelope("an envelope has 64 signatures at most")
    return [_bytes(one.get("sig") if isinstance(one, Mapping) else None, "sig") for one in signatures]


def unverified_payload(envelope: object) -> bytes:
    """The payload without asking who signed it: for showing and sorting only, never for deciding."""
    return _open(envelope).payload


def _open(envelope: object) -> Opened:
    if not isinstance(envelope, Mapping):
        raise BadEnvelope("an envelope is a JSON object")
    kind = envelope.get("payloadType")
    if not isinstance(kind, str) or not kind:
        raise BadEnvelope("an envelope has a text `payloadType`")
    return Opened(kind, _bytes(envelope.get("payload"), "payload"), frozenset())


def _bytes(value: object, name: str) -> bytes:
    if not isinstance(value, str) or len(value) > LARGEST:
        raise BadEnvelope(f"`{name}` of an envelope is base64 text of at most {LARGEST} characters")
    # The specification lets writers choose between the two alphabets of RFC 4648.
    try:
        return base64.b64decode(value.replace("-", "+").replace("_", "/"), validate=True)
    except (binascii.Error, ValueError):
        raise BadEnvelope(f"`{name}` of an envelope is not base64") from None


# --- in-toto Statement v1 ---------------------------------------------------------------------------------------


def statement(
    subjects: Mapping[str, str], predicate_type: str, predicate: Mapping[str, Any]
) -> dict[str, Any]:
    """An in-toto Statement v1 about ``subjects`` (name -> SHA-256 in hex), in the order of their names."""
    if not subjects:
        raise BadStatement("a statement is about something: give at least one subject")
    for name, digest in subjects.items():
        if not name or not SHA256.match(digest):
            raise BadStatement(f"subject {name!r}: a digest is 64 lower-case hexadecimal digits")
    return {
        "_type": STATEMENT_TYPE,
        "subject": [{"name": name, "digest": {"sha256": subjects[name]}} for name in sorted(subjects)],
        "predicateType": predicate_type,
        "predicate": dict(predicate),
    }


def sign_statement(made: Mapping[str, Any], *signers: Signer) -> Envelope:
    """The statement in canonical JSON, in an envelope signed by every given key."""
    return sign(PAYLOAD_TYPE, canonical(dict(made)), *signers)


@dataclass(frozen=True)
class Statement:
    """A statement whose signatures were checked."""

    subjects: Mapping[str, str]
    predicate_type: str
    predicate: Mapping[str, Any]
    key_ids: frozenset[str]


def read_statement(
    envelope: object,
    accepted: Iterable[Verifier],
    *,
    predicate_type: str | Sequence[str] | None = None,
    threshold: int = 1,
) -> Statement:
    """The statement of an envelope: first the signatures, then the type, then the contents."""
    opened = verify(envelope, accepted, threshold=threshold)
    if opened.payload_type != PAYLOAD_TYPE:
        raise BadStatement(f"the envelope holds {opened.payload_type}, not {PAYLOAD_TYPE}")
    return _read(opened, predicate_type)


def _read(opened: Opened, predicate_type: str | Sequence[str] | None) -> Statement:
    try:
        made = json.loads(opened.payload)
    except (ValueError, RecursionError):
        raise BadStatement("the payload is not JSON") from None
    if not isinstance(made, dict) or made.get("_type") != STATEMENT_TYPE:
        raise BadStatement(f"the payload is no {STATEMENT_TYPE}")
    kind, predicate = made.get("predicateType"), made.get("predicate")
    wanted = (predicate_type,) if isinstance(predicate_type, str) else predicate_type
    if not isinstance(kind, str) or (wanted is not None and kind not in wanted):
        raise BadStatement(f"the statement is of the kind {kind}, not {' or '.join(wanted or ())}")
    if not isinstance(predicate, dict):
        raise BadStatement("the statement has no predicate")
    return Statement(_subjects(made.get("subject")), kind, predicate, opened.key_ids)


def _subjects(listed: object) -> dict[str, str]:
    found: dict[str, str] = {}
    for one in listed if isinstance(listed, list) else ():
        digest = one.get("digest") if isinstance(one, dict) else None
        name, sha256 = (one.get("name"), digest.get("sha256")) if isinstance(digest, dict) else (None, None)
        if not isinstance(name, str) or not isinstance(sha256, str) or not SHA256.match(sha256):
            raise BadStatement("every subject has a name and a SHA-256")
        if name in found:
            raise BadStatement(f"the subject {name} is named twice")
        found[name] = sha256
    if not found:
        raise BadStatement("the statement has no subject")
    return found
