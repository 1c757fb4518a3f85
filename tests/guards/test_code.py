"""The design guards itself: sizes, where things live, who may import whom."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.tree import ROOT, functions, modules, name

FILE_CAP = 400
FUNCTION_CAP = 60


@pytest.mark.parametrize("path", modules(), ids=name)
def test_files_and_functions_stay_small(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").count("\n")
    assert lines <= FILE_CAP, f"{name(path)} has {lines} lines"
    long = [
        f"{f.name}: {f.end_lineno - f.lineno + 1}"
        for f in functions(path)
        if f.end_lineno and f.end_lineno - f.lineno >= FUNCTION_CAP
    ]
    assert not long, f"{name(path)}: {long}"


def _calls(path: Path) -> set[tuple[str, int]]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            target = node.func
            if isinstance(target, ast.Attribute):
                found.add((f".{target.attr}", node.lineno))
                if isinstance(target.value, ast.Name):
                    found.add((f"{target.value.id}.{target.attr}", node.lineno))
            elif isinstance(target, ast.Name):
                found.add((target.id, node.lineno))
    return found


def _is_query_module(path: Path) -> bool:
    return path.name == "queries.py" or path.parent.name == "queries"


JAILED = (
    "registry/sandbox_runners/",
    "registry/scanning/jailed/",
    "registry/previews/jailed/",
    "registry/demo/",
)


@pytest.mark.parametrize("path", modules(), ids=name)
def test_things_live_in_their_places(path: Path) -> None:
    where = name(path)
    if where.startswith(JAILED):
        return
    calls = _calls(path)
    kit = where.startswith("portal/kit/")
    wrong = [line for call, line in calls if call == "select" and not (_is_query_module(path) or kit)]
    assert not wrong, f"{where}: select() outside queries, lines {wrong}"
    wrong = [
        line
        for call, line in calls
        if call == ".commit" and where not in {"portal/kit/db.py", "portal/migrations/env.py"}
    ]
    assert not wrong, f"{where}: commit() outside the kit, lines {wrong}"
    clock = {"datetime.now", "datetime.utcnow", "date.today", "time.time"}
    wrong = [line for call, line in calls if call in clock and where != "portal/kit/clock.py"]
    assert not wrong, f"{where}: the time outside the clock, lines {wrong}"
    ids = {"uuid.uuid4", "uuid.uuid1", "secrets.token_urlsafe", "secrets.token_hex", "uuid4"}
    wrong = [line for call, line in calls if call in ids and where != "portal/kit/ids.py"]
    assert not wrong, f"{where}: identifiers outside kit.ids, lines {wrong}"


@pytest.mark.parametrize("path", modules(), ids=name)
def test_flags_are_asked_plainly(path: Path) -> None:
    """``flag IS true`` is another expression than ``flag``: a partial index on the flag does not serve it."""
    text = path.read_text(encoding="utf-8")
    assert ".is_(True)" not in text, f"{name(path)}: write the column itself"
    assert ".is_(False)" not in text, f"{name(path)}: write ~column"


def test_imports_go_down_only() -> None:
    result = subprocess.run(
        [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout[-3000:]


def test_web_process_stays_light() -> None:
    """No mlflow, scikit-learn, SciPy, numpy or geo library in a web process."""
    heavy = (
        "mlflow",
        "sklearn",
        "scipy",
        "rjieba",
        "numpy",
        "pandas",
        "geopandas",
        "rasterio",
        "onnxruntime",
    )
    code = f"import sys, portal.app; portal.app.create_app(); print([m for m in {heavy} if m in sys.modules])"
    result = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr[-2000:]
    assert result.stdout.strip() == "[]"


TEXTS = [*ROOT.glob("templates/**/*.html")]


@pytest.mark.parametrize("path", TEXTS, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_templates_need_nothing_the_policy_forbids(path: Path) -> None:
    text = re.sub(r"{#.*?#}", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    assert "|safe" not in text.replace(" ", ""), "unescaped text"
    # In a template _() gives markup and takes per cent signs for a format: other texts go through the filter "said".
    assert not re.search(r"(?<![\w.])_\((?!\s*[\"'])[^(),]*\)", text), "_() of what is not written here"
    text = re.sub(r"{%.*?%}|{{.*?}}", "", text, flags=re.DOTALL)
    assert not re.search(r"<[^>]+\sstyle\s*=", text), "inline style"
    assert not re.search(r"<style|<script(?![^>]*\ssrc=)", text), "inline style sheet or script"
    assert not re.search(r"<[^>]+\son[a-z]+\s*=|hx-on|javascript:|\bjs:", text), "inline handler"
    assert not re.search(r"(src|href|action)\s*=\s*[\"']?(https?:)?//", text), "another host"


def test_no_machine_or_registry_in_the_tree() -> None:
    files = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split()
    bad = re.compile(r"/work/(main|shared)|/root/|--(extra-)?index-url|\"resolved\": *\"http")
    found = []
    for item in files:
        path = ROOT / item
        if (
            path.suffix
            in {".py", ".md", ".toml", ".txt", ".json", ".yaml", ".html", ".in", ".js", ".css", ""}
            and path.is_file()
        ):
            for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
                if bad.search(line) and not item.startswith(("tests/guards/", "tests/sandbox/")):
                    found.append(f"{item}:{number}")
    assert not found, found
