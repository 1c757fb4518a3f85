"""Real PostgreSQL for tests: one server per run in a temporary folder, one database per xdist worker."""

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import LiteralString

import psycopg
import pytest
from psycopg import sql

from portal.kit import embedded
from portal.kit.ids import new_id
from portal.kit.locks import holder, take

HOME = "CSPON_TEST_HOME"
TEMPLATE = "migrated"


def pytest_configure(config: pytest.Config) -> None:
    """Choose the run's folder in the process that leads the run; xdist's workers inherit its name."""
    if not hasattr(config, "workerinput"):
        _sweep()
        folder = Path(tempfile.mkdtemp(prefix="cspon-tests-"))
        folder.chmod(0o711)  # the account the server runs as must get through
        os.environ[HOME] = str(folder)


def _sweep() -> None:
    """Remove folders of runs that were killed; one whose server is held is somebody's present run."""
    day_ago = time.time() - 24 * 3600
    for folder in Path(tempfile.gettempdir()).glob("cspon-tests-*"):
        old = folder.stat().st_uid == os.geteuid() and folder.stat().st_mtime < day_ago
        if old and holder(folder / "run" / "postgres.lock") is None:
            shutil.rmtree(folder, ignore_errors=True)


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput") and (folder := os.environ.pop(HOME, None)):
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres() -> Iterator[embedded.Server]:
    """The run's server, without fsync. The worker that started it stops it when no other worker uses it."""
    with embedded.running(Path(os.environ[HOME]), durable=False) as server:
        yield server


@pytest.fixture(scope="session")
def template_database(postgres: embedded.Server) -> str:
    """Name of a database with the present schema, made by the migrations once per run."""
    from portal.kit.migrate import upgrade

    marker = Path(os.environ[HOME]) / "run" / "template.made"
    with take(marker.with_suffix(".lock"), wait=True):
        if not marker.exists():
            _admin(postgres, "DROP DATABASE IF EXISTS {} WITH (FORCE)", TEMPLATE)
            _admin(postgres, "CREATE DATABASE {} TEMPLATE template0", TEMPLATE)
            upgrade(named(postgres, TEMPLATE))
            marker.touch()
    return TEMPLATE


@pytest.fixture(scope="session")
def database_url(postgres: embedded.Server, template_database: str) -> str:
    """Address of this worker's own database, migrated and empty; it lives as long as the run."""
    name = f"test_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
    _copy(postgres, template_database, name)
    return named(postgres, name)


@pytest.fixture
def fresh_database_url(postgres: embedded.Server, template_database: str) -> Iterator[str]:
    """Address of a migrated, empty database for one test; dropped after it, whoever is still connected."""
    name = f"fresh_{new_id().hex}"
    _copy(postgres, template_database, name)
    yield named(postgres, name)
    _admin(postgres, "DROP DATABASE {} WITH (FORCE)", name)


def named(server: embedded.Server, database: str) -> str:
    """Address of another database on the same server."""
    return server.url.replace("/cspon?", f"/{database}?", 1)


def libpq(url: str) -> str:
    """The address without SQLAlchemy's driver name."""
    return url.replace("postgresql+psycopg://", "postgresql://", 1)


def replace(server: embedded.Server, name: str, source: str) -> None:
    """Make the database ``name`` a copy of ``source`` as it is now; whoever is connected to either is cut off."""
    _admin(server, "DROP DATABASE IF EXISTS {} WITH (FORCE)", name)
    with psycopg.connect(libpq(named(server, "postgres")), autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [source]
        )
    _copy(server, source, name)


def drop(server: embedded.Server, name: str) -> None:
    """Remove a database, whoever is connected."""
    _admin(server, "DROP DATABASE IF EXISTS {} WITH (FORCE)", name)


def _copy(server: embedded.Server, template: str, name: str) -> None:
    _admin(server, "CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY", name, template)


def _admin(server: embedded.Server, statement: LiteralString, *names: str) -> None:
    with psycopg.connect(libpq(named(server, "postgres")), autocommit=True) as connection:
        connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))
