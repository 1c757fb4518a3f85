"""Canonical JSON (RFC 8785): one value, one sequence of bytes, so that a digest or signature means the value."""

import json
import math
from typing import Any

LARGEST = 2**53 - 1
"""The largest integer every reader of JSON holds exactly (RFC 7493, 2.2)."""
DEEPEST = 64


class NotCanonical(ValueError):  # noqa: N818 - a refusal
    """The value has no canonical form; the message says where and why."""


def canonical(value: Any) -> bytes:
    """The bytes of RFC 8785: keys sorted by UTF-16 units, no spaces, numbers as ECMAScript writes them, UTF-8.

    Refused: NaN and infinities, integers beyond 2**53 - 1, unpaired surrogates, keys that are not text, nesting deeper
    than 64, and every type JSON does not have (instants and identifiers are turned into text by the caller).
    """
    return _value(value, "$", 0).encode()


def parse(data: bytes) -> Any:
    """The value of canonical bytes. Refuses bytes that are not canonical, so two texts never mean the same value."""
    try:
        value = json.loads(data, parse_int=_whole)
    except (ValueError, RecursionError) as error:
        raise NotCanonical(f"not JSON: {error}") from None
    if canonical(value) != data:
        raise NotCanonical("JSON, but not in canonical form (RFC 8785)")
    return value


def _whole(digits: str) -> int | float:
    # ECMAScript writes doubles up to 1e21 without an exponent, so beyond 2**53 digits stand for a double.
    return int(digits) if len(digits) < 17 and abs(int(digits)) <= LARGEST else float(digits)


def _value(value: Any, where: str, depth: int) -> str:
    if depth > DEEPEST:
        raise NotCanonical(f"{where}: nested deeper than {DEEPEST}")
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, str):
        return _text(value, where)
    if isinstance(value, int):
        if abs(value) > LARGEST:
            raise NotCanonical(f"{where}: {value} is beyond 2**53 - 1; write it as text")
        return str(int(value))
    if isinstance(value, float):
        return _number(value, where)
    if isinstance(value, list | tuple):
        return "[" + ",".join(_value(item, f"{where}[{n}]", depth + 1) for n, item in enumerate(value)) + "]"
    if isinstance(value, dict):
        return _object(value, where, depth)
    raise NotCanonical(f"{where}: {type(value).__name__} is no JSON type; turn it into text first")


def _object(value: dict[Any, Any], where: str, depth: int) -> str:
    for key in value:
        if not isinstance(key, str):
            raise NotCanonical(f"{where}: key {key!r} is no text")
    names = [(_text(key, where), key) for key in value]  # refuses surrogates before they are sorted
    names.sort(key=lambda pair: pair[1].encode("utf-16-be"))
    parts = (f"{name}:{_value(value[key], f'{where}.{key}', depth + 1)}" for name, key in names)
    return "{" + ",".join(parts) + "}"


def _text(value: str, where: str) -> str:
    try:
        value.encode()
    except UnicodeEncodeError:
        raise NotCanonical(f"{where}: holds half a character (an unpaired surrogate)") from None
    # The escapes of Python's writer without ASCII mode are exactly those of RFC 8785, 3.2.2.2.
    return json.dumps(value, ensure_ascii=False)


def _number(value: float, where: str) -> str:
    """Number::toString of ECMAScript (RFC 8785, 3.2.2.3): the shortest digits that read back as the same double."""
    if not math.isfinite(value):
        raise NotCanonical(f"{where}: {value} is no JSON number")
    if value == 0:
        return "0"
    sign = "-" if value < 0 else ""
    mantissa, _e, power = repr(abs(float(value))).partition("e")
    whole, _dot, part = mantissa.partition(".")
    digits = (whole + part).lstrip("0")
    point = len(whole) + int(power or 0) - (len(whole + part) - len(digits))
    digits = digits.rstrip("0")
    return sign + _placed(digits, point)


def _placed(digits: str, point: int) -> str:
    """0.DIGITS x 10**point, in the notation ECMAScript chooses."""
    count = len(digits)
    if count <= point <= 21:
        return digits + "0" * (point - count)
    if 0 < point <= 21:
        return f"{digits[:point]}.{digits[point:]}"
    if -6 < point <= 0:
        return "0." + "0" * -point + digits
    tail = f".{digits[1:]}" if count > 1 else ""
    return f"{digits[0]}{tail}e{'+' if point > 0 else '-'}{abs(point - 1)}"
