"""Large files from a real browser: in parts with a bar, paused, gone on with after a reload, and without scripts."""

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route, expect
from sqlmodel import Session, col, select

from portal.kit.db import engine, transaction
from registry.assets.models import AssetKind
from registry.storage.actions import sessions
from registry.versions.models import VersionFile, VersionState
from tests.browser.watched import Look, opened, photograph, visit
from tests.support.make import Make, Person

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
SIZE = 21 * 2**20 + 5
PART = 5 * 2**20


@pytest.fixture(autouse=True)
def _small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sessions, "PART", PART)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / f"影像-{tmp_path.name}.bin"
    path.write_bytes(os.urandom(SIZE))
    return path


@dataclass(frozen=True)
class Draft:
    """An almost empty draft and its publisher."""

    person: Person
    path: str


@pytest.fixture
def draft(site: str) -> Draft:
    with Session(engine(), expire_on_commit=False) as db:
        make = Make(db)
        person = make.account("张工")
        asset = make.asset(person, title="影像样本集", kind=AssetKind.dataset)
        version = make.version(asset, {"README.md": b"# x\n"}, state=VersionState.draft)
        return Draft(person, f"/assets/{person.namespace.slug}/{asset.name}/versions/{version.number}")


def hold(_route: Route) -> None:
    """Neither sent nor refused."""


def digest_of(path: str) -> str | None:
    with transaction() as db:
        return db.exec(select(VersionFile.sha256).where(col(VersionFile.path) == path)).first()


def begin(page: Page, draft: Draft, file: Path) -> None:
    visit(page, draft.path)
    page.set_input_files("input[name=files]", file)
    page.click("form[data-uploads] button[type=submit]")


def is_there(page: Page, file: Path) -> None:
    expect(page.locator("#files ~ * a.mono", has_text=file.name)).to_be_visible(timeout=60_000)
    assert digest_of(file.name) == hashlib.sha256(file.read_bytes()).hexdigest()


def test_pause_reload_and_go_on(chromium: Browser, site: str, draft: Draft, file: Path) -> None:
    with opened(chromium, site, Look("zh-CN", width=360), person=draft.person) as page:
        held: list[Route] = []
        sent: list[str] = []

        def through(route: Route) -> None:
            number = route.request.url.rpartition("/")[2]
            if number in {"3", "4"} and not sent.count("reloaded"):
                held.append(route)
                return
            sent.append(number)
            route.continue_()

        page.route("**/parts/*", through)
        begin(page, draft, file)
        expect(page.locator(".upload [role=status]")).to_have_text("60%", timeout=60_000)
        page.click("text=暂停")
        expect(page.locator(".upload button", has_text="继续")).to_be_visible()
        photograph(page, "upload-paused-360")
        assert sorted(sent) == ["0", "1", "2"]
        page.on("dialog", lambda dialog: dialog.accept())
        page.reload()
        expect(page.locator("#unfinished")).to_be_visible()
        assert file.name in page.inner_text("main")
        sent.append("reloaded")
        begin(page, draft, file)
        is_there(page, file)
        assert sorted(sent[4:]) == ["3", "4"], "only what was missing"
        assert page.locator("#unfinished").count() == 0


def test_a_lost_connection_is_tried_again(chromium: Browser, site: str, draft: Draft, file: Path) -> None:
    with opened(chromium, site, Look("en-GB"), person=draft.person) as page:
        broken: list[str] = []

        def through(route: Route) -> None:
            if len(broken) < 2:
                broken.append(route.request.url)
                route.abort("connectionreset")
            else:
                route.continue_()

        page.route("**/parts/*", through)
        begin(page, draft, file)
        is_there(page, file)
        page.watch.troubles = [t for t in page.watch.troubles if "ERR_CONNECTION_RESET" not in t]  # type: ignore[attr-defined]


def test_another_file_of_the_same_name_and_size_begins_anew(
    chromium: Browser, site: str, draft: Draft, file: Path
) -> None:
    with opened(chromium, site, person=draft.person) as page:
        page.route("**/complete", hold)
        begin(page, draft, file)
        expect(page.locator(".upload [role=status]")).to_have_text("合并中", timeout=60_000)
    file.write_bytes(os.urandom(SIZE))
    with opened(chromium, site, person=draft.person) as page:
        begin(page, draft, file)
        is_there(page, file)


def test_cancelling_leaves_nothing(chromium: Browser, site: str, draft: Draft, file: Path) -> None:
    with opened(chromium, site, person=draft.person) as page:
        page.route("**/parts/*", hold)
        with page.expect_request("**/parts/*"):
            begin(page, draft, file)
        with page.expect_navigation():
            page.click(".upload button:has-text('取消')")
        expect(page.locator("#unfinished")).to_have_count(0)
        assert digest_of(file.name) is None


def test_cancelling_before_it_has_begun_leaves_nothing(
    chromium: Browser, site: str, draft: Draft, file: Path
) -> None:
    held: list[Route] = []
    with opened(chromium, site, person=draft.person) as page:
        page.route("**/parts/*", hold)
        page.route("**/uploads", lambda route: held.append(route))
        with page.expect_request("**/uploads"):
            begin(page, draft, file)
        page.click(".upload button:has-text('取消')")
        with page.expect_navigation():
            held[0].continue_()
        expect(page.locator("#unfinished")).to_have_count(0)
        assert digest_of(file.name) is None


def test_without_scripts_the_form_sends_it_whole(
    chromium: Browser, site: str, draft: Draft, file: Path
) -> None:
    with opened(chromium, site, Look(scripts=False), person=draft.person) as page:
        begin(page, draft, file)
        is_there(page, file)
