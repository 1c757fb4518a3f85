"""Every page, as every kind of reader: one of each kind in every run, wide in Chinese and narrow in English by turns.

In `make test-all` every one, in each of four looks (test_looks_chinese, test_looks_english).
"""

import re

import pytest
from fastapi import FastAPI
from playwright.sync_api import Browser

from tests.browser.looking import BY_TURNS, few_of_each, routes, shows, troubles_of
from tests.browser.watched import Look, axe, opened, photograph, shape, visit
from tests.browser.world import World

pytestmark = [pytest.mark.browser, pytest.mark.timeout(1800)]
NO_PAGES = re.compile(
    r"\.(atom|csv|json|md|txt|zip|docx|xlsx|pdf|svg)$|/export/|/download/|/preview-pictures/|/preview-events/|/events$|/log-events$"
    r"|/evidence/|/sites/|^/api/|^/healthz$|^/static|/outputs/"
)


def test_pages_are_sound_for_every_reader(
    chromium: Browser, site: str, world: World, application: FastAPI
) -> None:
    found = troubles_of(chromium, site, few_of_each(world, routes(application)), world.people, BY_TURNS)
    assert not found, "\n".join(found)


@pytest.mark.parametrize("look", BY_TURNS, ids=lambda look: look.name)
def test_refusals_are_pages_too(chromium: Browser, site: str, world: World, look: Look) -> None:
    with opened(chromium, site, look, world.people["researcher"]) as page:
        for path, status in (("/nothing-here", 404), ("/admin", 403), ("/assets/x/y", 404)):
            visit(page, path, status)
            assert shape(page, look) + axe(page) == [], path
            photograph(page, f"{look.name}-refused-{status}")
        visit(page, "/assets/new")
        page.watch.expected = {422}  # type: ignore[attr-defined]
        page.click("main form button[type=submit]")
        page.wait_for_selector("[data-focus]")
        assert page.evaluate("document.activeElement.matches('[data-focus]')"), (
            "the error summary has no focus"
        )
        assert shape(page, look) + axe(page) == []
        photograph(page, f"{look.name}-refused-422")


def test_no_page_is_forgotten(application: FastAPI, world: World) -> None:
    pages = [
        route
        for route in routes(application)
        if "GET" in (route.methods or ()) and not NO_PAGES.search(route.path)
    ]
    visited = {path.partition("?")[0] for paths in world.pages.values() for path in paths}
    missing = [route.path for route in pages if not any(shows(route, path) for path in visited)]
    assert not missing, missing
    assert len(pages) > 35
