"""The unified social credit code, against tables and an independent calculation."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.organisations import credit_code

SYMBOLS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
# The weights as printed in GB 32100-2015, not computed.
WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
VALUES_9 = {c: n for n, c in enumerate(string.digits + string.ascii_uppercase)}


def _complete(head: str, body: str) -> str:
    """8 characters before, 8 of the organisation code; both check characters worked out the long way."""
    total9 = sum(VALUES_9[c] * w for c, w in zip(body, (3, 7, 9, 10, 5, 8, 4, 2), strict=True))
    c9 = 11 - total9 % 11
    first = head + body + {10: "X", 11: "0"}.get(c9, str(c9))
    c18 = 31 - sum(SYMBOLS.index(c) * w for c, w in zip(first, WEIGHTS, strict=True)) % 31
    return first + ("0" if c18 == 31 else SYMBOLS[c18])


codes = st.builds(
    _complete,
    st.builds(
        lambda office, kind, place: office + kind + place,
        st.sampled_from(SYMBOLS),
        st.sampled_from(SYMBOLS),
        st.text("0123456789", min_size=6, max_size=6),
    ),
    st.text(SYMBOLS, min_size=8, max_size=8),
)


@given(codes)
def test_what_is_worked_out_by_hand_holds(code: str) -> None:
    assert credit_code.is_valid(code)
    assert credit_code.normal(code.lower()) == code


@given(codes, st.integers(0, 17), st.sampled_from(string.digits + string.ascii_uppercase))
def test_any_single_wrong_character_is_caught(code: str, place: int, sign: str) -> None:
    wrong = code[:place] + sign + code[place + 1 :]
    assert credit_code.is_valid(wrong) is (wrong == code)


@given(codes, st.integers(0, 16))
def test_any_swap_of_neighbours_is_caught(code: str, place: int) -> None:
    swapped = code[:place] + code[place + 1] + code[place] + code[place + 2 :]
    assert credit_code.is_valid(swapped) is (swapped == code)


def test_both_special_check_characters_occur() -> None:
    found = {_complete("91110000", f"{n:08d}")[16] for n in range(200)}
    assert {"X", "0"} <= found
    last = {_complete("91110000", f"{n:08d}")[17] for n in range(400)}
    assert {"0", "Y"} <= last


@pytest.mark.parametrize(
    "code",
    [
        "",
        "91110000",
        _complete("91110000", "12345678")[:-1],
        _complete("91110000", "12345678") + "0",
        "91110000I23456789X",
        "9111000O123456789X",
        "９１１１０００" + "0" * 11,
        "9A11000012345678XX",
        "<script>alert(1)</",
        "000000000000000001",
    ],
)
def test_bad_shapes(code: str) -> None:
    assert not credit_code.is_valid(code)


@pytest.mark.parametrize("place", range(2, 8))
def test_letters_in_the_division_code(place: int) -> None:
    head = "91110000"
    code = _complete(head[:place] + "A" + head[place + 1 :], "12345678")
    assert not credit_code.is_valid(code)


def test_the_inner_check_character_counts_by_itself() -> None:
    code = _complete("91110000", "12345678")
    wrong9 = code[:16] + ("1" if code[16] != "1" else "2")
    total = sum(SYMBOLS.index(c) * w for c, w in zip(wrong9, WEIGHTS, strict=True))
    assert not credit_code.is_valid(wrong9 + SYMBOLS[-total % 31])


def test_how_people_type_it() -> None:
    code = _complete("91320100", "MA1XXXXX")
    assert credit_code.normal(f" {code[:2]} {code[2:8]}-{code[8:].lower()} ") == code
    assert credit_code.normal("９１" + code[2:]) == code
