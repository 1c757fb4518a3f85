"""The real application behind a real server, and a real worker beside it."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import psycopg
import uvicorn

from portal.settings import ROOT
from registry.sandbox.runtimes import build, common_folder, default_names
from tests.support.seaweed import free_port


@contextmanager
def served(application: Any) -> Iterator[str]:
    """The application on a free port of this machine; its address."""
    port = free_port()
    config = uvicorn.Config(
        application, host="127.0.0.1", port=port, log_level="warning", timeout_graceful_shutdown=1
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    url = f"http://127.0.0.1:{port}"
    for _attempt in range(300):
        if server.started:
            break
        time.sleep(0.02)
    assert httpx.get(f"{url}/healthz").text == "ok"
    try:
        yield url
    finally:
        server.should_exit = True
        thread.join(timeout=20)


def runtimes() -> Path:
    """The runtimes a worker needs, built once per machine."""
    root = common_folder("runtimes")
    for name in default_names(sys.version_info.minor):
        build(name, root, lambda _line: None, built_at="by the tests")
    return root


@contextmanager
def working(database_url: str, home: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A worker process on this database and home; ended as the supervisor would."""
    home.chmod(0o711)
    env = {
        **os.environ,
        "CSPON_DATABASE_URL": database_url,
        "CSPON_HOME": str(home),
        "CSPON_RUNTIME_DIR": str(runtimes()),
        "CSPON_SANDBOX_WEAK": "true",
        "CSPON_WORKER_MIN_FREE_GB": "0",
    }
    with (home / "worker.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "portal.cli", "worker"], cwd=ROOT, env=env, stdout=log, stderr=log
        )
        try:
            _await_worker(process, database_url, home / "worker.log")
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(timeout=40)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _await_worker(process: subprocess.Popen[bytes], database_url: str, log: Path) -> None:
    """Until it has shown its first sign of life."""
    with psycopg.connect(database_url.replace("+psycopg", "", 1), autocommit=True) as connection:
        for _attempt in range(600):
            assert process.poll() is None, log.read_text()[-3000:]
            row = connection.execute("SELECT count(*) FROM procrastinate_workers").fetchone()
            if row and row[0]:
                return
            time.sleep(0.1)
    raise AssertionError(f"no worker after a minute: {log.read_text()[-3000:]}")
