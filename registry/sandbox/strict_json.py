"""Reads JSON that a stranger's program wrote: what is not plain, finite and unambiguous is refused."""

import json
import math
import re
from collections.abc import Iterable, Iterator
from typing import Any

from portal.kit.i18n import N_
from registry.sandbox.errors import ScoresRefused

MAX_MAGNITUDE = 1e15
MAX_DEPTH = 8
_MAX_DIGITS = 40
# An escaped character, or one that opens or closes something.
_MARKS = re.compile(r"""\\.|["\[\]{}]""", re.DOTALL)

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]


def loads(data: bytes, *, max_bytes: int, max_depth: int = MAX_DEPTH) -> Json:
    """Parse UTF-8 JSON; refuses NaN, infinities, numbers beyond 1e15, repeated keys, deep nesting, NUL,
    surrogates."""
    if len(data) > max_bytes:
        raise ScoresRefused(N_("The JSON is larger than %(limit)s kB"), limit=max_bytes // 1024)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ScoresRefused(N_("The JSON is not UTF-8 text")) from error
    _check_depth(text, max_depth)
    try:
        value: Json = json.loads(
            text,
            object_pairs_hook=_unique,
            parse_constant=_no_constant,
            parse_int=_integer,
            parse_float=_number,
        )
    except (ValueError, RecursionError) as error:
        raise ScoresRefused(N_("This is not JSON: %(reason)s"), reason=str(error)[:200]) from error
    _check_texts(value)
    return value


def read_scores(data: bytes, names: Iterable[str], *, max_bytes: int = 65536) -> dict[str, float]:
    """A flat object with exactly the declared ``names``, each a finite number (true and false are none)."""
    value = loads(data, max_bytes=max_bytes)
    if not isinstance(value, dict):
        raise ScoresRefused(N_("The scores must be one JSON object"))
    declared = set(names)
    if missing := sorted(declared - value.keys()):
        raise ScoresRefused(N_("The scores lack %(names)s"), names=", ".join(missing))
    if extra := sorted(value.keys() - declared):
        raise ScoresRefused(N_("The scores hold undeclared names: %(names)s"), names=", ".join(extra)[:200])
    return {name: number(each, name) for name, each in value.items()}


def read_lines(
    data: bytes, *, max_lines: int, max_line_bytes: int = 65536, max_depth: int = 2
) -> Iterator[dict[str, Json]]:
    """The objects of a JSON-lines file; blank lines at the end only. A refusal names the line."""
    lines = data.rstrip(b"\n").split(b"\n", max_lines) if data.strip() else []
    if len(lines) > max_lines:
        raise ScoresRefused(N_("More than %(limit)s lines"), limit=max_lines)
    for count, line in enumerate(lines, start=1):
        try:
            value = loads(line, max_bytes=max_line_bytes, max_depth=max_depth)
        except ScoresRefused as error:
            raise ScoresRefused(N_("Line %(line)s: %(reason)s"), line=count, reason=str(error)) from error
        if not isinstance(value, dict):
            raise ScoresRefused(N_("Line %(line)s: %(reason)s"), line=count, reason="not an object")
        yield value


def number(value: Json, name: str) -> float:
    """A finite number as float; booleans, strings and null are refused by ``name``."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ScoresRefused(N_("%(name)s is not a number"), name=name)
    return float(value)


def _check_depth(text: str, limit: int) -> None:
    """Count open brackets outside strings before the parser, which recurses, sees them."""
    if text.count("[") + text.count("{") <= limit:
        return
    depth, in_string = 0, False
    for found in _MARKS.finditer(text):
        mark = found[0]
        if mark == '"':
            in_string = not in_string
        elif in_string or mark.startswith("\\"):
            continue
        elif mark in "[{":
            depth += 1
            if depth > limit:
                raise ScoresRefused(N_("The JSON is nested deeper than %(limit)s levels"), limit=limit)
        else:
            depth -= 1


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for key, value in pairs:
        if key in result:
            raise ScoresRefused(N_("The key %(key)s appears twice"), key=repr(key)[:100])
        result[key] = value
    return result


def _check_texts(value: Json) -> None:
    """NUL cannot be stored in PostgreSQL, lone surrogates not even in UTF-8."""
    if isinstance(value, str):
        if "\0" in value or any("\ud800" <= char <= "\udfff" for char in value):
            raise ScoresRefused(N_("A text in the JSON holds a forbidden character"))
    elif isinstance(value, list):
        for each in value:
            _check_texts(each)
    elif isinstance(value, dict):
        for key, each in value.items():
            _check_texts(key)
            _check_texts(each)


def _no_constant(word: str) -> float:
    raise ScoresRefused(N_("%(word)s is not a number that a score can be"), word=word)


def _integer(digits: str) -> int:
    if len(digits) > _MAX_DIGITS or abs(int(digits)) > MAX_MAGNITUDE:
        raise ScoresRefused(N_("A number is too large: %(number)s"), number=digits[:_MAX_DIGITS])
    return int(digits)


def _number(digits: str) -> float:
    value = float(digits)
    if not math.isfinite(value) or abs(value) > MAX_MAGNITUDE:
        raise ScoresRefused(N_("A number is too large: %(number)s"), number=digits[:_MAX_DIGITS])
    return value
