"""Creating and editing assets by the form and by the API."""

import pytest
from sqlalchemy import text
from sqlmodel import Session, select

from portal.audit.models import AuditEvent
from portal.kit.db import transaction
from registry.assets import queries
from registry.assets.licences import COMMON, canonical
from registry.assets.models import Asset, AssetAuthor, AssetKind, AssetRelation, AssetTag, RelationKind
from registry.assets.views import _details
from tests.support.browser import Client
from tests.support.make import Make, Person


def form(person: Person, **changes: str | list[str]) -> dict[str, str | list[str]]:
    return {
        "kind": "model",
        "namespace": person.namespace.slug,
        "name": "land-cover",
        "title": "土地覆盖分类",
        "summary": "由反射率判别地类。",
        "licence": "apache-2.0",
        "scenarios": ["green_low_carbon", "public_service"],
        "tags": "遥感 Landsat, 遥感",
        "author_name_1": "张三",
        "author_affiliation_1": "规划院",
        "author_account_1": person.namespace.slug,
        "author_name_3": "李四",
        "card": "---\nlicense: apache-2.0\n---\n# 用途\n\n**分类**",
        **changes,
    }


def test_create_by_form(client: Client, make: Make, db: Session) -> None:
    person = make.account("张三")
    client.sign_in(person)
    response = client.post("/assets/new", data=form(person))
    assert response.status_code == 303, response.text[-2000:]
    where = f"/assets/{person.namespace.slug}/land-cover"
    assert response.headers["location"] == where
    asset = db.exec(select(Asset)).one()
    assert (asset.licence, asset.is_public, asset.kind) == ("Apache-2.0", False, AssetKind.model)
    assert asset.sort_key.startswith("tu di fu gai")
    assert sorted(db.exec(select(AssetTag.tag))) == ["landsat", "遥感"]
    authors = list(db.exec(select(AssetAuthor).order_by(AssetAuthor.position)))  # type: ignore[arg-type]
    assert [(a.name, a.account_id) for a in authors] == [("张三", person.id), ("李四", None)]
    assert db.exec(select(AuditEvent).where(AuditEvent.verb == "asset.created")).one().actor_id == person.id
    page = client.get(where).text
    assert "<strong>分类</strong>" in page
    assert "license: apache" not in page


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": "Land_Cover"}, "name"),
        ({"name": "-x"}, "name"),
        ({"name": "new"}, "name"),
        ({"licence": "free for all"}, "licence"),
        ({"licence": ""}, "licence"),
        ({"title": ""}, "title"),
        ({"kind": "virus"}, "kind"),
        ({"tags": " ".join(f"t{i}" for i in range(13))}, "tags"),
        ({"related_asset_1": "no/such-asset", "related_kind_1": "uses"}, "related_asset_1"),
        ({"author_account_1": "nobody-here"}, "author_account_1"),
        ({"author_name_1": "", "author_affiliation_1": "x"}, "author_name_1"),
    ],
)
def test_errors_stand_at_their_field(
    client: Client, make: Make, db: Session, changes: dict[str, str], field: str
) -> None:
    person = make.account("张三")
    client.sign_in(person)
    response = client.post("/assets/new", data=form(person, **changes))
    assert response.status_code == 422
    assert f'id="f-{field}-error"' in response.text
    assert "土地覆盖分类" in response.text or field == "title"
    assert db.exec(select(Asset)).all() == []


def test_a_name_is_used_once(client: Client, make: Make, db: Session) -> None:
    person = make.account("张三")
    client.sign_in(person)
    assert client.post("/assets/new", data=form(person)).status_code == 303
    response = client.post("/assets/new", data=form(person))
    assert response.status_code == 422
    assert 'id="f-name-error"' in response.text
    assert len(db.exec(select(Asset)).all()) == 1


def test_only_in_own_namespaces(client: Client, make: Make, db: Session) -> None:
    person, other = make.account("张三"), make.account("李四")
    unit = make.organisation(publishers=(person,))
    client.sign_in(person)
    assert client.post("/assets/new", data=form(person, namespace=other.namespace.slug)).status_code == 403
    assert client.post("/assets/new", data=form(person, namespace=unit.namespace.slug)).status_code == 303
    assert db.exec(select(Asset)).one().namespace_id == unit.namespace.id


def test_anonymous_visitors_are_asked_to_sign_in(client: Client) -> None:
    assert client.get("/assets/new").headers["location"].startswith("/sign-in")
    assert client.post("/assets/new", data={}).status_code == 401


def test_preview_saves_nothing(client: Client, make: Make, db: Session) -> None:
    person = make.account("张三")
    client.sign_in(person)
    response = client.post("/assets/new", data=form(person, preview="1", title=""))
    assert response.status_code == 200
    assert "<strong>分类</strong>" in response.text
    assert db.exec(select(Asset)).all() == []


def test_edit_keeps_what_the_form_shows(client: Client, make: Make, db: Session) -> None:
    person = make.account("张三")
    other = make.asset(person, is_public=True)
    client.sign_in(person)
    full = f"{person.namespace.slug}/{other.name}"
    client.post("/assets/new", data=form(person, related_kind_1="based_on", related_asset_1=full))
    where = f"/assets/{person.namespace.slug}/land-cover"
    shown = client.get(f"{where}/edit").text
    assert full in shown
    assert 'value="李四"' in shown
    changed = form(
        person, title="新标题", related_kind_1="uses", related_asset_1=full, name="ignored", kind="tool"
    )
    assert client.post(f"{where}/edit", data=changed).status_code == 303
    page = client.get(where).text
    assert "新标题" in page
    assert other.title in page
    db.expire_all()
    asset = db.exec(select(Asset).where(Asset.name == "land-cover")).one()
    assert (asset.name, asset.kind) == ("land-cover", AssetKind.model)


def test_strangers_may_not_edit(client: Client, make: Make) -> None:
    owner, stranger = make.account("甲"), make.account("乙")
    public, draft = make.asset(owner, is_public=True), make.asset(owner)
    client.sign_in(stranger)
    base = f"/assets/{owner.namespace.slug}"
    assert client.get(f"{base}/{public.name}/edit").status_code == 403
    assert client.post(f"{base}/{public.name}/edit", data=form(owner)).status_code == 403
    assert client.get(f"{base}/{draft.name}/edit").status_code == 404
    assert client.post(f"{base}/{draft.name}/edit", data=form(owner)).status_code == 404


def test_hostile_card(client: Client, make: Make) -> None:
    person = make.account("张三")
    card = (
        "<script>alert(1)</script>\n\n[x](javascript:alert(1)) ![y](https://evil.example/p.png)\n\n"
        '<img src=x onerror=alert(1)> <a hx-get="/x">k</a>'
    )
    asset = make.asset(person, is_public=True, card=card, title='<b onclick="x">"标题"')
    page = client.get(f"/assets/{person.namespace.slug}/{asset.name}").text
    assert "<script>alert" not in page
    assert 'javascript:alert(1)"' not in page
    assert 'evil.example/p.png"' not in page
    assert "<img src=x" not in page
    assert "<b onclick" not in page
    assert "<a hx-get" not in page


def test_anonymous_page_follows_changes(client: Client, make: Make, db: Session) -> None:
    person = make.account("张三")
    asset = make.asset(person, is_public=True, title="旧标题")
    where = f"/assets/{person.namespace.slug}/{asset.name}"
    assert "旧标题" in client.get(where).text
    kept = len(_details)
    client.get(where)
    assert len(_details) == kept
    asset.card = "新的说明"
    asset.touch()
    db.add(asset)
    db.commit()
    assert "新的说明" in client.get(where).text


def test_api_create_and_patch(client: Client, make: Make) -> None:
    person = make.account("张三")
    client.sign_in(person)
    body = {
        "kind": "dataset",
        "namespace": person.namespace.slug,
        "name": "plots",
        "title": "地块数据",
        "licence": "CC-BY-4.0 OR MulanPSL-2.0",
        "tags": ["地块"],
        "authors": [{"name": "张三", "account": person.namespace.slug}],
    }
    made = client.post("/api/v1/assets", json=body)
    assert made.status_code == 201, made.text
    assert made.json()["licence"] == "CC-BY-4.0 OR MulanPSL-2.0"
    assert made.json()["public"] is False
    path = f"/api/v1/assets/{person.namespace.slug}/plots"
    changed = client.patch(path, json={"summary": "说明", "tags": ["地块", "建筑"]})
    assert changed.status_code == 200, changed.text
    answer = changed.json()
    assert (answer["summary"], sorted(answer["tags"]), answer["title"]) == (
        "说明",
        ["地块", "建筑"],
        "地块数据",
    )
    assert answer["people"][0]["account"] == person.namespace.slug
    for wrong in ({"licence": "nope"}, {"kind": "model"}, {"title": ""}, {"title": "x\u0007y"}):
        refused = client.patch(path, json=wrong)
        assert refused.status_code == 422, wrong
        assert refused.headers["content-type"] == "application/problem+json"
    client.sign_out()
    assert client.get(path).status_code == 404
    assert client.post("/api/v1/assets", json=body).status_code == 401


def test_licences() -> None:
    assert [canonical(offered) for offered in COMMON] == list(COMMON)
    assert canonical("mit") == "MIT"
    assert canonical("LicenseRef-Proprietary") == "LicenseRef-Proprietary"
    assert canonical("mulanpsl-2.0 or cc-by-4.0") == "MulanPSL-2.0 OR CC-BY-4.0"
    for wrong in ("", "GPL", "MIT AND", "custom licence"):
        with pytest.raises(ValueError, match="SPDX"):
            canonical(wrong)


def test_relations_the_editor_cannot_see_stay(client: Client, make: Make, db: Session) -> None:
    colleague, editor = make.account("同事"), make.account("编辑")
    unit = make.organisation(admin=colleague, publishers=(editor,))
    private, shown = make.asset(colleague), make.asset(colleague, is_public=True)
    asset = make.asset(colleague, namespace=unit.namespace)
    for other in (private, shown):
        db.add(AssetRelation(asset_id=asset.id, other_id=other.id, kind=RelationKind.uses))
    db.commit()
    client.sign_in(editor)
    path = f"/api/v1/assets/{unit.namespace.slug}/{asset.name}"
    answer = client.patch(path, json={"title": "新的题名", "related": []})
    assert answer.status_code == 200, answer.text
    assert answer.json()["related"] == []
    assert db.exec(select(AssetRelation.other_id)).all() == [private.id]


def test_two_assets_that_name_each_other_can_be_edited_at_once(
    db: Session, make: Make, database: None
) -> None:
    person = make.account()
    one, two = make.asset(person), make.asset(person)
    queries.get_for_change(db, one.id)
    with transaction() as other:
        other.execute(text("SET LOCAL lock_timeout = '1s'"))
        queries.get_for_change(other, two.id)
        other.add(AssetRelation(asset_id=two.id, other_id=one.id, kind=RelationKind.uses))
    db.rollback()


def test_a_kept_page_is_nobodys_and_of_one_language(client: Client, make: Make) -> None:
    owner = make.account()
    asset = make.asset(owner, title="中文题名", title_en="English title")
    make.version(asset)
    path = f"/assets/{owner.namespace.slug}/{asset.name}"
    assert "中文题名" in client.get(path).text
    english = client.get(path, headers={"accept-language": "en"}).text
    assert "English title" in english
    assert '<html lang="en">' in english
    assert f"{path}/edit" not in client.get(path).text
    client.sign_in(owner)
    assert f"{path}/edit" in client.get(path).text
    client.sign_out()
    assert f"{path}/edit" not in client.get(path).text
