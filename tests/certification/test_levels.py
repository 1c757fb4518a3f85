"""A raised level of data acts on the certificates that rest on it, in the same transaction, and on no others."""

from dataclasses import dataclass
from typing import Any

import pytest
from sqlmodel import select

from portal.audit.models import AuditEvent
from portal.kit.errors import Conflict
from portal.notices.models import Notice
from registry.assets.models import Asset, AssetKind, AssetRelation, RelationKind
from registry.certification import tasks
from registry.certification.actions import deciding
from registry.certification.models import CertificateState, Level
from tests.certification.conftest import REASON, Bureau
from tests.support.browser import Client
from tests.support.doors import bearer
from tests.support.make import Person

S = CertificateState


@dataclass
class Data:
    """A data set of somebody else, which the certified version was made with, and the way to describe it."""

    bureau: Bureau
    client: Client
    keeper: Person
    asset: Asset

    def describe(self, asset: Asset | None = None, who: Person | None = None, **values: Any) -> None:
        """By the API, as its publisher."""
        wanted, person = asset or self.asset, who or self.keeper
        space = self.bureau.db.get_one(type(person.namespace), wanted.namespace_id).slug
        answer = self.client.patch(
            f"/api/v1/assets/{space}/{wanted.name}",
            json=values,
            headers=bearer(person),
        )
        assert answer.status_code == 200, answer.text

    def used_by(self, asset: Asset, kind: RelationKind = RelationKind.uses_data) -> None:
        self.bureau.db.add(AssetRelation(asset_id=asset.id, other_id=self.asset.id, kind=kind))
        self.bureau.db.commit()


@pytest.fixture
def data(bureau: Bureau, client: Client) -> Data:
    keeper = bureau.make.account("数据所有者")
    asset = bureau.make.asset(keeper, name="tiles", kind=AssetKind.dataset, data_level="general")
    bureau.make.version(asset)
    found = Data(bureau, client, keeper, asset)
    found.used_by(bureau.asset)
    return found


@pytest.mark.parametrize("level", ["important", "core"])
def test_a_raised_level_suspends_at_once(data: Data, level: str) -> None:
    key = data.bureau.granted()
    data.describe(summary="说明有所修改。")
    assert data.bureau.state(key) is S.granted, "the level is as it was"
    data.describe(data_level=level)
    row = data.bureau.row(key)
    assert (row.state, row.state_reason) == (S.suspended, deciding.RAISED)
    page = data.client.get(f"/certificates/{key}").text
    assert "所用数据的级别现已高于一般数据" in page
    assert "所用数据均为一般数据" in page
    event = data.bureau.db.exec(select(AuditEvent).where(AuditEvent.verb == "certificate.suspended")).one()
    assert event.evidence["codes"] == ["data_level"]
    for who in (data.bureau.owner, data.bureau.colleague):
        told = [n.message for n in data.bureau.db.exec(select(Notice).where(Notice.account_id == who.id))]
        assert any("suspended" in each for each in told)
    with pytest.raises(Conflict):
        data.bureau.do(deciding.lift, data.bureau.certifier, certificate_id=key, reason=REASON)
    data.describe(data_level="general")
    assert data.bureau.state(key) is S.suspended, "a certifier looks first"
    data.bureau.do(deciding.lift, data.bureau.certifier, certificate_id=key, reason=REASON)
    assert data.bureau.state(key) is S.granted


def test_the_card_speaks_where_nothing_is_set(data: Data) -> None:
    key = data.bureau.granted()
    data.describe(data_level="", card="---\ndata_level: general\n---\n# 瓦片\n")
    assert data.bureau.state(key) is S.granted
    data.describe(card="---\ndata_level: important\n---\n# 瓦片\n")
    assert data.bureau.state(key) is S.suspended


def test_the_level_of_the_asset_itself(data: Data) -> None:
    key = data.bureau.granted()
    data.describe(data.bureau.asset, data.bureau.owner, data_level="important")
    assert data.bureau.state(key) is S.suspended


def test_data_named_later(data: Data) -> None:
    other = data.bureau.make.asset(data.keeper, name="plots", kind=AssetKind.dataset, data_level="core")
    data.bureau.make.version(other)
    key = data.bureau.granted()
    related = [{"asset": f"{data.keeper.namespace.slug}/plots", "kind": "uses_data"}]
    data.describe(data.bureau.asset, data.bureau.owner, related=related)
    assert data.bureau.state(key) is S.suspended


def test_certificates_that_do_not_rest_on_it_stay(data: Data) -> None:
    """A level that does not ask for it, data that only describes it, another asset, and one that is not granted."""
    bureau = data.bureau
    pilot = bureau.granted(Level.pilot)
    others = {}
    for name, kind in (("apart", None), ("described", RelationKind.described_by)):
        asset = bureau.make.asset(
            bureau.owner, namespace=bureau.db.get_one(type(bureau.owner.namespace), bureau.asset.namespace_id),
            name=name, card=bureau.asset.card, summary="另一项成果。",
        )  # fmt: skip
        version = bureau.make.version(asset, runtime="base-py311")
        if kind is not None:
            data.used_by(asset, kind)
        bureau.scan(version=version)
        others[name] = bureau.ask(version=version, level=Level.rollout)
    for key in others.values():
        bureau.change(key, state=S.granted, granted_level="rollout", number=f"CSPON-C-2026-{key.hex[-8:]}")
    data.describe(data_level="core")
    assert bureau.state(pilot) is S.granted, "a pilot's certificate does not ask for the level"
    assert {name: bureau.state(key) for name, key in others.items()} == {
        "apart": S.granted,
        "described": S.granted,
    }


def test_what_was_raised_while_it_was_granted_is_found_by_the_job(data: Data) -> None:
    key = data.bureau.granted()
    data.asset.data_level = "important"  # as if committed a moment before the certificate
    data.bureau.db.add(data.asset)
    data.bureau.db.commit()
    assert data.bureau.state(key) is S.granted
    tasks.recheck(str(key))
    assert (data.bureau.state(key), data.bureau.row(key).state_reason) == (S.suspended, deciding.FOUND)
