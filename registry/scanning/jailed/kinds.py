"""What a file is, by its first bytes, and which names that may go under. Whatever is not listed is not
allowed."""

import re
import struct
from dataclasses import dataclass
from pathlib import PurePosixPath

from .words import words

TEXT_SUFFIXES = words(
    ".py .r .jl .md .txt .json .jsonl .yaml .yml .toml .csv .tsv .geojson .xml .html .css .js .ipynb"
    " .svg .prj .cpg .qpj .cfg .ini .rst .bib .tex .sql .wkt .qml .sld .lock .rmd .qmd"
)
TEXT_NAMES = words(
    "licence license copying notice authors readme changelog citation makefile dockerfile mlmodel"
    " contributing .gitignore .gitattributes .dockerignore .editorconfig"
)
# kind -> suffixes the kind may carry
BINARY_SUFFIXES: dict[str, frozenset[str]] = {
    "png": frozenset({".png"}),
    "jpeg": frozenset({".jpg", ".jpeg"}),
    "tiff": frozenset({".tif", ".tiff"}),
    "pdf": frozenset({".pdf"}),
    "npy": frozenset({".npy"}),
    "npz": frozenset({".npz"}),
    "parquet": frozenset({".parquet", ".geoparquet"}),
    "sqlite": frozenset({".gpkg"}),
    "shape": frozenset({".shp", ".shx"}),
    "dbf": frozenset({".dbf"}),
    "shape_index": frozenset({".sbn", ".sbx", ".qix"}),
    "onnx": frozenset({".onnx"}),
    "safetensors": frozenset({".safetensors"}),
    "skops": frozenset({".skops"}),
}
PICKLE_SUFFIXES = frozenset({".pkl", ".pickle", ".joblib", ".pt", ".pth", ".ckpt"})
EXECUTABLE_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"\x7fELF", "ELF"),
    (b"\xfe\xed\xfa\xce", "Mach-O"),
    (b"\xfe\xed\xfa\xcf", "Mach-O"),
    (b"\xce\xfa\xed\xfe", "Mach-O"),
    (b"\xcf\xfa\xed\xfe", "Mach-O"),
    (b"\xca\xfe\xba\xbe", "Java class / Mach-O"),
    (b"\x00asm", "WebAssembly"),
    (b"dex\n", "Android DEX"),
    (b"!<arch>\n", "static library"),
)
ARCHIVE_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"PK\x03\x04", "zip"),
    (b"PK\x05\x06", "zip"),
    (b"\x1f\x8b", "gzip"),
    (b"BZh", "bzip2"),
    (b"\xfd7zXZ\x00", "xz"),
    (b"7z\xbc\xaf\x27\x1c", "7z"),
    (b"Rar!\x1a\x07", "rar"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
    (b"\x04\x22\x4d\x18", "lz4"),
    (b"MSCF\x00\x00\x00\x00", "cab"),
    (b"\xed\xab\xee\xdb", "rpm"),
)
PLAIN_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"\xff\xd8\xff", "jpeg"),
    (b"II*\x00", "tiff"),
    (b"MM\x00*", "tiff"),
    (b"II+\x00", "tiff"),
    (b"MM\x00+", "tiff"),
    (b"%PDF-", "pdf"),
    (b"\x93NUMPY", "npy"),
    (b"PAR1", "parquet"),
    (b"SQLite format 3\x00", "sqlite"),
    (b"\x00\x00\x27\x0a", "shape"),
)
CONTROL_BYTES = re.compile(rb"[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f]")


@dataclass(frozen=True)
class Kind:
    """`name` is one of the listed kinds, or executable | archive | pickle | text | unknown; `detail` names
    the format."""

    name: str
    detail: str = ""


def detect(path: str, head: bytes) -> Kind:
    """The kind of a file by its first bytes (4 KiB are enough); the name decides only where the bytes leave
    it open."""
    suffix = suffix_of(path)
    return (
        _executable(head, suffix) or _archive(head, suffix) or _listed(head, suffix) or _by_text(head, suffix)
    )


def suffix_of(path: str) -> str:
    """The last suffix in lower case, with its dot."""
    return PurePosixPath(path).suffix.lower()


def decode_text(data: bytes) -> tuple[str, str] | None:
    """(text, encoding) when the bytes are text in UTF-8 or GB 18030, else None. A cut last character is
    forgiven."""
    if CONTROL_BYTES.search(data):
        return None
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding), encoding
        except UnicodeDecodeError as error:
            if error.start >= len(data) - 4 and len(data) > 4:
                return data[: error.start].decode(encoding), encoding
    return None


def text_name_allowed(path: str) -> bool:
    """True when a text file of this name is on the list of formats."""
    name = PurePosixPath(path).name.lower()
    stem = name.split(".", 1)[0]
    return suffix_of(path) in TEXT_SUFFIXES or name in TEXT_NAMES or (stem in TEXT_NAMES and "." not in name)


def _executable(head: bytes, suffix: str) -> Kind | None:
    for magic, name in EXECUTABLE_MAGIC:
        if head.startswith(magic):
            return Kind("executable", name)
    if head.startswith(b"MZ") and len(head) >= 64 and CONTROL_BYTES.search(head):
        return Kind("executable", "PE")
    if suffix in (".pyc", ".pyo") and head[2:4] == b"\r\n":
        return Kind("executable", "Python bytecode")
    if head.startswith(b"#!") and suffix not in (".py", ".r", ".jl", ".js"):
        return Kind("text", "script")
    return None


def _archive(head: bytes, suffix: str) -> Kind | None:
    name = next((name for magic, name in ARCHIVE_MAGIC if head.startswith(magic)), None)
    if name is None and head[257:262] == b"ustar":
        name = "tar"
    if name == "zip" and suffix in {".skops", ".npz"}:
        return Kind(suffix[1:])
    if suffix in PICKLE_SUFFIXES and name in {"zip", "gzip", "bzip2", "xz", "lz4"}:
        return Kind("pickle", name)
    if name == "zip" and suffix == ".jar":
        return Kind("executable", "Java archive")
    return Kind("archive", name) if name else None


def _listed(head: bytes, suffix: str) -> Kind | None:
    for magic, name in PLAIN_MAGIC:
        if head.startswith(magic):
            return Kind(name)
    if suffix in PICKLE_SUFFIXES or (len(head) > 1 and head[0] == 0x80 and head[1] <= 5):
        return Kind("pickle", "pickle")
    if suffix in {".onnx", ".safetensors"}:
        return Kind(suffix[1:])
    if suffix == ".dbf" and _is_dbf(head):
        return Kind("dbf")
    if suffix in {".sbn", ".sbx"} and head.startswith(b"\x00\x00\x27\x0a"):
        return Kind("shape_index")
    if suffix == ".qix" and head.startswith(b"SQT"):
        return Kind("shape_index")
    return None


def _is_dbf(head: bytes) -> bool:
    if len(head) < 32 or head[0] not in (0x03, 0x04, 0x05, 0x30, 0x31, 0x83, 0x8B, 0xF5):
        return False
    header, record = struct.unpack_from("<HH", head, 8)
    return bool(header >= 33 and record >= 1 and 1 <= head[2] <= 12 and 1 <= head[3] <= 31)


def _by_text(head: bytes, suffix: str) -> Kind:
    decoded = decode_text(head)
    if decoded is None:
        return Kind("unknown")
    return Kind("text", suffix[1:] if suffix else "")
