"""The PDF that the demo writes by hand is one that others can read: text, title, authors and outline."""

from pathlib import Path

from registry.demo.pdf import blocks_of, write_pdf
from registry.previews.models import PreviewState
from tests.previews.conftest import Reader

CARD = """**监测对象**　布拉格街区，共 58 宗地块。

## 一、总体情况

建筑密度为 57.8 %，见 [附件](x.csv) 与 `indicators.csv`。

| 表 | 值 |
|---|---|

![图](map.png)

1. 第一条发现
2. 第二条发现
"""


def written(path: Path, card: str = CARD) -> bytes:
    authors = ["陈若川", "林知远"]
    write_pdf(path, "监测简报（演示）", authors, blocks_of("监测简报（演示）", authors, card))
    return path.read_bytes()


def test_it_is_read_as_it_was_written(reader: Reader, tmp_path: Path) -> None:
    result = reader("report.pdf", written(tmp_path / "r.pdf"))
    assert result.state is PreviewState.ready
    facts = result.facts
    assert (facts["pages"], facts["active"]) == (1, False)
    assert facts["meta"]["title"] == "监测简报（演示）"  # type: ignore[index]
    assert facts["meta"]["author"] == "陈若川、林知远"  # type: ignore[index]
    assert facts["outline"] == [{"title": "一、总体情况", "level": 1, "page": 1}]
    text = result.parts["pages-1.json"].decode()
    for words in ("共 58 宗地块", "建筑密度为 57.8 %，见 附件 与 indicators.csv。", "1. 第一条发现"):
        assert words in text
    assert "map.png" not in text


def test_long_texts_run_over_pages_and_bytes_repeat(reader: Reader, tmp_path: Path) -> None:
    card = CARD + "\n\n".join(f"第{n}段：" + "国土空间规划实施监测" * 12 for n in range(60))
    data = written(tmp_path / "a.pdf", card)
    assert data == written(tmp_path / "b.pdf", card)
    result = reader("long.pdf", data)
    assert result.facts["pages"] == 7
    assert "第59段" in b"".join(result.parts.values()).decode()
