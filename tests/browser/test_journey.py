"""The main job in a browser: from signing up to a place on the leaderboard, with and without JavaScript."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlmodel import col, select

from portal.accounts import totp
from portal.kit.clock import now
from portal.kit.db import transaction
from portal.notices.models import Mail
from tests.browser.watched import Look, opened, photograph, visit
from tests.browser.world import World
from tests.evaluation.tiny import PERFECT, RUNTIME

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
LOOKS = [
    Look("zh-CN", 1280, "light", scripts=True),
    Look("en-US", 1280, "light", scripts=True),
    Look("zh-CN", 360, "light", scripts=False),
    Look("en-US", 1280, "dark", scripts=False),
]
STEPS = """
import time
for n in range(4):
    print("step", n, flush=True)
    time.sleep(0.6)
"""
PUBLISHED = re.compile("已发布|Published")
METRIC = re.compile("均方根误差|RMSE")


@pytest.mark.parametrize(
    "look",
    [
        pytest.param(look, marks=[pytest.mark.slow] if look.locale == "en-US" else [], id=look.name)
        for look in LOOKS
    ],
)
def test_from_sign_up_to_the_leaderboard(
    chromium: Browser, site: str, small_world: World, look: Look, tmp_path: Path
) -> None:
    with opened(chromium, site, look) as page:
        slug = sign_up(page, look)
        asset = create_asset(page, slug, look)
        upload(page, asset, tmp_path)
        submit(page, look)
        evaluate(page, small_world, asset, look)


def sign_up(page: Page, look: Look) -> str:
    slug = f"j-{look.name}"
    visit(page, "/")
    page.click("a[href='/sign-up']")
    page.fill("[name=name]", "行者")
    page.fill("[name=email]", f"{slug}@example.org")
    page.fill("[name=namespace]", slug)
    page.fill("[name=password]", "a long and quiet 口令")
    page.click("main form button[type=submit]")
    page.wait_for_url("**/sign-up/sent")
    visit(page, mailed(f"{slug}@example.org"))
    page.fill("[name=password]", "a long and quiet 口令")
    page.click("main form button[type=submit]")
    expect(page.locator("details[data-menu]")).to_contain_text("行者")
    second_factor(page)
    return slug


def mailed(recipient: str) -> str:
    """The path of the link in the newest mail to an address."""
    with transaction() as db:
        body = db.exec(
            select(Mail.body).where(Mail.recipient == recipient).order_by(col(Mail.id).desc())
        ).first()
    found = re.search(r"https?://[^/\s]+(/\S+)", body or "")
    assert found, body
    return found[1]


def second_factor(page: Page) -> None:
    """Set an app up as people do who type the secret: publishing needs it."""
    visit(page, "/settings/security")
    page.click("form[action='/settings/security/app/begin'] button")
    secret = page.locator(".code code").inner_text().replace(" ", "")
    page.fill("[name=code]", totp.code_of(secret, totp.step_at(now())))
    page.click("form[action='/settings/security/app'] button")
    expect(page.locator(".code code")).to_contain_text("-")


def create_asset(page: Page, slug: str, look: Look) -> str:
    visit(page, "/assets/new")
    page.select_option("[name=kind]", "algorithm")
    page.fill("[name=name]", "walker")
    page.fill("[name=title]", f"行走的程序 {look.name}")
    page.fill("[name=licence]", "Apache-2.0")
    page.click("main form button[type=submit] >> nth=0")
    page.wait_for_url(f"**/assets/{slug}/walker")
    return f"/assets/{slug}/walker"


def upload(page: Page, asset: str, tmp_path: Path) -> None:
    visit(page, f"{asset}/versions/new")
    page.fill("[name=number]", "1.0.0")
    page.check("[name=submission][value=program]")
    page.click("main form button[type=submit]")
    page.wait_for_url("**/versions/1.0.0")
    manifest = f"name: walker\nruntime: {RUNTIME}\ncommand: python main.py $input $output\n"
    for name, text in (("main.py", PERFECT + STEPS), ("cspon.yaml", manifest), ("LICENSE", "MIT")):
        (tmp_path / name).write_text(text)
    page.set_input_files("[name=files]", [tmp_path / name for name in ("main.py", "cspon.yaml", "LICENSE")])
    page.click("form[action$='/upload'] button[type=submit]")
    expect(page.locator("main table")).to_contain_text("cspon.yaml")


def submit(page: Page, look: Look) -> None:
    page.click("#submit ~ details.confirm summary, section:has(#submit) details.confirm summary")
    page.click("form[action$='/submit'] button[type=submit]")
    state = page.locator("aside, main").get_by_text(PUBLISHED).first
    patiently(page, look, state.is_visible, "the version is published")
    photograph(page, f"journey-{look.name}-version")


def evaluate(page: Page, world: World, asset: str, look: Look) -> None:
    benchmark = f"/benchmarks/{world.scene.owner.namespace.slug}/{world.scene.asset.name}"
    visit(page, benchmark)
    page.select_option("[name=version]", index=1)
    page.click("form[action$='/submit'] button[type=submit]")
    page.wait_for_url("**/evaluations/*")
    if look.scripts:
        expect(page.locator("#log")).to_contain_text("step 1", timeout=60_000)
        photograph(page, f"journey-{look.name}-running")
    metric = page.locator("main table").get_by_text(METRIC).first
    patiently(page, look, metric.is_visible, "a score is shown")
    photograph(page, f"journey-{look.name}-result")
    visit(page, f"{benchmark}/leaderboard")
    expect(page.locator("main table")).to_contain_text(f"行走的程序 {look.name}", timeout=30_000)
    photograph(page, f"journey-{look.name}-board")


def patiently(page: Page, look: Look, there: Callable[[], bool], what: str) -> None:
    """With scripts the page moves by itself; without, the reader asks again."""
    for _attempt in range(120):
        if there():
            return
        page.wait_for_timeout(500)
        if not look.scripts:
            page.reload()
    raise AssertionError(f"never: {what}: {page.inner_text('main')[:500]}")
