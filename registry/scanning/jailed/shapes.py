"""Shapes of configuration files, and the complaints about values that do not fit them."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

Path = tuple[str | int, ...]
Shape = Callable[[Any, Path], Iterator["Complaint"]]


@dataclass(frozen=True)
class Complaint:
    """`rule` is manifest.missing_field, unknown_field or wrong_value; `expected` is a key of the host's
    phrase list."""

    rule: str
    path: Path
    expected: str = ""
    allowed: str = ""

    @property
    def name(self) -> str:
        """The place as a reader writes it: metrics[0].name."""
        text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in self.path)
        return text.removeprefix(".")


def _wrong(path: Path, expected: str, allowed: str = "") -> Iterator[Complaint]:
    yield Complaint("manifest.wrong_value", path, expected, allowed)


def text(limit: int = 500, form: str = "") -> Shape:
    """Non-empty text of at most `limit` characters on one line, matching `form` where given."""

    def check(value: Any, path: Path) -> Iterator[Complaint]:
        if not isinstance(value, str) or not value.strip() or len(value) > limit or not _one_line(value):
            yield from _wrong(path, "text", f"1–{limit}")
        elif form and not re.fullmatch(form, value):
            yield from _wrong(path, "form", form)

    return check


def prose(limit: int = 4000, *, empty: bool = False) -> Shape:
    """Text that may run over several lines; `empty` lets it be empty."""

    def check(value: Any, path: Path) -> Iterator[Complaint]:
        if not isinstance(value, str) or len(value) > limit or not (empty or value.strip()):
            yield from _wrong(path, "text", f"{0 if empty else 1}–{limit}")

    return check


def _one_line(value: str) -> bool:
    return all(char.isprintable() for char in value)


def whole(least: int, most: int) -> Shape:
    """A whole number in a closed range; true and false are no numbers."""

    def check(value: Any, path: Path) -> Iterator[Complaint]:
        if type(value) is not int or not least <= value <= most:
            yield from _wrong(path, "whole_number", f"{least}–{most}")

    return check


def number(above: float, most: float) -> Shape:
    """A number greater than `above`, at most `most`."""

    def check(value: Any, path: Path) -> Iterator[Complaint]:
        if type(value) not in (int, float) or not above < value <= most:
            yield from _wrong(path, "number", f"{above:g}–{most:g}")

    return check


def flag(value: Any, path: Path) -> Iterator[Complaint]:
    """true or false."""
    if type(value) is not bool:
        yield from _wrong(path, "yes_no")


def anything(_value: Any, _path: Path) -> Iterator[Complaint]:
    """No demands."""
    yield from ()


def one_of(*allowed: str) -> Shape:
    """One of the words."""

    def check(value: Any, path: Path) -> Iterator[Complaint]:
        if not isinstance(value, str) or value not in allowed:
            yield from _wrong(path, "one_of", " | ".join(allowed))

    return check


def file_path(value: Any, path: Path) -> Iterator[Complaint]:
    """A relative path that stays inside: no empty, `.` or `..` part, no backslash, no colon."""
    plain = isinstance(value, str) and 0 < len(value) <= 500 and _one_line(value)
    if not plain or {"", ".", ".."} & set(value.split("/")) or set("\\:") & set(value):
        yield from _wrong(path, "path")


def list_of(item: Shape, least: int = 1, most: int = 100, *, distinct: bool = True) -> Shape:
    """A list of `least` to `most` items of one shape; equal plain items are refused."""

    def check(value: Any, path: Path) -> Iterator[Complaint]:
        if not isinstance(value, list) or not least <= len(value) <= most:
            yield from _wrong(path, "list", f"{least}–{most}")
            return
        for position, one in enumerate(value):
            yield from item(one, (*path, position))
            if distinct and one in value[:position]:
                yield from _wrong((*path, position), "distinct")

    return check


def mapping(required: dict[str, Shape], optional: dict[str, Shape] | None = None) -> Shape:
    """Named fields; a missing one and an unknown one are each named."""
    fields = required | (optional or {})

    def check(value: Any, path: Path) -> Iterator[Complaint]:
        if not isinstance(value, dict):
            yield from _wrong(path, "mapping")
            return
        yield from (
            Complaint("manifest.missing_field", (*path, key)) for key in required if value.get(key) is None
        )
        for key, inner in value.items():
            if key not in fields:
                yield Complaint("manifest.unknown_field", (*path, key))
            elif inner is not None:
                yield from fields[key](inner, (*path, key))

    return check


def named(item: Shape, *, limit: int, most: int) -> Shape:
    """Values of one shape by names of at most `limit` characters."""
    key = text(limit)

    def check(value: Any, path: Path) -> Iterator[Complaint]:
        if not isinstance(value, dict) or len(value) > most:
            yield from _wrong(path, "mapping")
            return
        for name, one in value.items():
            yield from key(name, (*path, name))
            yield from item(one, (*path, name))

    return check


BOTH_LANGUAGES = mapping({"zh": text(200), "en": text(200)})
