"""A review in a real browser: saved by itself, kept without a connection, restored, cleared, marked by keyboard."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlmodel import Session, select

from portal.kit.db import engine
from portal.reviews.rounds import standing
from portal.reviews.rounds.models import Seat, SeatState
from tests.browser.watched import Look, axe, opened, photograph, shape, visit
from tests.reviews.reviewing.conftest import WORDS, Conflicts
from tests.reviews.rounds import Fixed, fixed_round
from tests.support.make import Make

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
ANSWER = "[name='answer.strengths']"
NARROW = Look("zh-CN", 360, "light")


@pytest.fixture
def found(site: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Fixed]:
    monkeypatch.setattr(standing, "_checkers", [Conflicts()])
    with Session(engine(), expire_on_commit=False) as db:
        found = fixed_round(Make(db), db)
        found.seat(0, 0)
        found.seat(1, 0)
        yield found


def _seat(found: Fixed, number: int = 1) -> Seat:
    found.db.expire_all()
    found.db.rollback()
    return found.db.exec(
        select(Seat).where(
            Seat.submission_id == found.submissions[number - 1].id, Seat.account_id == found.experts[0].id
        )
    ).one()


def _drafts(page: Page) -> int:
    return int(page.evaluate("Object.keys(localStorage).filter((k) => k.startsWith('review:')).length"))


def _page(found: Fixed, number: int = 1) -> str:
    return f"/rounds/{found.round.id}/submissions/{number}/review"


def test_a_review_by_keyboard_saved_by_itself_and_submitted(
    chromium: Browser, site: str, found: Fixed
) -> None:
    with opened(chromium, site, Look("zh-CN", 1280, "light"), found.experts[0]) as page:
        visit(page, "/me/reviews")
        page.keyboard.press("j")
        page.keyboard.press("j")
        page.keyboard.press("k")
        page.keyboard.press("Enter")
        page.wait_for_url(f"**{_page(found)}")
        page.focus("[name='mark.merit'] >> nth=0")
        page.keyboard.press("4")
        page.focus("[name='mark.use'] >> nth=0")
        page.keyboard.press("3")
        page.fill(ANSWER, WORDS)
        expect(page.locator("[data-state]")).to_contain_text("66.67")
        assert _seat(found).state is SeatState.draft
        assert _drafts(page) == 0
        page.fill(ANSWER, WORDS + "再补一句。")
        page.keyboard.press("Control+s")
        expect(page.locator("[name='revision']")).not_to_have_value("1")
        assert axe(page) == []
        page.click("button[formaction$='/submit']")
        page.wait_for_url("**/review/receipt")
        assert _seat(found).digest in page.content()
        photograph(page, "reviewing-receipt")


def test_what_was_typed_without_a_connection_is_kept_and_offered(
    chromium: Browser, site: str, found: Fixed
) -> None:
    with opened(chromium, site, NARROW, found.experts[0]) as page:
        visit(page, _page(found))
        page.route("**/review/save", lambda route: route.abort())
        page.watch.expected = {0}  # type: ignore[attr-defined]
        page.fill(ANSWER, WORDS)
        expect(page.locator("[data-state]")).to_contain_text("没有网络连接")
        assert _drafts(page) == 1
        assert _seat(found).answers == {}
        page.on("dialog", lambda dialog: dialog.accept())  # "leave the page with unsaved text?"
        page.goto(_page(found))
        expect(page.locator(ANSWER)).to_have_value("")
        banner = page.locator("[data-restore]")
        expect(banner).to_be_visible()
        assert shape(page, NARROW) + axe(page) == []
        photograph(page, "reviewing-restore")
        page.unroute("**/review/save")
        banner.locator("[data-use]").click()
        expect(page.locator(ANSWER)).to_have_value(WORDS)
        expect(page.locator("[data-state]")).to_contain_text("保存于")
        assert _seat(found).answers == {"strengths": WORDS}
        assert _drafts(page) == 0


def test_a_kept_draft_does_not_overwrite_what_it_has_not_seen_and_goes_with_its_writer(
    chromium: Browser, site: str, found: Fixed
) -> None:
    with opened(chromium, site, NARROW, found.experts[0]) as page:
        visit(page, _page(found, 2))
        page.route("**/review/save", lambda route: route.abort())
        page.watch.expected = {0, 409}  # type: ignore[attr-defined]
        page.fill(ANSWER, WORDS)
        expect(page.locator("[data-state]")).to_contain_text("没有网络连接")
        seat = _seat(found, 2)
        seat.state, seat.answers, seat.revision = SeatState.draft, {"strengths": "另一台电脑上写的"}, 1
        found.db.add(seat)
        found.db.commit()
        page.unroute("**/review/save")
        page.on("dialog", lambda dialog: dialog.accept())
        page.goto(_page(found, 2))
        page.click("[data-use]")
        expect(page.locator("[data-state]")).to_contain_text("另一窗口")
        page.click("[data-state] button")
        expect(page.locator("h1")).to_have_text("这份评审意见有两个版本")
        assert "另一台电脑上写的" in page.content()
        assert WORDS in page.content()
        assert shape(page, NARROW) + axe(page) == []
        photograph(page, "reviewing-clash")
        assert _drafts(page) == 1
        page.goto("/me/reviews")
        page.click("details.menu summary")
        page.click("form[action='/sign-out'] button")
        page.wait_for_url(f"{site}/**")
        expect(page.locator("a.join")).to_be_visible()
        assert _drafts(page) == 0
