"""Copies an interpreter and its packages into a tree that needs nothing else of the host."""

import os
import re
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

from portal.kit.i18n import N_
from registry.sandbox.errors import BuildFailed
from registry.sandbox.runtimes.interpreter import Interpreter

Report = Callable[[str], None]
MOUNT = "/runtime"

_NOT_NEEDED = {
    "site-packages", "dist-packages", "__pycache__", "test", "tests", "idlelib", "tkinter", "turtledemo",
    "ensurepip", "EXTERNALLY-MANAGED", "lib2to3",
}  # fmt: skip
_NOT_LOADED = (
    "_tkinter.",
    "_test",
    "_ctypes_test.",
    "_xxtestfuzz.",
    "xxlimited",
    "_curses",
    "readline.",
    "nis.",
)


def _skip(_folder: str, names: list[str]) -> set[str]:
    return {n for n in names if n in _NOT_NEEDED or n.startswith((*_NOT_LOADED, "config-3"))}


def _real_file(source: str, target: str) -> None:
    """Copy a file through its links; a link to nothing (Debian's optional hooks) is left out."""
    if Path(source).exists():
        shutil.copyfile(source, target)


def copy_interpreter(interpreter: Interpreter, tree: Path) -> None:
    """Executable and standard library, without tests, windows and the packages of the host."""
    library = tree / interpreter.libdir / interpreter.short
    shutil.copytree(
        interpreter.stdlib, library, ignore=_skip, copy_function=_real_file, ignore_dangling_symlinks=True
    )
    if interpreter.dynload is not None and not (library / "lib-dynload").is_dir():
        shutil.copytree(interpreter.dynload, library / "lib-dynload", ignore=_skip, copy_function=_real_file)
    binaries = tree / "bin"
    binaries.mkdir()
    shutil.copyfile(interpreter.executable, binaries / interpreter.short)
    (binaries / interpreter.short).chmod(0o755)
    for link in ("python", "python3"):
        (binaries / link).symlink_to(interpreter.short)


def install_packages(
    interpreter: Interpreter, lock: Path, target: Path, report: Report, wheels: Path | None = None
) -> None:
    """Install the locked list into ``target`` by pip, with the user's own pip settings; wheels and hashes
    only. ``wheels``: from this folder, asking no index."""
    command = [sys.executable, "-m", "pip"]
    if interpreter.command != Path(sys.executable):
        command += ["--python", str(interpreter.command)]
    command += [
        "install",
        "--require-hashes",
        "--no-deps",
        "--only-binary",
        ":all:",
        "--no-compile",
        "--no-input",
    ]
    command += [
        "--disable-pip-version-check",
        "--progress-bar",
        "off",
        "--target",
        str(target),
        "-r",
        str(lock),
    ]
    if wheels is not None:
        command += ["--no-index", "--find-links", str(wheels)]
    total = len(re.findall(r"^\S+==", lock.read_text(encoding="utf-8"), flags=re.MULTILINE))
    done, tail = 0, [""]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as pip:
        for line in pip.stdout or ():
            tail = [*tail[-7:], line.rstrip()]
            if line.startswith(("Collecting ", "Processing ")):
                done += 1
                report(f"package {done} of at most {total}: {Path(line.split()[1]).name.split('-')[0]}")
            elif line.startswith("Installing collected"):
                report("unpacking")
    if pip.returncode:
        raise BuildFailed(
            N_("pip could not install the locked packages: %(reason)s"), reason="\n".join(tail).strip()
        )
    shutil.rmtree(target / "bin", ignore_errors=True)


def compile_all(interpreter: Interpreter, tree: Path) -> None:
    """Precompile: nobody can write byte code later. Unchecked hashes make the tree the same on every
    build."""
    folders = [str(tree / interpreter.libdir / interpreter.short), str(tree / "site")]
    command = [
        str(interpreter.command),
        "-I",
        "-m",
        "compileall",
        "-q",
        "-j",
        "0",
        "-s",
        str(tree),
        "-p",
        MOUNT,
    ]
    subprocess.run(
        [*command, "--invalidation-mode", "unchecked-hash", *folders],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        # Packages ship files of other Python versions that do not compile; they are not imported.
        check=False,
    )


def open_for_all(tree: Path) -> None:
    """Everyone may read, nobody but the owner may write."""
    for folder, _, names in os.walk(tree):
        Path(folder).chmod(0o755)
        for name in names:
            path = Path(folder, name)
            if not path.is_symlink():
                path.chmod(0o755 if path.stat().st_mode & stat.S_IXUSR else 0o644)


def tree_digest(tree: Path) -> str:
    """SHA-256 over sorted lines ``path NUL kind-or-sha256 LF`` of everything in the tree but
    ``runtime.json``."""
    total = sha256()
    entries = []
    for folder, folders, names in os.walk(tree):
        entries += [Path(folder, n) for n in names]
        entries += [path for n in folders if (path := Path(folder, n)).is_symlink()]
    for path in sorted(entries, key=lambda p: p.relative_to(tree).as_posix()):
        relative = path.relative_to(tree).as_posix()
        if relative == "runtime.json":
            continue
        if path.is_symlink():
            what = "-> " + str(path.readlink())
        else:
            with path.open("rb") as file:
                what = _digest(file.fileno())
        total.update(f"{relative}\0{what}\n".encode("utf-8", "surrogateescape"))
    return total.hexdigest()


def _digest(descriptor: int) -> str:
    state = sha256()
    while block := os.read(descriptor, 1 << 20):
        state.update(block)
    return state.hexdigest()
