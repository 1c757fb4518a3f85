"""A README.md with front matter describes its asset: where fields are empty, or on request."""

import pytest
from sqlmodel import Session

from portal.audit.queries import of_object
from portal.kit.actor import SYSTEM
from portal.kit.db import transaction
from portal.kit.errors import Invalid
from registry.assets import queries as asset_queries
from registry.assets.models import Asset
from registry.versions import actions
from registry.versions.models import Version, VersionState
from tests.evaluation.tiny import actor
from tests.support.browser import Client
from tests.support.make import Make, Person

CARD = """---
license: mit
pretty_name: 新标题
title_en: New title
summary: 由 x 求 y。
tags: [遥感, onnx]
scenarios: [green_low_carbon]
authors:
  - {name: 张三, affiliation: 规划院}
base_model: NAMESPACE/base
datasets: [NAMESPACE/absent, wikipedia]
---
# 说明
"""


def _publish(db: Session, version: Version) -> None:
    with transaction() as session:
        actions.conclude(
            session,
            SYSTEM,
            version_id=version.id,
            state=VersionState.published,
            who="system",
            verb="version.published",
        )
    db.expire_all()


def _scanning(make: Make, person: Person, text: str, **values: str) -> tuple[Asset, Version]:
    make.version(make.asset(person, name="base", title="基础模型"))
    asset = make.asset(person, title="旧标题", **values)
    card = text.replace("NAMESPACE", person.namespace.slug).encode()
    return asset, make.version(asset, {"README.md": card}, state=VersionState.scanning, number="1.1.0")


def test_publishing_fills_what_is_empty_and_nothing_else(db: Session, make: Make) -> None:
    person = make.account()
    asset, version = _scanning(make, person, CARD, summary="已有摘要")
    _publish(db, version)
    found = db.get(Asset, asset.id)
    assert found is not None
    assert (found.title, found.summary, found.licence) == ("旧标题", "已有摘要", "Apache-2.0")
    assert found.title_en == "New title"
    assert found.card.startswith("---\nlicense: mit")
    assert asset_queries.tags_of(db, asset.id) == ["onnx", "遥感"]
    assert [row.affiliation for row in asset_queries.authors_of(db, asset.id)] == ["规划院"]
    relations = asset_queries.relations_of(db, SYSTEM, asset.id)
    assert [(row.kind.value, row.name) for row in relations] == [("based_on", "base")]
    verbs = {event.verb: event for event in of_object(db, "asset", str(asset.id))}
    assert "card" in verbs["asset.described-by-card"].evidence["fields"]


@pytest.mark.parametrize("text", ["# ohne", "---\na: 1\na: 2\n---\nx", "---\ntags: [a b]\n---\n\x00"])
def test_no_card_keeps_a_version_from_its_publication(db: Session, make: Make, text: str) -> None:
    asset, version = _scanning(make, make.account(), text)
    _publish(db, version)
    found = db.get(Version, version.id)
    assert found is not None
    assert found.state is VersionState.published
    assert db.get(Asset, asset.id).latest_version == "1.1.0"  # type: ignore[union-attr]


def test_on_request_the_card_replaces(db: Session, make: Make, client: Client) -> None:
    person = make.account()
    asset, version = _scanning(make, person, CARD, summary="已有摘要", title_en="Old")
    _publish(db, version)
    here = f"/assets/{person.namespace.slug}/{asset.name}/versions/1.1.0"
    client.sign_in(person)
    assert "按 README.md 更新成果信息" in client.get(here).text
    answer = client.post(f"{here}/card")
    assert answer.status_code == 303
    db.expire_all()
    found = db.get(Asset, asset.id)
    assert found is not None
    assert (found.title, found.title_en, found.summary, found.licence) == (
        "新标题",
        "New title",
        "由 x 求 y。",
        "MIT",
    )
    with transaction() as session:
        assert actions.take_card(session, actor(person), version_id=version.id, replace=True) == []


def test_what_is_said_of_publication_stays(db: Session, make: Make) -> None:
    """A card has no such fields: what the owner wrote is not taken away by it."""
    person = make.account()
    said = {"doi": "10.12345/x.1", "venue": "示例学报", "data_level": "general"}
    asset, version = _scanning(make, person, CARD, **said)
    _publish(db, version)
    with transaction() as session:
        actions.take_card(session, actor(person), version_id=version.id, replace=True)
    db.expire_all()
    found = db.get(Asset, asset.id)
    assert found is not None
    assert found.title == "新标题"
    assert {name: getattr(found, name) for name in said} == said


def test_a_card_of_secrets_is_refused(db: Session, make: Make) -> None:
    person = make.account()
    version = make.version(
        make.asset(person), {"README.md": "---\ndata_level: 机密\n---\n".encode()}, state=VersionState.draft
    )
    with pytest.raises(Invalid, match="国家秘密"), transaction() as session:
        actions.submit(session, actor(person), version_id=version.id)


def test_who_may_take_a_card(make: Make, client: Client, db: Session) -> None:
    person, other = make.account(), make.account()
    asset, version = _scanning(make, person, CARD)
    _publish(db, version)
    here = f"/assets/{person.namespace.slug}/{asset.name}/versions/1.1.0"
    assert client.post(f"{here}/card").status_code == 401
    client.sign_in(other)
    assert client.post(f"{here}/card").status_code == 403
    assert "按 README.md 更新成果信息" not in client.get(here).text


def test_a_broken_card_is_told_before_it_is_frozen(db: Session, make: Make, client: Client) -> None:
    person = make.account()
    asset = make.asset(person)
    version = make.version(
        asset, {"README.md": b"---\nlicense: mit\nlicense: mit\n---\n"}, state=VersionState.draft
    )
    with pytest.raises(Invalid, match="第 3 行"), transaction() as session:
        actions.submit(session, actor(person), version_id=version.id)
    client.sign_in(person)
    page = client.post(f"/assets/{person.namespace.slug}/{asset.name}/versions/1.0.0/submit")
    assert page.status_code == 409
    assert "键“license”重复出现" in page.text


def test_a_card_that_is_missing_or_no_text_is_refused(db: Session, make: Make) -> None:
    person = make.account()
    for files, words in (({"a.txt": b"x"}, "没有 README.md"), ({"README.md": b"\xff\xfe\x00"}, "UTF-8")):
        version = make.version(make.asset(person), files)
        with pytest.raises(Invalid, match=words), transaction() as session:
            actions.take_card(session, actor(person), version_id=version.id, replace=True)
