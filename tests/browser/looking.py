"""A look at every page of the world as every kind of reader."""

import re
from collections import Counter
from collections.abc import Mapping

from fastapi import FastAPI
from playwright.sync_api import Browser, Page
from starlette.routing import Match, Route

from tests.browser.watched import Look, axe, opened, photograph, shape, visit
from tests.browser.world import World
from tests.support.make import Person

LOOKS = [
    Look("zh-CN", 1280, "light"),
    Look("en-US", 360, "light"),
    Look("zh-CN", 360, "dark"),
    Look("en-US", 1280, "dark"),
]
BY_TURNS = LOOKS[:2]
"""Where every page is looked at once only: the readers' pages take turns between these."""


def name_of(number: int, path: str) -> str:
    """The same name in every run: the place in the list and the fixed words of the address."""
    words = [part for part in path.partition("?")[0].split("/") if re.fullmatch(r"[a-z-]{3,14}", part)]
    return f"{number:02}-" + ("-".join(words) or "home")


def routes(app: FastAPI) -> list[Route]:
    """All routes, also those of included routers, which FastAPI keeps apart."""
    found, todo = [], list(app.routes)
    while todo:
        route = todo.pop()
        if isinstance(route, Route):
            found.append(route)
        elif hasattr(route, "original_router"):
            todo += route.original_router.routes
    return found


def shows(route: Route, path: str) -> bool:
    match, _scope = route.matches({"type": "http", "method": "GET", "path": path, "root_path": ""})
    return match is Match.FULL


def few_of_each(world: World, known: list[Route], most: int = 1) -> Mapping[str, list[str]]:
    """The pages of each reader, without those of a kind (one route) that others have been shown so often already."""
    seen: Counter[str] = Counter()
    chosen: dict[str, list[str]] = {}
    for who, paths in reversed(world.pages.items()):  # the staff first, who have forms where others read
        for path in paths:
            kind = next((route.path for route in known if shows(route, path.partition("?")[0])), path)
            seen[kind] += 1
            if seen[kind] <= most:
                chosen.setdefault(who, []).append(path)
    return chosen


def troubles_of(
    chromium: Browser,
    site: str,
    pages: Mapping[str, list[str]],
    people: Mapping[str, Person],
    looks: list[Look],
) -> list[str]:
    """What is wrong with any page: layout, console and axe; every page is photographed.

    Of several looks each page gets one, by turns, so that all of them together cost as much as one.
    """
    found: list[str] = []
    for turn, look in enumerate(looks):
        for who, paths in pages.items():
            its = list(enumerate(paths))[turn :: len(looks)]
            if its:
                with opened(chromium, site, look, people.get(who)) as page:
                    found += _troubles(page, look, who or "anyone", its)
    return found


def _troubles(page: Page, look: Look, who: str, pages: list[tuple[int, str]]) -> list[str]:
    found = []
    for number, path in pages:
        visit(page, path)
        found += [f"{look.name} {who} {path}: {trouble}" for trouble in shape(page, look) + axe(page)]
        photograph(page, f"{look.name}-{who}-{name_of(number, path)}")
    return found
