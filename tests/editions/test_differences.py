"""What differs between two editions: in words, each thing once, and nothing where nothing differs."""

from registry.editions.differences import ADDED, CHANGED, MOVED, REMOVED, Entry, Outline, between


def _one(key: str, **facts: str) -> Entry:
    return Entry(key, key.upper(), facts)


def _of(*rows: Entry, **facts: str) -> Outline:
    return Outline(facts, {"T": rows})


def test_nothing_differs() -> None:
    same = _of(_one("a", x="1"), _one("b"), n="2")
    assert between(same, same) == []


def test_numbers_are_said_before_and_after() -> None:
    (alone, row) = between(
        _of(_one("a", threshold="0.7"), months="24"), _of(_one("a", threshold="0.75"), months="")
    )
    assert (alone.what, alone.title) == (CHANGED, "")
    assert "24" in alone.lines[0]
    assert alone.lines[0].endswith("→ —")
    assert (row.what, row.where, row.title) == (CHANGED, "T", "A")
    assert "0.7 → 0.75" in row.lines[0]


def test_rows_come_go_and_move() -> None:
    old = _of(_one("a"), _one("b", x="1"), _one("c"), _one("d"))
    new = _of(_one("d"), _one("b", x="2"), _one("c"), _one("e", y="9"))
    found = {change.title: change for change in between(old, new)}
    assert {title: change.what for title, change in found.items()} == {
        "A": REMOVED, "D": MOVED, "B": CHANGED, "E": ADDED,
    }  # fmt: skip
    assert len(found["D"].lines) == 1
    assert found["E"].lines[0].endswith("9")


def test_a_table_that_goes_takes_its_rows_along() -> None:
    (gone,) = between(_of(_one("a")), Outline({}))
    assert (gone.what, gone.where) == (REMOVED, "T")
