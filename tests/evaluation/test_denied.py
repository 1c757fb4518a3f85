"""What the sandbox refuses a submission: from the records to the attempt, the statement, page, API and criterion."""

import pytest
from sqlmodel import Session, select

from registry.assets.models import Asset
from registry.certification.queries import gathering
from registry.evaluation.models import Attempt, Evaluation, EvaluationState, ResultStatement
from registry.evaluation.run.place import Place
from registry.sandbox import denials
from registry.versions.models import Version
from tests.evaluation.test_failures import HEAD, WRITE, run
from tests.evaluation.tiny import Scene
from tests.support.browser import Client
from tests.support.make import Make

TRIES = HEAD + (
    "import ctypes, socket\n"
    "for _ in range(3):\n    try: socket.create_connection(('192.0.2.1', 80), 1)\n    except OSError: pass\n"
    "ctypes.CDLL(None).ptrace(0, 0, 0, 0)\n"
)
HEARD = pytest.mark.skipif(
    denials.ear() is None, reason="the kernel's audit records do not reach this process"
)


def facts(db: Session, version: Version) -> gathering.Facts:
    asset = db.get_one(Asset, version.asset_id)
    return gathering.gather(db, db.get_one(Version, version.id), asset, "x", None)


@HEARD
def test_counts_reach_everything_that_shows_them(
    db: Session, scene: Scene, place: Place, client: Client, make: Make
) -> None:
    version = scene.program(TRIES + WRITE)
    evaluation_id = scene.request(version)
    run(place, evaluation_id)
    db.expire_all()
    assert db.get_one(Evaluation, evaluation_id).state is EvaluationState.done
    attempt = db.exec(select(Attempt)).one()
    assert attempt.denied == {
        "network": 3, "other": 1, "calls": {"socket": 3, "ptrace": 1}, "whole": True
    }  # fmt: skip
    (stated,) = db.exec(select(ResultStatement)).all()
    assert stated.envelope["payload"]
    (fact,) = facts(db, version).runs
    assert (fact.denied, fact.network, fact.whole) == (4, 3, True)
    # Which calls is told to readers of the log only.
    for person, named in ((scene.researcher, True), (make.account(), False)):
        client.sign_in(person)
        page = client.get(f"/evaluations/{evaluation_id}").text
        assert "联网尝试 3 次，其他调用 1 次" in page
        assert ("(socket 3, ptrace 1)" in page) is named
        client.sign_out()
    client.sign_in(scene.researcher)
    api = client.get(f"/api/v1/evaluations/{evaluation_id}").json()["result"]["denied"]
    assert api == {"network": 3, "other": 1, "whole": True}


@HEARD
def test_a_failed_attempt_keeps_its_counts(db: Session, scene: Scene, place: Place) -> None:
    evaluation_id = scene.request(scene.program(TRIES + "raise SystemExit(4)\n"))
    run(place, evaluation_id)
    db.expire_all()
    attempt = db.exec(select(Attempt)).one()
    assert attempt.denied is not None
    assert attempt.denied["network"] == 3


def test_where_nothing_is_heard_nothing_is_claimed(
    db: Session, scene: Scene, place: Place, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(place.backend, "_ear", None)
    version = scene.program(TRIES + WRITE)
    evaluation_id = scene.request(version)
    run(place, evaluation_id)
    db.expire_all()
    assert db.exec(select(Attempt)).one().denied is None
    (fact,) = facts(db, version).runs
    assert fact.denied is None
    client.sign_in(scene.researcher)
    assert "未记录" in client.get(f"/evaluations/{evaluation_id}").text
    assert client.get(f"/api/v1/evaluations/{evaluation_id}").json()["result"]["denied"] is None
