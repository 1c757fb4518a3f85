"""Shared by the demo scorers: read the submitted table strictly, write the results. Standard library only.

Exit code 3 and one line on stderr: the submission is at fault. Any other failure is the scorer's own.
"""

from __future__ import annotations

import csv
import json
import math
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn

SUBMISSION_FAULT = 3
MAX_BYTES = 20_000_000
MAX_CELL = 1_000
Row = dict[str, Any]
csv.field_size_limit(MAX_CELL)


def refuse(zh: str, en: str) -> NoReturn:
    """End the scoring: the submission is at fault, for the reason given in both languages."""
    sys.stderr.write(f"提交有误：{zh} / submission fault: {en}\n")
    raise SystemExit(SUBMISSION_FAULT)


def some(names: Iterable[str]) -> str:
    """The first five names, and how many there are."""
    listed = sorted(names)
    shown = ", ".join(name[:40] for name in listed[:5])
    return shown if len(listed) <= 5 else f"{shown} … ({len(listed)})"


def read_labels(path: Path) -> list[Row]:
    """The benchmark's own table, trusted."""
    with path.open(newline="", encoding="utf-8") as handle:
        return list(csv.DictReader(handle))


def read_text(path: Path) -> str:
    """A submitted file as UTF-8 text; refuses links, absent, huge and non-text files."""
    name = path.name
    if path.is_symlink() or not path.is_file():
        refuse(f"缺少文件 {name}", f"the file {name} is missing")
    if path.stat().st_size > MAX_BYTES:
        refuse(f"{name} 超过 {MAX_BYTES} 字节", f"{name} is larger than {MAX_BYTES} bytes")
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        refuse(f"{name} 不是 UTF-8 文本", f"{name} is not UTF-8 text")
    if "\0" in text:
        refuse(f"{name} 含有空字符", f"{name} contains a NUL character")
    return text


def read_table(path: Path, columns: Sequence[str]) -> dict[str, list[str]]:
    """Cells of `columns[1:]` by the id in `columns[0]`; refuses missing columns, ragged rows and repeated ids."""
    name = path.name
    rows = csv.reader(read_text(path).splitlines())
    try:
        header = [cell.strip() for cell in next(rows, [])]
        lacking = [column for column in columns if header.count(column) != 1]
        if lacking:
            refuse(f"{name} 应恰有一列 {some(lacking)}", f"{name} needs exactly one column {some(lacking)}")
        at = [header.index(column) for column in columns]
        table: dict[str, list[str]] = {}
        for line, row in enumerate(rows, start=2):
            if not row:
                continue
            if len(row) != len(header):
                refuse(
                    f"{name} 第 {line} 行列数不符",
                    f"{name} line {line} has {len(row)} cells, not {len(header)}",
                )
            key, *cells = (row[each].strip() for each in at)
            if key in table:
                refuse(f"编号 {key[:40]} 重复", f"the id {key[:40]} occurs twice")
            table[key] = cells
    except csv.Error as error:
        refuse(f"{name} 无法按 CSV 读取", f"{name} is not readable as CSV: {error}")
    return table


def match_ids(table: Mapping[str, object], ids: Sequence[str]) -> None:
    """Refuse missing and unknown ids."""
    missing = set(ids) - table.keys()
    if missing:
        refuse(
            f"缺少 {len(missing)} 个编号：{some(missing)}", f"{len(missing)} ids are missing: {some(missing)}"
        )
    extra = table.keys() - set(ids)
    if extra:
        refuse(f"多出 {len(extra)} 个未知编号：{some(extra)}", f"{len(extra)} ids are unknown: {some(extra)}")


def finite(text: str, item: str, column: str, low: float, high: float) -> float:
    """A number within [low, high]; refuses anything else, NaN and infinity included."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not low <= value <= high:
        refuse(
            f"{item} 的 {column} 为 {text[:40] or '空'}，应为 {low:g} 至 {high:g} 之间的数",
            f"{column} of {item} is {text[:40] or 'empty'}; expected a number from {low:g} to {high:g}",
        )
    return value


def write_results(target: Path, scores: Mapping[str, float], rows: Sequence[Row]) -> None:
    """scores.json and per_item.jsonl as the platform reads them; non-finite numbers raise."""
    text = json.dumps(dict(scores), allow_nan=False, indent=1)
    lines = [json.dumps(row, ensure_ascii=False, allow_nan=False) for row in rows]
    (target / "per_item.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (target / "scores.json").write_text(text + "\n", encoding="utf-8")


def run(score: Callable[[Path, Path], tuple[dict[str, float], list[Row]]]) -> None:
    """`score.py INPUT OUTPUT`: call `score(predictions, labels)` and write what it returns."""
    source, target = Path(sys.argv[1]), Path(sys.argv[2])
    scores, rows = score(source / "predictions", source / "labels")
    write_results(target, scores, rows)
