"""The demo content built once per run, and ways to run things in the runtime without a jail."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from registry.demo.making import build_demo, environment, layer
from registry.sandbox.runtimes import Runtime, build, common_folder

RUNNERS = Path(__file__).resolve().parents[2] / "registry" / "sandbox_runners"
Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="session")
def geo() -> Runtime:
    """The runtime that the benchmarks name."""
    name = f"geo-py3{sys.version_info[1]}"
    return build(name, common_folder("runtimes"), lambda _line: None, built_at="by the tests")


@pytest.fixture(scope="session")
def extra(geo: Runtime) -> Path:
    return layer(common_folder("layers"), geo, lambda _line: None)


@pytest.fixture(scope="session")
def run(geo: Runtime) -> Run:
    """Run a script bare in the runtime: `run(cwd, script, *arguments)`."""

    def run_script(
        cwd: Path, *command: object, layers: tuple[Path, ...] = ()
    ) -> subprocess.CompletedProcess[str]:
        argv = [str(geo.path / "bin" / geo.executable), *map(str, command)]
        return subprocess.run(
            argv,
            cwd=cwd,
            env=environment(geo, *layers),
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    return run_script


@pytest.fixture(scope="session")
def demo(geo: Runtime, extra: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built demo content."""
    folder = tmp_path_factory.mktemp("demo") / "content"
    build_demo(folder, geo, extra.parent, lambda _line: None)
    return folder


@pytest.fixture(scope="session")
def manifest(demo: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((demo / "manifest.json").read_text())
    return content


def benchmark_of(files: Path) -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load((files / "benchmark.yaml").read_text())
    return content
