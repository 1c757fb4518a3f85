"""Every page in English, light and dark, as every kind of reader; a module a language, so that two processes share."""

import pytest
from playwright.sync_api import Browser

from tests.browser.looking import LOOKS, troubles_of
from tests.browser.watched import Look
from tests.browser.world import World

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(1800)]


@pytest.mark.parametrize(
    "look", [look for look in LOOKS if look.locale[:2] == "en"], ids=lambda look: look.name
)
def test_every_page_is_sound_for_every_reader(chromium: Browser, site: str, world: World, look: Look) -> None:
    found = troubles_of(chromium, site, world.pages, world.people, [look])
    assert not found, "\n".join(found)
