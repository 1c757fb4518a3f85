"""Files, lines, words and parameters of two versions."""

from dataclasses import dataclass

import pytest

from registry.comparison import texts
from registry.comparison.fields import FieldChange, field_changes, values_of
from registry.comparison.files import changes
from registry.comparison.texts import Line, Piece


@dataclass
class File:
    path: str
    sha256: str
    size: int = 1


def told(old: list[File], new: list[File]) -> list[tuple[str, str]]:
    return [(change.kind, change.path) for change in changes(old, new)]


def test_added_removed_changed_renamed() -> None:
    old = [File("a", "1"), File("b", "2"), File("c", "3"), File("same", "4")]
    new = [File("a", "9", 5), File("d/b", "2"), File("e", "5"), File("same", "4")]
    assert told(old, new) == [("changed", "a"), ("removed", "c"), ("renamed", "d/b"), ("added", "e")]
    first = changes(old, new)[0]
    assert first.growth == 4


def test_copies_are_renamed_once() -> None:
    old = [File("a", "1"), File("b", "1")]
    assert told(old, [File("x", "1"), File("y", "1"), File("z", "1")]) == [
        ("renamed", "x"), ("renamed", "y"), ("added", "z"),
    ]  # fmt: skip
    assert told(old, [*old, File("c", "1")]) == [("added", "c")], "a copy beside its origin is new"


def test_lines_keep_some_context() -> None:
    old = "\n".join(f"line {n}" for n in range(1, 31))
    found = texts.lines(old, old.replace("line 15", "LINE 15"))
    assert found[0] == Line("gap", 0, 0, "11")
    assert Line("delete", 15, 0, "line 15") in found
    assert Line("insert", 0, 15, "LINE 15") in found
    assert [line.kind for line in found].count("equal") == 6
    assert found[-1].kind == "gap"


def test_line_ends_of_other_systems_are_no_difference() -> None:
    assert {line.kind for line in texts.lines("a\r\nb\r\n", "a\nb\n")} <= {"equal", "gap"}


@pytest.mark.parametrize(
    ("old", "new", "pieces"),
    [
        (
            "对国土空间规划实施情况进行监测。", "对国土空间规划实施情况开展评估。",
            [("equal", "对国土空间规划实施情况"), ("delete", "进行监测"), ("insert", "开展评估"), ("equal", "。")],
        ),
        ("为 0.87。", "为 0.91。", [("equal", "为 "), ("delete", "0.87"), ("insert", "0.91"), ("equal", "。")]),
        ("use the model", "use a model", [("equal", "use "), ("delete", "the"), ("insert", "a"), ("equal", " model")]),
    ],
)  # fmt: skip
def test_words(old: str, new: str, pieces: list[tuple[str, str]]) -> None:
    found = texts.words(old, new)
    assert "".join(piece.text for piece in found if piece.kind != "insert") == old
    assert "".join(piece.text for piece in found if piece.kind != "delete") == new
    assert [(piece.kind, piece.text) for piece in found] == pieces


def test_words_of_a_whole_card() -> None:
    old = "# 题\n\n第一段。\n\n第二段不变。\n\n第三段删去。\n"
    new = "# 题\n\n第一段，有补充。\n\n第二段不变。\n\n新的一段。\n"
    found = texts.words(old, new)
    assert "".join(piece.text for piece in found if piece.kind != "insert") == old
    assert "".join(piece.text for piece in found if piece.kind != "delete") == new
    assert Piece("insert", "，有补充") in found
    assert any("第二段不变" in piece.text for piece in found if piece.kind == "equal")


def test_hostile_texts_end() -> None:
    old = "".join(f"{n % 97}\n" for n in range(3900))
    new = "".join(f"{(n * 31) % 89}\n" for n in range(3900))
    found = texts.lines(old, new)
    assert {"delete", "insert"} <= {line.kind for line in found}
    assert texts.words("啊" * 60_000, "哦" * 60_000)


def test_parameters() -> None:
    old = "name: p\nruntime: base-py311\nlimits: {time_s: 20, memory_mb: 256}\nmetrics:\n  - {name: a}\n"
    new = "name: p\nruntime: geo-py311\nlimits: {time_s: 30, memory_mb: 256}\nmetrics:\n  - {name: b}\ntags: [x, y]\n"
    assert field_changes("cspon.yaml", old, new) == [
        FieldChange("cspon.yaml", "runtime", "base-py311", "geo-py311"),
        FieldChange("cspon.yaml", "limits.time_s", "20", "30"),
        FieldChange("cspon.yaml", "metrics[0].name", "a", "b"),
        FieldChange("cspon.yaml", "tags", None, '["x", "y"]'),
    ]
    assert field_changes("README.md", "---\nlicense: mit\n---\nx", None)[0].new is None


@pytest.mark.parametrize("text", ["a: 1\na: 2\n", "- 1", "\x00", "a: &x [1]\nb: *x"])
def test_unreadable_parameters_are_none(text: str) -> None:
    assert values_of("cspon.yaml", text) == {}


def test_only_so_many_parameters() -> None:
    assert len(values_of("cspon.yaml", "".join(f"k{n}: {n}\n" for n in range(900)))) == 400
