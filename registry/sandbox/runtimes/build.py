"""Builds a runtime: all or nothing, and only when something changed."""

import fcntl
import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from secrets import token_hex

from portal.kit.i18n import N_
from registry.sandbox.errors import BuildFailed, UnknownRuntime
from registry.sandbox.runtimes.copying import (
    Report,
    compile_all,
    copy_interpreter,
    install_packages,
    open_for_all,
    tree_digest,
)
from registry.sandbox.runtimes.definitions import Carried, Family, parse_name
from registry.sandbox.runtimes.interpreter import WRONG_VERSION, Interpreter, find_interpreter, inspect
from registry.sandbox.runtimes.libraries import copy_libraries
from registry.sandbox.runtimes.places import enterable, own_folder
from registry.sandbox.runtimes.runtime import Runtime, find, load

TREES = ".trees"


def build(
    name: str,
    root: Path,
    report: Report,
    *,
    built_at: str = "",
    interpreter: Path | None = None,
    lock: Path | None = None,
    wheels: Path | None = None,
) -> Runtime:
    """Build ``name`` (``geo-py311``) under ``root`` and return it; does nothing when it is built and
    unchanged.

    ``built_at`` is the caller's time stamp. ``interpreter`` overrides the search for a Python of the
    asked version,
    and must have that version. Nothing is replaced before the new tree is complete; a failure leaves no
    trace. ``lock`` takes the place of this release's list; with ``wheels`` the packages come from that folder and
    from nowhere else.
    """
    family, version = parse_name(name)
    if lock is not None:
        family = Carried(family.name, family.built_by_default, lock)
    python = inspect(interpreter) if interpreter else find_interpreter(version, name)
    if python.version[:2] != version:
        wanted = f"python{version[0]}.{version[1]}"
        raise UnknownRuntime(WRONG_VERSION, name=name, wanted=wanted, path=interpreter, version=python.text)
    root = own_folder(root.resolve())
    if not enterable(root):
        raise BuildFailed(
            N_("%(path)s: a folder on the way is closed to other users (o+x), so jails cannot enter it"),
            path=root,
        )
    with _only_builder(root):
        old = _current(name, root, family, python)
        if old is not None:
            report(f"{name}: already built and up to date")
            return old
        return _replace(name, root, family, python, report, built_at, wheels)


@contextmanager
def _only_builder(root: Path) -> Iterator[None]:
    """One build at a time per root; the lock ends with the process, whatever its end."""
    with (root / ".lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _current(name: str, root: Path, family: Family, python: Interpreter) -> Runtime | None:
    try:
        old = find(name, root)
    except UnknownRuntime:
        return None
    same = old.lock_digest == family.lock_digest and old.python_version == python.text
    return old if same else None


def _replace(
    name: str,
    root: Path,
    family: Family,
    python: Interpreter,
    report: Report,
    built_at: str,
    wheels: Path | None,
) -> Runtime:
    trees = own_folder(root / TREES)
    _clear_leftovers(name, root, trees)
    tree = trees / f"{name}@{family.lock_digest[:12]}-{token_hex(4)}"
    partial = tree.with_name(tree.name + ".partial")
    try:
        partial.mkdir()
        record = _fill(name, partial, family, python, report, wheels)
        record["built_at"] = built_at
        (partial / "runtime.json").write_text(json.dumps(record, indent=1, sort_keys=True), encoding="utf-8")
        partial.rename(tree)
        link = root / f".{name}.{token_hex(4)}"
        link.symlink_to(tree.relative_to(root))
        link.rename(root / name)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    report(f"{name}: ready")
    return load(name, tree)


def _fill(
    name: str, tree: Path, family: Family, python: Interpreter, report: Report, wheels: Path | None
) -> dict[str, str]:
    report(f"{name}: copying Python {python.text}")
    copy_interpreter(python, tree)
    report(f"{name}: installing packages from {family.lock.name}")
    (tree / "site").mkdir()
    install_packages(python, family.lock, tree / "site", report, wheels)
    report(f"{name}: copying shared libraries")
    loader = copy_libraries(tree, python.executable, tree / "sys")
    report(f"{name}: compiling")
    compile_all(python, tree)
    open_for_all(tree)
    return {
        "name": name,
        "python_version": python.text,
        "lock_digest": family.lock_digest,
        "tree_digest": tree_digest(tree),
        "executable": python.short,
        "loader": str(loader),
    }


def _clear_leftovers(name: str, root: Path, trees: Path) -> None:
    """Throw away half builds and trees that were replaced before; the current tree stays, jails may be
    using it."""
    link = root / name
    current = link.readlink().name if link.is_symlink() else None
    for entry in trees.glob(f"{name}@*"):
        if entry.name != current:
            shutil.rmtree(entry, ignore_errors=True)
