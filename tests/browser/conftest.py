"""A browser, the real site behind a real server, a real worker, and a world to look at."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright
from sqlmodel import Session

from portal.kit.db import engine
from scripts.browser import OVERRIDE, find
from tests.browser.watched import FLAGS
from tests.browser.world import World
from tests.client.serving import served, working
from tests.support.emptying import empty_database


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """One browser a module: while Playwright is open its event loop runs in the main thread, and others need that."""
    path = find()
    assert path, f"no browser: run `make browser`, or name one with {OVERRIDE}"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def site(application: object, home: Path) -> Iterator[str]:
    """The real application on a free port; emptied when the module's tests are over, half-sent uploads with it."""
    with served(application) as url:
        yield url
        empty_database()
    shutil.rmtree(home / "store" / "incoming", ignore_errors=True)


@pytest.fixture(scope="module")
def worker(site: str, database_url: str, home: Path) -> Iterator[None]:
    with working(database_url, home):
        yield


@pytest.fixture(scope="module")
def world(site: str, worker: None) -> World:
    with Session(engine(), expire_on_commit=False) as db:
        return World(db).build()


@pytest.fixture(scope="module")
def small_world(site: str, worker: None) -> World:
    """People, one benchmark and its evaluations: made in a second, where the whole takes half a minute."""
    with Session(engine(), expire_on_commit=False) as db:
        return World(db).build(parts=False)
