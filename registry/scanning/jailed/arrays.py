"""Files of numbers: safetensors headers, npy and npz arrays."""

import ast
import json
import math
import zipfile
from pathlib import Path
from typing import IO, Any

from .hits import Hits

MAX_HEADER = 100 * 1024 * 1024
SIZES = {"BOOL": 1, "U8": 1, "I8": 1, "F8_E5M2": 1, "F8_E4M3": 1, "I16": 2, "U16": 2, "F16": 2, "BF16": 2,
"I32": 4, "U32": 4, "F32": 4, "F64": 8, "I64": 8, "U64": 8, "C64": 8}  # fmt: skip


class HeaderError(ValueError):
    """The header contradicts the format."""


def check_safetensors(root: Path, hits: Hits) -> None:
    """`safetensors.broken` unless the header is sane: its length, its JSON, and offsets that tile the data
    exactly."""
    target = root / hits.path
    size = target.stat().st_size
    with target.open("rb") as source:
        length = int.from_bytes(source.read(8), "little")
        if size < 8 or not 2 <= length <= min(MAX_HEADER, size - 8):
            return hits.add("safetensors.broken", problem="the header length is impossible")
        header = source.read(length)
    try:
        _check_header(json.loads(header.decode("utf-8"), object_pairs_hook=_no_repeats), size - 8 - length)
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        hits.add("safetensors.broken", problem=error)
    return None


def _no_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise HeaderError("a name is given twice")
    return value


def _check_header(header: Any, data_size: int) -> None:
    if not isinstance(header, dict):
        raise HeaderError("the header is not an object")
    metadata = header.pop("__metadata__", {})
    if not isinstance(metadata, dict) or not all(isinstance(value, str) for value in metadata.values()):
        raise HeaderError("__metadata__ holds more than text")
    end = 0
    for begin, stop in sorted(_span(name, tensor) for name, tensor in header.items()):
        if begin != end:
            raise HeaderError("tensors overlap or leave gaps")
        end = stop
    if end != data_size:
        raise HeaderError("the tensors do not fill the file")


def _span(name: str, tensor: Any) -> tuple[int, int]:
    begin, stop = tensor["data_offsets"]
    shape = tensor["shape"]
    if not all(type(number) is int and number >= 0 for number in (begin, stop, *shape)):
        raise HeaderError(f"{name[:60]}: offsets and shape must be whole numbers")
    if stop - begin != SIZES[tensor["dtype"]] * math.prod(shape):
        raise HeaderError(f"{name[:60]}: size and shape differ")
    return begin, stop


def npy_has_objects(source: IO[bytes]) -> bool:
    """True when a .npy array holds pickled objects; leaves the stream at the data. ValueError on a broken
    header.

    Format: numpy NEP 1 (magic, version, little-endian header length, a Python literal)."""
    if source.read(6) != b"\x93NUMPY":
        raise HeaderError("not a .npy file")
    major = int.from_bytes(source.read(2)[:1], "little")
    width = {1: 2, 2: 4, 3: 4}.get(major, 0)
    length = int.from_bytes(source.read(width), "little") if width else 0
    if not 10 <= length <= 64 * 1024:
        raise HeaderError("the header length is impossible")
    header = ast.literal_eval(source.read(length).decode("utf-8" if major == 3 else "latin-1").strip())
    if not isinstance(header, dict) or not {"descr", "fortran_order", "shape"} <= set(header):
        raise HeaderError("the header lacks its fields")
    return _has_object(header["descr"])


def _has_object(descr: Any) -> bool:
    if isinstance(descr, str):
        return "O" in descr.upper()
    if not isinstance(descr, list | tuple):
        raise HeaderError("unknown element type")
    return any(_has_object(part[1]) for part in descr if isinstance(part, list | tuple) and len(part) > 1)


def check_npy(root: Path, hits: Hits) -> bytes | None:
    """Findings for one .npy; returns the pickled part of an object array, for the pickle scanners."""
    with (root / hits.path).open("rb") as source:
        return _check_array(source, hits, "")


def check_npz(root: Path, hits: Hits) -> list[bytes]:
    """Findings for one .npz: every member must be a .npy; returns the pickled parts."""
    parts: list[bytes] = []
    try:
        with zipfile.ZipFile(root / hits.path) as archive:
            for member in archive.infolist()[:1000]:
                if not member.filename.endswith(".npy"):
                    hits.add("format.nested_archive", format="zip")
                    continue
                with archive.open(member) as source:
                    pickled = _check_array(source, hits, member.filename)
                parts += [pickled] if pickled is not None else []
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, EOFError) as error:
        hits.add("npy.broken", problem=error)
    return parts


def _check_array(source: IO[bytes], hits: Hits, member: str) -> bytes | None:
    try:
        if not npy_has_objects(source):
            return None
    except (ValueError, SyntaxError, MemoryError, RecursionError) as error:
        hits.add("npy.broken", problem=error)
        return None
    hits.add("npy.object_array", member=member)
    return source.read()
