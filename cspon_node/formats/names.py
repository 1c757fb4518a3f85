"""Names, paths and bounds of a rollout bundle.

A bundle is one zip. Its entries are STORED, in the order of ``ORDER``, one right behind the other from byte 0 on, each
with its sizes in both headers: no data descriptors, no directories, no flags but "names are UTF-8", no extra fields but
zip64's, no comments, nothing before, between or behind. Any program opens it; only this one form is taken.
"""

import unicodedata

MANIFEST = "cspon-bundle/1"
WITHDRAWN = "cspon-withdrawn/1"
RECEIPTS = "cspon-receipts/1"
CHANNELS = ("pilot", "regional", "national")
NOTICES = "notices"
"""The delegated role (key online) that signs what was withdrawn."""
KINDS = ("files", "predictions", "program", "model")
ROLES = (
    "file", "certificate", "evaluation", "promotion", "event", "checkpoint", "consistency", "sbom", "lock", "wheel"
)  # fmt: skip

METADATA_DIR, TARGETS_DIR, FILES_DIR = "metadata/", "targets/", "files/"
WITHDRAWN_TARGET = "notices/withdrawn.json"
CERTIFICATE = "evidence/certificate.dsse.json"
EVALUATIONS_DIR = "evidence/evaluations/"
PROMOTION = "evidence/promotion.dsse.json"
SBOM = "evidence/sbom.cdx.json"
EVENTS_DIR = "evidence/log/"
"""``LEAF.json``: ``{event, leaf, index, size, leaf_hash, hashes}``. ``leaf``: its text; ``event``: the fields of
``portal.audit.leaves.Event`` without actor and reason (null); the rest as ``/api/v1/log/inclusion`` answers."""
CHECKPOINT = "evidence/checkpoint.txt"
CONSISTENCY = "evidence/consistency.json"
"""Optional: ``{proofs: [{first, second, hashes}]}``, from checkpoints of earlier bundles to this one's."""
LOCK = "runtime/requirements.txt"
WHEELS_DIR = "runtime/wheels/"
ORDER = (METADATA_DIR, TARGETS_DIR, FILES_DIR, "evidence/", "runtime/")

PROMOTION_TYPE = "https://cspon.example/attestation/promotion/v1"
CERTIFICATE_TYPE = "https://cspon.example/attestation/certificate/v1"
EVALUATION_TYPE = "https://cspon.example/attestation/evaluation/v1"
RECEIPT_TYPE = "https://cspon.example/attestation/receipt/v1"
RECEIPT_EVENTS = ("installed", "ran", "removed", "refused")

MAX_ENTRIES = 50_000
MAX_METADATA = 4 << 20
"""Bytes of one metadata file, and of ``withdrawn.json``."""
MAX_MANIFEST = 16 << 20
MAX_EVIDENCE = 16 << 20
"""Bytes of one file below ``evidence/``, and of the runtime's lock."""
MAX_ROOTS = 64

_FORBIDDEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


class BadFormat(ValueError):  # noqa: N818 - a refusal
    """A manifest or a name is not what this file says; the message says where and why."""


def target_path(channel: str, namespace: str, name: str, version: str) -> str:
    """The TUF target (and, below ``targets/``, the entry) that holds a bundle's manifest."""
    return f"{channel}/{namespace}/{name}/{version}.json"


def check_path(path: str) -> str:
    """The path itself, when it can neither leave a folder nor be taken for another one; `BadFormat` otherwise."""
    parts = path.split("/")
    if not path or len(path) > 700 or path.startswith("/") or any(part in {"", ".", ".."} for part in parts):
        raise BadFormat(f"{shown(path)}: a path is relative, without empty parts, “.” and “..”")
    if "\\" in path or ":" in path or any(unicodedata.category(letter) in _FORBIDDEN for letter in path):
        raise BadFormat(f"{shown(path)}: a path holds no backslashes, colons or invisible characters")
    if unicodedata.normalize("NFC", path) != path:
        raise BadFormat(f"{shown(path)}: a path is in Unicode form NFC")
    if len(parts) > 24 or any(len(part.encode()) > 255 or part != part.strip() for part in parts):
        raise BadFormat(f"{shown(path)}: too deep, a part too long, or with a space at its edge")
    return path


def shown(path: str) -> str:
    """A hostile name made safe to show."""
    safe = (c if unicodedata.category(c) not in _FORBIDDEN else f"\\u{ord(c):04x}" for c in path[:200])
    return "".join(safe) or "(empty)"


def folded(path: str) -> str:
    """What two paths have in common when some file system would take them for one."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", path).casefold())
