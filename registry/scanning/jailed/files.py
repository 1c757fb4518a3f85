"""One file: what it is, and the checks that its kind asks for."""

import os
import stat
import zipfile
from dataclasses import dataclass, field
from pathlib import Path

from .arrays import check_npy, check_npz, check_safetensors
from .hits import Hits
from .kinds import BINARY_SUFFIXES, PICKLE_SUFFIXES, Kind, detect, suffix_of, text_name_allowed
from .onnxfile import check_onnx
from .pickles import check_pickle_bytes, check_pickle_file
from .skopsfile import check_skops
from .texts import check_text

MIB = 1024 * 1024
PDF_ACTIVE = (b"/JavaScript", b"/JS ", b"/JS(", b"/Launch", b"/EmbeddedFile", b"/RichMedia")


@dataclass(frozen=True)
class Config:
    """What the caller tells the scan. `expects` is program, model, predictions, benchmark or None (any
    asset)."""

    declared_licence: str | None = None
    runtimes: frozenset[str] | None = None
    expects: str | None = None
    trusted_types: frozenset[str] = field(default_factory=frozenset)
    text_limit: int = 8 * MIB
    file_seconds: float = 60.0
    max_findings: int = 500
    max_files: int = 20_000


def scan_file(root: Path, path: str, config: Config) -> tuple[str, Hits]:
    """(kind, findings) of one file."""
    hits = Hits(path)
    target = root / path
    if not stat.S_ISREG(os.lstat(target).st_mode):
        hits.add("format.special_file")
        return "special", hits
    with target.open("rb") as source:
        kind = detect(path, source.read(4096))
    _check(root, kind, hits, config)
    return kind.name, hits


def _check(root: Path, kind: Kind, hits: Hits, config: Config) -> None:
    suffix = suffix_of(hits.path)
    match kind.name:
        case "text":
            _text(root, suffix, hits, config)
        case "pickle":
            check_pickle_file(root, hits, kind.detail)
            if suffix not in PICKLE_SUFFIXES:
                hits.add("format.mismatch", kind="pickle", suffix=suffix)
        case "executable":
            hits.add("format.executable", format=kind.detail)
        case "archive":
            hits.add("format.nested_archive", format=kind.detail)
        case "unknown":
            hits.add("format.unknown_binary", suffix=suffix)
        case _:
            _listed(root, kind, suffix, hits, config)


def _text(root: Path, suffix: str, hits: Hits, config: Config) -> None:
    if any(suffix in suffixes for suffixes in BINARY_SUFFIXES.values()):
        hits.add("format.mismatch", kind="text", suffix=suffix)
    elif not text_name_allowed(hits.path):
        hits.add("format.unlisted_text", suffix=suffix or Path(hits.path).name)
    if not check_text(root, hits, config.text_limit):
        hits.found.clear()
        hits.add("format.unknown_binary", suffix=suffix)


def _listed(root: Path, kind: Kind, suffix: str, hits: Hits, config: Config) -> None:
    """A binary format of the list: its own check, its name, and that it is nothing else as well."""
    if suffix not in BINARY_SUFFIXES[kind.name]:
        hits.add("format.mismatch", kind=kind.name, suffix=suffix)
    if kind.name not in {"skops", "npz"} and zipfile.is_zipfile(root / hits.path):
        hits.add("format.polyglot", kind=kind.name)
    match kind.name:
        case "onnx":
            check_onnx(root, hits)
        case "safetensors":
            check_safetensors(root, hits)
        case "skops":
            check_skops(root, hits, config.trusted_types)
        case "npy" | "npz":
            _arrays(root, kind.name, hits)
        case "pdf":
            _pdf(root, hits)


def _arrays(root: Path, name: str, hits: Hits) -> None:
    pickled = check_npy(root, hits) if name == "npy" else None
    for part in [pickled] if pickled is not None else check_npz(root, hits) if name == "npz" else []:
        check_pickle_bytes(part, hits)


def _pdf(root: Path, hits: Hits) -> None:
    with (root / hits.path).open("rb") as source:
        data = source.read(64 * MIB)
    found = sorted({word.decode().strip("/( ") for word in PDF_ACTIVE if word in data})
    if found:
        hits.add("pdf.active_content", features=", ".join(found))
