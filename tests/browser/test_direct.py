"""Parts of a large file that the browser sends to S3 itself: another origin, presigned addresses, the bucket's CORS."""

import hashlib
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from playwright.sync_api import Browser

from tests.browser.test_uploads import Draft, _small_parts, begin, draft, file, is_there  # noqa: F401 - fixtures
from tests.browser.watched import Look, opened
from tests.storage.conftest import bucket
from tests.support.seaweed import Seaweed

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(300)]
RULE = """<CORSConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/">
<CORSRule><AllowedOrigin>{origin}</AllowedOrigin><AllowedMethod>PUT</AllowedMethod></CORSRule>
</CORSConfiguration>"""
"""As docs/operator.md has it."""


def test_parts_pass_by_the_portal(
    chromium: Browser,
    site: str,
    seaweed: Seaweed,
    draft: Draft,  # noqa: F811
    file: Path,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with bucket(monkeypatch, seaweed, direct=True) as store:
        s3 = f"http://127.0.0.1:{seaweed.port}"
        rule = httpx.put(f"{s3}/{store.bucket}?cors", content=RULE.format(origin=site))
        assert rule.is_success, rule.text
        for origin, allowed in ((site, True), ("https://elsewhere.example.org", False)):
            asked = {"Origin": origin, "Access-Control-Request-Method": "PUT"}
            answer = httpx.options(f"{s3}/{store.bucket}/incoming/x", headers=asked)
            assert (answer.headers.get("access-control-allow-origin") in {origin, "*"}) is allowed
        with opened(chromium, site, Look("zh-CN"), person=draft.person) as page:
            sent: list[tuple[str, str]] = []
            page.on("request", lambda request: sent.append((request.method, request.url)))
            page.watch.allowed = {s3}  # type: ignore[attr-defined]
            begin(page, draft, file)
            is_there(page, file)
        puts = [urlsplit(url) for method, url in sent if method == "PUT"]
        assert {f"{url.scheme}://{url.netloc}" for url in puts} == {s3}
        assert len({url.query for url in puts}) == 5, "every part once, by an address of its own"
        digest = hashlib.sha256(file.read_bytes()).hexdigest()
        with store.open(digest) as stored:
            assert hashlib.sha256(stored.read()).hexdigest() == digest
