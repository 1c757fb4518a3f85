"""The whole way between the two: made by the portal, verified, installed and run by the node, its receipts taken."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import col, select

from cspon_node.cli import main as cspon_node
from portal.accounts.sessions import actor_of
from portal.kit.clock import now
from portal.kit.db import transaction
from portal.kit.storage import get_store
from portal.organisations.models import MemberRole, Membership
from registry.promotion.actions import moving
from registry.promotion.models import Stage
from registry.rollout import ceremony, tasks
from registry.rollout.actions import nodes, receipts
from registry.rollout.forms import NodeInput, ReceiptsInput
from registry.rollout.models import NodeState, RolloutBundle, RolloutNode, RolloutReceipt
from registry.rollout.plan import RoleKeys
from registry.versions.models import SubmissionKind
from tests.promotion.conftest import REASON, build
from tests.rollout.conftest import Road, certified, refused
from tests.support.make import Make

DESCRIPTION = b"name: adder\nkind: program\nruntime: base-py311\ncommand: python main.py $input $output\n"
PROGRAM = b"""import pathlib, sys
rows = pathlib.Path(sys.argv[1], "mine.csv").read_text().splitlines()
pathlib.Path(sys.argv[2], "sum.txt").write_text(str(sum(int(row.split(",")[1]) for row in rows[1:])))
"""


class Station:
    """A node with its own home; every command is one it would type."""

    def __init__(self, road: Road, folder: Path, capsys: Any) -> None:
        self.road, self.folder, self.capsys = road, folder, capsys
        self.trust = folder / "root.json"
        self.trust.write_bytes(ceremony.repository().root())
        assert self.type("init", "--trust", self.trust, "--name", "station") == 0
        self.capsys.readouterr()
        made = json.loads(self.said("key"))
        given = NodeInput(
            organisation=road.unit.id, name="甲市节点", division="330100", public_key=made["key"]
        )
        node = road.desk.do(nodes.register, road.operator, given=given)
        road.decide(node.id, NodeState.confirmed)
        self.node_id = node.id

    def type(self, command: str, *words: object) -> int:
        return cspon_node(
            [command, "--home", str(self.folder / "home"), "--json", *(str(word) for word in words)]
        )

    def said(self, command: str, *words: object) -> str:
        assert self.type(command, *words) == 0
        return str(self.capsys.readouterr().out)

    def refused(self, command: str, *words: object) -> str:
        self.capsys.readouterr()
        assert self.type(command, *words) > 1
        read = self.capsys.readouterr()
        return str(read.out + read.err)

    def carried(self, bundle: RolloutBundle) -> Path:
        assert bundle.sha256, bundle.state_reason
        path = self.folder / f"{bundle.sequence}.zip"
        get_store().fetch(bundle.sha256, path)
        return path

    def hand_in(self) -> receipts.Taken:
        given = ReceiptsInput.model_validate(json.loads(self.said("receipt")))
        with transaction() as db:
            node = db.get_one(RolloutNode, self.node_id)
            return receipts.take(db, actor_of(db, self.road.operator.id), given=given, node=node)


@pytest.fixture
def programs(own_home: Path, make: Make, db: Any) -> Road:
    """The same road for a program that can be run."""
    ceremony.hold_demo(now())
    desk = build(make, db)
    files = {"cspon.yaml": DESCRIPTION, "main.py": PROGRAM, "资料/说明.md": "# 加\n".encode()}
    desk.version = make.version(
        desk.asset, files, number="2.0.0", submission=SubmissionKind.program, runtime="base-py311"
    )
    operator = make.account("节点管理员", roles=("node_operator",))
    unit = make.organisation("甲市自然资源和规划局", admin=make.account("局管理员"))
    db.add(Membership(organisation_id=unit.id, account_id=operator.id, role=MemberRole.member))
    db.commit()
    certificate = certified(desk)
    key = desk.nominate(desk.version)
    desk.rules(key, {})
    return Road(desk, operator, unit, key, certificate)


@pytest.fixture
def station(programs: Road, tmp_path: Path, capsys: Any, monkeypatch: pytest.MonkeyPatch) -> Station:
    monkeypatch.setenv("CSPON_NODE_RUNTIMES", os.environ["CSPON_RUNTIME_DIR"])
    return Station(programs, tmp_path, capsys)


def test_from_the_promotion_to_the_receipt(programs: Road, station: Station) -> None:
    programs.to(Stage.pilot)
    bundle = station.carried(programs.built())
    found = json.loads(station.said("verify", bundle))
    assert found
    station.said("install", bundle)
    data = station.folder / "mine.csv"
    data.write_text("id,a\n1,2\n2,3\n")
    station.said(
        "run", programs_name(programs), data, "--out", station.folder / "out", "--allow-weak-sandbox"
    )
    assert (station.folder / "out" / "sum.txt").read_text() == "5"
    assert station.hand_in() == receipts.Taken(2, 0)
    programs.db.expire_all()
    kept = list(programs.db.exec(select(RolloutReceipt).order_by(col(RolloutReceipt.number))))
    assert [(row.event.value, row.outcome) for row in kept] == [("installed", ""), ("ran", "ok")]
    assert kept[1].facts["run"]["outputs"][0]["size"] == 1
    with refused("receipt-replayed"):
        station.hand_in()


def programs_name(road: Road) -> str:
    space = road.db.get_one(type(road.desk.owner.namespace), road.desk.asset.namespace_id).slug
    return f"{space}/landcover"


def test_every_channel_is_verified_one_after_the_other(programs: Road, station: Station) -> None:
    for stage in (Stage.pilot, Stage.regional, Stage.national):
        programs.to(stage)
        found = json.loads(station.said("verify", station.carried(programs.built())))
        assert found["log"]["grown"] == ("first" if stage is Stage.pilot else "proven")


def test_a_withdrawn_version_and_an_older_bundle_are_refused(programs: Road, station: Station) -> None:
    programs.to(Stage.pilot)
    first = station.carried(programs.built())
    station.said("install", first)
    programs.desk.do(
        moving.stop,
        programs.desk.secretary,
        promotion_id=programs.promotion,
        target=Stage.suspended,
        reason=REASON,
    )
    tasks.notices()
    other = second(programs)
    newer = station.carried(other)
    station.said("verify", newer)
    assert "withdrawn" in station.refused("run", programs_name(programs), "--out", station.folder / "o")
    assert station.refused("verify", first)  # its metadata is older than what the node has seen


def second(road: Road) -> RolloutBundle:
    """A bundle of another version, made after the first was withdrawn."""
    version = road.make.version(
        road.desk.asset, {"cspon.yaml": DESCRIPTION, "main.py": PROGRAM + b"\n"}, number="2.1.0",
        submission=SubmissionKind.program, runtime="base-py311",
    )  # fmt: skip
    key = road.desk.nominate(version)
    road.desk.rules(key, {})
    other = Road(road.desk, road.operator, road.unit, key, road.certificate)
    other.to(Stage.pilot)
    return other.built()


def test_a_flipped_byte_is_refused(programs: Road, station: Station) -> None:
    programs.to(Stage.pilot)
    path = station.carried(programs.built())
    data = bytearray(path.read_bytes())
    at = data.index(b"write_text")
    data[at] ^= 1
    bad = station.folder / "bad.zip"
    bad.write_bytes(bytes(data))
    assert "changed" in station.refused("verify", bad)


def test_a_rotated_root_is_followed(programs: Road, station: Station) -> None:
    programs.to(Stage.pilot)
    station.said("verify", station.carried(programs.built()))
    fresh = ceremony.make_offline(station.folder / "fresh", None, {"root": 2})["root"]
    keys = RoleKeys(tuple(each.verifier for each in fresh), 2)
    assert ceremony.repository().rotate("root", keys, [*fresh, *ceremony.signers()], now())
    programs.to(Stage.regional)
    station.said("verify", station.carried(programs.built()))
