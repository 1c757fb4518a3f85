"""A process that can do no good any more ends itself; clocks that differ are named and change no lease."""

import asyncio
import datetime as dt
import importlib
import subprocess
import sys

import pytest
from sqlmodel import Session

from portal.kit.clock import now
from portal.settings import get_settings
from portal.worker.guard import EXIT_RESTART
from registry.evaluation.run.place import Place
from registry.sandbox.nsjail import NsjailBackend
from tests.support.tree import ROOT

worker = importlib.import_module("portal.worker.main")  # the package exports a function of this name

STUCK = """
import time
from portal.worker import guard
guard.STUCK_S = {stuck_s}
guard.LoopGuard(lambda: {verdict}).start()
time.sleep(30)
"""


@pytest.mark.parametrize(
    ("stuck_s", "verdict", "said"),
    [(0.2, "None", "event loop has stood still"), (60, "'the database is away'", "database is away")],
)
def test_a_stuck_worker_ends_to_be_started_afresh(stuck_s: float, verdict: str, said: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", STUCK.format(stuck_s=stuck_s, verdict=verdict)],
        cwd=ROOT, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == EXIT_RESTART
    assert said in done.stderr


def test_a_clock_that_is_wrong_is_named_once(
    db: Session,
    place: Place,
    backend: NsjailBackend,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    process = worker.Process(get_settings(), backend)
    process._place = place
    asyncio.run(process._compare_clocks())
    assert "clock" not in caplog.text
    monkeypatch.setattr(worker, "now", lambda: now() + dt.timedelta(hours=1))
    for _ in range(2):
        asyncio.run(process._compare_clocks())
    assert caplog.text.count("clock and the database's differ by 3600 s") == 1
