"""Jupyter notebooks, read only: Markdown, code, text and pictures. HTML, JavaScript and widgets are only counted."""

import base64
import binascii
import io
import json
from pathlib import Path
from typing import Any

from .pictures import encoded
from .result import Output, UnsupportedError
from .texts import highlighted
from .words import decode, visible

MAX_BYTES = 32 * 1024 * 1024
MAX_CELLS = 200
PAGE_CELLS = 20
MAX_PICTURES = 20
MAX_SOURCE = 20_000
MAX_OUTPUTS = 20
LEAVES_OUT = ("text/html", "application/javascript", "text/latex", "image/svg+xml", "image/jpeg")


def read(source: Path, output: Output, *, kind: str, suffix: str) -> dict[str, Any]:  # noqa: ARG001
    """Cells in parts of PAGE_CELLS; pictures of outputs in parts of their own."""
    return _Notebook(_loaded(source), output).read()


def _loaded(source: Path) -> dict[str, Any]:
    with source.open("rb") as file:
        data = file.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise UnsupportedError("too_large", limit=MAX_BYTES >> 20)
    try:
        value = json.loads(decode(data)[0])
    except RecursionError as error:
        raise UnsupportedError("deep") from error
    if not isinstance(value, dict) or not isinstance(value.get("cells"), list):
        raise UnsupportedError("damaged")
    return value


class _Notebook:
    def __init__(self, value: dict[str, Any], output: Output) -> None:
        self._cells = [cell for cell in value["cells"] if isinstance(cell, dict)]
        self._output = output
        self._language = _language(value)
        self._pictures = 0
        self._left_out = 0

    def read(self) -> dict[str, Any]:
        shown = [self._cell(cell) for cell in self._cells[:MAX_CELLS]]
        for page, first in enumerate(range(0, max(len(shown), 1), PAGE_CELLS), start=1):
            self._output.json(f"cells-{page}", {"cells": shown[first : first + PAGE_CELLS]})
        return {
            "cells": len(self._cells),
            "shown": len(shown),
            "language": self._language,
            "left_out": self._left_out,
        }

    def _cell(self, cell: dict[str, Any]) -> dict[str, Any]:
        kind = cell.get("cell_type")
        text = _joined(cell.get("source"))
        if kind != "code":
            return {
                "kind": "markdown" if kind == "markdown" else "raw",
                "text": text,
                "lines": [],
                "outputs": [],
            }
        lines, _name = highlighted(text, f".{'py' if self._language == 'python' else 'txt'}")
        outputs = cell.get("outputs")
        found = [self._outcome(each) for each in (outputs if isinstance(outputs, list) else [])[:MAX_OUTPUTS]]
        return {"kind": "code", "text": "", "lines": lines, "outputs": [each for each in found if each]}

    def _outcome(self, item: Any) -> dict[str, Any] | None:
        if not isinstance(item, dict):
            return None
        if item.get("output_type") == "error":
            return _text(f"{_joined(item.get('ename'))}: {_joined(item.get('evalue'))}")
        if "text" in item:
            return _text(_joined(item["text"]))
        data = item.get("data")
        if not isinstance(data, dict):
            return None
        self._left_out += sum(kind in data for kind in LEAVES_OUT)
        return self._picture(data.get("image/png")) or (
            _text(_joined(data["text/plain"])) if "text/plain" in data else None
        )

    def _picture(self, packed: Any) -> dict[str, Any] | None:
        if packed is None or self._pictures >= MAX_PICTURES:
            return None
        try:
            raw = base64.b64decode("".join(_joined(packed, 12_000_000).split()), validate=True)
            _facts, data = encoded(io.BytesIO(raw), 800)
        except (binascii.Error, UnsupportedError, OSError, ValueError, SyntaxError):
            self._left_out += 1
            return None
        self._pictures += 1
        name = f"output-{self._pictures}"
        self._output.png(name, data)
        return {"kind": "picture", "text": "", "part": name}


def _text(text: str) -> dict[str, Any] | None:
    return {"kind": "text", "text": text[:MAX_SOURCE], "part": ""} if text else None


def _joined(value: Any, limit: int = MAX_SOURCE) -> str:
    """A notebook's text: a string, or a list of them."""
    if isinstance(value, list):
        value = "".join(part for part in value if isinstance(part, str))
    return visible(value[:limit]) if isinstance(value, str) else ""


def _language(value: dict[str, Any]) -> str:
    spec: Any = value
    for key in ("metadata", "kernelspec", "language"):
        spec = spec.get(key) if isinstance(spec, dict) else None
    return spec[:40] if isinstance(spec, str) and spec.isascii() and spec.isalnum() else "python"
