"""Finds a Python of the asked version and learns where its parts lie."""

import json
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from portal.kit.i18n import N_
from registry.sandbox.errors import UnknownRuntime

WRONG_VERSION = N_("%(name)s needs %(wanted)s, but %(path)s is Python %(version)s")

# Runs inside the interpreter that is looked at. The *base* executable matters: inside a virtual environment
# `sys.executable` is a link beside a pyvenv.cfg that the jail will not have.
_PROBE = """
import json, os, sys, sysconfig
base = os.path.realpath(getattr(sys, "_base_executable", None) or sys.executable)
dynload = [p for p in sys.path if os.path.basename(p) == "lib-dynload" and os.path.isdir(p)]
print(json.dumps({
    "version": list(sys.version_info[:3]), "implementation": sys.implementation.name, "executable": base,
    "stdlib": os.path.realpath(sysconfig.get_path("stdlib")), "dynload": dynload[:1],
    "libdir": getattr(sys, "platlibdir", "lib"),
}))
"""


@dataclass(frozen=True)
class Interpreter:
    """The parts of an installed CPython that a runtime copies."""

    command: Path
    executable: Path
    version: tuple[int, int, int]
    stdlib: Path
    dynload: Path | None
    libdir: str

    @property
    def short(self) -> str:
        """``python3.11``: the name of its executable and of its library folder."""
        return f"python{self.version[0]}.{self.version[1]}"

    @property
    def text(self) -> str:
        """The full version, ``3.11.7``."""
        return ".".join(map(str, self.version))


def inspect(command: Path) -> Interpreter:
    """Ask an interpreter about itself; refuses what is not a working CPython."""
    try:
        done = subprocess.run(
            [command, "-I", "-S", "-c", _PROBE], capture_output=True, text=True, timeout=60, check=True
        )
        facts = json.loads(done.stdout)
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        raise UnknownRuntime(
            N_("%(path)s is not a working Python: %(reason)s"), path=command, reason=str(error)
        ) from error
    if facts["implementation"] != "cpython":
        raise UnknownRuntime(
            N_("%(path)s is %(kind)s, and only CPython runs in jails"),
            path=command,
            kind=facts["implementation"],
        )
    major, minor, micro = facts["version"]
    return Interpreter(
        command=command,
        executable=Path(facts["executable"]),
        version=(major, minor, micro),
        stdlib=Path(facts["stdlib"]),
        dynload=Path(facts["dynload"][0]) if facts["dynload"] else None,
        libdir=facts["libdir"],
    )


def find_interpreter(version: tuple[int, int], name: str) -> Interpreter:
    """The running Python if it has the version, else ``python3.NN`` of the PATH; never another version."""
    if sys.version_info[:2] == version:
        return inspect(Path(sys.executable))
    wanted = f"python{version[0]}.{version[1]}"
    found = shutil.which(wanted)
    if found is None:
        raise UnknownRuntime(
            N_(
                "%(name)s needs %(wanted)s, and this machine has none: install it, or ask for the runtime "
                "of the Python that runs the portal (py3%(minor)s)"
            ),
            name=name,
            wanted=wanted,
            minor=sys.version_info[1],
        )
    interpreter = inspect(Path(found))
    if interpreter.version[:2] != version:
        raise UnknownRuntime(WRONG_VERSION, name=name, wanted=wanted, path=found, version=interpreter.text)
    return interpreter
