"""Constructs in Python source that a reviewer will want to look at. Information only: the jail is what
contains them."""

import ast
import warnings
from collections.abc import Iterator

from .words import words

RISKY_CALLS = words(
    "os.system os.popen os.fork os.kill os.execv os.execve os.execvp os.execl os.spawnv os.spawnl"
    " os.posix_spawn eval exec compile __import__ importlib.import_module importlib.reload"
    " runpy.run_path runpy.run_module pickle.load pickle.loads joblib.load torch.load marshal.loads"
    " shelve.open dill.load dill.loads pandas.read_pickle pd.read_pickle"
)
RISKY_MODULES = words(
    "subprocess socket ctypes cffi urllib.request http.client requests httpx aiohttp ftplib telnetlib smtplib"
    " multiprocessing pty mmap"
)


def risky_constructs(source: str) -> Iterator[tuple[int, str]]:
    """(line, name) of each risky import or call, in order of lines. Raises SyntaxError as ast.parse does."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        tree = ast.parse(source)
    found = {hit for node in ast.walk(tree) for hit in _hits(node)}
    yield from sorted(found)


def _hits(node: ast.AST) -> Iterator[tuple[int, str]]:
    if isinstance(node, ast.Import):
        yield from ((node.lineno, f"import {alias.name}") for alias in node.names if _is_risky(alias.name))
    elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
        names = [f"{node.module}.{alias.name}" for alias in node.names]
        if _is_risky(node.module) or any(name in RISKY_CALLS or _is_risky(name) for name in names):
            yield node.lineno, f"from {node.module} import"
    elif isinstance(node, ast.Call):
        name = _dotted(node.func)
        if name in RISKY_CALLS or name.partition(".")[0] in {"subprocess", "ctypes"}:
            yield node.lineno, f"{name}()"


def _is_risky(module: str) -> bool:
    return any(module == risky or module.startswith(f"{risky}.") for risky in RISKY_MODULES)


def _dotted(node: ast.expr) -> str:
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    return ".".join([node.id, *reversed(parts)]) if isinstance(node, ast.Name) else ""
