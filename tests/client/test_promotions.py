"""Promotions by the command line: listed, shown, and a period reported from a pilot."""

import datetime as dt
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlmodel import Session

from portal.kit.clock import now
from registry.promotion.actions import sites
from registry.promotion.models import Stage
from tests.client.conftest import Terminal
from tests.promotion.conftest import Desk, build
from tests.promotion.test_pilots import on_pilot
from tests.support.make import Make


@pytest.fixture
def desk(db: Session, make: Make, portal: str) -> Desk:
    return build(make, db)


def day(days: int) -> str:
    return (now().date() + dt.timedelta(days=days)).isoformat()


def test_list_and_show(cspon: Terminal, portal: str, desk: Desk) -> None:
    key = desk.nominate()
    env = {"CSPON_URL": portal}
    found = cspon.json("promotion", "list", "--stage", "nominated", **env)
    assert [each["id"] for each in found["items"]] == [str(key)]
    assert str(key) in cspon("promotion", "list", "--q", "landcover", **env).stdout
    assert cspon.json("promotion", "list", "--stage", "national", **env)["items"] == []
    shown = cspon.json("promotion", "show", str(key), **env)
    assert (shown["stage"], shown["sites"]) == ("nominated", [])
    assert "not met" in cspon("promotion", "show", str(key), **env).stdout
    assert cspon("promotion", "show", "x", code=4, **env)
    assert "not logged in" in cspon("promotion", "list", "--mine", code=4, **env).stderr


def test_a_period_is_reported(
    cspon: Terminal, portal: str, desk: Desk, token: Callable[..., str], tmp_path: Path
) -> None:
    key = on_pilot(desk)
    site = desk.offered(key)
    desk.do(sites.accept, desk.secretary, promotion_id=key, site_id=site)
    cspon("login", portal, "--token", token(desk.operator))
    mine = cspon.json("promotion", "list", "--mine")["items"]
    assert [(each["promotion"], each["id"]) for each in mine] == [(str(key), str(site))]
    assert f"{key}  {site}  piloting" in cspon("promotion", "list", "--mine").stdout
    assert "area" in cspon("promotion", "show", str(key), str(site)).stdout
    where = ("promotion", "report", str(key), str(site))
    assert "use, effect" in cspon(*where, "--from", day(-60), "--to", day(-31), code=4).stderr
    words = ("--from", day(-60), "--to", day(-31), "--use", "每周使用。", "--effect", "外业减少。")
    assert "area=120.5" in cspon(*where, *words, "--measured", "area", code=4).stderr
    assert cspon(*where, *words, "--measured", "nonsense=1", code=4)
    made = cspon.json(*where, *words, "--measured", "area=120.5", "--measured", "right=91")
    assert (made["number"], made["measured"]) == (1, {"area": 120.5, "right": 91})
    path = tmp_path / "report.json"
    path.write_text(
        json.dumps({"from_on": day(-60), "to_on": day(-31), "use": "每周使用。", "effect": "旧。"})
    )
    again = cspon.json(*where, "--file", path, "--effect", "外业减少三成。", "--replaces", "1")
    assert (again["number"], again["effect"], again["replaces"]) == (2, "外业减少三成。", 1)
    path.write_text("[]")
    assert "no JSON object" in cspon(*where, "--file", path, code=4).stderr
    desk.put(key, Stage.suspended, "pilot")
    assert cspon(*where, *words, code=4)
