"""A level of data that is raised reaches the nodes: certificate, promotion and bundles stop in one transaction."""

from sqlmodel import select

from portal.notices.models import Notice
from registry.assets import actions as assets
from registry.assets.forms import AssetDescription
from registry.assets.models import AssetKind, AssetRelation, RelationKind
from registry.certification.models import Certificate, CertificateState
from registry.promotion.models import Stage
from registry.rollout.actions import bundles
from registry.rollout.models import BundleState
from tests.rollout.conftest import Road


def test_nodes_are_told_of_a_raised_level(road: Road) -> None:
    keeper = road.make.account("数据所有者")
    data = road.make.asset(keeper, name="tiles", kind=AssetKind.dataset, data_level="general")
    road.make.version(data)
    road.db.add(AssetRelation(asset_id=road.desk.asset.id, other_id=data.id, kind=RelationKind.uses_data))
    road.db.commit()
    road.node()
    road.to(Stage.national)
    bundle = road.built()
    assert bundle.state is BundleState.ready
    given = AssetDescription(title=data.title, licence=data.licence, data_level="important")
    road.desk.do(assets.describe, keeper, asset_id=data.id, given=given)
    road.db.expire_all()
    assert road.db.get_one(Certificate, road.certificate.id).state is CertificateState.suspended
    assert road.desk.stage(road.promotion) is Stage.suspended
    assert {each.state for each in road.bundles()} <= {BundleState.withdrawn, BundleState.replaced}
    told = [n.message for n in road.db.exec(select(Notice).where(Notice.account_id == road.operator.id))]
    assert bundles.WITHDRAWN in told
