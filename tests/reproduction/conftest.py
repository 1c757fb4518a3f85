"""A benchmark with a result made by a real run, before and after its labels were published; and its pack as a file."""

import asyncio
import io
import json
import os
import subprocess
import sys
import uuid
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from portal.kit.db import transaction
from portal.settings import get_settings
from registry.assets.models import Asset
from registry.benchmarks import actions as benchmarks
from registry.benchmarks.models import BenchmarkVersion
from registry.evaluation.models import Evaluation, EvaluationState
from registry.evaluation.run.attempt import run_attempt
from registry.evaluation.run.place import Place
from registry.versions.models import Version
from tests.evaluation.conftest import backend, place, scene, scene_with
from tests.evaluation.tiny import Scene, actor

__all__ = ["backend", "place", "scene", "scene_with"]

OFFLINE = """
import signal, sys

signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs inherit that it is ignored

def refuse(event, _arguments):
    if event in {"socket.connect", "socket.getaddrinfo", "socket.sendto"}:
        raise RuntimeError(f"offline, but: {event}")

sys.addaudithook(refuse)
from portal.cli import main
main(prog_name="cspon")
"""
"""The command in a process that may open no connection."""


def evaluated(scene: Scene, place: Place, version: Version) -> uuid.UUID:
    """Run it as a worker does; the id of the result."""
    evaluation_id = scene.request(version)
    asyncio.run(run_attempt(place, evaluation_id))
    with transaction() as db:
        evaluation = db.get_one(Evaluation, evaluation_id)
        assert evaluation.state is EvaluationState.done, (evaluation.failure_code, evaluation.failure_params)
    return evaluation_id


def publish_labels(scene: Scene) -> None:
    """Close the benchmark and open its files, as its owner."""
    for action in (benchmarks.close, benchmarks.publish_labels):
        with transaction() as db:
            benchmark = db.get_one(BenchmarkVersion, scene.benchmark.id)
            action(db, actor(scene.owner), benchmark, db.get_one(Asset, scene.asset.id), reason="over")


def rewritten(data: bytes, change: Callable[[dict[str, bytes]], None]) -> bytes:
    """The zip with its members changed."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    change(members)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return out.getvalue()


def described(members: dict[str, bytes]) -> dict[str, Any]:
    """``pack.json`` of the members."""
    return dict(json.loads(members["pack.json"]))


@dataclass(frozen=True)
class Alone:
    """``cspon reproduce`` in a process without network, database or portal, with a folder for temporary files."""

    folder: Path

    @property
    def room(self) -> Path:
        """The folder for temporary files."""
        return self.folder / "room"

    def start(self, archive: Path, *words: str) -> subprocess.Popen[str]:
        """Begin; on a host where we may, without any network interface."""
        environment = {
            "PATH": os.environ["PATH"],
            "LANG": "en_US.UTF-8",
            "CSPON_HOME": str(self.folder / "nothing"),
            "CSPON_RUNTIME_DIR": str(get_settings().runtime_dir),
            "CSPON_DATABASE_URL": "postgresql://127.0.0.1:1/none",
            "XDG_CONFIG_HOME": str(self.folder / "config"),
            "TMPDIR": str(self.room),
        }
        self.room.mkdir(exist_ok=True)
        alone = ["unshare", "--net"] if os.geteuid() == 0 else []
        command = [sys.executable, "-c", OFFLINE, "reproduce", str(archive), "--allow-weak-sandbox", *words]
        return subprocess.Popen(
            [*alone, *command], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    def json(self, archive: Path) -> Any:
        """What it finds, once it ended well and left nothing behind."""
        process = self.start(archive, "--json")
        out, errors = process.communicate(timeout=300)
        assert process.returncode == 0, out + errors
        self.check_nothing_is_left()
        return json.loads(out)

    def check_nothing_is_left(self) -> None:
        assert not list(self.room.iterdir())
        assert not (self.folder / "nothing").exists()


@pytest.fixture
def alone(tmp_path: Path) -> Alone:
    return Alone(tmp_path)
