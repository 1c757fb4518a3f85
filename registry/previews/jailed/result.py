"""What a reader hands over: facts, and parts in files of their own, so that a page loads only what it shows."""

import json
from pathlib import Path
from typing import Any


class UnsupportedError(Exception):
    """The file cannot be shown; `code` says why, in a word that the host has a sentence for."""

    def __init__(self, code: str, **params: int | str) -> None:
        super().__init__(code)
        self.code = code
        self.params = params


class Output:
    """The parts of one preview, written as they come."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.parts: list[str] = []

    def json(self, name: str, value: Any) -> None:
        """Write a JSON part; NaN and infinities have no place in it."""
        text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        self._write(f"{name}.json", text.encode("utf-8", "replace"))

    def png(self, name: str, data: bytes) -> None:
        """Write a picture that we have encoded ourselves."""
        self._write(f"{name}.png", data)

    def _write(self, name: str, data: bytes) -> None:
        (self._folder / name).write_bytes(data)
        self.parts.append(name)

    def finish(self, status: str, reason: str = "", params: Any = None, facts: Any = None) -> None:
        """Write the index that the host reads first."""
        index = {
            "format": 1,
            "status": status,
            "reason": reason,
            "params": params or {},
            "facts": facts or {},
            "parts": self.parts,
        }
        text = json.dumps(index, ensure_ascii=False, allow_nan=False)
        (self._folder / "preview.json").write_bytes(text.encode("utf-8", "replace"))
