"""Receipts: what a node says it did, one number after the other: the predicate of an in-toto Statement under DSSE.

The statement's subjects are the version (``namespace/name@version``: digest of its files) and the manifest
(``manifest``: SHA-256 of its bytes). Export: ``{format: cspon-receipts/1, key: ed25519:BASE64, receipts: […]}``.
"""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from cspon_node.formats.manifest import plain
from cspon_node.formats.names import RECEIPT_EVENTS, BadFormat

SHA256 = re.compile(r"[0-9a-f]{64}\Z")
MANIFEST_SUBJECT = "manifest"
MAX_OUTPUTS = 2000


@dataclass(frozen=True)
class Output:
    """A file a run has left. ``path`` is empty unless the manifest names it: names may say what the data are."""

    path: str
    sha256: str
    size: int


@dataclass(frozen=True)
class Run:
    """One run: ``outcome`` is a `registry.sandbox.backend.JailEnd` (``ok``, ``failed``, ``timeout`` …)."""

    outcome: str
    seconds: float
    peak_memory_bytes: int
    outputs: Sequence[Output] = ()


@dataclass(frozen=True)
class Receipt:
    """What is stated. ``previous``: SHA-256 of the payload of the receipt before, empty for number 1."""

    node: str
    """Key id of the node: SHA-256 of its public key's SubjectPublicKeyInfo."""
    number: int
    previous: str
    event: str
    """One of ``RECEIPT_EVENTS``."""
    at: str
    tool: str
    sandbox: str
    """``strong`` or ``weak``; empty where nothing ran."""
    runtime: str
    """Digest of the runtime's lock; empty where there is none."""
    channel: str
    sequence: int
    code: str = ""
    """Of ``refused``: why, as ``cspon-node verify`` names it."""
    run: Run | None = None


def receipt_json(receipt: Receipt) -> dict[str, Any]:
    """The predicate as JSON's types."""
    value: dict[str, Any] = plain(receipt)
    return value


def read_receipt(value: object) -> Receipt:
    """The predicate of a receipt; `BadFormat` names the first place that does not hold."""
    given = _object(value, "predicate", Receipt.__dataclass_fields__)
    texts = {
        name: _text(given[name], name)
        for name in ("node", "previous", "event", "at", "tool", "sandbox", "runtime", "channel", "code")
    }
    if texts["event"] not in RECEIPT_EVENTS:
        raise BadFormat(f"event: one of {', '.join(RECEIPT_EVENTS)}")
    for name in ("node", *(each for each in ("previous", "runtime") if texts[each])):
        _digest(texts[name], name)
    number = _whole(given["number"], "number")
    if (number == 1) != (texts["previous"] == "") or number < 1:
        raise BadFormat("previous: empty for number 1, and only there")
    run = _run(given["run"]) if given["run"] is not None else None
    if (texts["event"] == "ran") != (run is not None):
        raise BadFormat("run: of a run, and only there")
    return Receipt(**texts, number=number, sequence=_whole(given["sequence"], "sequence"), run=run)


def _run(value: object) -> Run:
    given = _object(value, "run", Run.__dataclass_fields__)
    outputs, seconds = given["outputs"], given["seconds"]
    if not isinstance(outputs, list) or len(outputs) > MAX_OUTPUTS:
        raise BadFormat(f"run.outputs: a list of at most {MAX_OUTPUTS}")
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0 <= seconds < math.inf:
        raise BadFormat("run.seconds: a number from 0 on")
    return Run(
        _text(given["outcome"], "run.outcome"), float(seconds),
        _whole(given["peak_memory_bytes"], "run.peak_memory_bytes"),
        tuple(_output(each) for each in outputs),
    )  # fmt: skip


def _output(value: object) -> Output:
    given = _object(value, "run.outputs", Output.__dataclass_fields__)
    return Output(
        _text(given["path"], "run.outputs.path"),
        _digest(given["sha256"], "run.outputs.sha256"),
        _whole(given["size"], "run.outputs.size"),
    )


def _object(value: object, place: str, wanted: Any) -> dict[str, Any]:
    if not isinstance(value, dict) or set(value) != set(wanted):
        raise BadFormat(f"{place}: an object with exactly the keys of this format")
    return value


def _text(value: object, place: str) -> str:
    if not isinstance(value, str) or len(value) > 700:
        raise BadFormat(f"{place}: text of at most 700 characters")
    return value


def _digest(value: object, place: str) -> str:
    if not isinstance(value, str) or not SHA256.match(value):
        raise BadFormat(f"{place}: 64 lower-case hexadecimal digits")
    return value


def _whole(value: object, place: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**53:
        raise BadFormat(f"{place}: a whole number from 0 on")
    return value
