"""No page and no form falls over odd values: every HTML route, with what no link of ours ever holds."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from sqlmodel import Session

from portal.kit.routes import leaves
from tests.contract.world import World, build
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


def known(world: World) -> dict[str, str]:
    """What stands for something in an address, by the words before it."""
    ids = {path.removeprefix("/api/v1"): values[0] for path, values in world.ids.items()}
    return {
        "ns": world.known["ns"][0], "slug": world.known["slug"][0], "name": "table", "versions/number": "1.0.0",
        "discussions/number": "1", "post": "1", "n": "0", "part": "0", "path": "README.md", "decision": "accept",
        "verb": "close", "step": "card", "file": "citation.bib", "span": "1.0.0...1.1.0",
        **{path.split("/")[1] + "/id": value for path, value in ids.items() if path.count("/") == 2},
    }  # fmt: skip


def addresses(path: str, values: dict[str, str], odds: list[str]) -> Iterator[str]:
    """The address of things that are there, then with each part odd in turn and all that follow."""
    pieces = re.split(r"{(\w+)(?::path)?}", path)
    names = pieces[1::2]
    there = [
        values.get(f"{pieces[2 * n].rstrip('/').rpartition('/')[2]}/{name}", values.get(name, odds[0]))
        for n, name in enumerate(names)
    ]
    for first in range(len(names), -1, -1):
        for odd in odds if first < len(names) else [""]:
            parts = [value if n < first else odd for n, value in enumerate(there)]
            yield "".join(word for pair in zip(pieces[::2], [*parts, ""], strict=True) for word in pair)


def fault(client: Client, method: str, address: str, **given: Any) -> str:
    """What went wrong at an address, if anything. Streams of events have no end: the answer's beginning is enough."""
    try:
        with client.stream(method, address, **given) as answer:
            return f"{method} {address}: {answer.status_code}" if answer.status_code >= 500 else ""
    except Exception as error:  # the client of tests raises what a server would log
        return f"{method} {address}: {error!r}"


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("who", ["anonymous", "publisher", "admin"])
def test_odd_values_give_no_fault(application: FastAPI, client: Client, db: Session, who: str) -> None:
    world = build(db)
    if who in world.people:
        client.sign_in(world.people[who])
    values, odds = known(world), list(ODD.values())
    wrong = []
    for path in sorted(set(routes(application, "GET"))):
        for address in addresses(path, values, odds):
            wrong.append(fault(client, "GET", address))
            wrong.append(fault(client, "GET", f"{address}?{QUERY}"))
    for path in sorted(set(routes(application, "POST")) - {"/sign-out"}):
        for address in addresses(path, values, odds[:2]):
            wrong.append(fault(client, "POST", address, data=FORM))
    assert [line for line in wrong if line] == []
