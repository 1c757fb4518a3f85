"""A name near to a well-used asset is asked about, kept, and shown to the secretariat."""

from typing import Any

import pytest
from sqlmodel import Session, select

from registry.assets.models import Asset, Lookalike
from tests.support.browser import Client
from tests.support.make import Make, Person, credit_code


def known(make: Make, name: str, downloads: int = 10, **values: Any) -> Person:
    owner = make.account("原作者")
    asset = make.asset(owner, name=name, title="土地覆盖分类", downloads=downloads, **values)
    make.version(asset)
    return owner


def form(person: Person, name: str, **more: str) -> dict[str, str]:
    return {
        "kind": "model", "namespace": person.namespace.slug, "name": name, "title": "我的模型", "licence": "MIT",
        **more,
    }  # fmt: skip


def test_the_form_warns_and_asks(client: Client, make: Make, db: Session) -> None:
    first = known(make, "landcover")
    person = make.account("后来者")
    client.sign_in(person)
    warned = client.post("/assets/new", data=form(person, "land-cover"))
    assert warned.status_code == 422
    assert f"{first.namespace.slug}/landcover" in warned.text
    assert "连字符" in warned.text
    assert 'name="confirm_similar"' in warned.text
    assert 'value="land-cover"' in warned.text
    made = client.post("/assets/new", data=form(person, "land-cover", confirm_similar="1"))
    assert made.status_code == 303
    assert db.exec(select(Lookalike)).one().kind == "separators"
    assert client.get("/names").status_code == 403
    client.sign_out()
    client.sign_in(make.account("秘书", roles=("secretariat",)))
    shown = client.get("/names").text
    assert f"{person.namespace.slug}/land-cover" in shown
    assert f"{first.namespace.slug}/landcover" in shown


def test_by_json(client: Client, make: Make) -> None:
    known(make, "landcover")
    person = make.account("后来者")
    client.sign_in(person)
    body = form(person, "landcover")
    refused = client.post("/api/v1/assets", json=body)
    assert (refused.status_code, set(refused.json()["fields"])) == (409, {"confirm_similar"})
    assert client.post("/api/v1/assets", json={**body, "confirm_similar": True}).status_code == 201


@pytest.mark.parametrize("case", ["own", "little used", "not public", "far"])
def test_nobody_is_asked_in_vain(client: Client, make: Make, db: Session, case: str) -> None:
    owner = known(make, "landcover", downloads=3 if case == "little used" else 50)
    if case == "not public":
        asset = db.exec(select(Asset)).one()
        asset.is_public = False
        db.add(asset)
        db.commit()
    person = owner if case == "own" else make.account("后来者")
    client.sign_in(person)
    name = "waterbody" if case == "far" else "land-cover"
    assert client.post("/assets/new", data=form(person, name)).status_code == 303
    assert db.exec(select(Lookalike)).all() == []


def test_short_names_of_organisations(client: Client, make: Make) -> None:
    known_unit = make.organisation("省规划院", verification="verified")
    slug = known_unit.namespace.slug
    client.sign_in(make.account("登记人"))
    data = {
        "name": "某规划院", "kind": "institute", "credit_code": credit_code(55_555_555),
        "namespace": f"{slug[:4]}-{slug[4:]}",
    }  # fmt: skip
    warned = client.post("/organisations/new", data=data)
    assert warned.status_code == 422
    assert slug in warned.text
    assert client.post("/organisations/new", data={**data, "confirm_similar": "1"}).status_code == 303
    client.sign_out()
    client.sign_in(make.account("秘书", roles=("secretariat",)))
    assert data["namespace"] in client.get("/names").text
