"""What anybody may send: bodies have an end, and values no database can hold are refused in words."""

from collections.abc import Iterator

import pytest

from portal.kit.pages import MAX_FORM
from tests.support.browser import Client
from tests.support.make import Make

ROUTES = [
    "/api/v1/assets",
    "/api/v1/evaluations",
    "/api/v1/assets/a/b/versions",
    "/api/v1/assets/a/b/versions/1/files",
]


@pytest.mark.parametrize("address", ROUTES)
def test_a_json_body_is_not_read_without_end_before_anybody_is_asked(client: Client, address: str) -> None:
    sent = 0

    def endless() -> Iterator[bytes]:
        nonlocal sent
        while sent < 4 * MAX_FORM:
            sent += 2**16
            yield b"[" * 2**16

    for content in (endless(), b"[" * (MAX_FORM + 1)):
        answer = client.post(address, content=content, headers={"content-type": "application/json"})
        assert answer.status_code == 413, answer.text[:300]
        assert answer.headers["content-type"] == "application/problem+json"


def test_a_body_within_the_limit_is_read(client: Client, make: Make) -> None:
    client.sign_in(make.account("甲"))
    answer = client.post("/api/v1/assets", json={"card": "x" * 300_000})
    assert answer.status_code == 422
    assert "card" in answer.json()["fields"]


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/search?q=%00", 422),
        ("/benchmarks?q=%00", 422),
        ("/benchmarks/a/b?version=%00", 422),
        ("/assets/a%00/b", 404),
        ("/api/v1/benchmarks/a%00/b", 404),
        (
            "/assets?sort=downloads&after=WyI5OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTkiLCAiMDE5OGY2ZTctN2ExMC03YzNlLTlkMmItM2Y2ZjBjMmE5YjExIl0",
            422,
        ),
    ],
)
def test_what_no_database_can_hold_is_no_fault_of_ours(client: Client, address: str, status: int) -> None:
    """Nothing stands at such an address; such a query is invalid (ADR 0034)."""
    assert client.get(address).status_code == status


def test_an_error_page_speaks_the_language_of_the_account(client: Client, make: Make) -> None:
    client.sign_in(make.account("Reader", locale="en"))
    page = client.get("/assets/no/such").text
    assert "There is nothing at this address." in page
    assert '<html lang="en"' in page
