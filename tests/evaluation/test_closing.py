"""Closing, reopening and publishing labels by the API: who may, what follows what, and what is never taken back."""

import pytest
from sqlmodel import Session, col, select

from portal.audit.models import AuditEvent
from portal.kit.db import transaction
from registry.benchmarks.models import BenchmarkVersion
from registry.benchmarks.queries import files_of
from tests.evaluation.tiny import Scene
from tests.support.browser import Client

VERBS = ("close", "reopen", "publish-labels")


@pytest.fixture
def base(scene: Scene) -> str:
    return f"/api/v1/benchmarks/{scene.owner.namespace.slug}/{scene.asset.name}/versions"


def test_only_publishers_of_the_namespace_may(client: Client, db: Session, scene: Scene, base: str) -> None:
    admin = scene.make.account("管理员", roles=("system_admin",))
    for person, status in ((None, 401), (scene.researcher, 403), (admin, 403)):
        if person is not None:
            client.sign_in(person)
        for verb in VERBS:
            answer = client.post(f"{base}/1.0.0/{verb}", json={"reason": "x"})
            assert answer.status_code == status, (verb, answer.text)
    row = db.get_one(BenchmarkVersion, scene.benchmark.id)
    assert (row.closed_at, row.labels_public_at) == (None, None)
    client.sign_in(scene.owner)
    for verb in VERBS:
        assert client.post(f"{base}/9.9.9/{verb}", json={}).status_code == 404


def test_one_after_the_other_and_never_back(client: Client, db: Session, scene: Scene, base: str) -> None:
    client.sign_in(scene.owner)
    here = f"{base}/1.0.0"
    assert client.post(f"{here}/reopen").status_code == 409, "it is open"
    ranking = client.post(f"{here}/publish-labels", json={})
    assert ranking.status_code == 409
    assert ranking.json()["detail"]

    closed = client.post(f"{here}/close", json={"reason": " 赛事结束 "})
    assert closed.status_code == 200
    assert (closed.json()["open"], closed.json()["version"]) == (False, "1.0.0")
    assert client.post(f"{here}/close", json={"reason": "again"}).status_code == 409
    assert client.post(f"{here}/reopen").json()["open"] is True
    assert client.post(f"{here}/reopen").status_code == 409
    assert client.post(f"{here}/close", json={}).status_code == 200

    for body in ({"reason": "x" * 1001}, {"reason": "a\0b"}, {"reason": 1}, {"why": "x"}):
        assert client.post(f"{here}/publish-labels", json=body).status_code == 422
    done = client.post(f"{here}/publish-labels", json={"reason": "供复现"})
    assert done.status_code == 200
    assert done.json()["labels_public_at"]
    assert client.post(f"{here}/publish-labels", json={}).status_code == 409
    assert client.post(f"{here}/reopen").status_code == 409, "known labels never rank again"
    with transaction() as session:
        assert not files_of(session, scene.base.id, hidden=True)
    events = db.exec(
        select(AuditEvent)
        .where(AuditEvent.object_id == str(scene.benchmark.id))
        .order_by(col(AuditEvent.seq))
    ).all()
    kept = [(row.verb, row.reason) for row in events if row.verb != "benchmark.registered"]
    assert kept == [
        ("benchmark.closed", "赛事结束"),
        ("benchmark.reopened", None),
        ("benchmark.closed", None),
        ("benchmark.labels_published", "供复现"),
    ]
