"""A list of 60 models as JSON, against `mlflow server` (sqlite) searching the same 60 registered models."""

import json
import subprocess
import sys
import time
import urllib.request
import venv
from pathlib import Path

from bench.support import Line, Server, free_port, in_turns, median_ratio, requests_per_second

VERSION = "3.17.2"
PATH = "/api/2.0/mlflow/registered-models/search?max_results=60"


def installed(folder: Path) -> Path:
    """Python of a virtual environment with mlflow in it; made on the first run, kept for the next."""
    python = folder / "bin" / "python"
    if not (folder / "made").exists():
        venv.create(folder, with_pip=True, clear=True)
        packages = [f"mlflow=={VERSION}", f"mlflow-skinny=={VERSION}", f"mlflow-tracing=={VERSION}"]
        subprocess.run([str(python), "-m", "pip", "install", "-q", *packages], check=True, stdout=sys.stderr)
        (folder / "made").touch()
    return python


def _server(python: Path, data: Path, port: int) -> list[str]:
    return [
        str(python), "-m", "mlflow", "server", "--backend-store-uri", f"sqlite:///{data}/mlflow.db",
        "--artifacts-destination", str(data / "artifacts"), "--host", "127.0.0.1", "--port", str(port),
        "--workers", "1",
    ]  # fmt: skip


def _fill(port: int, titles: list[str]) -> None:
    for title in titles:
        body = json.dumps({"name": title, "tags": [{"key": "licence", "value": "Apache-2.0"}]}).encode()
        request = urllib.request.Request(
            f"http://127.0.0.1:{port}/api/2.0/mlflow/registered-models/create",
            body,
            {"Content-Type": "application/json"},
        )
        urllib.request.urlopen(request, timeout=60).read()


def run(our_port: int, titles: list[str], work: Path, rounds: int = 5) -> Line:
    """Requests per second of each, one worker each, eight connections."""
    python = installed(work / "mlflow-venv")
    data = work / f"mlflow-{time.time_ns()}"
    data.mkdir(parents=True)
    port = free_port()
    env = {"MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false", "MLFLOW_DISABLE_TELEMETRY": "true"}
    with Server(_server(python, data, port), port, "/health", env):
        _fill(port, titles)
        seen = in_turns(
            {
                "ours": lambda: requests_per_second(our_port, "/api/v1/assets?kind=model&size=60", seconds=2),
                "mlflow": lambda: requests_per_second(port, PATH, seconds=2),
            },
            rounds,
        )
    return Line(
        "list of 60 models as JSON", "mlflow server (sqlite) search of the same 60",
        median_ratio(seen["ours"], seen["mlflow"]), 10.0, True, seen,
    )  # fmt: skip
