"""Forms with rows: what a browser sent is read by place, and rows are added, moved and removed within bounds."""

import pytest

from portal.kit.rows import Draft, Part, typed

PARTS = {"a": Part(("x", "y"), 3, {"x": "new"}), "b.c_d": Part(("x",), 2)}


def draft(*rows: str) -> Draft:
    found = Draft(PARTS)
    found.rows["a"] = [{"x": each, "y": ""} for each in rows]
    return found


def xs(one: Draft) -> list[str]:
    return [row["x"] for row in one.rows["a"]]


@pytest.mark.parametrize(
    ("what", "left", "touched"),
    [
        ("add:a", ["1", "2", "new"], "a.2"), ("remove:a:0", ["2"], "a.0"), ("remove:a:1", ["1"], "a.0"),
        ("up:a:1", ["2", "1"], "a.0"), ("down:a:0", ["2", "1"], "a.1"), ("up:a:0", ["1", "2"], "a.0"),
        ("down:a:1", ["1", "2"], "a.1"), ("remove:a:9", ["1", "2"], "a.9"), ("up:a:7", ["1", "2"], "a.7"),
    ],
)  # fmt: skip
def test_rows_change_by_submits(what: str, left: list[str], touched: str) -> None:
    one = draft("1", "2")
    assert one.act(what)
    assert (xs(one), one.touched) == (left, touched)


@pytest.mark.parametrize("what", ["save", "add:z", "add:a.b", "up:a:1:2", "remove:a:-1", "add:b.c_d.x", ""])
def test_what_is_no_change_of_rows(what: str) -> None:
    one = draft("1")
    assert not one.act(what)
    assert xs(one) == ["1"]


def test_no_more_rows_than_there_may_be() -> None:
    one = draft("1", "2", "3")
    assert not one.room("a")
    assert one.act("add:a")
    assert xs(one) == ["1", "2", "3"]


def test_what_was_sent_is_read_by_place() -> None:
    one = Draft(PARTS)
    one.read(
        {"n": " 1\r\n", "a.0.x": "p\x00", "a.1.y": "q", "a.3.x": "gap", "b.c_d.0.x": "r", "other": "no"},
        ("n", "m"),
    )
    assert one.fields == {"n": "1", "m": ""}
    assert one.rows == {"a": [{"x": "p", "y": ""}, {"x": "", "y": "q"}], "b.c_d": [{"x": "r"}]}
    assert (one.value("a.1.y"), one.value("n"), one.value("nothing")) == ("q", "1", "")


def test_rows_are_open_where_something_is_wrong() -> None:
    one = draft("1", "2")
    one.blame("a.1.x", "wrong")
    one.blame("a.1.x", "wrong again")
    assert one.cell("a.1.x", "X").error == "wrong"
    rows = [
        one.row("a", place, title="t", note="", groups=((), (one.cell("a.0.x", "X"),))) for place in (0, 1)
    ]
    assert [row.open for row in rows] == [False, True]
    assert len(rows[0].groups) == 1


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, ""), (False, ""), (True, "1"), (0.75, "0.75"), (4096.0, "4096"), (3, "3"), ("x", "x")],
)
def test_stored_values_as_one_types_them(value: object, text: str) -> None:
    assert typed(value) == text
