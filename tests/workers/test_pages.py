"""The queue for everyone, and the administrator's pages of workers."""

import csv
import io

import pytest
from sqlalchemy import text
from sqlmodel import Session

from portal.kit.db import transaction
from registry.evaluation import actions
from registry.evaluation.actions import Claimant
from registry.workers import actions as worker_actions
from registry.workers import queries
from registry.workers.models import Pace
from tests.evaluation.tiny import Scene, actor
from tests.support.browser import Client
from tests.support.make import Make
from tests.workers.support import signed_on

WHO = Claimant("host-a:1", 45.0, "strong", "p" * 64)


@pytest.fixture
def scene(db: Session, make: Make) -> Scene:
    return Scene(db, make)


def name_of(scene: Scene) -> str:
    return scene.researcher.namespace.slug


def test_strangers_see_what_waits_but_not_whose_it_is(scene: Scene, client: Client) -> None:
    evaluation_id = scene.request(scene.program())
    for path in ("/queue", "/queue.csv", "/queue?show=waiting"):
        shown = client.get(path)
        assert shown.status_code == 200
        assert name_of(scene) not in shown.text, path
        assert str(evaluation_id) not in shown.text, path
        assert scene.researcher.account.name not in shown.text, path
    assert scene.asset.title in client.get("/queue").text
    client.sign_in(scene.make.account("别人"))
    assert name_of(scene) + "/" not in client.get("/queue").text
    client.sign_out()
    client.sign_in(scene.researcher)
    assert f"/evaluations/{evaluation_id}" in client.get("/queue").text
    assert name_of(scene) + "/" in client.get("/queue.csv").text


def test_a_benchmark_that_is_not_public_has_no_name_there(scene: Scene, client: Client) -> None:
    scene.request(scene.program())
    scene.asset.is_public = False
    scene.db.add(scene.asset)
    scene.db.commit()
    assert scene.asset.title not in client.get("/queue").text
    assert scene.asset.name not in client.get("/queue.csv").text
    client.sign_in(scene.owner)
    assert scene.asset.title in client.get("/queue").text


def test_filters_and_nonsense(scene: Scene, client: Client) -> None:
    scene.request(scene.program())
    assert scene.asset.title not in client.get("/queue?show=running").text
    assert scene.asset.title not in client.get("/queue?queue=gpu").text
    assert scene.asset.title in client.get("/queue?queue=cpu&show=waiting").text
    assert client.get("/queue?show=%00'&queue=<b>&mine=1").status_code == 200
    with transaction() as db:
        assert actions.claim_next(db, WHO, queues=("cpu",)) is not None
    rows = list(csv.reader(io.StringIO(client.get("/queue.csv?show=running").text.lstrip("\ufeff"))))
    assert len(rows) == 2
    client.sign_in(scene.make.account("别人"))
    assert scene.asset.title not in client.get("/queue?mine=1").text


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_waiting_evaluation_says_where_it_stands(
    scene: Scene, client: Client, db: Session, language: str
) -> None:
    others = [scene.make.account(f"人{n}") for n in range(3)]
    for person in others:
        scene.request(scene.predictions(asset=scene.make.asset(person)), person)
    evaluation_id = scene.request(scene.program())
    db.add(Pace(benchmark_id=scene.benchmark.id, seconds=600.0, n=5))
    db.commit()
    client.sign_in(scene.researcher)
    if language == "en":
        client.post("/language", data={"locale": "en", "next": "/queue"})
    nobody = client.get(f"/evaluations/{evaluation_id}").text
    assert ("No worker serves" if language == "en" else "没有执行节点服务队列") in nobody
    signed_on()
    page = client.get(f"/evaluations/{evaluation_id}").text
    assert "No worker serves" not in page
    assert "没有执行节点服务队列" not in page
    assert ("Place 1 of 4" if language == "en" else "的 4 次等待中排第 1 位") in page
    for _ in range(2):
        with transaction() as session:
            actions.claim_next(session, WHO, queues=("cpu",))
    assert ("about" if language == "en" else "约") in client.get(f"/evaluations/{evaluation_id}").text


def test_a_stranger_never_sees_a_place(scene: Scene, client: Client) -> None:
    evaluation_id = scene.request(scene.program())
    client.sign_in(scene.make.account("别人"))
    assert client.get(f"/evaluations/{evaluation_id}").status_code == 404


def test_the_pages_of_workers_are_for_the_system_administrator(client: Client, make: Make) -> None:
    worker_id = signed_on()
    pages = ("/admin/workers", f"/admin/workers/{worker_id}")
    acts = [
        f"/admin/workers/{worker_id}/drain",
        "/admin/queue/drain",
        "/admin/queue/release",
        "/admin/queue/rule",
    ]
    assert [client.get(path).status_code for path in pages] == [303, 303]
    for roles in ((), ("auditor",), ("secretariat",), ("security_admin",)):
        client.sign_in(make.account(roles=roles))
        assert [client.get(path).status_code for path in pages] == [403, 403]
        assert [client.post(path, data={"reason": "x"}).status_code for path in acts] == [403] * 4
        client.sign_out()
    client.sign_in(make.account(roles=("system_admin",)))
    assert [client.get(path).status_code for path in pages] == [200, 200]
    assert client.get("/admin/workers/0193552a-7c1e-7a44-9d3c-4a0f6b9d2e11").status_code == 404


def test_an_administrator_drains_and_resumes(client: Client, make: Make, db: Session) -> None:
    worker_id = signed_on()
    client.sign_in(make.account(roles=("system_admin",)))
    where = f"/admin/workers/{worker_id}/drain"
    assert client.post(where, data={"reason": " "}).status_code == 422
    assert client.post(where, data={"reason": "换盘"}).status_code == 303
    assert "换盘" in client.get(f"/admin/workers/{worker_id}").text
    assert client.post(where, data={"do": "resume"}).status_code == 303
    assert client.post("/admin/queue/drain", data={"reason": "迁移机房"}).status_code == 303
    assert "迁移机房" in client.get("/queue").text
    assert client.post("/admin/queue/drain", data={"do": "resume"}).status_code == 303
    assert "迁移机房" not in client.get("/queue").text
    assert queries.may_claim(db, worker_id)


def test_an_administrator_releases_who_never_came_back(client: Client, make: Make, db: Session) -> None:
    worker_id = signed_on(station="attic")
    client.sign_in(make.account(roles=("system_admin",)))
    assert client.post(f"/admin/workers/{worker_id}/drain", data={"reason": "拆机"}).status_code == 303
    assert "/admin/queue/release" not in client.get("/admin/workers").text
    with transaction() as session:
        worker_actions.sign_off(session, worker_id)
    page = client.get("/admin/workers").text
    assert "attic" in page
    assert "拆机" in page
    assert client.post("/admin/queue/release", data={"station": "attic"}).status_code == 303
    assert client.post("/admin/queue/release", data={"station": "attic"}).status_code == 303
    assert "attic" not in client.get("/admin/workers").text
    assert queries.may_claim(db, signed_on(station="attic"))


def test_bad_figures_keep_what_was_typed(client: Client, make: Make, db: Session) -> None:
    client.sign_in(make.account(roles=("system_admin",)))
    typed = {
        "half_life_s": "nan",
        "ageing_s": "900",
        "user_running": "0",
        "user_waiting": "77",
        "reason": "试",
    }
    refused = client.post("/admin/queue/rule", data=typed)
    assert refused.status_code == 422
    assert 'value="77"' in refused.text
    assert 'value="nan"' in refused.text
    good = {**typed, "half_life_s": "3600", "user_running": "3"}
    assert client.post("/admin/queue/rule", data={**good, "reason": ""}).status_code == 422
    assert client.post("/admin/queue/rule", data=good).status_code == 303
    found = queries.rule(db)
    assert (found.half_life_s, found.user_running, found.user_waiting) == (3600.0, 3, 77)


def test_failures_are_shown_by_cause_and_period(scene: Scene, client: Client, db: Session) -> None:
    scene.request(scene.program())
    with transaction() as session:
        order = actions.claim_next(session, WHO, queues=("cpu",))
        assert order is not None
    with transaction() as session:
        actions.finish_failed(session, order.lease, "time_limit", {"time_s": "20"})
    db.execute(text("UPDATE attempt SET started_at = now() - interval '2 days'"))
    db.commit()
    client.sign_in(scene.make.account(roles=("system_admin",)))
    assert "time_limit" not in client.get("/admin/workers").text
    assert "time_limit" in client.get("/admin/workers?window=7d").text
    assert "time_limit" not in client.get("/admin/workers?window=999d").text


def test_who_may_see_is_asked_of_the_same_rule(scene: Scene, db: Session) -> None:
    from registry.evaluation.queries import queue

    scene.request(scene.program())
    stranger = scene.make.account("别人")
    people = {"owner": scene.owner, "researcher": scene.researcher, "stranger": stranger}
    seen = {name: queue.rows(db, actor(person))[0].seen for name, person in people.items()}
    assert seen == {"owner": True, "researcher": True, "stranger": False}
