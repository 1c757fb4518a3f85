import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from secrets import token_hex

import pytest

from registry.sandbox.backend import SandboxBackend
from registry.sandbox.nsjail import NsjailBackend
from registry.sandbox.runtimes import Runtime, build, common_folder, find
from tests.sandbox.conformance import BACKENDS, Victim, Warmed, write_target

# The suite runs itself once more as an ordinary user, who takes the runtime that was built by the first run.
RUNTIMES = "CSPON_TEST_RUNTIMES"
BASE = f"base-py3{sys.version_info[1]}"


@pytest.fixture(scope="session")
def runtime() -> Runtime:
    """The smallest runtime, built once per machine and lock."""
    given = os.environ.get(RUNTIMES)
    if given:
        return find(BASE, Path(given))
    return build(BASE, common_folder("runtimes"), lambda _line: None, built_at="by the tests")


@pytest.fixture(scope="session")
def work() -> Iterator[Path]:
    """A folder that jails can enter, which pytest's own are not."""
    folder = common_folder("tests") / token_hex(6)
    folder.mkdir()
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def cold(work: Path) -> SandboxBackend:
    """The sandbox without warm jails, for what only it can show."""
    return BACKENDS["nsjail"](work / "cold")


@pytest.fixture(scope="session")
def warmed(cold: SandboxBackend) -> SandboxBackend:
    """The same, every job in a warm jail."""
    assert isinstance(cold, NsjailBackend)
    return Warmed(cold)  # type: ignore[return-value]


@pytest.fixture(scope="session", params=sorted(BACKENDS))
def backend(request: pytest.FixtureRequest, work: Path) -> SandboxBackend:
    """Each backend in turn."""
    return BACKENDS[request.param](work / request.param)


@pytest.fixture(scope="session")
def victim(backend: SandboxBackend, work: Path) -> Iterator[Victim]:
    """The host that is attacked."""
    folder = work / f"victim-{token_hex(4)}"
    folder.mkdir()
    folder.chmod(0o755)
    with Victim(folder, backend).at_home() as victim:
        yield victim


@pytest.fixture(scope="session")
def target(victim: Victim, work: Path) -> Path:
    """A folder for /input that holds what the attackers know."""
    folder = work / f"input-{token_hex(4)}"
    folder.mkdir()
    folder.chmod(0o755)
    write_target(folder, victim)
    return folder
