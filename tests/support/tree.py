"""The project's own files, for the tests that guard the design."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("portal", "registry", "competitions", "standards", "cspon_node")


def modules(*packages: str) -> list[Path]:
    """All Python files of our packages (migrations aside)."""
    found = [p for name in packages or PACKAGES for p in (ROOT / name).rglob("*.py")]
    return sorted(p for p in found if "migrations/versions" not in p.as_posix())


def name(path: Path) -> str:
    """The path as people write it."""
    return path.relative_to(ROOT).as_posix()


@cache
def parsed(path: Path) -> ast.Module:
    """The module's tree; many guards read the same files."""
    return ast.parse(path.read_text(encoding="utf-8"))


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """All functions of a module."""
    for node in ast.walk(parsed(path)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node
