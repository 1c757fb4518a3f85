"""Affiliations, relations, the taxonomy, the tree of organisations, and what goes with a closed account."""

import datetime as dt
import uuid

import pytest
from pydantic import ValidationError
from sqlmodel import Session, select

from portal.accounts import personal
from portal.accounts.actions import close_account
from portal.audit.models import AuditEvent
from portal.experts.actions import deadlines, disciplines, dossier
from portal.experts.actions.forgetting import forget_person
from portal.experts.advice import actions as advice
from portal.experts.advice import queries as advice_queries
from portal.experts.advice.forms import AskForm
from portal.experts.forms import AffiliationForm, DisciplineForm, RelationForm
from portal.experts.models import (
    Affiliation,
    AffiliationState,
    DeclaredRelation,
    Discipline,
    ExpertState,
    RelationKind,
)
from portal.experts.queries import disciplines as taxonomy
from portal.experts.queries import dossier as queries
from portal.experts.queries import pool as pool_queries
from portal.kit.db import transaction
from portal.kit.errors import Conflict, Forbidden, Invalid, NotFound
from portal.organisations import actions as organisations
from portal.organisations import queries as organisation_queries
from portal.organisations.models import LinkState, OrganisationLink
from tests.experts.conftest import Pool
from tests.support.browser import Client
from tests.support.make import Make

DAY = dt.date(2020, 5, 1)


def test_affiliations_are_confirmed_by_the_organisation(client: Client, pool: Pool) -> None:
    pool.enter(client, pool.wen)
    slug = pool.unit.namespace.slug
    data = {"organisation": slug, "position": "总工", "since": "2020-05-01"}
    assert client.post("/me/expert/affiliations", data={**data, "since": "2999-01-01"}).status_code == 422
    assert client.post("/me/expert/affiliations", data={"since": "2020-05-01"}).status_code == 422
    assert client.post("/me/expert/affiliations", data=data).status_code == 303
    assert client.post("/me/expert/affiliations", data=data).status_code == 422, "stated twice"
    found = pool.db.exec(select(Affiliation)).one()
    assert found.state is AffiliationState.claimed
    pool.enter(client, pool.boss)
    where = f"/organisations/{slug}/affiliations/{found.id}"
    other = pool.make.organisation(admin=pool.boss)
    assert (
        client.post(f"/organisations/{other.namespace.slug}/affiliations/{found.id}/confirm").status_code
        == 404
    )
    assert client.post(f"{where}/confirm").status_code == 303
    pool.enter(client, pool.wen)
    one = f"/me/expert/affiliations/{found.id}"
    assert client.post(f"{one}/withdraw").status_code == 409, "what is confirmed cannot vanish"
    assert client.post(f"{one}/end", data={"until": "2019-01-01"}).status_code == 422
    assert client.post(f"{one}/end", data={"until": "2024-06-30"}).status_code == 303
    assert dossier.ENDED in pool.told(pool.boss)
    with pytest.raises(NotFound):
        pool.do(dossier.end_affiliation, pool.qiu, affiliation_id=found.id, until=DAY)
    own = pool.do(dossier.add_affiliation, pool.boss, given=AffiliationForm(organisation=slug, since=DAY))
    with pytest.raises(Forbidden):
        pool.do(dossier.judge_affiliation, pool.boss, affiliation_id=own.id, confirmed=True)
    pool.late(own)
    with transaction() as db:
        assert deadlines.run(db) == 1
        people = [pool.wen.id, pool.boss.id]
        rows, _relations = queries.standing_of(db, people, dt.date(2023, 1, 1))
        assert {row.account_id for row in rows} == set(people), "unconfirmed statements count against oneself"
        rows, _relations = queries.standing_of(db, people, dt.date(2025, 1, 1))
        assert {row.account_id for row in rows} == {pool.boss.id}


def test_relations_are_taken_back_and_never_lost(pool: Pool) -> None:
    with pytest.raises(ValidationError):
        RelationForm(kind=RelationKind.kin)
    for slug in ("nobody-here", pool.wen.namespace.slug):
        with pytest.raises(Invalid):
            pool.do(dossier.declare, pool.wen, given=RelationForm(kind=RelationKind.kin, person=slug))
    made = pool.do(
        dossier.declare,
        pool.wen,
        given=RelationForm(kind=RelationKind.advisee, person=pool.qiu.namespace.slug),
    )
    with transaction() as db:
        assert len(queries.standing_of(db, [pool.qiu.id], DAY)[1]) == 1, "it counts for the other one, too"
    with pytest.raises(NotFound):
        pool.do(dossier.take_relation_back, pool.qiu, relation_id=made.id)
    pool.do(dossier.take_relation_back, pool.wen, relation_id=made.id)
    with transaction() as db:
        assert queries.standing_of(db, [pool.wen.id], DAY)[1] == []
    assert pool.verbs("declared_relation", made) == ["declared_relation.made", "declared_relation.taken_back"]


def test_the_taxonomy_keeps_its_codes(client: Client, pool: Pool) -> None:
    expert = pool.admitted(pool.wen, disciplines=["A05", "A04"])
    asked = pool.do(
        advice.ask,
        pool.qiu,
        given=AskForm(title="体检与评估", text="体检与评估的关系如何处理，请指教。" * 2, disciplines=["A05"]),
    )

    def save(**values: object) -> Discipline:
        found: Discipline = pool.do(
            disciplines.save,
            pool.secretary,
            given=DisciplineForm(**{"name_zh": "甲", "name_en": "a", **values}),
        )
        return found

    for wrong in ({"code": "A05", "parent": "A05"}, {"code": "X1", "parent": "A05"}, {"code": "A", "parent": "B"},
                  {"code": "X1", "parent": "Q"}):  # fmt: skip
        with pytest.raises(Invalid):
            save(**wrong)
    with pytest.raises(Forbidden):
        pool.do(disciplines.merge, pool.boss, code="A05", into="A04")
    for code, into in (("A", "B"), ("A05", "A05"), ("A05", "Q")):
        with pytest.raises((Conflict, Invalid)):
            pool.do(disciplines.merge, pool.secretary, code=code, into=into)
    pool.do(disciplines.merge, pool.secretary, code="A05", into="A04")
    with transaction() as db:
        assert pool_queries.parts_of(db, expert.id).disciplines == ["A04"]
        assert advice_queries.disciplines_of(db, asked.id) == ["A04"]
        old = taxonomy.one(db, "A05")
        assert old is not None
        assert (old.active, old.merged_into) == (False, "A04")
    pool.enter(client, pool.secretary)
    table = client.get("/admin/disciplines.csv").content
    assert client.post("/admin/disciplines/import", files={"file": ("d.csv", table)}).status_code == 303
    before = table.decode("utf-8-sig").splitlines()
    assert client.get("/admin/disciplines.csv").content.decode("utf-8-sig").splitlines() == before
    head = "code,parent,name_zh,name_en,position,active\n"
    for body, words in (
        ("code,name\nA,b\n", "name_zh"), (head + "a?,,甲,b,1,true\n", "2"),
        (head + "N1,,甲,b,1,true\nN1,,乙,c,1,true\n", "N1"),
        (head + "N1,,拟新设,new,1,true\nN2,A04,甲,b,1,true\n", "N2"),
    ):  # fmt: skip
        answer = client.post("/admin/disciplines/import", files={"file": ("d.csv", body.encode())})
        assert answer.status_code == 422
        assert words in answer.text
    assert (
        client.post("/admin/disciplines/import", files={"file": ("d.csv", b"\xff\xfe\x00")}).status_code
        == 422
    )
    assert "拟新设" not in client.get("/admin/disciplines").text, "all rows or none"
    assert (
        client.post(
            "/admin/disciplines/A04", data={"name_zh": "监测评估", "name_en": "x", "parent": "A"}
        ).status_code
        == 303
    )
    assert (
        client.post(
            "/admin/disciplines/new", data={"code": "A04", "name_zh": "a", "name_en": "b"}
        ).status_code
        == 422
    )


def test_an_empty_taxonomy_takes_the_proposed_one(client: Client, make: Make) -> None:
    secretary = make.account("秘书", roles=("secretariat",))
    client.sign_in(secretary)
    assert "采用建议分类" in client.get("/admin/disciplines").text
    for _n in range(2):
        assert client.post("/admin/disciplines/proposed").status_code == 303
    items = client.get("/api/v1/disciplines").json()["items"]
    assert len(items) == 41
    assert items[1] | {"name_en": ""} == {
        "code": "A01", "parent": "A", "name_zh": "总体规划编制", "name_en": "", "active": True, "merged_into": None,
    }  # fmt: skip


def test_the_tree_has_no_circles_and_keeps_its_history(client: Client, pool: Pool) -> None:
    boss, make = pool.boss, pool.make
    units = [make.organisation(f"单位{n}", admin=boss) for n in range(3)]
    top, middle, low = ((unit.organisation.id, unit.namespace.slug) for unit in units)

    def put(child: uuid.UUID, parent: str, since: dt.date = DAY) -> OrganisationLink:
        found: OrganisationLink = pool.do(
            organisations.set_parent,
            pool.secretary,
            organisation_id=child,
            parent=parent,
            since=since,
            statement="",
        )
        return found

    put(middle[0], top[1])
    put(low[0], middle[1])
    for child, parent in ((top[0], low[1]), (top[0], middle[1]), (low[0], low[1])):
        with pytest.raises(Invalid):
            put(child, parent)
    with pytest.raises(Conflict):
        put(low[0], middle[1], DAY + dt.timedelta(days=1))
    with pytest.raises(Conflict):
        put(low[0], top[1], DAY)
    put(low[0], top[1], dt.date(2022, 1, 1))
    with transaction() as db:
        rows = organisation_queries.links_of(db, low[0])
        assert [(row.state, row.until) for row in rows] == [
            (LinkState.in_force, None), (LinkState.ended, dt.date(2021, 12, 31)),
        ]  # fmt: skip
        assert organisation_queries.ancestors(db, low[0]) == [top[0]]
        assert len(organisation_queries.links_between(db, dt.date(2021, 6, 1))) == 3
        assert len(organisation_queries.links_between(db, dt.date(2023, 1, 1))) == 2
    pool.enter(client, boss)
    fresh = make.organisation("新所", admin=boss)
    where = f"/organisations/{fresh.namespace.slug}/tree"
    data = {"parent": low[1], "since": "2023-01-01", "statement": "三定方案"}
    assert client.post(where, data={**data, "parent": "nobody-x"}).status_code == 422
    assert client.post(where, data=data).status_code == 303
    assert client.post(where, data=data).status_code == 409
    link = pool.db.exec(select(OrganisationLink).where(OrganisationLink.state == LinkState.proposed)).one()
    assert client.post(f"{where}/{link.id}/approve").status_code == 403
    pool.enter(client, None)
    put(top[0], fresh.namespace.slug, dt.date(2023, 1, 1))
    pool.enter(client, pool.secretary)
    assert "三定方案" in client.get("/organisations/tree").text
    assert client.post(f"{where}/{link.id}/approve").status_code == 422, "meanwhile it would be a circle"
    assert client.post(f"{where}/{link.id}/refuse", data={"reason": "与现状不符"}).status_code == 303
    assert "单位0" in client.get(f"/organisations/{low[1]}").text


def test_proposals_lapse(pool: Pool, db: Session) -> None:
    unit = pool.make.organisation("附属所", admin=pool.boss)
    link = pool.do(
        organisations.propose_parent, pool.boss, organisation_id=unit.organisation.id,
        parent=pool.unit.namespace.slug, since=DAY, statement="",
    )  # fmt: skip
    pool.late(link)
    with transaction() as session:
        assert organisations.lapse_proposals(session) == 1
    db.refresh(db.merge(link))
    assert pool.verbs("organisation_link", link)[-1] == "organisation_link.lapsed"


def test_what_goes_with_a_closed_account(pool: Pool, db: Session) -> None:
    expert = pool.admitted(pool.wen)
    form = AffiliationForm(organisation=pool.unit.namespace.slug, since=DAY)
    pool.do(dossier.add_affiliation, pool.wen, given=form)
    pool.do(dossier.declare, pool.wen, given=RelationForm(kind=RelationKind.kin, other_name="某甲"))
    slug = pool.wen.namespace.slug
    pool.do(dossier.declare, pool.qiu, given=RelationForm(kind=RelationKind.coauthor, person=slug))
    request = pool.do(
        advice.ask,
        pool.wen,
        given=AskForm(title="关于覆盖率", text="请问覆盖率的口径应如何确定？请指教，谢谢。"),
    )
    with transaction() as session:
        parts = {part.name: list(part.collect(session, pool.wen.id)) for part in personal.parts()}
    assert parts["expert"][0]["titles"] == "教授级高级工程师"
    assert len(parts["affiliations"]) == 2
    assert parts["advice"][0]["title"] == "关于覆盖率"
    pool.do(close_account, pool.wen)
    with transaction() as session:
        advice.forget_person(session, account_id=pool.wen.id)
    pool.do(forget_person, None, account_id=pool.wen.id)
    found = pool.expert(pool.wen)
    assert (found.state, found.titles, found.public, found.listed) == (ExpertState.withdrawn, "", [], False)
    db.expire_all()
    assert db.exec(select(Affiliation)).all() == []
    left = db.exec(select(DeclaredRelation)).one()
    assert (left.other_account_id, left.other_name) == (None, queries.CLOSED)
    assert pool.verbs("advice_request", request)[-1] == "advice_request.withdrawn"
    assert pool.verbs("expert", expert)[-1] == "expert.forgotten"
    forgotten = select(AuditEvent.object_type).where(AuditEvent.verb == "affiliation.forgotten")
    assert db.exec(forgotten).all() == ["affiliation"]
