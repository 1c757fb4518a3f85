"""Security keys in Chromium with its virtual authenticator: adding, signing in, a copied key, no scripts."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlmodel import Session, select

from portal.accounts.models import BrowserSession, WebauthnKey
from portal.audit.models import AuditEvent
from portal.kit.db import engine
from tests.browser.watched import Look, Watch, axe, opened, photograph, shape, visit
from tests.support.make import PASSWORD, Make, Person

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


@pytest.fixture
def db(site: str) -> Iterator[Session]:
    with Session(engine(), expire_on_commit=False) as session:
        yield session


@pytest.fixture
def origin(site: str) -> str:
    """Keys are bound to a host name, which an address is not."""
    return site.replace("127.0.0.1", "localhost")


@contextmanager
def authenticator(page: Page, **more: object) -> Iterator[None]:
    """A key that is always touched and whose owner is always verified."""
    cdp = page.context.new_cdp_session(page)
    cdp.send("WebAuthn.enable")
    options: dict[str, object] = {
        "protocol": "ctap2",
        "transport": "usb",
        "hasUserVerification": True,
        "isUserVerified": True,
    }
    options |= {"automaticPresenceSimulation": True, **more}
    cdp.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    yield
    cdp.detach()


def _sign_in(page: Page, person: Person) -> None:
    visit(page, "/sign-in?next=/settings/security")
    page.fill("#f-email", person.account.email)
    page.fill("#f-password", PASSWORD)
    page.click("main form[action='/sign-in'] button[type=submit]")


def _add_key(page: Page, name: str) -> None:
    page.fill("#f-name", name)
    page.click("form[data-webauthn=create] button[type=submit]")


def test_a_key_from_adding_to_signing_in(chromium: Browser, origin: str, db: Session) -> None:
    person = Make(db).account("密钥用户", roles=("auditor",))
    look = Look("zh-CN", 360, "light")
    with opened(chromium, origin, look) as page, authenticator(page):
        watch: Watch = page.watch  # type: ignore[attr-defined]
        _sign_in(page, person)
        expect(page).to_have_url(f"{origin}/settings/security")
        assert shape(page, look) + axe(page) == []
        photograph(page, "keys-needed")
        _add_key(page, "蓝色密钥")
        expect(page.locator(".code code")).to_contain_text("-")
        assert shape(page, look) + axe(page) == []
        photograph(page, "keys-recovery-codes")
        expect(page.locator("tbody th")).to_have_text("蓝色密钥")
        visit(page, "/admin/audit")
        page.context.clear_cookies()
        _sign_in(page, person)
        page.wait_for_url("**/sign-in/second*")
        assert shape(page, look) + axe(page) == []
        photograph(page, "keys-second-step")
        page.click("form[data-webauthn=get] button[type=submit]")
        page.wait_for_url("**/settings/security")
        key = db.exec(select(WebauthnKey).where(WebauthnKey.account_id == person.id)).one()
        assert key.sign_count >= 2
        assert key.used_at is not None
        _ask_again(page, db, person)
        key.sign_count += 1000
        db.add(key)
        db.commit()
        page.context.clear_cookies()
        _sign_in(page, person)
        page.wait_for_url("**/sign-in/second*")
        watch.expected = {422}
        page.click("form[data-webauthn=get] button[type=submit]")
        page.wait_for_selector(".error-summary")
        assert db.exec(select(AuditEvent).where(AuditEvent.verb == "webauthn_key.refused")).one()
        assert axe(page) == []


def _ask_again(page: Page, db: Session, person: Person) -> None:
    """A sensitive change in a session confirmed long ago leads through the key and back."""
    for row in db.exec(select(BrowserSession).where(BrowserSession.account_id == person.id)):
        row.confirmed_at = None
        db.add(row)
    db.commit()
    watch: Watch = page.watch  # type: ignore[attr-defined]
    watch.expected = {403}
    page.click("form[action='/settings/security/app/begin'] button")
    page.click("a.btn-primary")
    page.wait_for_url("**/confirm?next=*")
    assert axe(page) == []
    page.click("form[data-webauthn=get] button[type=submit]")
    page.wait_for_url("**/settings/security")
    watch.expected = set()
    page.click("form[action='/settings/security/app/begin'] button")
    page.wait_for_url("**/settings/security/app")
    assert axe(page) == []
    photograph(page, "keys-app")
    visit(page, "/settings/security")


def test_a_passkey_signs_in_without_a_password(chromium: Browser, origin: str, db: Session) -> None:
    person = Make(db).account("通行密钥用户", roles=("auditor",))
    look = Look("en-US", 360, "light")
    with (
        opened(chromium, origin, look) as page,
        authenticator(page, hasResidentKey=True, transport="internal"),
    ):
        _sign_in(page, person)
        _add_key(page, "Laptop")
        expect(page.locator(".code code")).to_contain_text("-")
        page.context.clear_cookies()
        # The browser offers the passkey by itself; this one's owner chooses it at once.
        page.goto(f"{origin}/sign-in?next=/admin/audit")
        page.wait_for_url(f"{origin}/admin/audit")
        session = db.exec(select(BrowserSession).where(BrowserSession.account_id == person.id)).all()[-1]
        assert session.second_factor_at is not None
        page.context.clear_cookies()
        without = "delete PublicKeyCredential.isConditionalMediationAvailable"
        page.add_init_script(without)  # a browser that offers nothing by itself has the button
        page.goto(f"{origin}/sign-in?next=/admin/audit")
        button = page.locator("form[action='/sign-in/passkey'] button")
        expect(button).to_be_visible()
        assert shape(page, look) + axe(page) == []
        photograph(page, "keys-passkey")
        button.click()
        page.wait_for_url(f"{origin}/admin/audit")


def test_without_scripts_the_page_says_so_and_offers_the_app(
    chromium: Browser, origin: str, db: Session
) -> None:
    person = Make(db).account("无脚本用户")
    with opened(chromium, origin, Look("en-US", 1280, scripts=False), person) as page:
        visit(page, "/settings/security")
        assert page.locator("noscript p, .hint").first.is_visible()
        assert page.locator("form[data-webauthn] button").is_hidden()
        page.click("form[action='/settings/security/app/begin'] button")
        assert page.url.endswith("/settings/security/app")
        assert page.locator("img[src^='data:image/svg+xml']").is_visible()


def test_an_address_has_no_keys_and_is_told_so(chromium: Browser, site: str, db: Session) -> None:
    person = Make(db).account("地址用户")
    with opened(chromium, site, Look("zh-CN", 360, "dark"), person) as page:
        visit(page, "/settings/security")
        assert page.locator("form[data-webauthn]").count() == 0
        assert "localhost" in page.locator("main").inner_text()
