"""What the tests of starting, stopping and surviving need: short-lived homes and real processes."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from portal.settings import ROOT


@pytest.fixture
def site() -> Iterator[Path]:
    """A home whose server any account may reach; whatever still runs from it is ended."""
    folder = Path(tempfile.mkdtemp(prefix="cspon-home-"))
    folder.chmod(0o711)
    yield folder
    for process in processes_of(folder):
        process.kill()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def launch() -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Start Python with arguments, as a process of its own; ended after the test if need be."""
    started: list[subprocess.Popen[str]] = []

    def start(*argv: str | Path, **env: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, *map(str, argv)],
            cwd=ROOT,
            env={**os.environ, **env},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        if process.poll() is None:
            process.kill()
        process.wait()


def processes_of(folder: Path) -> list[psutil.Process]:
    """Live processes whose arguments or environment name the folder."""
    found = []
    for process in psutil.process_iter():
        try:
            words = [*process.cmdline(), *process.environ().values()]
            alive = process.status() != psutil.STATUS_ZOMBIE and process.pid != os.getpid()
        except psutil.Error:
            continue
        if alive and any(str(folder) in word for word in words):
            found.append(process)
    return found


def eventually(true: Callable[[], object], seconds: float = 60.0) -> bool:
    """Wait until a condition holds; the limit is only there to end a broken run."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if true():
            return True
        time.sleep(0.05)
    return False


def lives(pid: int) -> bool:
    """Whether a process runs: one that has ended and was not reaped yet does not."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def kill_all(*pids: int) -> None:
    for pid in pids:
        os.kill(pid, signal.SIGKILL)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
