"""Likes and watching."""

import uuid

from sqlmodel import Session, select

from portal.kit.actor import Actor
from portal.kit.db import transaction
from registry.assets.models import Asset
from registry.community.actions import reactions
from registry.community.models import AssetLike, WatchLevel
from registry.community.tasks import version_changed
from registry.versions import actions as versions
from registry.versions.models import VersionState
from tests.community.conftest import Square
from tests.support.browser import Client


def likes(db: Session, asset_id: uuid.UUID) -> int:
    asset = db.get(Asset, asset_id)
    assert asset is not None
    db.refresh(asset)
    return asset.likes


def test_one_like_per_account_and_back(client: Client, square: Square, db: Session) -> None:
    before = square.asset.updated_at
    client.sign_in(square.ann)
    for _n in range(3):
        assert client.post(f"{square.page}/like").status_code == 303
    assert likes(db, square.asset.id) == 1
    assert "取消点赞" in client.get(square.page).text
    client.sign_out()
    assert "1 个赞" in client.get(square.page).text, "the anonymous page knows at once"
    assert "1 个赞" in client.get("/assets").text
    client.sign_in(square.bob)
    assert client.put(f"/api/v1{square.page}/like").status_code == 204
    assert likes(db, square.asset.id) == 2
    assert client.delete(f"/api/v1{square.page}/like").status_code == 204
    assert client.post(f"{square.page}/unlike").status_code == 303
    assert likes(db, square.asset.id) == 1
    assert len(db.exec(select(AssetLike)).all()) == 1
    asset = db.get(Asset, square.asset.id)
    assert asset is not None
    assert asset.updated_at == before, "a like is no change of the asset"


def test_nobody_likes_what_is_not_to_be_seen(client: Client, square: Square) -> None:
    draft = square.make.asset(square.owner, namespace=square.unit.namespace)
    path = f"/assets/{square.unit.namespace.slug}/{draft.name}"
    assert client.post(f"{square.page}/like").status_code == 401
    client.sign_in(square.ann)
    for verb in ("like", "unlike", "watch", "unwatch"):
        assert client.post(f"{path}/{verb}").status_code == 404


def test_the_list_sorts_by_likes(client: Client, square: Square) -> None:
    first, second = square.make.asset(square.owner), square.make.asset(square.owner)
    for asset, count in ((first, 3), (second, 7)):
        asset.likes = count
        square.db.add(asset)
        square.make.version(asset)
    rows = client.get("/api/v1/assets?sort=likes&size=1").json()
    assert [row["name"] for row in rows["items"]] == [second.name]
    onward = client.get(f"/api/v1/assets?sort=likes&size=2&after={rows['after']}").json()
    assert [row["name"] for row in onward["items"]] == [first.name, square.asset.name]


def watch(square: Square, actor: Actor, level: WatchLevel) -> None:
    with transaction() as db:
        reactions.watch(db, actor, asset_id=square.asset.id, level=level)


def test_watchers_are_told_of_versions(square: Square, db: Session) -> None:
    watch(square, square.actor(square.ann), WatchLevel.releases)
    watch(square, square.actor(square.bob), WatchLevel.all)
    watch(square, square.actor(square.owner), WatchLevel.all)
    fresh = square.make.version(square.asset, number="1.1.0")
    version_changed(str(fresh.id), "published")
    assert square.told(square.ann) == square.told(square.bob) == [reactions.TOLD[VersionState.published]]
    assert square.told(square.owner) == [], "whoever made it knows"
    with transaction() as session:
        versions.yank(
            session, square.actor(square.publisher), version_id=fresh.id, reason="数据有误，请勿使用"
        )
    version_changed(str(fresh.id), "yanked")
    version_changed(str(fresh.id), "published")
    assert square.told(square.ann)[1:] == [reactions.TOLD[VersionState.yanked]], (
        "a late job tells nothing old"
    )
    with transaction() as session:
        reactions.unwatch(session, square.actor(square.ann), asset_id=square.asset.id)
    version_changed(str(fresh.id), "yanked")
    assert len(square.told(square.ann)) == 2


def test_levels_by_form_and_json(client: Client, square: Square) -> None:
    client.sign_in(square.ann)
    assert client.post(f"{square.page}/watch", data={"level": "sometimes"}).status_code == 422
    assert client.post(f"{square.page}/watch", data={"level": "releases"}).status_code == 303
    assert "已关注" in client.get(square.page).text
    square.topic(square.bob)
    assert square.told(square.ann) == [], "releases only"
    assert client.put(f"/api/v1{square.page}/watch", json={"level": "all"}).status_code == 204
    square.topic(square.bob, title="又一个问题")
    assert len(square.told(square.ann)) == 1
    assert client.delete(f"/api/v1{square.page}/watch").status_code == 204
    square.topic(square.bob, title="第三个问题")
    assert len(square.told(square.ann)) == 1
