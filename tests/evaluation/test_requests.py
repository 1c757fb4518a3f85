"""Asking for evaluations: who, what, how often; also by many at once."""

import datetime as dt
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import text
from sqlmodel import Session, select

from portal.kit.actor import NOBODY, SYSTEM, Actor
from portal.kit.clock import now
from portal.kit.db import transaction
from portal.kit.errors import Conflict, Forbidden, Invalid, NotFound, Refusal, TooMany
from registry.benchmarks import actions as benchmarks
from registry.evaluation import actions, policy
from registry.evaluation.models import Evaluation, EvaluationState
from registry.evaluation.queries import lists, requests
from registry.versions.models import SubmissionKind, VersionState
from tests.evaluation.tiny import HIDDEN, Scene, actor, manifest, tree


def ask(
    scene: Scene, version_id: uuid.UUID, who: Actor | None = None, benchmark_id: uuid.UUID | None = None
) -> uuid.UUID:
    with transaction() as db:
        return actions.request_evaluation(
            db,
            who or actor(scene.researcher),
            version_id=version_id,
            benchmark_id=benchmark_id or scene.benchmark.id,
        ).id


def test_the_same_pair_gives_the_standing_one(db: Session, scene: Scene) -> None:
    version = scene.program()
    assert ask(scene, version.id) == ask(scene, version.id)
    assert len(db.exec(select(Evaluation)).all()) == 1


def test_after_a_failure_the_pair_may_be_asked_again(db: Session, scene: Scene) -> None:
    version = scene.program()
    first = ask(scene, version.id)
    with transaction() as session:
        actions.cancel(session, actor(scene.researcher), evaluation_id=first)
    assert ask(scene, version.id) != first


def test_who_may_not(scene: Scene) -> None:
    version = scene.program()
    other = scene.make.account("别人")
    with pytest.raises(Forbidden):
        ask(scene, version.id, NOBODY)
    with pytest.raises(Forbidden):
        ask(scene, version.id, actor(other))
    with pytest.raises(NotFound):
        ask(scene, uuid.uuid4())
    with pytest.raises(NotFound):
        ask(scene, version.id, benchmark_id=uuid.uuid4())


def test_a_strangers_draft_is_not_even_there(scene: Scene) -> None:
    draft = scene.program(state=VersionState.draft)
    with pytest.raises(NotFound):
        ask(scene, draft.id, actor(scene.make.account("别人")))
    with pytest.raises(Conflict):
        ask(scene, draft.id)


@pytest.mark.parametrize("state", [s for s in VersionState if s is not VersionState.published])
def test_only_published_versions(scene: Scene, state: VersionState) -> None:
    version = scene.program()
    version.state = state
    scene.db.add(version)
    scene.db.commit()
    with pytest.raises(Conflict):
        ask(scene, version.id)


def test_kinds_and_runtimes_are_checked_in_words(scene_with: Callable[..., Scene]) -> None:
    scene = scene_with(accepts=["predictions"])
    with pytest.raises(Invalid, match="程序"):
        ask(scene, scene.program().id)
    with pytest.raises(Invalid):
        ask(scene, scene.submission(SubmissionKind.files, {"a": b"b"}).id)
    scene = scene_with()
    version = scene.program()
    version.runtime = "cuda-py311"
    scene.db.add(version)
    scene.db.commit()
    with pytest.raises(Invalid, match="cuda-py311"):
        ask(scene, version.id)


def test_closed_superseded_and_withdrawn_benchmarks(db: Session, scene: Scene) -> None:
    version = scene.program()
    with transaction() as session:
        benchmark = session.get_one(type(scene.benchmark), scene.benchmark.id)
        benchmarks.close(session, actor(scene.owner), benchmark, scene.asset, reason="over")
    with pytest.raises(Conflict):
        ask(scene, version.id)
    with transaction() as session:
        benchmark = session.get_one(type(scene.benchmark), scene.benchmark.id)
        benchmarks.reopen(session, actor(scene.owner), benchmark, scene.asset)
    newer = scene.make.version(
        scene.asset, tree(manifest()), submission=SubmissionKind.files, hidden=HIDDEN, number="1.1.0"
    )
    with transaction() as session:
        benchmarks.register(session, SYSTEM, version_id=newer.id)
    with pytest.raises(Conflict, match="取代"):
        ask(scene, version.id)


def test_quota_per_day_and_in_all(db: Session, scene_with: Callable[..., Scene]) -> None:
    scene = scene_with(quota={"per_day": 2, "total": 3})
    first = ask(scene, scene.program().id)
    ask(scene, scene.program().id)
    with pytest.raises(TooMany, match="今天"):
        ask(scene, scene.program().id)
    yesterday = now() - dt.timedelta(days=1)
    db.execute(
        text("UPDATE evaluation SET created_at = :then WHERE id = :id"), {"then": yesterday, "id": first}
    )
    db.commit()
    ask(scene, scene.program().id)
    db.execute(text("UPDATE evaluation SET created_at = :then"), {"then": yesterday})
    db.commit()
    with pytest.raises(TooMany, match="全部"):
        ask(scene, scene.program().id)
    with transaction() as session:
        actions.cancel(session, actor(scene.researcher), evaluation_id=first)
    ask(scene, scene.program().id)


def test_the_day_begins_at_midnight_in_shanghai() -> None:
    began = requests.today_began()
    assert began.utcoffset() == dt.timedelta(hours=8)
    assert (began.hour, began.minute) == (0, 0)
    assert dt.timedelta(0) <= now() - began < dt.timedelta(days=1)


def test_quota_holds_when_many_ask_at_once(db: Session, scene_with: Callable[..., Scene]) -> None:
    scene = scene_with(quota={"per_day": 3, "total": 50})
    versions = [scene.predictions().id for _ in range(10)]

    def one(version_id: uuid.UUID) -> bool:
        try:
            ask(scene, version_id)
        except Refusal:
            return False
        return True

    with ThreadPoolExecutor(10) as pool:
        assert sum(pool.map(one, versions)) == 3
    assert len(db.exec(select(Evaluation)).all()) == 3


def test_the_same_pair_asked_by_many_at_once_is_one(db: Session, scene: Scene) -> None:
    version_id = scene.predictions().id
    with ThreadPoolExecutor(10) as pool:
        ids = set(pool.map(lambda _n: ask(scene, version_id), range(20)))
    assert len(ids) == 1
    assert len(db.exec(select(Evaluation)).all()) == 1
    waiting = text("SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'evaluation.run'")
    assert db.execute(waiting).scalar() == 1


def test_visibility_in_sql_and_in_the_policy_agree(db: Session, scene_with: Callable[..., Scene]) -> None:
    scene = scene_with(quota={"per_day": 50, "total": 50})
    ids = [ask(scene, scene.predictions().id) for _ in EvaluationState]
    for evaluation_id, state in zip(ids[:5], list(EvaluationState)[:5], strict=True):
        db.execute(
            text("UPDATE evaluation SET state = :s WHERE id = :id"), {"s": state.value, "id": evaluation_id}
        )
    db.commit()
    readers = [
        NOBODY,
        SYSTEM,
        actor(scene.researcher),
        actor(scene.owner),
        actor(scene.make.account("路人")),
        actor(scene.make.account("秘书"), roles=("secretariat",)),
    ]
    for public in (True, False):
        scene.asset.is_public = public
        db.add(scene.asset)
        db.commit()
        for reader in readers:
            listed = {row.id for row in lists.page_of(db, reader, size=50)}
            for evaluation_id in ids:
                facts = lists.facts(db, evaluation_id)
                assert facts is not None
                assert (evaluation_id in listed) == policy.can_see(reader, facts), (reader.name, facts)


def test_logs_are_for_the_submitter_where_the_owner_says_so(scene_with: Callable[..., Scene]) -> None:
    for visible in (True, False):
        scene = scene_with(logs_visible=visible)
        evaluation_id = ask(scene, scene.program().id)
        facts = lists.facts(scene.db, evaluation_id)
        assert facts is not None
        phases = policy.visible_log_phases
        assert phases(actor(scene.researcher), facts) == (frozenset({"predict"}) if visible else frozenset())
        assert phases(actor(scene.owner), facts) == {"predict", "score"}
        assert phases(actor(scene.make.account("路人")), facts) == frozenset()
        assert phases(NOBODY, facts) == frozenset()
