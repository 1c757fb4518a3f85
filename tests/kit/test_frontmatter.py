"""Front matter of strangers: read whole or refused by line."""

import pytest

from portal.kit.frontmatter import MAX_CHARS, FrontMatterError, lenient, read, split, write
from portal.kit.i18n import set_locale


def test_values_and_body() -> None:
    card = read(
        "---\nlicense: mit\ntags: [a, 遥感]\nlanguage: no\nreleased: 2026-13-45\nx: true\n---\n\n# 标题\n"
    )
    assert card.values == {
        "license": "mit", "tags": ["a", "遥感"], "language": "no", "released": "2026-13-45", "x": True,
    }  # fmt: skip
    assert card.body == "# 标题\n"


@pytest.mark.parametrize("text", ["# x", "", "---\nno end", "text\n---\na: 1\n---\n"])
def test_text_without_front_matter(text: str) -> None:
    assert read(text).values == {}
    assert read(text).body == text
    assert split(text)[0] is None


def test_line_ends_and_marks_of_other_systems() -> None:
    assert read("\ufeff---\r\na: 1\r\n---\r\nx\r\n").values == {"a": 1}
    assert read("---\na: 1\n...\nx").body == "x"
    assert read("---\n---\nx").values == {}


@pytest.mark.parametrize(
    ("head", "line"),
    [
        ("a: 1\nb: 2\na: 3", 4),
        ("a:\n  x: 1\n  y: 2\n  x: 3", 5),
        ("a: &x [1]\nb: *x", 3),
        ("a: b: c", 2),
        ("- 1\n- 2", 2),
        ("just text", 2),
        ("a: !!python/object/apply:os.system [id]", 2),
        ("a: !!int ''", 1),
        ("? [1, 2]\n: x", 2),
        ("a: " + "[" * 20 + "]" * 20, 2),
        ("a: [" + ",".join("x" for _ in range(6000)) + "]", 2),
        ("<<: {a: 1}\n<<: {b: 2}", 3),
        ("a: \x01", 1),
        ("x: " + "y" * MAX_CHARS, 1),
    ],
    ids=lambda value: str(value)[:20],
)
def test_what_is_refused_names_its_line(head: str, line: int) -> None:
    text = f"---\n{head}\n---\nbody"
    with pytest.raises(FrontMatterError) as refused:
        read(text)
    assert refused.value.line == line
    assert str(line) in str(refused.value)
    assert lenient(text).values == {}
    assert lenient(text).body == "body"


def test_refusals_speak_both_languages() -> None:
    with pytest.raises(FrontMatterError, match="第 4 行：键“a”重复出现"):
        read("---\na: 1\nb: 2\na: 3\n---\n")
    set_locale("en")
    with pytest.raises(FrontMatterError, match="line 4: The key “a” stands twice"):
        read("---\na: 1\nb: 2\na: 3\n---\n")


def test_what_is_written_is_read_again() -> None:
    values = {
        "license": "MIT",
        "pretty_name": "冒号: 与 “引号”\n换行",
        "tags": ["yes", "1.0", "- x"],
        "n": None,
    }
    assert read(write(values, "# 正文\n")).values == values
    assert read(write(values, "# 正文\n")).body == "# 正文\n"
    assert write({}, "x") == "x"
