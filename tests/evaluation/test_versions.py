"""A new version of a benchmark: the standing entries are evaluated anew, and both boards stand side by side."""

import asyncio
import uuid
from dataclasses import dataclass

import pytest
from sqlmodel import Session, col, select

from portal.kit.actor import SYSTEM
from portal.kit.db import transaction
from portal.kit.errors import Conflict, Forbidden
from registry.benchmarks import actions as benchmarks
from registry.benchmarks.models import BenchmarkVersion
from registry.evaluation.actions.boards import refresh
from registry.evaluation.actions.reruns import LOW, re_evaluate
from registry.evaluation.models import Evaluation, EvaluationState
from registry.evaluation.queries import requests
from registry.evaluation.run.attempt import run_attempt
from registry.evaluation.run.place import Place
from registry.versions.models import SubmissionKind, Version
from tests.evaluation.tiny import HIDDEN, Scene, actor, answers, manifest, tree
from tests.guards.test_budget import counted
from tests.support.browser import Client


@dataclass
class Two:
    """A benchmark with two versions; two assets stand on the board of the first."""

    scene: Scene
    old: uuid.UUID
    new: uuid.UUID
    versions: list[Version]
    url: str


def run_all(db: Session, place: Place, benchmark_id: uuid.UUID) -> None:
    waiting = select(Evaluation.id).where(
        Evaluation.benchmark_id == benchmark_id, Evaluation.state == EvaluationState.queued
    )
    for key in db.exec(waiting.order_by(col(Evaluation.id))).all():
        asyncio.run(run_attempt(place, key))
    with transaction() as session:
        refresh(session, benchmark_id=benchmark_id)
    db.expire_all()


@pytest.fixture
def two(db: Session, scene: Scene, place: Place) -> Two:
    versions = [scene.predictions(answers(1.0)), scene.predictions(answers(3.0))]
    for version in versions:
        scene.request(version)
    run_all(db, place, scene.benchmark.id)
    harder = tree(manifest(accepts=["predictions", "program"], model_io=None))
    harder["labels/labels.csv"] = harder["labels/labels.csv"].replace(b"i5,10\n", b"i5,13\n")
    base = scene.make.version(
        scene.asset, harder, submission=SubmissionKind.files, hidden=HIDDEN, number="2.0.0"
    )
    with transaction() as session:
        new = benchmarks.register(session, SYSTEM, version_id=base.id)
        assert new is not None
        key = new.id
    db.expire_all()
    url = f"/benchmarks/{scene.owner.namespace.slug}/{scene.asset.name}"
    return Two(scene, scene.benchmark.id, key, versions, url)


def ask(two: Two) -> tuple[int, int, int]:
    with transaction() as session:
        found = re_evaluate(session, actor(two.scene.owner), benchmark_id=two.new)
    return found.created, found.entries, found.missing


def test_standing_entries_are_evaluated_once_at_low_priority_for_nobodys_quota(
    db: Session, two: Two, place: Place
) -> None:
    assert ask(two) == (2, 2, 0)
    assert ask(two) == (0, 2, 0)
    rows = db.exec(select(Evaluation).where(Evaluation.benchmark_id == two.new)).all()
    assert {row.version_id for row in rows} == {version.id for version in two.versions}
    assert {row.priority for row in rows} == {LOW}
    assert {row.submitted_by for row in rows} == {two.scene.researcher.id}
    assert requests.used(db, two.scene.researcher.id, two.new) == requests.Used(0, 0)
    run_all(db, place, two.new)
    assert {row.state for row in rows} == {EvaluationState.done}
    assert ask(two) == (0, 2, 0)


def test_what_was_cancelled_is_queued_again_and_what_does_not_fit_is_left(db: Session, two: Two) -> None:
    assert ask(two)[0] == 2
    first = db.exec(select(Evaluation).where(Evaluation.benchmark_id == two.new)).first()
    assert first is not None
    first.state = EvaluationState.cancelled
    other = db.get_one(Version, two.versions[0].id)
    db.commit()
    assert ask(two) == (1, 2, 0)
    other.submission = SubmissionKind.model
    db.commit()
    with transaction() as session:
        found = re_evaluate(session, actor(two.scene.owner), benchmark_id=two.new)
    assert (found.unfit, found.created) == (1, 0)


def test_only_the_owner_and_only_the_latest_open_version(db: Session, two: Two) -> None:
    with pytest.raises(Forbidden), transaction() as session:
        re_evaluate(session, actor(two.scene.researcher), benchmark_id=two.new)
    with pytest.raises(Conflict), transaction() as session:
        re_evaluate(session, actor(two.scene.owner), benchmark_id=two.old)
    with transaction() as session:
        benchmark = session.get_one(BenchmarkVersion, two.new)
        benchmarks.close(session, actor(two.scene.owner), benchmark, two.scene.asset, reason="x")
    with pytest.raises(Conflict), transaction() as session:
        re_evaluate(session, actor(two.scene.owner), benchmark_id=two.new)


def test_both_boards_stand_side_by_side_and_the_old_one_is_frozen(
    db: Session, two: Two, place: Place, client: Client
) -> None:
    api = f"/api/v1{two.url}/re-evaluate"
    assert client.post(api).status_code == 401
    assert client.post(f"{two.url}/re-evaluate").status_code == 401
    client.sign_in(two.scene.researcher)
    assert client.post(f"{two.url}/re-evaluate").status_code == 403
    assert client.get(api).status_code == 403
    client.sign_out()
    client.sign_in(two.scene.owner)
    assert "尚未请求 2" in client.get(f"{two.url}/leaderboard/versions").text
    assert client.get(api).json()["missing"] == 2
    assert client.post(f"{two.url}/re-evaluate").status_code == 303
    answer = client.post(api)
    assert answer.status_code == 202
    assert (answer.json()["created"], answer.json()["active"]) == (0, 2)
    run_all(db, place, two.new)
    client.sign_out()
    page = client.get(f"{two.url}/leaderboard/versions")
    assert page.status_code == 200
    assert page.text.count("<tr>") == 3
    assert "re-evaluate" not in page.text
    old = client.get(f"{two.url}/leaderboard?version=1.0.0")
    assert "已冻结" in old.text
    assert "已冻结" not in client.get(f"{two.url}/leaderboard").text
    assert client.get(f"{two.url}/leaderboard/versions?old=9.9.9").status_code == 404


def test_two_boards_cost_the_same_whatever_their_length(two: Two, client: Client) -> None:
    client.sign_in(two.scene.owner)
    path = f"{two.url}/leaderboard/versions"
    client.get(path)
    with counted() as statements:
        assert client.get(path).status_code == 200
    assert len(statements) <= 12, statements
