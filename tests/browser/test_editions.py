"""The forms of profiles and rules in a browser: rows by keyboard and in place, and every state of the page is sound."""

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.looking import BY_TURNS, LOOKS
from tests.browser.watched import Look, axe, opened, photograph, shape, visit
from tests.browser.world import World
from tests.support.make import Person

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]
PAGES = {
    "/certificates/profiles/base/edit": ("criteria", "valid_months"),
    "/promotions/rules/base/edit": ("stages.qualified.gates", "quorum"),
}
"""The pages, with a table and a number of each."""


@pytest.fixture(scope="module")
def secretary(small_world: World) -> Person:
    return small_world.make.account("秘书", roles=("secretariat",))


def _sound(page: Page, look: Look, name: str) -> None:
    photograph(page, f"{look.name}-edition-{name}")
    assert shape(page, look) + axe(page) == [], name


def _do(page: Page, value: str) -> None:
    page.locator(f'button[name=do][value="{value}"]').first.click()


@pytest.mark.parametrize("path", PAGES)
def test_all_of_it_without_scripts(chromium: Browser, site: str, secretary: Person, path: str) -> None:
    part, number = PAGES[path]
    with opened(chromium, site, Look("zh-CN", 360, scripts=False), secretary) as page:
        visit(page, path)
        rows = page.locator(f'input[data-open][name^="{part}."]')
        before = rows.count()
        _do(page, f"add:{part}")
        expect(rows).to_have_count(before + 1)
        kind, field = ("evidence_file", "least") if part == "criteria" else ("review", "mean")
        page.select_option(f'[name="{part}.{before}.kind"]', kind)
        _do(page, f"draw:{part}.{before}")
        expect(page.locator(f'[name="{part}.{before}.{field}"]')).to_be_visible()
        _do(page, f"remove:{part}:{before}")
        page.fill(f'[name="{number}"]', "14")
        page.fill("[name=reason]", "按年度评估结果调整")
        _do(page, "preview")
        assert "→ 14" in page.inner_text("main")
        _do(page, "publish")
        page.wait_for_url("**/base")
        assert "→ 14" in page.inner_text("main"), "what differs is said on its page"


@pytest.mark.parametrize(
    "look",
    [
        pytest.param(look, id=look.name, marks=[] if look in BY_TURNS[1:] else [pytest.mark.slow])
        for look in LOOKS
    ],
)
@pytest.mark.parametrize("path", PAGES)
def test_every_state_of_the_form_is_sound(
    chromium: Browser, site: str, secretary: Person, path: str, look: Look
) -> None:
    _part, number = PAGES[path]
    kind = path.split("/")[1]
    with opened(chromium, site, look, secretary) as page:
        visit(page, path.removesuffix("/edit"))
        assert "→ 14" in page.inner_text("main"), "of the version made above"
        _sound(page, look, f"{kind}-version")
        visit(page, path)
        page.evaluate("document.querySelectorAll('#editor details').forEach((each) => { each.open = true; })")
        _sound(page, look, f"{kind}-open")
        page.watch.expected = {422, 409}  # type: ignore[attr-defined]
        page.fill(f'[name="{number}"]', "x")
        _do(page, "preview")
        page.wait_for_selector(".error-summary")
        assert page.evaluate("document.activeElement.matches('.error-summary')")
        _sound(page, look, f"{kind}-wrong")
        page.fill(f'[name="{number}"]', "13")
        page.fill("[name=reason]", "按年度评估结果调整")
        _do(page, "preview")
        page.wait_for_selector('button[value="publish"]')
        assert page.evaluate("document.activeElement.id") == "changes"
        _sound(page, look, f"{kind}-preview")
        page.evaluate("document.querySelector('[name=based_on]').value = '0'")
        _do(page, "publish")
        page.wait_for_selector("#f-based_on")
        _sound(page, look, f"{kind}-clash")


@pytest.mark.parametrize("path", PAGES)
def test_rows_change_in_place_and_by_keyboard(
    chromium: Browser, site: str, secretary: Person, path: str
) -> None:
    part, _number = PAGES[path]
    with opened(chromium, site, person=secretary) as page:
        visit(page, path)
        page.evaluate("window.same = true")
        rows = page.locator(f'input[data-open][name^="{part}."]')
        before = rows.count()
        page.locator(f'input[name="{part}.0.title_zh"]').evaluate(
            "(e) => { e.closest('details').open = true; }"
        )
        page.fill(f'[name="{part}.0.title_zh"]', "改过的标题")
        page.locator(f'button[value="add:{part}"]').focus()
        page.keyboard.press("Enter")
        expect(rows).to_have_count(before + 1)
        new = f"{part}.{before}"
        assert (
            page.evaluate("document.activeElement.parentElement.querySelector('[data-open]').name")
            == f"{new}.open"
        )
        assert page.locator(f'details:has([name="{part}.0.open"])').get_attribute("open") is not None, (
            "stays open"
        )
        assert page.input_value(f'[name="{part}.0.title_zh"]') == "改过的标题"
        kind, field = ("evidence_file", "least") if part == "criteria" else ("review", "mean")
        page.select_option(f'[name="{new}.kind"]', kind)
        expect(page.locator(f'[name="{new}.{field}"]')).to_be_visible()
        assert page.evaluate("document.activeElement.name") == f"{new}.kind"
        page.locator(f'button[value="up:{part}:{before}"]').focus()
        page.keyboard.press("Enter")
        moved = f"{part}.{before - 1}"
        expect(page.locator(f'[name="{moved}.{field}"]')).to_be_visible()
        assert page.evaluate("document.activeElement.tagName") == "SUMMARY"
        page.locator(f'button[value="remove:{part}:{before - 1}"]').click()
        expect(rows).to_have_count(before)
        assert page.evaluate("window.same"), "the page itself was never left"
