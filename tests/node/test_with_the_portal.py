"""An online node and the real portal over HTTP: pulled, run, receipts handed in, a withdrawal learned."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import col, select

from registry.promotion.actions import moving
from registry.promotion.models import Stage
from registry.rollout import tasks
from registry.rollout.models import RolloutNode, RolloutReceipt
from tests.client.serving import served
from tests.promotion.conftest import REASON
from tests.rollout.conftest import Road, own_home
from tests.rollout.test_with_the_node import Station, programs, programs_name, station

__all__ = ["own_home", "programs", "station"]


@pytest.fixture(scope="module")
def site(application: object) -> Iterator[str]:
    with served(application) as url:
        yield url


def _online(road: Road, station: Station, site: str) -> tuple[Any, ...]:
    token = station.folder / "token"
    token.write_text(road.token(road.db.get_one(RolloutNode, station.node_id)))
    token.chmod(0o600)
    return ("--token-file", token)


def test_pulled_run_and_told_of(programs: Road, station: Station, site: str) -> None:
    online = _online(programs, station, site)
    programs.to(Stage.national)
    programs.built()
    found = json.loads(station.said("pull", "--portal", site, *online, "--install"))
    assert [each["channel"] for each in found["bundles"]] == ["national"]
    assert json.loads(station.said("pull", "--portal", site, *online, "--install")) == {"bundles": []}
    data = station.folder / "mine.csv"
    data.write_text("id,a\n1,2\n2,3\n")
    name = programs_name(programs)
    station.said("run", name, data, "--out", station.folder / "out", "--allow-weak-sandbox")
    assert json.loads(station.said("receipt", "--send", site, *online)) == {"sent": 2}
    assert json.loads(station.said("receipt", "--send", site, *online)) == {"sent": 0}
    assert json.loads(station.said("receipt", "--send", site, "--from", "1", *online)) == {"sent": 2}
    programs.db.expire_all()
    kept = list(programs.db.exec(select(RolloutReceipt).order_by(col(RolloutReceipt.number))))
    assert [row.event.value for row in kept] == ["installed", "ran"]
    programs.desk.do(
        moving.stop,
        programs.desk.secretary,
        promotion_id=programs.promotion,
        target=Stage.suspended,
        reason=REASON,
    )
    tasks.notices()
    station.said("pull", "--portal", site, *online)
    assert station.type("list") == 7
    assert "withdrawn" in station.refused("run", name, data, "--out", station.folder / "again")


def test_a_node_without_a_token_is_offered_nothing(
    programs: Road, station: Station, site: str, tmp_path: Path
) -> None:
    assert "portal-refused" in station.refused("pull", "--portal", site)
