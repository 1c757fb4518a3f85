"""Manifests read: strict, because everything else stands on them."""

import re
from collections.abc import Sequence
from dataclasses import fields
from typing import Any

from cspon_node.formats.manifest import (
    Certificate,
    Entry,
    Interface,
    Keys,
    LogRef,
    Manifest,
    Promotion,
    Runtime,
    Subject,
    Withdrawal,
)
from cspon_node.formats.names import (
    CHANNELS,
    FILES_DIR,
    KINDS,
    MANIFEST,
    MAX_ENTRIES,
    METADATA_DIR,
    ORDER,
    ROLES,
    TARGETS_DIR,
    WITHDRAWN,
    BadFormat,
    check_path,
    folded,
    shown,
)

_SHA256 = re.compile(r"[0-9a-f]{64}\Z")
_DIGESTS = {"digest", "sha256"}


def read_manifest(value: object) -> Manifest:
    """The manifest of parsed JSON; `BadFormat` names the first place that does not hold."""
    top = _keys(value, "", ("format", *(each.name for each in fields(Manifest))))
    if top["format"] != MANIFEST:
        raise BadFormat(f"format: {str(top['format'])[:40]!r} is not {MANIFEST}")
    made = Manifest(
        channel=_one_of(top["channel"], "channel", CHANNELS),
        subject=_flat(Subject, top["subject"], "subject"),
        sequence=_whole(top["sequence"], "sequence"),
        made_at=_text(top["made_at"], "made_at"),
        portal=_text(top["portal"], "portal"),
        promotion=_flat(Promotion, top["promotion"], "promotion"),
        certificate=_flat(Certificate, top["certificate"], "certificate") if top["certificate"] else None,
        runtime=_flat(Runtime, top["runtime"], "runtime") if top["runtime"] else None,
        interface=_interface(top["interface"]),
        log=_flat(LogRef, top["log"], "log"),
        keys=_public(top["keys"]),
        files=_files(top["files"]),
    )
    for part in (made.subject.namespace, made.subject.name, made.subject.version):
        if "/" in part or "@" in part:
            raise BadFormat(f"subject: {shown(part)} holds a separator")
    _one_of(made.subject.submission, "subject.submission", KINDS)
    check_path(made.target)
    return made


def _public(value: object) -> Keys:
    given = _keys(value, "keys", Keys.__dataclass_fields__)
    return Keys(**{name: _texts(each, f"keys.{name}") for name, each in given.items()})


def read_withdrawn(value: object) -> tuple[int, list[Withdrawal]]:
    """Sequence and rows of ``withdrawn.json``."""
    top = _keys(value, "", ("format", "sequence", "made_at", "withdrawn"))
    if top["format"] != WITHDRAWN or not isinstance(top["withdrawn"], list):
        raise BadFormat(f"format: not {WITHDRAWN}")
    rows = [_flat(Withdrawal, each, f"withdrawn[{n}]") for n, each in enumerate(top["withdrawn"])]
    return _whole(top["sequence"], "sequence"), rows


def _files(value: object) -> tuple[Entry, ...]:
    if not isinstance(value, list) or len(value) > MAX_ENTRIES:
        raise BadFormat(f"files: a list of at most {MAX_ENTRIES}")
    found = [_flat(Entry, each, f"files[{n}]") for n, each in enumerate(value)]
    paths = [each.path for each in found]
    if paths != sorted(set(paths)):
        raise BadFormat("files: in the order of paths, each once")
    if len({folded(path) for path in paths}) < len(paths):
        raise BadFormat("files: two paths that some file system takes for one")
    for n, each in enumerate(found):
        check_path(each.path)
        _one_of(each.role, f"files[{n}].role", ROLES)
        if each.path.startswith((METADATA_DIR, TARGETS_DIR)) or not each.path.startswith(ORDER):
            raise BadFormat(f"files[{n}].path: {shown(each.path)} lies in no folder of a bundle's files")
        if (each.role == "file") != each.path.startswith(FILES_DIR):
            raise BadFormat(f"files[{n}].role: {each.role} does not belong to {shown(each.path)}")
    return tuple(found)


def _interface(value: object) -> Interface:
    given = _keys(value, "interface", Interface.__dataclass_fields__)
    made = Interface(
        how=_one_of(given["how"], "interface.how", ("command", "model", "none")),
        runner=_one_of(given["runner"], "interface.runner", ("", "onnx", "skops", "pyfunc")),
        command=_texts(given["command"], "interface.command"),
        inputs=_texts(given["inputs"], "interface.inputs"),
        outputs=_texts(given["outputs"], "interface.outputs"),
        model_io=_mapping(given["model_io"], "interface.model_io"),
        parameters=_mapping(given["parameters"], "interface.parameters"),
        limits=_mapping(given["limits"], "interface.limits"),
    )
    for each in made.limits.values():
        if isinstance(each, bool) or not isinstance(each, int | float) or not 0 < each < 2**53:
            raise BadFormat("interface.limits: numbers above 0")
    return made


def _flat(kind: Any, value: object, place: str) -> Any:
    """A dataclass whose fields are text or whole numbers."""
    given = _keys(value, place, kind.__dataclass_fields__)
    made: dict[str, object] = {}
    for name, facts in kind.__dataclass_fields__.items():
        where = f"{place}.{name}"
        made[name] = _whole(given[name], where) if facts.type is int else _text(given[name], where)
        if name in _DIGESTS and not _SHA256.match(str(made[name])):
            raise BadFormat(f"{where}: 64 lower-case hexadecimal digits")
    return kind(**made)


def _keys(value: object, place: str, wanted: Any) -> dict[str, Any]:
    """Exactly these keys: a reader that passed over unknown ones would not know what it had not checked."""
    if not isinstance(value, dict) or set(value) != set(wanted):
        odd = sorted(set(value) ^ set(wanted)) if isinstance(value, dict) else []
        raise BadFormat(
            f"{place or 'the top'}: an object with exactly the keys of this format ({', '.join(odd)[:80]})"
        )
    return value


def _mapping(value: object, place: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise BadFormat(f"{place}: an object")
    return value


def _text(value: object, place: str) -> str:
    if not isinstance(value, str) or len(value) > 2000:
        raise BadFormat(f"{place}: text of at most 2000 characters")
    return value


def _texts(value: object, place: str) -> tuple[str, ...]:
    if not isinstance(value, list) or len(value) > 5000:
        raise BadFormat(f"{place}: a list of texts")
    return tuple(_text(each, place) for each in value)


def _whole(value: object, place: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**53:
        raise BadFormat(f"{place}: a whole number from 0 on")
    return value


def _one_of(value: object, place: str, allowed: Sequence[str]) -> str:
    if not isinstance(value, str) or value not in allowed:
        raise BadFormat(f"{place}: one of {', '.join(allowed)}")
    return value
