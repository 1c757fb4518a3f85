"""A look at every page of the world as every kind of reader."""

import re

import pytest
from _pytest.mark import ParameterSet
from playwright.sync_api import Browser

from tests.browser.watched import Look, axe, opened, photograph, shape, visit
from tests.browser.world import World

CHINESE = [Look("zh-CN", 1280, "light"), Look("zh-CN", 360, "dark")]
ENGLISH = [Look("en-US", 360, "light"), Look("en-US", 1280, "dark")]


def first_always(looks: list[Look]) -> list[ParameterSet]:
    """The first look of a language in every run; the others, the dark ones, in `make test-all`."""
    return [
        pytest.param(look, id=look.name, marks=[pytest.mark.slow] if n else [])
        for n, look in enumerate(looks)
    ]


def name_of(number: int, path: str) -> str:
    """The same name in every run: the place in the list and the fixed words of the address."""
    words = [part for part in path.partition("?")[0].split("/") if re.fullmatch(r"[a-z-]{3,14}", part)]
    return f"{number:02}-" + ("-".join(words) or "home")


def troubles_of(chromium: Browser, site: str, world: World, look: Look, *, judged: bool = True) -> list[str]:
    """What is wrong with any page: layout, console and, where it is ``judged``, axe; every page is photographed."""
    found: list[str] = []
    for who, paths in world.pages.items():
        with opened(chromium, site, look, world.people.get(who)) as page:
            for number, path in enumerate(paths):
                visit(page, path)
                troubles = shape(page, look) + (axe(page) if judged else [])
                photograph(page, f"{look.name}-{who or 'anyone'}-{name_of(number, path)}")
                found += [f"{who or 'anyone'} {path}: {trouble}" for trouble in troubles]
    return found
