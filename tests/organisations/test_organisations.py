"""Registering, listing, editing and verifying organisations."""

import re

import pytest
from sqlmodel import Session, select

from portal.accounts.models import Namespace
from portal.accounts.sessions import actor_of
from portal.audit.models import AuditEvent
from portal.kit.actor import SYSTEM
from portal.kit.errors import Conflict, Forbidden
from portal.notices.models import Notice
from portal.organisations import actions, queries
from portal.organisations.models import MemberRole, Membership, Organisation, OrganisationKind, Verification
from tests.support.browser import Client
from tests.support.make import Make, credit_code

CODE = credit_code(55_550_001)
VALUES = {"name": "金陵规划研究院", "kind": "institute", "credit_code": CODE, "division_code": "320100"}
STATEMENT = "本单位办公室电话见官网，可核实。"


def _fresh(db: Session) -> Organisation:
    db.expire_all()
    return db.exec(select(Organisation)).one()


def test_registering(client: Client, db: Session, make: Make) -> None:
    assert client.get("/organisations/new").headers["location"].startswith("/sign-in")
    person = make.account()
    client.sign_in(person)
    response = client.post(
        "/organisations/new", data=VALUES | {"website": "www.example.org", "summary": "# 简介"}
    )
    assert response.status_code == 303, response.text
    assert response.headers["location"] == "/organisations/jinlingguihuayanjiuyuan"
    row = _fresh(db)
    assert row.verification is Verification.unverified
    assert row.website == "https://www.example.org"
    assert row.sort_key.startswith("jin ling gui hua")
    actor = actor_of(db, person.id)
    assert actor.organisations == {row.id: MemberRole.admin}
    assert db.exec(select(Namespace.id).where(Namespace.organisation_id == row.id)).one() in actor.namespaces
    page = client.get(response.headers["location"]).text
    assert "金陵规划研究院" in page
    assert CODE in page
    assert "未核验" in page


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("credit_code", CODE[:-1] + ("0" if CODE[-1] != "0" else "1")),
        ("credit_code", ""),
        ("kind", "sect"),
        ("division_code", "3201"),
        ("division_code", "A20100"),
        ("website", "javascript:alert(1)"),
        ("website", "https://user:pass@example.org"),
        ("website", "http://["),
        ("name", ""),
        ("namespace", "verification"),
        ("namespace", "new"),
    ],
)
def test_bad_values_are_named(client: Client, db: Session, make: Make, field: str, value: str) -> None:
    client.sign_in(make.account())
    response = client.post("/organisations/new", data=VALUES | {field: value})
    assert response.status_code == 422
    assert f'href="#f-{field}"' in response.text
    assert db.exec(select(Organisation)).all() == []
    assert db.exec(select(Membership)).all() == []


def test_a_code_is_taken_only_once_it_is_verified(client: Client, db: Session, make: Make) -> None:
    client.sign_in(make.account())
    make.organisation(credit_code=CODE, verification=Verification.unverified)
    assert client.post("/organisations/new", data=VALUES).status_code == 303, "nobody can squat on a code"
    first = db.exec(select(Organisation).where(Organisation.name == "示例规划院")).one()
    first.verification = Verification.verified
    db.add(first)
    db.commit()
    assert client.post("/organisations/new", data=VALUES | {"name": "又一家"}).status_code == 422


@pytest.mark.parametrize("locale", ["zh_Hans", "en"])
def test_every_page_in_both_languages(client: Client, make: Make, locale: str) -> None:
    boss = make.account(locale=locale, roles=("secretariat",))
    admin = make.account(locale=locale)
    unit = make.organisation(
        admin=admin, verification=Verification.requested, summary="**字**", website="https://e.example"
    )
    client.cookies.set("locale", locale)
    base = f"/organisations/{unit.namespace.slug}"
    lang = {"zh_Hans": "zh-Hans", "en": "en"}[locale]
    for path in ("/organisations", base, "/organisations?q=x&kind=company&verified=no&sort=newest"):
        page = client.get(path)
        assert page.status_code == 200, path
        assert f'<html lang="{lang}">' in page.text
    client.sign_in(admin)
    for path in (base, f"{base}/edit", f"{base}/members", f"{base}/verification", "/organisations/new"):
        page = client.get(path)
        assert page.status_code == 200, path
        assert page.text.count("<h1") == 1, path
    assert client.get("/organisations/verification").status_code == 403
    client.sign_out()
    client.sign_in(boss)
    queue = client.get("/organisations/verification")
    assert queue.status_code == 200
    assert "示例规划院" in queue.text
    for path in (f"{base}/edit", f"{base}/members", f"{base}/verification"):
        assert client.get(path).status_code == 403
    assert client.get("/organisations/nothing-here").status_code == 404
    assert client.get(f"/organisations/{admin.namespace.slug}").status_code == 404


def test_list_facets_search_and_order(client: Client, db: Session, make: Make) -> None:
    for name, kind, state in [
        ("安徽规划院", "institute", "verified"),
        ("北京大学", "university", "verified"),
        ("长江公司", "company", "unverified"),
        ("重庆规划院", "institute", "requested"),
    ]:
        from portal.accounts.naming import sort_key

        make.organisation(
            name, kind=OrganisationKind(kind), verification=Verification(state), sort_key=sort_key(name)
        )

    def names(path: str) -> list[str]:
        items = re.search(r'<ul class="items">(.*?)</ul>', client.get(path).text, re.DOTALL)
        return re.findall(r'<a href="/organisations/unit\d+">([^<]+)</a>', items.group(1)) if items else []

    assert names("/organisations") == ["安徽规划院", "北京大学", "长江公司", "重庆规划院"]
    assert names("/organisations?sort=newest")[0] == "重庆规划院"
    assert names("/organisations?kind=institute&kind=company") == ["安徽规划院", "长江公司", "重庆规划院"]
    assert names("/organisations?verified=yes") == ["安徽规划院", "北京大学"]
    assert names("/organisations?verified=no&kind=institute") == ["重庆规划院"]
    assert names("/organisations?q=规划") == ["安徽规划院", "重庆规划院"]
    assert names("/organisations?q=bei jing") == ["北京大学"]
    assert names("/organisations?q=%25") == []
    assert 'href="/organisations.csv?verified=yes"' in client.get("/organisations?verified=yes").text
    table = client.get("/organisations.csv?verified=yes").text.splitlines()
    assert [line.split(",")[1] for line in table] == ["name", "安徽规划院", "北京大学"]
    wanted = queries.Filter(kinds=frozenset({OrganisationKind.institute}))
    kinds, verified = queries.facets(db, SYSTEM, wanted)
    assert kinds == {"institute": 2, "university": 1, "company": 1}
    assert verified == {True: 1, False: 1}


def test_paging_shows_each_once_in_order(client: Client, make: Make) -> None:
    for _n in range(43):
        make.organisation()
    seen: list[str] = []
    path: str | None = "/organisations"
    while path:
        text = client.get(path).text
        seen += re.findall(r'<a href="/organisations/(unit\d+)">', text)
        found = re.search(r'rel="next" href="([^"]+)"', text)
        path = found.group(1).replace("&amp;", "&") if found else None
    assert len(seen) == len(set(seen)) == 43
    assert seen == sorted(seen, key=lambda slug: int(slug.removeprefix("unit")))


def test_verification(client: Client, db: Session, make: Make) -> None:
    admin, secretary = make.account("管理员"), make.account("秘书", roles=("secretariat",))
    unit = make.organisation(admin=admin, verification=Verification.unverified)
    base = f"/organisations/{unit.namespace.slug}/verification"
    client.sign_in(admin)
    assert client.post(base, data={"statement": "短"}).status_code == 422
    assert client.post(base, data={"statement": STATEMENT}).status_code == 303
    assert client.post(base, data={"statement": STATEMENT}).status_code == 409
    assert client.post(f"{base}/approve").status_code == 403
    client.sign_out()
    client.sign_in(secretary)
    assert STATEMENT in client.get("/organisations/verification").text
    assert client.post(f"{base}/refuse").status_code == 422
    assert client.post(f"{base}/refuse", data={"reason": "代码不符"}).status_code == 303
    assert _fresh(db).verification is Verification.refused
    assert client.post(f"{base}/approve").status_code == 409
    actions.request_verification(db, actor_of(db, admin.id), organisation_id=unit.id, statement=STATEMENT)
    db.commit()
    assert client.post(f"{base}/approve").status_code == 303
    assert _fresh(db).verification is Verification.verified
    assert client.post(f"{base}/explode").status_code == 404
    assert client.post(f"{base}/revoke", data={"reason": "已注销"}).status_code == 303
    assert _fresh(db).verification is Verification.revoked
    told = [
        n.message for n in db.exec(select(Notice).where(Notice.account_id == admin.id).order_by(Notice.id))
    ]  # type: ignore[arg-type]
    assert len(told) == 3
    assert len(db.exec(select(Notice).where(Notice.account_id == secretary.id)).all()) == 2
    verbs = [e.verb for e in db.exec(select(AuditEvent).order_by(AuditEvent.seq))]  # type: ignore[arg-type]
    changes = [v for v in verbs if v.startswith("organisation.")]
    assert changes == [
        f"organisation.{s}" for s in ("requested", "refused", "requested", "verified", "revoked")
    ]


def test_two_organisations_cannot_be_verified_with_one_code(db: Session, make: Make) -> None:
    make.organisation(credit_code=CODE)
    second = make.organisation(credit_code=CODE, verification=Verification.requested)
    secretary = actor_of(db, make.account(roles=("secretariat",)).id)
    assert queries.awaiting_verification(db)[0].twins == 1
    with pytest.raises(Conflict):
        actions.approve(db, secretary, organisation_id=second.id)


def test_nobody_verifies_his_own_organisation(db: Session, make: Make) -> None:
    person = make.account(roles=("secretariat",))
    unit = make.organisation(admin=person, verification=Verification.requested)
    with pytest.raises(Forbidden):
        actions.approve(db, actor_of(db, person.id), organisation_id=unit.id)


@pytest.mark.parametrize(
    ("change", "kept"),
    [
        ({"name": "新的名字"}, False),
        ({"name_en": "New name"}, False),
        ({"credit_code": CODE}, False),
        ({"summary": "新的简介"}, True),
        ({"website": "https://new.example"}, True),
    ],
)
def test_a_new_name_or_code_undoes_the_verification(
    client: Client, db: Session, make: Make, change: dict[str, str], kept: bool
) -> None:
    admin, second = make.account(), make.account()
    unit = make.organisation(admin=admin)
    db.add(Membership(organisation_id=unit.id, account_id=second.id, role=MemberRole.admin))
    db.commit()
    client.sign_in(admin)
    row = unit.organisation
    values = {"name": row.name, "kind": row.kind.value, "credit_code": row.credit_code} | change
    assert client.post(f"/organisations/{unit.namespace.slug}/edit", data=values).status_code == 303
    assert (_fresh(db).verification is Verification.verified) is kept
    assert bool(db.exec(select(Notice).where(Notice.account_id == second.id)).all()) is not kept
    assert (
        db.exec(select(Namespace.display_name).where(Namespace.organisation_id == unit.id)).one()
        == values["name"]
    )


def test_nul_bytes_are_no_fault(client: Client, db: Session, make: Make) -> None:
    client.sign_in(make.account())
    for path in ("/organisations/%00", "/people/%00", "/organisations?q=%00", "/api/v1/organisations?q=%00"):
        assert client.get(path).status_code in {200, 404}, path
    assert client.post("/organisations/new", data=VALUES | {"summary": "a\x00b"}).status_code == 303
    assert _fresh(db).summary == "ab"
    assert client.post("/organisations/new", data=VALUES | {"name": "a\x00b"}).status_code == 303
    assert client.post("/settings/profile", data={"name": "x", "bio": "a\x00b"}).status_code == 303
    assert client.post("/sign-in", data={"email": "a\x00b", "password": "c\x00d"}).status_code == 422
    assert client.post("/forgot", data={"email": "a\x00b@example.org"}).status_code == 303


def test_editing_is_for_administrators(client: Client, db: Session, make: Make) -> None:
    publisher = make.account()
    unit = make.organisation(admin=make.account(), publishers=(publisher,))
    path = f"/organisations/{unit.namespace.slug}/edit"
    assert client.post(path, data=VALUES).status_code == 401
    client.sign_in(publisher)
    assert client.post(path, data=VALUES).status_code == 403
    client.sign_out()
    client.sign_in(make.account())
    assert client.post(path, data=VALUES).status_code == 403
    assert _fresh(db).name == "示例规划院"
