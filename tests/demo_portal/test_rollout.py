"""The demo's rollout: a ceremony of its own, nodes of organisations with an operator, a bundle of what is promoted."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlmodel import Session, select

from portal.demo import people, rollout
from portal.kit.db import transaction
from portal.organisations.models import MemberRole, Membership
from portal.settings import get_settings
from registry.promotion.models import Stage
from registry.rollout import ceremony
from registry.rollout.models import BundleState, NodeState, RolloutNode
from tests.rollout.conftest import Road, laid
from tests.support.make import Make


@pytest.fixture
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("CSPON_HOME", str(tmp_path / "site"))
    get_settings.cache_clear()
    yield tmp_path / "site"
    monkeypatch.undo()
    get_settings.cache_clear()


def test_ceremony_nodes_and_bundles(own_home: Path, db: Session, make: Make) -> None:
    with transaction() as session:
        people.ensure_people(session, "correct horse battery")
    assert rollout.ensure_ceremony()
    assert not rollout.ensure_ceremony()
    assert ceremony.repository().demo
    operator = make.account("演示节点管理员", roles=("node_operator",))
    unit = make.organisation("演示单位", admin=make.account("管理员"))
    db.add(Membership(organisation_id=unit.id, account_id=operator.id, role=MemberRole.member))
    db.commit()
    assert rollout.ensure_nodes()
    assert not rollout.ensure_nodes()
    (node,) = db.exec(select(RolloutNode)).all()
    assert (node.state, node.demo, node.name) == (NodeState.confirmed, True, "演示单位节点")
    road: Road = laid(make, db)
    road.to(Stage.national)
    assert [each.state for each in road.bundles()].count(BundleState.replaced) == 0
    assert road.built().state is BundleState.ready
