"""Numbers that strangers write."""

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.sandbox.errors import ScoresRefused
from registry.sandbox.strict_json import loads, read_lines, read_scores

PLAIN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**15), 10**15)
    | st.floats(-1e15, 1e15, allow_nan=False)
    | st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=8,
)


@given(PLAIN)
def test_plain_json_is_read_as_it_is(value: object) -> None:
    assert loads(json.dumps(value).encode(), max_bytes=1 << 20, max_depth=50) == value
    assert loads(json.dumps(value, ensure_ascii=False).encode(), max_bytes=1 << 20, max_depth=50) == value


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    try:
        value = loads(data, max_bytes=200)
    except ScoresRefused:
        return
    assert json.dumps(value, allow_nan=False).encode()


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("[NaN]", "NaN"),
        ("[-Infinity]", "Infinity"),
        ("[1e400]", "too large"),
        ("[1.1e15]", "too large"),
        ("[-1000000000000001]", "too large"),
        ("[" + "9" * 100_000 + "]", "too large"),
        ('{"a": 1, "a": 1}', "twice"),
        ('{"b": {"a": 1, "a": 2}}', "twice"),
        ("[" * 9 + "]" * 9, "nested deeper than 8"),
        ('{"a":' * 5000, "nested deeper"),
        ('["\\u0000"]', "forbidden"),
        ('[["\\udc00"]]', "forbidden"),
        ("[1,]", "not JSON"),
        ("[1] [2]", "not JSON"),
        ("", "not JSON"),
        ("\ufeff[1]", "not JSON"),
        ("'a'", "not JSON"),
    ],
)
def test_what_is_not_plain_is_refused(text: str, why: str) -> None:
    with pytest.raises(ScoresRefused, match=why):
        loads(text.encode(), max_bytes=1 << 20)


def test_brackets_in_strings_do_not_count() -> None:
    text = json.dumps({"a": '[[[[[[[[[["\\', "b": ["]" * 40]})
    assert loads(text.encode(), max_bytes=1000, max_depth=2) == json.loads(text)


def test_size_and_encoding() -> None:
    with pytest.raises(ScoresRefused, match="larger than 1 kB"):
        loads(b" " * 2000 + b"1", max_bytes=1024)
    with pytest.raises(ScoresRefused, match="UTF-8"):
        loads('["é"]'.encode("latin-1"), max_bytes=100)


def test_scores_are_exactly_the_declared_finite_numbers() -> None:
    assert read_scores(b'{"f1": 0.5, "n": 3}', ["n", "f1"]) == {"f1": 0.5, "n": 3.0}
    for text, why in (
        ('{"f1": 0.5}', "lack n"),
        ('{"f1": 1, "n": 1, "x": 1}', "undeclared names: x"),
        ('{"f1": true, "n": 1}', "f1 is not a number"),
        ('{"f1": "1", "n": 1}', "f1 is not a number"),
        ('{"f1": null, "n": 1}', "f1 is not a number"),
        ('{"f1": [1], "n": 1}', "f1 is not a number"),
        ("[]", "one JSON object"),
    ):
        with pytest.raises(ScoresRefused, match=why):
            read_scores(text.encode(), ["f1", "n"])


def test_lines_name_the_one_that_is_wrong() -> None:
    good = b'{"id": "1", "e": 0.5}\n{"id": "2", "e": 1}\n'
    assert [line["id"] for line in read_lines(good, max_lines=2)] == ["1", "2"]
    assert list(read_lines(b"", max_lines=2)) == []
    with pytest.raises(ScoresRefused, match="More than 1 lines"):
        list(read_lines(good, max_lines=1))
    for bad, why in (
        (b'{"id": "1"}\n{"e": NaN}', "Line 2: NaN"),
        (b'{"id": "1"}\n\n{"id": "2"}', "Line 2: This is not JSON"),
        (b"[1]", "Line 1: not an object"),
        (b'{"a": [[1]]}', "Line 1: The JSON is nested"),
    ):
        with pytest.raises(ScoresRefused, match=why):
            list(read_lines(bad, max_lines=10))


def test_what_is_read_is_finite() -> None:
    assert math.isfinite(read_scores(b'{"a": 1e-400}', ["a"])["a"])
