"""Runs the builders where they belong: in a built runtime, with the extra layer installed once per lock."""

from __future__ import annotations

import fcntl
import hashlib
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

from registry.sandbox.runtimes import Runtime, parse_name
from registry.sandbox.runtimes.copying import install_packages
from registry.sandbox.runtimes.interpreter import find_interpreter

HERE = Path(__file__).resolve().parent
LOCK = HERE / "requirements.txt"
Report = Callable[[str], None]


class DemoBuildError(Exception):
    """The builders failed; the message ends with their last words."""


def layer(folder: Path, runtime: Runtime, report: Report) -> Path:
    """The extra packages under `folder`, installed when absent; its name tells runtime and lock, so it is never stale.

    Two processes at once wait for each other; a half installation is thrown away.
    """
    digest = hashlib.sha256(LOCK.read_bytes()).hexdigest()[:12]
    target = folder / f"demo-{runtime.name}-{digest}"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as guard:
        fcntl.flock(guard, fcntl.LOCK_EX)
        if target.is_dir():
            return target
        partial = target.with_name(target.name + ".partial")
        shutil.rmtree(partial, ignore_errors=True)
        _, version = parse_name(runtime.name)
        install_packages(find_interpreter(version, runtime.name), LOCK, partial, report)
        partial.rename(target)
    return target


def environment(runtime: Runtime, *layers: Path) -> dict[str, str]:
    """Environment of a process that uses the runtime outside a jail, with one thread and nothing of the host's."""
    path = [*layers, runtime.path / "site"]
    return {
        "PATH": str(runtime.path / "bin"),
        "LC_ALL": "C.UTF-8",
        "PYTHONPATH": ":".join(map(str, path)),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONNOUSERSITE": "1",
        "PYTHONUTF8": "1",
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
    }


def build_demo(outdir: Path, runtime: Runtime, layers: Path, report: Report) -> None:
    """Write benchmarks/, assets/ and manifest.json into `outdir` (absent or empty); trusted code, so not jailed."""
    extra = layer(layers, runtime, report)
    command = [str(runtime.path / "bin" / runtime.executable), str(HERE / "build.py"), str(outdir)]
    done = subprocess.run(
        command, env=environment(runtime, extra), capture_output=True, text=True, timeout=600, check=False
    )
    if done.returncode:
        raise DemoBuildError("the demo content could not be built:\n" + done.stderr[-2000:])
    report("demo content built")
