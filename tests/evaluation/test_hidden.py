"""What nobody must see: hidden inputs in error texts, drafts of others in refusals, withdrawn versions on boards."""

import asyncio
import uuid
from collections.abc import Callable

import pytest
from sqlalchemy import text
from sqlmodel import Session

from portal.kit.db import transaction
from portal.kit.errors import Forbidden, NotFound
from registry.evaluation import actions, tasks
from registry.evaluation.failures import words
from registry.evaluation.models import Evaluation
from registry.evaluation.queries import boards
from registry.evaluation.run.attempt import run_attempt
from registry.evaluation.run.place import Place
from registry.versions import actions as versions
from registry.versions.models import SubmissionKind, VersionState
from tests.evaluation.tiny import Scene, actor, answers
from tests.support.browser import Client

STEAL = "import sys\nsys.exit('stolen: ' + open(sys.argv[1] + '/items.csv').read().replace('\\n', ';'))\n"


@pytest.mark.parametrize("visible", [True, False])
def test_the_last_line_is_told_only_where_logs_are(
    client: Client, db: Session, scene_with: Callable[..., Scene], place: Place, visible: bool
) -> None:
    scene = scene_with(logs_visible=visible)
    evaluation_id = scene.request(scene.program(STEAL))
    asyncio.run(run_attempt(place, evaluation_id))
    evaluation = db.get_one(Evaluation, evaluation_id)
    assert evaluation.failure_code == "command_failed"
    assert ("stolen" in words("command_failed", evaluation.failure_params).text) is visible
    client.sign_in(scene.researcher)
    for address in (
        f"/evaluations/{evaluation_id}",
        f"/api/v1/evaluations/{evaluation_id}",
        "/api/v1/evaluations",
    ):
        assert ("stolen" in client.get(address).text) is visible
    owner = client.sign_in(scene.owner)
    assert "stolen" in owner.get(f"/evaluations/{evaluation_id}/log.txt").text


def test_a_draft_of_another_looks_like_nothing(scene: Scene) -> None:
    stranger = scene.make.account("别人")
    published = scene.program()
    asset = scene.db.get_one(type(scene.asset), published.asset_id)
    for n, state in enumerate(set(VersionState) - {VersionState.published, VersionState.yanked}, start=2):
        version = scene.make.version(
            asset, state=state, number=f"{n}.0.0", submission=SubmissionKind.predictions
        )
        with pytest.raises(NotFound), transaction() as db:
            _ask(db, scene, stranger, version.id)
    with pytest.raises(Forbidden), transaction() as db:
        _ask(db, scene, stranger, published.id)


def _ask(db: Session, scene: Scene, who: object, version_id: uuid.UUID) -> None:
    actions.request_evaluation(
        db,
        actor(who),  # type: ignore[arg-type]
        version_id=version_id,
        benchmark_id=scene.benchmark.id,
    )


def test_the_live_part_speaks_the_language_of_the_account(client: Client, db: Session, scene: Scene) -> None:
    scene.researcher.account.locale = "en"
    db.add(scene.researcher.account)
    db.commit()
    evaluation_id = scene.request(scene.program())
    client.sign_in(scene.researcher)
    assert client.post(f"/evaluations/{evaluation_id}/cancel").status_code == 303
    assert "Cancelled" in client.get(f"/evaluations/{evaluation_id}").text
    assert "Cancelled" in client.get(f"/evaluations/{evaluation_id}/events").text


def test_a_withdrawn_version_makes_way_for_the_next_best(db: Session, scene: Scene, place: Place) -> None:
    asset = scene.make.asset(scene.researcher)
    better = scene.predictions(answers(0.0), asset=asset)
    worse = scene.predictions(answers(1.0), asset=asset, number="2.0.0")
    for version in (better, worse):
        asyncio.run(run_attempt(place, scene.request(version)))
    tasks.board(str(scene.benchmark.id))
    assert [line.number for line in boards.lines(db, scene.benchmark.id)] == ["1.0.0"]
    db.commit()
    with transaction() as session:
        versions.yank(session, actor(scene.researcher), version_id=better.id, reason="wrong data")
    waiting = text(
        "SELECT args->>'version_id' FROM procrastinate_jobs WHERE task_name = 'evaluation.withdrawn'"
    )
    tasks.withdrawn(str(db.execute(waiting).scalar_one()))
    db.commit()
    assert [line.number for line in boards.lines(db, scene.benchmark.id)] == ["2.0.0"]
