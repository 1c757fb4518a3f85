"""Nodes: registered, confirmed by others, suspended, closed, timed out; their tokens; what they are offered."""

import datetime as dt

import pytest
from sqlmodel import select

from portal.kit.clock import now
from portal.kit.db import transaction
from portal.kit.errors import Clash, Conflict, Forbidden, Invalid
from portal.kit.ids import digest_secret
from portal.kit.signing import Ed25519Signer, public_text
from portal.notices.models import Notice
from portal.organisations.models import MemberRole, Membership
from registry.promotion.actions import moving
from registry.promotion.models import PromotionSite, SiteState, Stage
from registry.rollout import offers, tasks
from registry.rollout.actions import nodes
from registry.rollout.forms import NodeInput
from registry.rollout.models import Channel, NodeState, RolloutNode
from registry.rollout.policy import Place, Site, offered
from registry.rollout.queries import nodes as queries
from tests.promotion.conftest import REASON
from tests.rollout.conftest import Road, signed
from tests.support.browser import Client

SITES = [Site("甲市节点", "330100")]


def place(state: NodeState = NodeState.confirmed, name: str = "甲市节点", division: str = "330100") -> Place:
    return Place(state, None, frozenset({name.casefold(), "甲市局"}), division)


def test_a_node_is_confirmed_by_the_secretariat_not_by_its_own(road: Road) -> None:
    node, _key = road.node(confirmed=False)
    assert node.state is NodeState.registered
    with pytest.raises(Forbidden):
        road.decide(node.id, NodeState.confirmed, road.operator)
    road.db.add(
        Membership(organisation_id=road.unit.id, account_id=road.desk.secretary.id, role=MemberRole.member)
    )
    road.db.commit()
    with pytest.raises(Forbidden):
        road.decide(node.id, NodeState.confirmed)
    other = road.make.account("另一秘书", roles=("secretariat",))
    road.decide(node.id, NodeState.confirmed, other)
    assert road.db.get_one(RolloutNode, node.id).state is NodeState.confirmed
    told = road.db.exec(select(Notice).where(Notice.account_id == road.operator.id)).all()
    assert any(notice.url == f"/nodes/{node.id}" for notice in told)


def test_who_may_register_and_what_is_refused(road: Road) -> None:
    key = public_text(Ed25519Signer.generate().verifier)
    given = NodeInput(organisation=road.unit.id, name="节点", division="330100", public_key=key)
    with pytest.raises(Forbidden):
        road.desk.do(nodes.register, road.desk.nominator, given=given)
    stranger = road.make.account("外单位", roles=("node_operator",))
    with pytest.raises(Forbidden):
        road.desk.do(nodes.register, stranger, given=given)
    road.desk.do(nodes.register, road.operator, given=given)
    with pytest.raises(Clash):
        road.desk.do(nodes.register, road.operator, given=given.model_copy(update={"name": "又一"}))
    fresh = public_text(Ed25519Signer.generate().verifier)
    with pytest.raises(Clash):
        road.desk.do(nodes.register, road.operator, given=given.model_copy(update={"public_key": fresh}))


def test_only_a_confirmed_node_has_one_token_that_closing_ends(road: Road) -> None:
    node, _key = road.node(confirmed=False)
    with pytest.raises(Conflict):
        road.token(node)
    road.decide(node.id, NodeState.confirmed)
    first, second = road.token(node), road.token(node)
    assert first != second
    assert first.startswith("csponnode_")
    with transaction() as db:
        assert queries.by_token(db, digest_secret(first)) is None
        found = queries.by_token(db, digest_secret(second))
        assert found is not None
        assert found.id == node.id
    with pytest.raises(Forbidden):
        road.desk.do(nodes.new_token, road.desk.secretary, node_id=node.id)
    road.decide(node.id, NodeState.closed, road.operator)
    with transaction() as db:
        assert queries.by_token(db, digest_secret(second)) is None
    with pytest.raises(Conflict):
        road.decide(node.id, NodeState.confirmed)


def test_a_reason_is_needed(road: Road) -> None:
    node, _key = road.node(confirmed=False)
    with pytest.raises(Invalid):
        road.desk.do(
            nodes.decide, road.desk.secretary, node_id=node.id, target=NodeState.confirmed, reason=" "
        )


def test_a_reason_is_shown_as_it_was_typed(road: Road, client: Client) -> None:
    node, _key = road.node()
    typed = "误差达到 30% 以上，见 <b>附件</b>"
    road.desk.do(nodes.decide, road.desk.secretary, node_id=node.id, target=NodeState.suspended, reason=typed)
    client.sign_in(road.operator)
    page = client.get(f"/nodes/{node.id}")
    assert page.status_code == 200, "a per cent sign is no format"
    assert "误差达到 30% 以上，见 &lt;b&gt;附件&lt;/b&gt;" in page.text, "and a bracket no markup"


def test_every_state_ends_by_the_clock_unless_a_sign_of_life_comes(road: Road) -> None:
    node, _key = road.node()
    for expected in (NodeState.suspended, NodeState.closed):
        row = road.db.get_one(RolloutNode, node.id)
        row.deadline_at = now() - dt.timedelta(seconds=1)
        road.db.add(row)
        road.db.commit()
        tasks.watch(0)
        road.db.expire_all()
        assert road.db.get_one(RolloutNode, node.id).state is expected
    other, _key = road.node("乙市节点")
    row = road.db.get_one(RolloutNode, other.id)
    row.deadline_at = now() + dt.timedelta(days=1)
    road.db.add(row)
    road.db.commit()
    with transaction() as db:
        nodes.seen(db, db.get_one(RolloutNode, other.id))
    road.db.expire_all()
    assert road.db.get_one(RolloutNode, other.id).deadline_at > now() + dt.timedelta(days=300)


@pytest.mark.parametrize("state", [NodeState.registered, NodeState.suspended, NodeState.closed])
def test_nothing_is_offered_to_a_node_that_is_not_confirmed(state: NodeState) -> None:
    assert not any(offered(place(state), channel, SITES) for channel in Channel)


def test_channels_by_site_province_and_all() -> None:
    far = place(name="丙市节点", division="410100")
    near = place(name="乙市节点", division="330200")
    assert [offered(far, channel, SITES) for channel in Channel] == [False, False, True]
    assert [offered(near, channel, SITES) for channel in Channel] == [False, True, True]
    assert [offered(place(), channel, SITES) for channel in Channel] == [True, True, True]
    assert not offered(place(), Channel.regional, [])


def test_an_offer_to_pilot_opens_nothing_before_it_is_accepted(road: Road) -> None:
    node, _key = road.node(road.unit.organisation.name)
    road.to(Stage.pilot)
    site = road.desk.site(road.promotion, road.unit.organisation.name, None)
    road.built()
    with transaction() as db:
        row = db.get_one(PromotionSite, site)
        row.state = SiteState.offered
        db.add(row)
        db.flush()
        assert offers.of_node(db, db.get_one(RolloutNode, node.id)) == []
        row.state = SiteState.piloting
        db.flush()
        assert len(offers.of_node(db, db.get_one(RolloutNode, node.id))) == 1


def test_a_pilot_node_gets_the_pilot_bundle_and_others_do_not(road: Road) -> None:
    mine, _key = road.node()
    other, _key = road.node("丙市节点", "410100")
    road.to(Stage.pilot)
    road.desk.site(road.promotion, "甲市节点", None)
    bundle = road.built()
    with transaction() as db:
        assert [row.id for row in offers.of_node(db, db.get_one(RolloutNode, mine.id))] == [bundle.id]
        assert offers.of_node(db, db.get_one(RolloutNode, other.id)) == []
    road.desk.do(
        moving.stop, road.desk.secretary, promotion_id=road.promotion, target=Stage.suspended, reason=REASON
    )
    signed()
    with transaction() as db:
        assert offers.of_node(db, db.get_one(RolloutNode, mine.id)) == []
    messages = [
        notice.message for notice in road.db.exec(select(Notice).where(Notice.account_id == road.operator.id))
    ]
    assert any("is offered" in message for message in messages)
    assert any("must not be used" in message for message in messages)
