"""A query budget per page: what a page may ask of the database, whatever the number of rows."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import event

from portal.kit import db as kit_db
from registry.assets.models import AssetKind
from tests.support.browser import Client
from tests.support.make import Make

BUDGET = {
    "/": 4,
    "/assets": 5,
    "/assets?size=60": 5,
    "/benchmarks": 4,
    "/queue": 5,
    "/queue.csv": 2,
    "/organisations": 5,
    "/benchmarks.csv": 4,
    "/organisations.csv": 2,
    "/rounds.csv": 4,
    "/search?q=成果": 2,
    "/about": 1,
    "/experts": 3,
    "/experts.csv": 2,
    "/advice": 2,
    "/publicity": 2,
    "/publicity.csv": 2,
    "/publicity.atom": 2,
    "/rounds": 2,
}


@contextmanager
def counted() -> Iterator[list[str]]:
    """All statements of the block."""
    seen: list[str] = []

    def on_execute(_c: object, _cursor: object, statement: str, *_rest: object) -> None:
        seen.append(statement)

    event.listen(kit_db.engine(), "before_cursor_execute", on_execute)
    try:
        yield seen
    finally:
        event.remove(kit_db.engine(), "before_cursor_execute", on_execute)


def _fill(make: Make, n: int) -> None:
    person = make.account("作者")
    make.organisation(admin=person)
    for _i in range(n):
        make.version(make.asset(person, kind=AssetKind.algorithm))


@pytest.mark.parametrize("path", sorted(BUDGET))
def test_pages_keep_their_budget(client: Client, make: Make, path: str) -> None:
    _fill(make, 25)
    assert client.get(path).status_code == 200
    with counted() as statements:
        assert client.get(path).status_code == 200
    assert len(statements) <= BUDGET[path], statements


def test_a_file_and_a_search_in_documents_keep_their_budget(client: Client, make: Make) -> None:
    person = make.account("作者")
    asset = make.asset(person, kind=AssetKind.paper)
    make.version(asset, {"p.pdf": b"%PDF", "t.csv": b"a\n1\n"})
    page = f"/assets/{person.namespace.slug}/{asset.name}"
    budget = {
        f"{page}/versions/1.0.0/files/t.csv": 4,
        f"{page}/versions/1.0.0/files/p.pdf": 6,
        "/assets?q=成果": 6,
    }
    for path, most in budget.items():
        client.get(path)
        with counted() as statements:
            assert client.get(path).status_code == 200
        assert len(statements) <= most, (path, statements)


def test_asset_page_costs_the_same_with_many_versions(client: Client, make: Make) -> None:
    person = make.account("作者")
    asset = make.asset(person)
    make.version(asset)
    path = f"/assets/{person.namespace.slug}/{asset.name}"
    client.get(path)
    with counted() as few:
        assert client.get(path).status_code == 200
    for i in range(1, 12):
        make.version(asset, number=f"1.{i}.0")
    client.get(path)
    with counted() as many:
        assert client.get(path).status_code == 200
    assert len(many) <= max(len(few), 12)
    assert len(many) <= 12, many
