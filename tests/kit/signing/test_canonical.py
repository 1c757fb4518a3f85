import json
import math
import struct
from enum import StrEnum
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.kit.signing.canonical import NotCanonical, canonical, parse

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner, max_size=4)
    ),
    max_leaves=20,
)


@pytest.mark.parametrize(
    ("bits", "written"),
    # RFC 8785, appendix B
    [
        ("0000000000000000", "0"),
        ("8000000000000000", "0"),
        ("0000000000000001", "5e-324"),
        ("8000000000000001", "-5e-324"),
        ("7fefffffffffffff", "1.7976931348623157e+308"),
        ("ffefffffffffffff", "-1.7976931348623157e+308"),
        ("4340000000000000", "9007199254740992"),
        ("c340000000000000", "-9007199254740992"),
        ("4430000000000000", "295147905179352830000"),
        ("44b52d02c7e14af5", "9.999999999999997e+22"),
        ("44b52d02c7e14af6", "1e+23"),
        ("44b52d02c7e14af7", "1.0000000000000001e+23"),
        ("444b1ae4d6e2ef4e", "999999999999999700000"),
        ("444b1ae4d6e2ef4f", "999999999999999900000"),
        ("444b1ae4d6e2ef50", "1e+21"),
        ("3eb0c6f7a0b5ed8c", "9.999999999999997e-7"),
        ("3eb0c6f7a0b5ed8d", "0.000001"),
        ("41b3de4355555553", "333333333.3333332"),
        ("41b3de4355555554", "333333333.33333325"),
        ("41b3de4355555555", "333333333.3333333"),
        ("becbf647612f3696", "-0.0000033333333333333333"),
        ("43143ff3c1cb0959", "1424953923781206.2"),
    ],
)
def test_numbers_as_in_the_rfc(bits: str, written: str) -> None:
    (value,) = struct.unpack(">d", bytes.fromhex(bits))
    assert canonical(value).decode() == written


def test_the_example_of_the_rfc() -> None:
    value = {
        "numbers": [333333333.33333329, 1e30, 4.50, 2e-3, 0.000000000000000000000000001],
        "string": '€$\u000f\nA\'B"\\\\"/',
        "literals": [None, True, False],
    }
    assert canonical(value).decode() == (
        '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],'
        '"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}'
    )


def test_keys_sort_by_utf16_units() -> None:
    keys = ["\u20ac", "\r", "\ufb33", "1", "\U0001f600", "\u0080", "\u00f6"]
    found = list(json.loads(canonical(dict.fromkeys(keys, 0))))
    assert found == ["\r", "1", "\u0080", "\u00f6", "\u20ac", "\U0001f600", "\ufb33"]


@given(JSON)
def test_reading_back_gives_the_same_value_and_bytes(value: Any) -> None:
    data = canonical(value)
    assert parse(data) == value


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (math.nan, "no JSON number"),
        ({"a": [1, math.inf]}, r"\$\.a\[1\]"),
        (2**53, "write it as text"),
        ({1: 2}, "no text"),
        ("\ud800", "surrogate"),
        ({"\ud800": 1}, "surrogate"),
        (b"bytes", "no JSON type"),
        ({"a": {1, 2}}, "no JSON type"),
    ],
)
def test_refused(value: Any, words: str) -> None:
    with pytest.raises(NotCanonical, match=words):
        canonical(value)


def test_nesting_has_a_bound() -> None:
    value: Any = 0
    for _ in range(70):
        value = [value]
    with pytest.raises(NotCanonical, match="deeper"):
        canonical(value)
    with pytest.raises(NotCanonical):
        parse(b"[" * 100_000)


@pytest.mark.parametrize(
    "data", [b'{"b":1,"a":2}', b'{"a": 1}', b'{"a":1,"a":1}', b"1.0", b'"\\u0041"', b"{", b"\xff"]
)
def test_other_bytes_are_not_canonical(data: bytes) -> None:
    with pytest.raises(NotCanonical):
        parse(data)


def test_enums_are_their_text() -> None:
    class Colour(StrEnum):
        red = "red"

    assert canonical({"c": Colour.red}) == b'{"c":"red"}'
