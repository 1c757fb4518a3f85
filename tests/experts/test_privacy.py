"""Who sees what of an expert, on pages, in files, by JSON, in search, filters and counts."""

import datetime as dt

from sqlmodel import Session

from portal.experts.actions import dossier, lifecycle
from portal.experts.forms import AffiliationForm, RelationForm
from portal.experts.models import PublicField, RelationKind
from portal.kit.clock import now, shanghai
from portal.kit.db import transaction
from tests.experts.conftest import Pool
from tests.guards.test_budget import counted
from tests.support.browser import Client
from tests.support.make import Person

SECRETS = {
    PublicField.disciplines: "A05",
    PublicField.keywords: "密钥词汇",
    PublicField.titles: "甲级职称",
    PublicField.affiliations: "现任岗位",
    PublicField.former: "旧日单位",
    PublicField.languages: "fr",
    PublicField.orcid: "0000-0002-1825-0097",
    PublicField.publications: "某论文题名",
    PublicField.biography: "生平自述",
}
PRIVATE = ("张导师", "机密备注", "长期从事规划实施评估")


def filled(pool: Pool, public: list[PublicField], *, listed: bool = True) -> None:
    """An expert with something in every field; ``public`` says what is shown."""
    pool.admitted(
        pool.wen, disciplines=["A05"], keywords=SECRETS[PublicField.keywords], titles=SECRETS[PublicField.titles],
        orcid=SECRETS[PublicField.orcid], publications=SECRETS[PublicField.publications], languages=["fr"],
        biography_zh=SECRETS[PublicField.biography], listed=listed, public=public,
    )  # fmt: skip
    here = AffiliationForm(
        organisation=pool.unit.namespace.slug,
        position=SECRETS[PublicField.affiliations],
        since=dt.date(2020, 1, 1),
    )
    before = AffiliationForm(
        name=SECRETS[PublicField.former], since=dt.date(2010, 1, 1), until=dt.date(2019, 12, 31)
    )
    for person, form in ((pool.boss, here), (pool.secretary, before)):
        made = pool.do(dossier.add_affiliation, pool.wen, given=form)
        pool.do(dossier.judge_affiliation, person, affiliation_id=made.id, confirmed=True)
    relation = RelationForm(kind=RelationKind.adviser, other_name=PRIVATE[0], note=PRIVATE[1])
    pool.do(dossier.declare, pool.wen, given=relation)


def public_texts(client: Client, slug: str) -> dict[str, str]:
    """Everything public that could mention the expert."""
    paths = ["/experts", "/experts.csv", f"/experts/{slug}", "/api/v1/experts", f"/api/v1/experts/{slug}"]
    return {path: client.get(path).text for path in paths}


def hits(client: Client, pool: Pool) -> dict[str, bool]:
    """Which searches and filters find the expert, by page, by file and by JSON alike."""
    found = {}
    queries = {
        "name": "q=闻达", "title": f"q={SECRETS[PublicField.titles]}", "word": f"q={SECRETS[PublicField.keywords]}",
        "bio": f"q={SECRETS[PublicField.biography]}", "keyword": f"keyword={SECRETS[PublicField.keywords]}",
        "discipline": "discipline=A05", "above": "discipline=A",
        "organisation": f"organisation={pool.unit.namespace.slug}",
    }  # fmt: skip
    for name, query in queries.items():
        mark = f"/experts/{pool.wen.namespace.slug}"
        page = mark in client.get(f"/experts?{query}").text
        table = pool.wen.namespace.slug in client.get(f"/experts.csv?{query}").text
        data = len(client.get(f"/api/v1/experts?{query}").json()["items"]) == 1
        assert page == table == data, name
        found[name] = page
    return found


def readers(pool: Pool) -> list[Person | None]:
    colleague = pool.qiu
    pool.admitted(colleague, listed=False)
    return [None, pool.outsider, pool.boss, colleague]


NOTHING = dict.fromkeys(("title", "word", "bio", "keyword", "discipline", "above", "organisation"), False)


def test_only_what_is_allowed_is_public(client: Client, pool: Pool) -> None:
    filled(pool, [])
    slug = pool.wen.namespace.slug
    for reader in readers(pool):
        pool.enter(client, reader)
        texts = public_texts(client, slug)
        for path, text in texts.items():
            assert pool.wen.account.name in text, path
            leaked = [secret for secret in (*SECRETS.values(), *PRIVATE) if secret in text and secret != "fr"]
            assert not leaked, (path, leaked)
        assert '"languages":[]' in texts[f"/api/v1/experts/{slug}"].replace(" ", "")
        for path in ("/me/expert/relations", "/admin/experts", f"/admin/experts/{pool.expert(pool.wen).id}"):
            answer = client.get(path)
            assert PRIVATE[0] not in answer.text
            assert answer.status_code in {200, 303, 403}, path
    assert hits(client, pool) == {"name": True, **NOTHING}
    pool.enter(client, None)
    assert hits(client, pool) == {"name": True, **NOTHING}


def test_each_field_is_shown_alone(client: Client, pool: Pool, db: Session) -> None:
    filled(pool, [])
    slug = pool.wen.namespace.slug

    def show(fields: list[PublicField]) -> None:
        expert = db.merge(pool.expert(pool.wen))
        expert.public = [item.value for item in fields]
        db.add(expert)
        db.commit()

    for field, secret in SECRETS.items():
        show([field])
        shown = client.get(f"/experts/{slug}").text
        expected = "法语" if field is PublicField.languages else "城市体检" if secret == "A05" else secret
        assert expected in shown, field
        others = [s for f, s in SECRETS.items() if f is not field and s not in {"fr", "A05"} and s in shown]
        assert not others, (field, others)
    show(list(PublicField))
    assert all(hits(client, pool).values())
    assert not [s for s in PRIVATE if any(s in text for text in public_texts(client, slug).values())]


def test_unlisted_paused_and_removed_have_no_page(client: Client, pool: Pool) -> None:
    filled(pool, list(PublicField), listed=False)
    slug = pool.wen.namespace.slug

    def absent() -> None:
        for path in (f"/experts/{slug}", f"/api/v1/experts/{slug}"):
            assert client.get(path).status_code == 404
        assert slug not in client.get("/experts").text + client.get("/experts.csv").text
        assert client.get("/api/v1/experts").json()["items"] == []

    absent()
    expert = pool.expert(pool.wen)
    with transaction() as db:
        expert.listed = True
        db.merge(expert)
    assert client.get(f"/experts/{slug}").status_code == 200
    soon = shanghai(now()).date() + dt.timedelta(days=9)
    pool.do(
        lifecycle.pause_by_secretariat, pool.secretary, expert_id=expert.id, until=soon, reason="工作调动"
    )
    absent()
    pool.do(lifecycle.remove, pool.secretary, expert_id=expert.id, reason="学术不端行为")
    absent()


def test_organisation_and_secretariat_see_their_part(client: Client, pool: Pool) -> None:
    filled(pool, [])
    expert = pool.expert(pool.wen)
    pool.enter(client, pool.boss)
    seen = client.get(f"/organisations/{pool.unit.namespace.slug}/experts").text
    assert not [s for s in (*SECRETS.values(), *PRIVATE) if s in seen and s not in {"fr", "A05"}]
    pool.enter(client, pool.secretary)
    whole = client.get(f"/admin/experts/{expert.id}").text
    hidden = [s for f, s in SECRETS.items() if s not in whole and f is not PublicField.languages]
    assert hidden == []
    assert PRIVATE[0] in whole
    pool.enter(client, pool.wen)
    assert PRIVATE[0] in client.get("/me/expert/relations").text
    assert client.get("/api/v1/me/expert").json()["keywords"] == [SECRETS[PublicField.keywords]]


def test_pages_keep_their_budget(client: Client, pool: Pool) -> None:
    people = [pool.wen, pool.qiu]
    for person in people:
        pool.admitted(person)
    paths = {"/experts": 3, "/experts.csv": 2, f"/experts/{pool.wen.namespace.slug}": 4, "/advice": 2}
    for path in paths:
        client.get(path)
        with counted() as seen:
            assert client.get(path).status_code == 200
        assert len(seen) <= paths[path], (path, seen)
    expert = pool.expert(pool.wen)
    pool.enter(client, pool.secretary)
    for path, most in {
        "/admin/experts": 4,
        f"/admin/experts/{expert.id}": 10,
        "/admin/disciplines": 4,
    }.items():
        client.get(path)
        with counted() as seen:
            assert client.get(path).status_code == 200
        assert len(seen) <= most, (path, len(seen), seen)
