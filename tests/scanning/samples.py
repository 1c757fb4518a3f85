"""Hostile and harmless files, built by hand so that no library smooths them out."""

import binascii
import io
import json
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Mapping


# --- pickles -----------------------------------------------------------------------------------------------
def text(value: str) -> bytes:
    raw = value.encode()
    return b"X" + struct.pack("<I", len(raw)) + raw


def call(name: str, *arguments: str) -> bytes:
    """Opcodes that leave the result of `module.function(*arguments)` on the stack."""
    module, function = name.rsplit(".", 1)
    return f"c{module}\n{function}\n(".encode() + b"".join(map(text, arguments)) + b"tR"


def pickled(body: bytes) -> bytes:
    return b"\x80\x02" + body + b"."


OS_SYSTEM = pickled(call("os.system", "id"))
EVIL_PICKLES: dict[str, bytes] = {
    "os.system": OS_SYSTEM,
    "eval": pickled(call("builtins.eval", "1+1")),
    "importlib+methodcaller": pickled(
        call("operator.methodcaller", "system", "id") + call("importlib.import_module", "os") + b"\x85R"
    ),
    "numpy runstring": pickled(call("numpy.testing._private.utils.runstring", "import os", "x")),
    "timeit": pickled(call("timeit.timeit", "import os; os.system('id')")),
    "pandas eval": pickled(call("pandas.core.computation.eval.eval", "@__import__('os').system('id')")),
}
BROKEN_PICKLE = OS_SYSTEM[:-1] + b"\xff\xff\xff"
PROTOCOL_0 = b"cos\nsystem\n(S'id'\ntR."
FOREST = pickled(
    b"csklearn.ensemble._forest\nRandomForestClassifier\n)\x81}(" + text("n_estimators") + b"K\x05ub"
)
PLAIN_DATA = pickled(b"}(" + text("a") + b"](K\x01K\x02eu")


def torch_zip(data: bytes, *, break_crc: bool = False) -> bytes:
    raw = zipped({"archive/data.pkl": data, "archive/version": b"3\n", "archive/data/0": bytes(64)})
    if break_crc:
        good = struct.pack("<I", binascii.crc32(data))
        raw = raw.replace(good, struct.pack("<I", binascii.crc32(data) ^ 1))
    return raw


# --- archives ----------------------------------------------------------------------------------------------
def zipped(files: Mapping[str, bytes | str], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


def member(
    name: bytes,
    data: bytes,
    *,
    flags: int = 0,
    stated: int | None = None,
    attributes: int = 0,
    crc: int | None = None,
) -> tuple[bytes, bytes]:
    """(local part, directory part without offset) of one stored zip member; `stated` lies about its size."""
    size = len(data) if stated is None else stated
    checksum = zlib.crc32(data) if crc is None else crc
    fixed = struct.pack("<5HI2I2H", 20, flags, 0, 0, 33, checksum, len(data), size, len(name), 0)
    local = b"PK\x03\x04" + fixed + name + data
    return local, b"PK\x01\x02\x14\x03" + fixed + struct.pack("<3HI", 0, 0, 0, attributes) + b"%s" + name


def raw_zip(*members: tuple[bytes, bytes], offsets: list[int] | None = None) -> bytes:
    body, directory = b"", b""
    for position, (local, entry) in enumerate(members):
        offset = offsets[position] if offsets else len(body)
        directory += entry.replace(b"%s", struct.pack("<I", offset), 1)
        body += local
    count = len(members)
    end = struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, count, count, len(directory), len(body), 0)
    return body + directory + end


def tarred(members: list[tuple[tarfile.TarInfo, bytes]], mode: str = "w:gz") -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode, format=tarfile.PAX_FORMAT) as archive:  # type: ignore[call-overload]
        for info, data in members:
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return out.getvalue()


def tar_member(name: str, kind: bytes = tarfile.REGTYPE, target: str = "") -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    return info


# --- model files -------------------------------------------------------------------------------------------
def field(number: int, data: bytes | str) -> bytes:
    raw = data.encode() if isinstance(data, str) else data
    length, size = b"", len(raw)
    while size >= 0x80:
        length += bytes([size & 0x7F | 0x80])
        size >>= 7
    return (
        bytes([number << 3 & 0x7F | 2 | (0x80 if number > 15 else 0)])
        + (bytes([number >> 4]) if number > 15 else b"")
        + length
        + bytes([size])
        + raw
    )


def onnx_model(*, location: str = "", domain: str = "") -> bytes:
    """A model of one Identity node; `location` adds a tensor kept outside, `domain` makes the operator foreign."""
    node = field(1, "x") + field(2, "y") + field(4, "Identity") + (field(7, domain) if domain else b"")
    float_1 = field(2, field(1, b"\x08\x01" + field(2, field(1, b"\x08\x01"))))
    graph = (
        field(1, node)
        + field(2, "g")
        + field(11, field(1, "x") + float_1)
        + field(12, field(1, "y") + float_1)
    )
    if location:
        entry = field(1, "location") + field(2, location)
        graph += field(5, b"\x08\x01\x10\x01" + field(8, "w") + field(13, entry) + b"\x70\x01")
    opset = field(8, field(1, domain) + b"\x10\x01") if domain else b""
    return b"\x08\x08" + field(7, graph) + field(8, field(1, "") + b"\x10\x11") + opset


def skops(*types: str) -> bytes:
    nodes = [
        {
            "__module__": name.rsplit(".", 1)[0],
            "__class__": name.rsplit(".", 1)[1],
            "__loader__": "ObjectNode",
        }
        for name in types
    ]
    schema = {
        "__module__": "builtins",
        "__class__": "list",
        "__loader__": "ListNode",
        "content": nodes,
        "protocol": 2,
    }
    return zipped({"schema.json": json.dumps(schema)})


def safetensors(header: object, data: bytes = b"") -> bytes:
    raw = json.dumps(header).encode() if not isinstance(header, bytes) else header
    return struct.pack("<Q", len(raw)) + raw + data


def npy(descr: str, data: bytes) -> bytes:
    header = f"{{'descr': '{descr}', 'fortran_order': False, 'shape': (1,), }}".ljust(117) + "\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode() + data


ELF = b"\x7fELF\x02\x01\x01" + bytes(200)
PE = b"MZ" + bytes(58) + struct.pack("<I", 128) + bytes(200)
PNG = b"\x89PNG\r\n\x1a\n" + bytes(100)


# --- personal data -----------------------------------------------------------------------------------------
def id_number(seventeen: str) -> str:
    """The citizen identity number with its check digit (GB 11643-1999)."""
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    total = sum(int(digit) * weight for digit, weight in zip(seventeen, weights, strict=True))
    return seventeen + "10X98765432"[total % 11]
