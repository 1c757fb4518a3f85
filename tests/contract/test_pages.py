"""No page and no form falls over odd values: every HTML route, with what no link of ours ever holds."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from sqlmodel import Session

from portal.kit.routes import leaves
from tests.contract.world import build
from tests.support.browser import Client

ODD = {
    "nul": "a%00b",
    "number": "9" * 40,
    "unicode": "%E2%80%AE%F0%9F%92%A9%CC%81",
    "bytes": "%FF%FE",
    "dots": "..%2F..%2Fetc",
}
QUERY = "&".join(
    f"{name}={value}"
    for name, value in [("q", "%00%FF"), ("after", "%00"), ("page", "9" * 40), ("size", "-1"), ("version", "%00"),
                        ("sort", "%F0%9F%92%A9"), ("kind", "%00"), ("state", "%00"), ("next", "//x"), ("id", "%00")]
)  # fmt: skip
FIELDS = "name title text reason email password to number path kind next code"
FORM = dict.fromkeys(FIELDS.split(), "\x00\ufffe\U0001f4a9" + "9" * 300)


def routes(application: FastAPI, method: str) -> Iterator[str]:
    for route in leaves(application.routes):
        path = getattr(route, "path", "/api/")
        if method in (getattr(route, "methods", None) or ()) and not path.startswith("/api/"):
            yield path


def filled(path: str, known: dict[str, str], odd: str, nth: int) -> str:
    """The address with its ``nth`` part odd, and the parts before it of things that are there."""
    names = re.findall(r"{(\w+)", path)
    for n, name in enumerate(names):
        value = odd if n >= nth % len(names) else known.get(name, odd)
        path = re.sub(rf"{{{name}(:path)?}}", value.replace("\\", ""), path)
    return path


def fault(client: Client, method: str, address: str, **given: Any) -> str:
    """What went wrong at an address, if anything. Streams of events have no end: the answer's beginning is enough."""
    try:
        with client.stream(method, address, **given) as answer:
            return f"{method} {address}: {answer.status_code}" if answer.status_code >= 500 else ""
    except Exception as error:  # the client of tests raises what a server would log
        return f"{method} {address}: {error!r}"


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("who", ["anonymous", "admin"])
def test_odd_values_give_no_fault(application: FastAPI, client: Client, db: Session, who: str) -> None:
    world = build(db)
    if who == "admin":
        client.sign_in(world.people["admin"])
    known = {"ns": world.known["ns"][0], "name": "table", "number": "1.0.0", "path": "README.md"}
    wrong = []
    for nth, path in enumerate(sorted(set(routes(application, "GET")))):
        for odd in ODD.values() if "{" in path else [""]:
            address = filled(path, known, odd, nth) if "{" in path else path
            wrong.append(fault(client, "GET", f"{address}?{QUERY}"))
    for nth, path in enumerate(sorted(set(routes(application, "POST")) - {"/sign-out"})):
        for odd in list(ODD.values())[:2] if "{" in path else [""]:
            address = filled(path, known, odd, nth) if "{" in path else path
            wrong.append(fault(client, "POST", address, data=FORM))
    assert [line for line in wrong if line] == []
