"""What a reader answers is hostile: a jail that was taken over may write anything into its output."""

import json
import os
import struct
from pathlib import Path
from typing import Any

import pytest

from registry.previews import png as plain
from registry.previews.models import PreviewKind, PreviewState
from registry.previews.reading import NOT_ACCEPTED, REASONS, read
from tests.previews.samples import PNG, chunk, png

INDEX: dict[str, Any] = {
    "format": 1,
    "status": "ready",
    "reason": "",
    "params": {},
    "facts": {"encoding": "UTF-8", "language": "Python", "lines": 1, "cut": False},
    "parts": ["lines-1.json"],
}
LINES = {"first": 1, "lines": [[["k", "def"]]]}


def write(folder: Path, index: object, **parts: bytes | object) -> Path:
    (folder / "preview.json").write_bytes(index if isinstance(index, bytes) else json.dumps(index).encode())
    for name, value in parts.items():
        data = value if isinstance(value, bytes) else json.dumps(value).encode()
        stem, _, ending = name.rpartition("_")
        (folder / f"{stem.replace('_', '-')}.{ending}").write_bytes(data)
    return folder


def test_a_right_answer(tmp_path: Path) -> None:
    result = read(write(tmp_path, INDEX, lines_1_json=LINES), PreviewKind.text)
    assert result.state is PreviewState.ready
    assert json.loads(result.parts["lines-1.json"]) == LINES


@pytest.mark.parametrize(
    "change",
    [
        {"format": 2},
        {"status": "failed"},
        {"extra": 1},
        {"parts": ["../../etc/passwd"]},
        {"parts": ["lines-1.html"]},
        {"parts": ["lines-1.json", "lines-1.json"]},
        {"parts": ["lines-01.json"]},
        {"parts": ["lines-2.json"]},
        {"parts": ["shapes.json"]},
        {"parts": ["lines-1.json"] * 81},
        {"parts": "lines-1.json"},
        {"facts": {**INDEX["facts"], "lines": "1"}},
        {"facts": {**INDEX["facts"], "lines": -1}},
        {"facts": {**INDEX["facts"], "html": "<b>"}},
        {"facts": {**INDEX["facts"], "language": "x" * 200}},
        {"facts": {}},
        {"params": {"limit": "<script>"}},
        {"status": "unsupported", "reason": "<script>alert(1)</script>"},
        {"status": "unsupported", "reason": "unheard"},
    ],
)
def test_a_wrong_index_is_a_failure(tmp_path: Path, change: dict[str, Any]) -> None:
    result = read(write(tmp_path, {**INDEX, **change}, lines_1_json=LINES, shapes_json={}), PreviewKind.text)
    assert (result.state, result.reason) == (PreviewState.failed, NOT_ACCEPTED)
    assert not result.parts


@pytest.mark.parametrize(
    "part",
    [
        {"first": 1, "lines": [[["onclick", "x"]]], "more": 1},
        {"first": 1, "lines": [[["k"]]]},
        {"first": 1, "lines": [[["k", 1]]]},
        {"first": 1, "lines": [[["k", "x" * 3000]]]},
        {"first": 1.5, "lines": []},
        {"first": True, "lines": []},
        [],
        b'{"first": 1, "first": 2, "lines": []}',
        b'{"first": NaN, "lines": []}',
        b'{"first": 1, "lines": ["\\u0000"]}',
        b"[" * 100_000,
        b"\xff\xfe",
        b" " * (5 << 20),
    ],
)
def test_a_wrong_part_is_a_failure(tmp_path: Path, part: object) -> None:
    assert read(write(tmp_path, INDEX, lines_1_json=part), PreviewKind.text).state is PreviewState.failed


def test_a_class_that_no_page_knows_is_refused(tmp_path: Path) -> None:
    part = {"first": 1, "lines": [[['k" onclick="x', "y"]]]}
    assert read(write(tmp_path, INDEX, lines_1_json=part), PreviewKind.text).state is PreviewState.failed


def test_links_and_devices_are_not_followed(tmp_path: Path) -> None:
    write(tmp_path, INDEX)
    (tmp_path / "lines-1.json").symlink_to("/etc/hostname")
    assert read(tmp_path, PreviewKind.text).state is PreviewState.failed
    (tmp_path / "lines-1.json").unlink()
    os.mkfifo(tmp_path / "lines-1.json")
    assert read(tmp_path, PreviewKind.text).state is PreviewState.failed
    assert read(tmp_path / "nothing", PreviewKind.text).state is PreviewState.failed


def test_reasons_are_ours(tmp_path: Path) -> None:
    index = {**INDEX, "status": "unsupported", "reason": "pixels", "params": {"limit": 80}}
    result = read(write(tmp_path, index), PreviewKind.picture)
    assert (result.state, result.reason) == (PreviewState.unsupported, REASONS["pixels"])
    assert result.reason % result.params == "The picture has more than 80 million pixels."


def test_pictures_may_be_nothing_else(tmp_path: Path) -> None:
    facts = {"format": "PNG", "mode": "L", "width": 8, "height": 4, "frames": 1}
    index = {**INDEX, "facts": facts, "parts": ["image.png"]}
    assert read(write(tmp_path, index, image_png=png()), PreviewKind.picture).state is PreviewState.ready
    for wrong in (b"", PNG, png(tail=b"<script>"), b"GIF89a", b"<svg/>", {"a": 1}):
        found = read(write(tmp_path, index, image_png=wrong), PreviewKind.picture)
        assert found.state is PreviewState.failed


@pytest.mark.parametrize(
    "data",
    [
        png(1201, 4),
        png(extra=chunk(b"tEXt", b"Comment\x00<script>")),
        png(extra=chunk(b"iCCP", b"x")),
        png()[:-4] + b"\x00\x00\x00\x00",
        png()[:-12],
        PNG + chunk(b"IDAT", b""),
        PNG
        + chunk(b"IHDR", struct.pack(">IIBBBBB", 0, 1, 8, 0, 0, 0, 0))
        + chunk(b"IDAT", b"")
        + chunk(b"IEND", b""),
        PNG + struct.pack(">I", 2**31) + b"IHDR",
        png() + png(),
    ],
)
def test_only_plain_pngs_pass(data: bytes) -> None:
    with pytest.raises(plain.NotPlainPngError):
        plain.check(data)


def test_a_plain_png_passes() -> None:
    assert plain.check(png(1200, 1)) == (1200, 1)
