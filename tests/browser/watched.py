"""A real browser that notices what no reader should have to: errors, blocked parts, requests that leave the site."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, Response

from portal.settings import ROOT
from tests.support.browser import prove_sessions
from tests.support.make import PASSWORD, Person

OUT = ROOT / "tests" / "out"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
    "--no-default-browser-check",
]
SEVERE = {"serious", "critical"}


@dataclass(frozen=True)
class Look:
    """How a page is looked at."""

    locale: str = "zh-CN"
    width: int = 1280
    scheme: str = "light"
    scripts: bool = True

    @property
    def name(self) -> str:
        """Short, for file names and test ids."""
        return f"{self.locale[:2]}-{self.width}-{self.scheme}" + ("" if self.scripts else "-noscript")


@dataclass
class Watch:
    """What went wrong in one context, in words."""

    origin: str
    troubles: list[str] = field(default_factory=list)
    expected: set[int] = field(default_factory=set)
    """Status codes of pages that are visited on purpose."""
    allowed: set[str] = field(default_factory=set)
    """Other origins that a page speaks to on purpose."""

    def on_request(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme in {"http", "https", "ws", "wss"} and f"{parts.scheme}://{parts.netloc}" not in {
            self.origin,
            *self.allowed,
        }:
            self.troubles.append(f"a request leaves the site: {request.url}")

    def on_response(self, response: Response) -> None:
        if response.status >= 400 and response.status not in self.expected:
            self.troubles.append(f"{response.status} {response.url}")

    def on_console(self, message: ConsoleMessage) -> None:
        if message.type not in {"error", "warning"}:
            return
        if self.expected and "Failed to load resource" in message.text:
            return
        self.troubles.append(f"console {message.type}: {message.text} ({message.location.get('url')})")

    def on_error(self, error: Any) -> None:
        self.troubles.append(f"script error: {error}")


@contextmanager
def opened(
    browser: Browser, origin: str, look: Look = Look(), person: Person | None = None
) -> Iterator[Page]:
    """A page in a fresh context, signed in as somebody; whatever went wrong fails the test at the end."""
    context = browser.new_context(
        base_url=origin,
        locale=look.locale,
        viewport={"width": look.width, "height": 900},
        color_scheme="dark" if look.scheme == "dark" else "light",
        java_script_enabled=look.scripts,
        reduced_motion="reduce",
    )
    context.set_default_timeout(120_000)  # a machine with other work has its pauses
    watch = Watch(origin)
    context.on("request", watch.on_request)
    context.on("response", watch.on_response)
    context.on("console", watch.on_console)
    context.on("weberror", lambda error: watch.on_error(error.error))
    if look.locale.startswith("en"):  # an account's own language would win over the browser's wish
        context.add_cookies([{"name": "locale", "value": "en", "url": origin}])
    if person is not None:
        sign_in(context, person)
    page = context.new_page()
    page.watch = watch  # type: ignore[attr-defined]
    try:
        yield page
    finally:
        context.close()
    assert not watch.troubles, watch.troubles


def sign_in(context: BrowserContext, person: Person) -> None:
    """By the form, but without showing it."""
    form = {"email": person.account.email, "password": PASSWORD}
    answer = context.request.post("/sign-in", form=form, max_redirects=0)
    assert answer.status == 303, answer.text()[:500]
    prove_sessions(person.id)


def visit(page: Page, path: str, status: int = 200) -> None:
    """Go there; refusals are expected only where the test says so."""
    watch: Watch = page.watch  # type: ignore[attr-defined]
    watch.expected = {status} if status >= 400 else set()
    answer = page.goto(path)
    assert answer is not None
    assert answer.status == status, f"{path}: {answer.status}"


# A rule's own impact is that of all it finds: what would be set aside below is not looked for, a third of the time.
_RUN = """severe => axe.run(document, {
    resultTypes: ['violations'],
    rules: Object.fromEntries(axe._audit.rules.filter(rule => rule.impact && !severe.includes(rule.impact))
        .map(rule => [rule.id, {enabled: false}])),
})"""


def axe(page: Page) -> list[str]:
    """Serious and critical findings of axe-core on the page as it is, one line each."""
    if not page.evaluate("typeof window.axe === 'object'"):
        page.evaluate(_axe_source())
    found = page.evaluate(_RUN, sorted(SEVERE))
    return [
        f"{item['id']} ({item['impact']}): {node['html'][:160]} {(node.get('failureSummary') or '')[:200]!r}"
        for item in found["violations"]
        if item["impact"] in SEVERE
        for node in item["nodes"]
    ]


def _axe_source() -> str:
    installed = ROOT / "node_modules" / "axe-core" / "axe.min.js"
    if installed.exists():
        return installed.read_text(encoding="utf-8")
    import axe_playwright_python

    return next(Path(axe_playwright_python.__file__).parent.rglob("axe.min.js")).read_text(encoding="utf-8")


def shape(page: Page, look: Look) -> list[str]:
    """What every page must be: one heading, a title, a language, and no wider than the window."""
    facts = page.evaluate(
        """() => ({
            h1: document.querySelectorAll('h1').length,
            title: document.title,
            lang: document.documentElement.lang,
            over: document.documentElement.scrollWidth - document.documentElement.clientWidth,
            wide: [...document.querySelectorAll('body *')].filter((e) => {
                const box = e.getBoundingClientRect();
                if (box.width <= 1 || box.right <= innerWidth + 1 || e.closest('[aria-hidden=true], svg')) return false;
                if (/-art/.test(e.className)) return false;
                for (let p = e.parentElement; p; p = p.parentElement) {
                    if (['auto', 'scroll'].includes(getComputedStyle(p).overflowX)) return false;
                }
                return true;
            }).slice(0, 3).map((e) => e.outerHTML.slice(0, 120)),
        })"""
    )
    troubles = []
    if facts["h1"] != 1:
        troubles.append(f"{facts['h1']} h1")
    if not facts["title"] or facts["lang"] != ("en" if look.locale.startswith("en") else "zh-Hans"):
        troubles.append(f"title {facts['title']!r}, language {facts['lang']!r}")
    if facts["over"] > 0 or facts["wide"]:
        troubles.append(f"{facts['over']} px too wide, or cut off: {facts['wide']}")
    return troubles


def photograph(page: Page, name: str) -> None:
    """The whole page, below tests/out, where somebody wants to look at them."""
    if os.environ.get("CSPON_TEST_PHOTOS"):
        OUT.mkdir(exist_ok=True)
        page.screenshot(path=OUT / f"{name}.jpg", full_page=True, type="jpeg", quality=70)
