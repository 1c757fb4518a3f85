"""Real worker processes, started, killed and watched."""

import os
import signal
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import psutil
from sqlalchemy.exc import SQLAlchemyError

from portal.kit.db import transaction
from portal.kit.errors import Unavailable
from registry.evaluation.models import ACTIVE, Evaluation, EvaluationState
from tests.support.tree import ROOT

EXIT_RESTART = 75
PATIENCE_S = 120.0


def wait_for(what: Callable[[], object], seconds: float = PATIENCE_S, every: float = 0.05) -> object:
    """What ``what`` answers once that is true; fails the test after ``seconds``."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = what()
        if found:
            return found
        time.sleep(every)
    raise AssertionError(f"not within {seconds} s: {what}")


class WorkerProcess:
    """``cspon worker`` as an operator starts it."""

    def __init__(
        self,
        url: str,
        home: Path,
        *,
        lease_s: float = 4.0,
        heartbeat_s: float = 0.5,
        before: Sequence[str] = (),
        options: Sequence[str] = (),
        env: Mapping[str, str] | None = None,
    ) -> None:
        self._command = [*before, sys.executable, "-m", "portal.cli", "worker", *options]
        self._env = {
            **os.environ,
            "CSPON_DATABASE_URL": url,
            "CSPON_HOME": str(home),
            "CSPON_LEASE_S": str(lease_s),
            "CSPON_HEARTBEAT_S": str(heartbeat_s),
            "CSPON_WORKER_MIN_FREE_GB": "0",
            "CSPON_SANDBOX_WEAK": "true",
            "PYTHONUNBUFFERED": "1",
            **(env or {}),
        }
        self.lines: list[str] = []
        self.process: subprocess.Popen[str]

    def start(self, *, ready: bool = True) -> "WorkerProcess":
        self.lines = []
        self.process = subprocess.Popen(
            self._command,
            cwd=ROOT,
            env=self._env,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        threading.Thread(target=self._read, args=(self.process, self.lines), daemon=True).start()
        if ready:
            wait_for(lambda: self.says("slots") or self.process.poll() is not None)
            assert self.process.poll() is None, self.words
        return self

    @staticmethod
    def _read(process: "subprocess.Popen[str]", lines: list[str]) -> None:
        assert process.stdout is not None
        lines.extend(iter(process.stdout.readline, ""))

    def says(self, text: str) -> bool:
        return any(text in line for line in self.lines)

    @property
    def words(self) -> str:
        return "".join(self.lines)

    def children(self) -> list[psutil.Process]:
        try:
            return psutil.Process(self.process.pid).children(recursive=True)
        except psutil.NoSuchProcess:
            return []

    def kill(self) -> list[psutil.Process]:
        """kill -9; what it had started, for the caller to look after."""
        children = self.children()
        self.process.kill()
        self.process.wait()
        return children

    def stop(self) -> int:
        """SIGTERM, and wait for the end."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.process.wait(20)


def living(processes: list[psutil.Process]) -> list[psutil.Process]:
    """Those that still run (a dead one nobody has reaped yet does not)."""
    return [p for p in processes if p.is_running() and p.status() != psutil.STATUS_ZOMBIE]


def state_of(evaluation_id: uuid.UUID) -> EvaluationState | None:
    """The state, or None while the database is away."""
    try:
        with transaction() as db:
            return db.get_one(Evaluation, evaluation_id).state
    except (Unavailable, SQLAlchemyError):
        return None


def is_over(evaluation_id: uuid.UUID) -> bool:
    state = state_of(evaluation_id)
    return state is not None and state not in ACTIVE
