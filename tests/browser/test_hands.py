"""Keyboard, print, language and theme."""

import pytest
from playwright.sync_api import Browser

from tests.browser.watched import OUT, Look, opened, visit
from tests.browser.world import World

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


def test_the_first_tab_skips_to_the_content(chromium: Browser, site: str, small_world: World) -> None:
    with opened(chromium, site) as page:
        visit(page, "/assets")
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.getAttribute('href')") == "#main"
        box = page.evaluate("document.activeElement.getBoundingClientRect().toJSON()")
        assert box["top"] >= 0
        assert box["width"] > 20
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.closest('main, #main') !== null")


def test_slash_goes_to_the_search_box(chromium: Browser, site: str, small_world: World) -> None:
    with opened(chromium, site) as page:
        visit(page, "/about")
        page.keyboard.press("/")
        assert page.evaluate("document.activeElement.name") == "q"
        page.keyboard.type("示例")
        page.keyboard.press("Enter")
        page.wait_for_url("**/search?q=*")
        assert "示例程序成果" in page.inner_text("main")


def test_every_control_in_the_order_of_the_page_shows_its_focus(
    chromium: Browser, site: str, small_world: World
) -> None:
    with opened(chromium, site) as page:
        visit(page, "/sign-in")
        seen = []
        for _step in range(14):
            page.keyboard.press("Tab")
            seen.append(
                page.evaluate(
                    """() => { const s = getComputedStyle(document.activeElement);
                    return [document.activeElement.tagName, s.outlineStyle !== 'none' || s.boxShadow !== 'none']; }"""
                )
            )
        assert all(shown for tag, shown in seen if tag != "BODY"), seen


def test_a_menu_opens_and_closes_by_keyboard(chromium: Browser, site: str, small_world: World) -> None:
    with opened(chromium, site, person=small_world.people["researcher"]) as page:
        visit(page, "/")
        page.focus("details[data-menu] summary")
        page.keyboard.press("Enter")
        assert page.locator("details[data-menu][open]").count() == 1
        page.keyboard.press("Escape")
        assert page.locator("details[data-menu][open]").count() == 0


def test_the_language_is_kept(chromium: Browser, site: str, small_world: World) -> None:
    with opened(chromium, site, Look("zh-CN", scripts=False)) as page:
        visit(page, "/assets")
        assert page.locator("html").get_attribute("lang") == "zh-Hans"
        page.click("button[name=locale]")
        assert page.locator("html").get_attribute("lang") == "en"
        assert page.url.endswith("/assets")
        visit(page, "/about")
        assert page.locator("h1").inner_text().isascii()


def test_a_page_prints_as_a_paper(chromium: Browser, site: str, small_world: World) -> None:
    with opened(chromium, site) as page:
        visit(page, f"/evaluations/{small_world.done}")
        page.emulate_media(media="print")
        hidden = page.evaluate(
            "['.site-search', '.mast-nav', 'nav.main-nav'].map((s) => document.querySelector(s))"
            ".filter(Boolean).every((e) => e.offsetParent === null || getComputedStyle(e).display === 'none')"
        )
        assert hidden
        assert page.locator("h1").is_visible()
        OUT.mkdir(exist_ok=True)
        data = page.pdf(path=OUT / "print-result.pdf", format="A4")
        assert data.startswith(b"%PDF")
        page.emulate_media(media="screen")
        visit(
            page,
            f"/benchmarks/{small_world.scene.owner.namespace.slug}/{small_world.scene.asset.name}/leaderboard",
        )
        assert page.pdf(format="A4").startswith(b"%PDF")
