"""Synthetic content: pages keep to twelve queries, boards come page by page, and a second run changes nothing."""

import re

import pytest
from sqlalchemy import func
from sqlmodel import Session, SQLModel, select

from portal.demo import scale
from portal.demo.scale.benchmarks import MANIFEST
from portal.kit.db import transaction
from registry.assets.models import Asset, AssetKind
from registry.evaluation.models import BoardEntry, Evaluation, EvaluationState, Result
from registry.versions.models import Version
from tests.guards.test_budget import counted
from tests.support.browser import Client
from tests.support.make import Make

ASSETS = 300
BOARD = "/benchmarks/scale-000/benchmark-00000/leaderboard"
MOST = 12


@pytest.fixture
def filled(database: None) -> list[str]:
    said: list[str] = []
    with transaction() as db:
        scale.fill(db, scale.Scale(ASSETS), said.append)
    return said


def count(db: Session, model: type[SQLModel]) -> int:
    return db.exec(select(func.count()).select_from(model)).one()


def test_the_numbers_are_those_asked_for_and_a_second_run_changes_nothing(
    db: Session, filled: list[str]
) -> None:
    assert count(db, Asset) == ASSETS
    assert count(db, Version) == 5 * ASSETS
    assert count(db, Evaluation) == 20 * ASSETS
    done = db.exec(
        select(func.count()).select_from(Evaluation).where(Evaluation.state == EvaluationState.done)
    ).one()
    assert count(db, Result) == done
    assert any("evaluation" in line for line in filled)
    pairs = select(func.count()).select_from(
        select(Evaluation.version_id, Evaluation.benchmark_id).distinct().subquery()
    )
    assert db.exec(pairs).one() == count(db, Evaluation)
    said: list[str] = []
    scale.main(ASSETS, said.append)
    assert count(db, Asset) == ASSETS
    assert len(said) == 1


def test_pages_keep_to_twelve_queries(client: Client, make: Make, filled: list[str], db: Session) -> None:
    model = db.exec(select(Asset).where(Asset.kind == AssetKind.model).limit(1)).one()
    evaluation = db.exec(select(Evaluation).where(Evaluation.state == EvaluationState.done).limit(1)).one()
    slug = f"scale-{int(model.name[-5:]) % scale.Scale(ASSETS).people:03d}"
    pages = [
        "/", "/assets?size=60", "/assets?kind=model&tag=遥感&sort=name", "/assets?q=耕地",
        f"/assets/{slug}/{model.name}",
        f"/assets/{slug}/{model.name}/versions/1.2.0", "/benchmarks", "/benchmarks/scale-000/benchmark-00000", BOARD,
        f"{BOARD}?sort=-mae", f"{BOARD}.csv", f"/evaluations/{evaluation.id}", "/search?q=耕地", "/evaluations",
    ]  # fmt: skip
    for reader in (None, make.account("读者")):
        if reader is not None:
            client.sign_in(reader)
        for path in pages:
            with counted() as statements:
                status = client.get(path).status_code
            assert status == 200 or (reader is None and path == "/evaluations"), path
            assert len(statements) <= MOST, (path, len(statements), statements)


def test_a_long_board_comes_page_by_page(client: Client, db: Session, filled: list[str]) -> None:
    lines = client.get(f"/api/v1{BOARD}").json()["lines"]
    length = db.exec(
        select(func.count()).select_from(BoardEntry).where(BoardEntry.benchmark_id == board_id(db))
    ).one()
    assert length == len(lines) > 120
    values = {line["evaluation"]: {m["name"]: m["value"] for m in line["metrics"]} for line in lines}
    for sort in ("", "rmse", "-mae"):
        pages = walked(client, f"{BOARD}?sort={sort}" if sort else BOARD)
        entries = [entry for page in pages for entry in page]
        assert len(entries) == len(set(entries)) == length
        assert len(pages) == -(-length // 100)
        name = sort.removeprefix("-")
        shown = [values[entry][name] for entry in entries] if name else []
        assert shown == sorted(shown, reverse=sort.startswith("-"))
        assert name or entries == [line["evaluation"] for line in lines]
    assert client.get(f"{BOARD}?sort=unknown").status_code == 200
    assert client.get(f"{BOARD}?after=nonsense").status_code == 404
    second = client.get(link(client.get(BOARD).text, "next")).text
    assert entries_of(client.get(link(second, "prev")).text) == walked(client, BOARD)[0]
    for metric in MANIFEST["metrics"]:
        assert metric["title"]["zh"] in second


def entries_of(page: str) -> list[str]:
    return re.findall(r'<th scope="row"><a href="/evaluations/([0-9a-f-]+)"', page)


def link(page: str, rel: str) -> str:
    """The pager's address, or nothing."""
    found = re.search(f'rel="{rel}" href="([^"]+)"', page)
    return found[1].replace("&amp;", "&") if found else ""


def walked(client: Client, path: str) -> list[list[str]]:
    """The entries of every page from there on."""
    pages = []
    while path:
        page = client.get(path)
        assert page.status_code == 200
        pages.append(entries_of(page.text))
        path = link(page.text, "next")
    return pages


def board_id(db: Session) -> object:
    from registry.benchmarks.models import BenchmarkVersion

    asset = db.exec(select(Asset).where(Asset.name == "benchmark-00000")).one()
    return db.exec(select(BenchmarkVersion.id).where(BenchmarkVersion.asset_id == asset.id)).one()
