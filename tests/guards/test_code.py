"""The design guards itself: sizes, where things live, who may import whom."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.tree import ROOT, functions, modules, name, parsed

FILE_CAP = 400
FUNCTION_CAP = 60


def test_files_and_functions_stay_small() -> None:
    found = []
    for path in modules():
        lines = path.read_text(encoding="utf-8").count("\n")
        if lines > FILE_CAP:
            found.append(f"{name(path)} has {lines} lines")
        found += [
            f"{name(path)}: {f.name} has {f.end_lineno - f.lineno + 1}"
            for f in functions(path)
            if f.end_lineno and f.end_lineno - f.lineno >= FUNCTION_CAP
        ]
    assert not found, found


def _calls(path: Path) -> set[tuple[str, int]]:
    found = set()
    for node in ast.walk(parsed(path)):
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


CLOCK = {"datetime.now", "datetime.utcnow", "date.today", "time.time"}
IDS = {"uuid.uuid4", "uuid.uuid1", "secrets.token_urlsafe", "secrets.token_hex", "uuid4"}


def _out_of_place(path: Path, call: str) -> str:
    """What is wrong with such a call in this module; empty where it may stand."""
    where = name(path)
    if call == "select" and not (_is_query_module(path) or where.startswith("portal/kit/")):
        return "select() outside queries"
    if call == ".commit" and where not in {"portal/kit/db.py", "portal/migrations/env.py"}:
        return "commit() outside the kit"
    if call in CLOCK and where != "portal/kit/clock.py":
        return "the time outside the clock"
    if call in IDS and where != "portal/kit/ids.py":
        return "identifiers outside kit.ids"
    return ""


def test_things_live_in_their_places() -> None:
    found = [
        f"{name(path)}:{line}: {wrong}"
        for path in modules()
        if not name(path).startswith(JAILED)
        for call, line in sorted(_calls(path))
        if (wrong := _out_of_place(path, call))
    ]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("call", ["select", ".commit", "datetime.now", "uuid4"])
def test_a_call_out_of_its_place_is_found(call: str) -> None:
    assert _out_of_place(ROOT / "registry/promotion/gates.py", call)


def test_flags_are_asked_plainly() -> None:
    """``flag IS true`` is another expression than ``flag``: a partial index on the flag does not serve it."""
    found = [
        f"{name(path)}: write the column itself, or ~column"
        for path in modules()
        if re.search(r"\.is_\((True|False)\)", path.read_text(encoding="utf-8"))
    ]
    assert not found, found


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


FORBIDDEN = {
    r"<[^>]+\sstyle\s*=": "inline style",
    r"<style|<script(?![^>]*\ssrc=)": "inline style sheet or script",
    r"<[^>]+\son[a-z]+\s*=|hx-on|javascript:|\bjs:": "inline handler",
    r"(src|href|action)\s*=\s*[\"']?(https?:)?//": "another host",
}


def test_templates_need_nothing_the_policy_forbids() -> None:
    found = []
    for path in sorted(ROOT.glob("templates/**/*.html")):
        text = re.sub(r"{#.*?#}", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
        if "|safe" in text.replace(" ", ""):
            found.append(f"{name(path)}: unescaped text")
        # In a template _() gives markup and takes per cent signs for formats: other texts take the filter "said".
        if re.search(r"(?<![\w.])_\((?!\s*[\"'])[^(),]*\)", text):
            found.append(f"{name(path)}: _() of what is not written here")
        text = re.sub(r"{%.*?%}|{{.*?}}", "", text, flags=re.DOTALL)
        found += [f"{name(path)}: {wrong}" for shape, wrong in FORBIDDEN.items() if re.search(shape, text)]
    assert not found, "\n".join(found)


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
