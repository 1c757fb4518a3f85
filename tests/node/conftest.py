import json
import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from cspon_node.cli import main
from tests.node.world import World

Said = tuple[int, Any]


@pytest.fixture
def world(tmp_path: Path) -> World:
    made = World(tmp_path / "world")
    (tmp_path / "root.json").write_bytes(made.trust)
    return made


@pytest.fixture
def node(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., Said]:
    """Run ``cspon-node`` with a home of its own: exit code and JSON."""
    home = tmp_path / "home"

    def run(command: str, *words: object) -> Said:
        capsys.readouterr()
        code = main([command, *map(str, words), "--home", str(home), "--json"])
        return code, json.loads(capsys.readouterr().out or "null")

    return run


@pytest.fixture
def made(world: World, node: Callable[..., Said], tmp_path: Path) -> Callable[..., Said]:
    """The same, once the node has been made."""
    assert node("init", "--trust", tmp_path / "root.json", "--name", "province-11")[0] == 0
    return node


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder that jails can enter, so that runtimes are built in it and not beside the machine's own."""
    with tempfile.TemporaryDirectory(prefix="cspon-node-test-", dir="/var/tmp") as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.fixture
def runtimes() -> Path:
    """The runtimes that this checkout has built."""
    return Path(os.environ["CSPON_RUNTIME_DIR"])


@pytest.fixture
def check(tmp_path: Path, capsys: pytest.CaptureFixture[str], world: World) -> Callable[[Path], Said]:
    """``cspon-node verify BUNDLE --trust root.json``, without a home."""

    def run(bundle: Path) -> Said:
        capsys.readouterr()
        code = main(["verify", str(bundle), "--trust", str(tmp_path / "root.json"), "--json"])
        return code, json.loads(capsys.readouterr().out or "null")

    return run
