"""Any two entries of a board side by side."""

import re
import uuid

import pytest
from sqlmodel import Session, select

from portal.demo import scale
from portal.kit.db import transaction
from registry.benchmarks.models import BenchmarkVersion
from registry.evaluation.actions import comparisons
from registry.evaluation.models import PairedResult
from registry.evaluation.queries import boards
from registry.versions.models import Version
from tests.guards.test_budget import counted
from tests.support.browser import Client
from tests.support.make import Make

BOARD = "/benchmarks/scale-000/benchmark-00000/leaderboard"


@pytest.fixture
def entries(database: None, db: Session) -> list[uuid.UUID]:
    """The evaluations of the first three lines of a board."""
    with transaction() as session:
        scale.fill(session, scale.Scale(100), str)
    latest = db.exec(
        select(BenchmarkVersion).join(Version, Version.id == BenchmarkVersion.version_id)  # type: ignore[arg-type]
    ).first()
    assert latest is not None
    return [row.evaluation_id for row in boards.lines(db, latest.id)[:3]]


def page(client: Client, first: object, second: object) -> str:
    answer = client.get(f"{BOARD}/compare?first={first}&second={second}")
    assert answer.status_code == 200
    return answer.text


def test_two_entries_are_compared_once_a_member_asks(
    client: Client, make: Make, db: Session, entries: list[uuid.UUID]
) -> None:
    first, second, _third = entries
    assert f"{BOARD}/compare" in client.get(BOARD).text
    assert "尚未比较" in page(client, first, second)
    address = f"{BOARD}/compare?first={first}&second={second}"
    assert client.post(address, data={}).status_code in {303, 401, 403}
    assert db.exec(select(PairedResult)).all() == []
    client.sign_in(make.account("读者"))
    asked = client.post(address, data={})
    assert asked.status_code == 303
    lines = {row.evaluation_id: row.result_id for row in boards.lines(db, board_of(db))}
    pair = comparisons.ordered(lines[first], lines[second])
    with transaction() as session:
        comparisons.compare(session, first_id=pair[0], second_id=pair[1])
    with counted() as statements:
        text = page(client, first, second)
    assert len(statements) <= 12
    assert "比较这两项" not in text
    turned = page(client, second, first)
    differences = [re.findall(r'class="num">([+-][0-9.e-]+)<br>', one) for one in (text, turned)]
    assert len(differences[0]) == 2
    for here, there in zip(*differences, strict=True):
        assert float(here) == -float(there)


def board_of(db: Session) -> uuid.UUID:
    found = db.exec(select(BenchmarkVersion)).first()
    assert found is not None
    return found.id


def test_what_is_no_pair_is_said(client: Client, make: Make, entries: list[uuid.UUID]) -> None:
    first = entries[0]
    assert "两次选择了同一项" in page(client, first, first)
    assert "比较两项成绩" not in page(client, "nonsense", uuid.uuid4())
    client.sign_in(make.account("读者"))
    same = client.post(f"{BOARD}/compare?first={first}&second={first}", data={})
    assert same.status_code == 422
    assert client.get("/benchmarks/no/such/leaderboard/compare").status_code == 404


def test_the_board_shows_time_and_memory(client: Client, entries: list[uuid.UUID]) -> None:
    assert "内存峰值" in client.get(BOARD).text
    header = client.get(f"{BOARD}.csv").text.splitlines()[0]
    assert "内存峰值（字节）" in header
