"""The demo scorers on submissions that are wrong: exit code 3, one line that says what, and no score file."""

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.demo.conftest import Run

Change = Callable[[list[str]], list[str]]
LANDCOVER, BUBENEC, BALTIMORE = "landcover-landsat8", "building-coverage-bubenec", "house-price-baltimore"
FILES = {LANDCOVER: "predictions.csv", BUBENEC: "indicators.csv", BALTIMORE: "predictions.csv"}


def right_answers(benchmark: Path, slug: str) -> list[str]:
    name = "indicators.csv" if slug == BUBENEC else "labels.csv"
    rows = (benchmark / "labels" / name).read_text().splitlines()
    return rows if slug == BUBENEC else [",".join(row.split(",")[:2]) for row in rows]


@pytest.fixture
def score(run: Run, demo: Path, tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Score a changed copy of the right answers: `score(slug, change)`; bytes are written as they are."""

    def score_changed(slug: str, change: Change | bytes | None) -> subprocess.CompletedProcess[str]:
        benchmark = demo / "benchmarks" / slug / "files"
        predictions = tmp_path / "input/predictions"
        predictions.mkdir(parents=True)
        (tmp_path / "output").mkdir()
        shutil.copytree(benchmark / "labels", tmp_path / "input/labels")
        if isinstance(change, bytes):
            (predictions / FILES[slug]).write_bytes(change)
        elif change is not None:
            (predictions / FILES[slug]).write_text("\n".join(change(right_answers(benchmark, slug))) + "\n")
        return run(benchmark / "scorer", "score.py", tmp_path / "input", tmp_path / "output")

    return score_changed


def cell(line: int, column: int, text: str) -> Change:
    def change(lines: list[str]) -> list[str]:
        cells = lines[line].split(",")
        cells[column] = text
        return [*lines[:line], ",".join(cells), *lines[line + 1 :]]

    return change


@pytest.mark.parametrize("slug", FILES)
def test_right_answers_are_perfect(score: Callable[..., subprocess.CompletedProcess[str]], slug: str) -> None:
    done = score(slug, lambda lines: [lines[0], "", *reversed(lines[1:])])
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("slug", "change", "words"),
    [
        (LANDCOVER, None, "the file predictions.csv is missing"),
        (LANDCOVER, b"", "exactly one column class, id"),
        (LANDCOVER, b"\xff\xfe\x00", "not UTF-8"),
        (LANDCOVER, b"id,class\nt001,\x00\n", "NUL"),
        (LANDCOVER, b'id,class\nt001,"' + b"x" * 5000, "not readable as CSV"),
        (LANDCOVER, lambda lines: lines[:-2], "2 ids are missing"),
        (LANDCOVER, lambda lines: [*lines, "zzz,water"], "1 ids are unknown: zzz"),
        (LANDCOVER, lambda lines: [*lines, lines[1]], "occurs twice"),
        (LANDCOVER, lambda lines: ["id,class,class", *lines[1:]], "exactly one column class"),
        (LANDCOVER, lambda lines: [*lines[:5], "t005", *lines[6:]], "line 6 has 1 cells, not 2"),
        (LANDCOVER, cell(3, 1, "Wasser"), "class Wasser is none of urban, vegetation, water"),
        (BALTIMORE, cell(3, 1, "nan"), "log_price of h003 is nan"),
        (BALTIMORE, cell(3, 1, "-inf"), "log_price of h003 is -inf"),
        (BALTIMORE, cell(3, 1, ""), "log_price of h003 is empty"),
        (BALTIMORE, cell(3, 1, "1e308"), "expected a number from -5 to 12"),
        (BUBENEC, cell(2, 1, "-4"), "expected a number from 0 to 1e+09"),
        (BUBENEC, cell(2, 3, "0x10"), "street_distance_m of p060 is 0x10"),
        (BUBENEC, lambda lines: ["plot_id,area", *lines[1:]], "exactly one column"),
    ],
)
def test_wrong_answers_are_refused(
    score: Callable[..., subprocess.CompletedProcess[str]],
    tmp_path: Path,
    slug: str,
    change: Change | bytes | None,
    words: str,
) -> None:
    done = score(slug, change)
    assert (done.returncode, words in done.stderr) == (3, True), done.stderr
    assert done.stderr.startswith("提交有误：")
    assert len(done.stderr.splitlines()) == 1
    assert list((tmp_path / "output").iterdir()) == []


def test_a_link_is_not_followed(
    score: Callable[..., subprocess.CompletedProcess[str]], run: Run, demo: Path, tmp_path: Path
) -> None:
    score(LANDCOVER, None)
    (tmp_path / "input/predictions/predictions.csv").symlink_to(tmp_path / "input/labels/labels.csv")
    scorer = demo / "benchmarks" / LANDCOVER / "files/scorer"
    assert run(scorer, "score.py", tmp_path / "input", tmp_path / "output").returncode == 3


def test_missing_labels_are_the_scorers_fault(
    score: Callable[..., subprocess.CompletedProcess[str]], run: Run, demo: Path, tmp_path: Path
) -> None:
    score(LANDCOVER, None)
    shutil.rmtree(tmp_path / "input/labels")
    scorer = demo / "benchmarks" / LANDCOVER / "files/scorer"
    done = run(scorer, "score.py", tmp_path / "input", tmp_path / "output")
    assert done.returncode not in (0, 3)
