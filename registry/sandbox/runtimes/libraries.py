"""Collects the shared libraries that a runtime needs from the host.

A runtime carries its own copy of the C library and its friends, so a jail sees none of the host's /usr/lib,
and an
update of the host cannot change a result between two runs.
"""

import os
import re
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

from portal.kit.i18n import N_
from registry.sandbox.errors import BuildFailed

_RESOLVED = re.compile(r"^\s*(?:(?P<name>\S+) => )?(?P<path>/\S+) \(0x[0-9a-f]+\)$")
# Loaded by name at run time, so no ELF header mentions them: thread cancellation, and users of old C
# libraries.
_BY_NAME = ("libgcc_s.so.1", "libnss_files.so.2")


def _elf_files(tree: Path) -> list[Path]:
    found = []
    for folder, _, names in os.walk(tree):
        for name in names:
            path = Path(folder, name)
            if (".so" in name or os.access(path, os.X_OK)) and path.is_file() and not path.is_symlink():
                with path.open("rb") as file:
                    if file.read(4) == b"\x7fELF":
                        found.append(path)
    return found


def _resolve(files: Iterable[Path]) -> dict[str, Path]:
    """Library name -> file on the host, by the host's own loader (``ldd``)."""
    ldd = shutil.which("ldd")
    if ldd is None:
        raise BuildFailed(N_("`ldd` was not found: install the C library's tools (Debian: libc-bin)"))
    done = subprocess.run([ldd, *files], capture_output=True, text=True, timeout=300, check=False)
    resolved: dict[str, Path] = {}
    for line in done.stdout.splitlines():
        match = _RESOLVED.match(line)
        if match:
            path = Path(match["path"])
            resolved[match["name"] or path.name] = path
    return resolved


def _loader(executable: Path) -> Path:
    """The dynamic loader that the executable names in its header, as an absolute path inside the jail."""
    data = executable.read_bytes()[:65536]
    match = re.search(rb"/lib[A-Za-z0-9_/.-]*/ld-[A-Za-z0-9_.-]+\x00", data)
    if match is None:
        raise BuildFailed(
            N_("%(path)s names no dynamic loader; a statically linked Python cannot load packages"),
            path=executable,
        )
    return Path(match[0][:-1].decode())


def copy_libraries(tree: Path, executable: Path, target: Path) -> Path:
    """Copy every library that ELF files under ``tree`` need from outside it into ``target``; the loader's
    path.

    ``executable`` is the original interpreter: its run path still finds a libpython that the copy would not.
    """
    inside = tree.resolve()
    resolved = _resolve([executable, *_elf_files(tree)])
    target.mkdir()
    for name, path in sorted(resolved.items()):
        if not path.resolve().is_relative_to(inside):
            shutil.copyfile(path, target / Path(name).name)
    libc = resolved.get("libc.so.6")
    for name in _BY_NAME:
        source = libc.parent / name if libc else None
        if source is not None and source.exists() and not (target / name).exists():
            shutil.copyfile(source, target / name)
    loader = _loader(executable)
    shutil.copyfile(loader, target / loader.name)
    (target / loader.name).chmod(0o755)
    return loader
