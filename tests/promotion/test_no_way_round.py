"""Gates at the one door with really stored evidence, and two at the door at once."""

import re
import threading
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import text
from sqlmodel import select

from portal.kit.actor import SYSTEM
from portal.kit.db import transaction
from portal.reviews.publicity.actions import notices
from portal.reviews.publicity.models import PublicNotice
from portal.reviews.rounds.models import Round, RoundState, Submission, SubmissionState
from portal.reviews.rounds.shipped import templates
from portal.reviews.scores.models import RunState, ScoreRun
from portal.reviews.scores.results import Result as Computed
from portal.reviews.scores.results import Row
from registry.benchmarks import actions as benchmarks
from registry.certification.models import Level
from registry.promotion.actions import moving
from registry.promotion.actions.moving import GateUnmet
from registry.promotion.gates import KINDS
from registry.promotion.models import PromotionStep, Stage
from registry.promotion.queries import gathering
from registry.versions.models import SubmissionKind
from tests.evaluation.tiny import HIDDEN, Scene, manifest, tree
from tests.exchange.conftest import accept
from tests.promotion.conftest import REASON, UNMET, Desk
from tests.support.browser import Client
from tests.support.waiting import wait_for_waiting


def measured(desk: Desk, rmse: float) -> str:
    """Store an accepted result (the interval is the value and a quarter on both sides), each on the next version of one
    benchmark. Returns the benchmark's name."""
    scene: Scene | None = getattr(desk, "scene", None)
    if scene is None:
        scene = Scene(desk.db, desk.make)
    else:
        number = f"{int(scene.base.number[0]) + 1}.0.0"
        scene.base = desk.make.version(
            scene.asset, tree(manifest()), submission=SubmissionKind.files, hidden=HIDDEN, number=number
        )
        with transaction() as db:
            found = benchmarks.register(db, SYSTEM, version_id=scene.base.id)
        assert found is not None
        scene.benchmark = found
    desk.scene = scene  # type: ignore[attr-defined]
    accept(desk.db, scene, desk.version, rmse=rmse, hits=0.5)
    return f"{scene.owner.namespace.slug}/{scene.asset.name}"


def reviewed(desk: Desk, outcome: str, *, mean: float = 71.5, vetoes: int = 0) -> None:
    """A concluded round with the version in it."""
    round_ = Round(
        title_zh="推广评审", created_by=desk.secretary.id, shape=templates()[0].shape.model_dump(mode="json"),
        state=RoundState.concluded,
    )  # fmt: skip
    desk.db.add(round_)
    desk.db.flush()
    entered = Submission(
        round_id=round_.id, number=1, title="地表覆盖", subject_kind="version", subject_id=desk.version.id,
        outcome=outcome, state=SubmissionState.decided,
    )  # fmt: skip
    row = Row(number=1, reviews=3, mean=mean, vetoes={"merit": vetoes} if vetoes else {})
    result = Computed(adjusted=True, level=0.95, rows=(row,))
    run = ScoreRun(round_id=round_.id, state=RunState.done, result=result.model_dump(mode="json"))
    desk.db.add_all([entered, run])
    desk.db.commit()


def _pickle(desk: Desk, *, there: bool) -> None:
    desk.version.executable_format = there
    desk.db.add(desk.version)
    desk.db.commit()


Step = Callable[[Desk, uuid.UUID], Any]
DOOR: dict[str, tuple[dict[str, Any], list[Step], Step]] = {
    "certified": (
        {"level": "rollout"},
        [lambda _desk, _key: None, lambda desk, _key: desk.certify(Level.pilot)],
        lambda desk, _key: desk.certify(Level.rollout),
    ),
    "benchmarks": (
        {"metric": "rmse", "threshold": 1.5},
        [lambda _desk, _key: None, lambda desk, _key: measured(desk, 1.3)],
        lambda desk, _key: measured(desk, 1.25),
    ),
    "review": (
        {"mean": 60},
        [
            lambda _desk, _key: None,
            lambda desk, _key: reviewed(desk, "declined"),
            lambda desk, _key: reviewed(desk, "accepted", mean=59.9),
            lambda desk, _key: reviewed(desk, "accepted", vetoes=1),
        ],
        lambda desk, _key: reviewed(desk, "accepted"),
    ),
    "pilot_sites": (
        {"sites": 2},
        [lambda desk, key: desk.site(key, "甲市"), lambda desk, key: desk.site(key, "丙市", None)],
        lambda desk, key: desk.site(key, "乙市"),
    ),
    "notice": (
        {},
        [lambda _desk, _key: None],
        lambda desk, key: desk.announced(key),
    ),
    "not_pickle": (
        {},
        [lambda desk, _key: _pickle(desk, there=True)],
        lambda desk, _key: _pickle(desk, there=False),
    ),
}
"""Kind -> its thresholds, evidence that is not enough, evidence that is."""


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_kind_blocks_and_passes_at_the_door(desk: Desk, kind: str) -> None:
    values, short, enough = DOOR[kind]
    key = desk.nominate()
    if kind == "benchmarks":
        values = values | {"benchmark": measured(desk, 9.0)}
    desk.rules(key, {"pilot_assessed": [{"code": "g", "kind": kind, **values}]})
    desk.put(key, Stage.pilot)
    for bring in short:
        bring(desk, key)
        with pytest.raises(GateUnmet):
            desk.advance(key, Stage.pilot_assessed)
        assert desk.stage(key) is Stage.pilot
    enough(desk, key)
    desk.advance(key, Stage.pilot_assessed)
    assert desk.stage(key) is Stage.pilot_assessed
    step = desk.db.exec(select(PromotionStep).where(PromotionStep.promotion_id == key)).all()[-1]
    assert [(gate["code"], gate["met"]) for gate in step.gates] == [("g", True)]


def test_what_was_measured_is_read_from_the_newest_public_result(desk: Desk) -> None:
    key = desk.nominate()
    assert gathering.measured(desk.db, desk.row(key)) == ()
    name = measured(desk, 1.3)
    measured(desk, 1.25)
    found = {fact.metric: fact for fact in gathering.measured(desk.db, desk.row(key))}
    assert set(found) == {"rmse", "hits"}
    rmse, hits = found["rmse"], found["hits"]
    assert (rmse.benchmark, rmse.primary, rmse.low, rmse.high, rmse.bound) == (name, True, 1.0, 1.5, 1.5)
    assert rmse.reaches(1.5)
    assert not rmse.reaches(1.49), "the mean reaches it, the worse end does not"
    assert (hits.primary, hits.bound) == (False, 0.25)
    assert hits.reaches(0.25)
    assert not hits.reaches(0.26)


def test_two_at_once_move_it_one_stage(desk: Desk, application: FastAPI) -> None:
    key = desk.nominate()
    desk.rules(key, {})
    desk.put(key, Stage.reviewed)
    before = len(_steps(desk, key))
    clients = [Client(application), Client(application)]
    for client, member in zip(clients, desk.committee, strict=False):
        client.sign_in(member)
    answers: list[int] = []

    def press(client: Client) -> None:
        data = {"target": "pilot", "reason": REASON}
        answers.append(client.post(f"/promotions/{key}/advance", data=data).status_code)

    threads = [threading.Thread(target=press, args=(client,)) for client in clients]
    with transaction() as db:
        db.execute(text("SELECT 1 FROM promotion WHERE id = :key FOR UPDATE"), {"key": key})
        for thread in threads:
            thread.start()
        wait_for_waiting(desk.db, 2, "%promotion%")
    for thread in threads:
        thread.join(20)
    assert sorted(answers) == [303, 409]
    assert desk.stage(key) is Stage.pilot
    log = _steps(desk, key)
    assert len(log) == before + 1
    assert [step.number for step in log] == list(range(1, len(log) + 1))


def _steps(desk: Desk, key: uuid.UUID) -> list[PromotionStep]:
    desk.db.expire_all()
    found = select(PromotionStep).where(PromotionStep.promotion_id == key)
    return list(desk.db.exec(found.order_by(PromotionStep.number)))  # type: ignore[arg-type]


def test_a_cancelled_notice_is_put_up_again(desk: Desk, client: Client) -> None:
    key = desk.nominate()
    desk.rules(key, {"national": [{"code": "n", "kind": "notice"}]})
    desk.put(key, Stage.regional)
    desk.advance(key, Stage.notice)
    client.sign_in(desk.secretary)
    page = f"/promotions/{key}"
    again = {"reason": "更正公示内容后重新公示。"}
    assert "重新公示" not in client.get(page).text
    assert client.post(f"{page}/announce", data=again).status_code == 409, "one is running"
    first = desk.db.exec(select(PublicNotice).where(PublicNotice.subject_id == key)).one()
    desk.do(notices.cancel, desk.secretary, notice_id=first.id, reason="公示内容有误，予以撤销。")
    assert "重新公示" in client.get(page).text
    empty = client.post(f"{page}/announce", data={"reason": " "})
    assert empty.status_code == 422
    deadline = desk.row(key).deadline_at
    assert client.post(f"{page}/announce", data=again).status_code == 303
    assert (desk.stage(key), desk.row(key).deadline_at) == (Stage.notice, deadline)
    assert len(desk.db.exec(select(PublicNotice).where(PublicNotice.subject_id == key)).all()) == 2
    with pytest.raises(GateUnmet):
        desk.advance(key, Stage.national)
    client.sign_out()
    client.sign_in(desk.committee[0])
    assert client.post(f"{page}/announce", data=again).status_code == 403


def test_what_was_typed_is_shown_again(desk: Desk, client: Client) -> None:
    key = desk.nominate()
    desk.rules(key, {"qualified": [UNMET]})
    client.sign_in(desk.secretary)
    page = f"/promotions/{key}"
    words = "材料齐全，同意进入下一阶段。"
    unmet = client.post(f"{page}/advance", data={"target": "qualified", "reason": words})
    assert (unmet.status_code, words in unmet.text) == (409, True)
    short = client.post(f"{page}/advance", data={"target": "qualified", "reason": "好"})
    assert (short.status_code, ">好</textarea>" in short.text) == (422, True)
    client.sign_out()
    desk.rules(key, {"qualified": [UNMET | {"overridable": True}]})
    client.sign_in(desk.committee[0])
    vote = client.post(f"{page}/vote", data={"reason": words})
    assert (vote.status_code, words in vote.text) == (422, True)
    vote = client.post(f"{page}/vote", data={"reason": "好", "choice": "for"})
    assert vote.status_code == 422
    assert re.search(r'value="for" checked', vote.text)


def test_votes_that_passed_a_gate_stand_in_the_history(desk: Desk, client: Client) -> None:
    plain, voted = desk.nominate(), desk.nominate(desk.make.version(desk.asset, number="2.0.0"))
    desk.rules(plain, {})
    desk.advance(plain, Stage.qualified)
    desk.rules(voted, {"qualified": [{"code": "g", "kind": "benchmarks"}]})
    for member in desk.committee:
        desk.do(moving.vote, member, promotion_id=voted, in_favour=True, reason="基准尚在编制，先行办理。")
    desk.advance(voted, Stage.qualified)
    desk.put(voted, Stage.rolled_back)
    every = client.get("/promotions/history").text
    assert str(plain) in every
    assert "基准尚在编制，先行办理。" in every
    only = client.get("/promotions/history?tab=votes").text
    assert (str(plain) in only, str(voted) in only) == (False, True)
    assert "g,3,0" in client.get("/promotions/history.csv?tab=votes").text
    assert len(client.get("/promotions/history.csv").text.splitlines()) == 5
    desk.asset.withheld = True
    desk.db.add(desk.asset)
    desk.db.commit()
    assert str(voted) not in client.get("/promotions/history").text
