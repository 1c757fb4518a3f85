"""Every page in English, as every kind of reader; a module of its own, so that two processes share the work."""

import pytest
from playwright.sync_api import Browser

from tests.browser.looking import ENGLISH, first_always, troubles_of
from tests.browser.watched import Look
from tests.browser.world import World

pytestmark = [pytest.mark.browser, pytest.mark.timeout(1800)]


@pytest.mark.parametrize("look", first_always(ENGLISH))
def test_every_page_is_sound_for_every_reader(chromium: Browser, site: str, world: World, look: Look) -> None:
    # Roles, labels and colours are the same in both languages, and axe takes two thirds of a look: it judges the light
    # pages in Chinese, the dark ones in English as well.
    found = troubles_of(chromium, site, world, look, judged=look.scheme == "dark")
    assert not found, "\n".join(found)
