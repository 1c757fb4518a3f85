"""Fixtures of all tests: a real, migrated PostgreSQL; the real application; factories of rows."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlmodel import Session

from portal.kit import db as kit_db
from portal.kit.i18n import set_locale
from portal.kit.storage import own_store
from portal.settings import ROOT, get_settings
from registry.sandbox.runtimes import built, default_names, default_root
from tests.support import moves
from tests.support.browser import Client
from tests.support.emptying import empty_database
from tests.support.make import Make
from tests.support.seaweed import Seaweed

LONG_FIRST = (
    "browser",
    "demo_portal",
    "ops",
    "demo",
    "faults",
    "contract",
    "sandbox",
    "evaluation",
    "client",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long files first: whole files go to the workers in this order, and one of minutes at the end has them wait."""

    def rank(item: pytest.Item) -> int:
        part = item.path.relative_to(ROOT / "tests").parts[0]
        return LONG_FIRST.index(part) if part in LONG_FIRST else len(LONG_FIRST)

    items.sort(key=rank)


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The CSPON_HOME of this test process."""
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="session", autouse=True)
def _settings(home: Path) -> Iterator[None]:
    patch = pytest.MonkeyPatch()
    if "CSPON_RUNTIME_DIR" not in os.environ:  # runtimes are built once per checkout, by `make runtimes`
        patch.setenv("CSPON_RUNTIME_DIR", str(default_root(ROOT / "var")))
    where = Path(os.environ["CSPON_RUNTIME_DIR"])
    missing = set(default_names(sys.version_info.minor)) - {runtime.name for runtime in built(where)}
    assert not missing, f"not built under {where}: {', '.join(sorted(missing))}; run `make runtimes` first"
    patch.setenv("CSPON_HOME", str(home))
    for name in ("CSPON_PUBLIC_URL", "CSPON_SMTP_HOST", "CSPON_STORE_URL"):
        patch.delenv(name, raising=False)
    get_settings.cache_clear()
    own_store.cache_clear()
    yield
    patch.undo()
    get_settings.cache_clear()


@pytest.fixture(autouse=True)
def _language() -> None:
    set_locale("zh_Hans")


@pytest.fixture(scope="session")
def _database(database_url: str, _settings: None) -> Iterator[None]:
    kit_db.configure(database_url)
    moves.install(kit_db.engine())
    yield
    kit_db.engine().dispose()


@pytest.fixture
def database(_database: None) -> Iterator[None]:
    """The database of this test process, empty again after the test; every change of state in it was an audit event."""
    yield
    unsaid = moves.unsaid(kit_db.engine())
    empty_database()
    assert not unsaid, "changes of state without an audit event: " + "; ".join(map(str, unsaid[:20]))


@pytest.fixture
def db(database: None) -> Iterator[Session]:
    """A session for arranging and asserting; call ``db.commit()`` freely in tests."""
    with Session(kit_db.engine(), expire_on_commit=False) as session:
        yield session


@pytest.fixture(scope="session")
def application(_database: None) -> object:
    """The real application."""
    from portal.app import create_app

    return create_app()


@pytest.fixture
def client(application: object, database: None) -> Iterator[Client]:
    """A browser without JavaScript; follows no redirects by itself."""
    with Client(application) as browser:
        yield browser


@pytest.fixture
def make(db: Session) -> Make:
    """Factories: ``make.account(...)``, ``make.organisation(...)``, ``make.asset(...)``, ``make.version(...)``."""
    return Make(db)


@pytest.fixture(scope="session")
def seaweed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seaweed]:
    """A real S3 service of this test process; started by the first test that needs it."""
    with Seaweed(tmp_path_factory.mktemp("weed")) as server:
        yield server
