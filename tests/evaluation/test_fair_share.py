"""Who goes next: shares, classes, ageing, limits; and that claims at the same time never clash."""

import datetime as dt
import random
import uuid
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import text
from sqlmodel import Session, select

from portal.kit.clock import now
from portal.kit.db import transaction
from portal.kit.errors import Forbidden, Invalid, TooMany
from registry.evaluation import actions
from registry.evaluation.models import Evaluation
from registry.evaluation.queries import claims
from registry.evaluation.queries.orders import Order
from registry.workers import actions as workers
from registry.workers import queries as rules
from registry.workers.forms import RuleForm
from registry.workers.models import FairShare, Pace, QueueRule
from tests.evaluation.test_fencing import finding
from tests.evaluation.tiny import Scene, actor
from tests.support.make import Make, Person
from tests.workers.support import signed_on

WHO = actions.Claimant("w:1", 45.0, "strong", "p" * 64)
SEED = 20261125


def take(queues: tuple[str, ...] = ("cpu",), worker_id: uuid.UUID | None = None) -> Order | None:
    with transaction() as db:
        return actions.claim_next(db, WHO, queues=queues, worker_id=worker_id)


def owner_of(db: Session, order: Order | None) -> uuid.UUID:
    assert order is not None
    return db.execute(
        text("SELECT submitted_by FROM evaluation WHERE id = :id"), {"id": order.lease.evaluation_id}
    ).scalar_one()


def finish(order: Order | None, seconds: float) -> None:
    """The attempt ends well, having held its slot for ``seconds``."""
    assert order is not None
    with transaction() as db:
        actions.to_scoring(db, order.lease, limit_s=20)
    with transaction() as db:
        actions.finish_done(db, order.lease, finding())
        db.execute(
            text("UPDATE attempt SET started_at = ended_at - make_interval(secs => :s) WHERE id = :id"),
            {"s": seconds, "id": order.lease.attempt_id},
        )


def waiting(scene: Scene, who: Person, n: int, **values: Any) -> list[uuid.UUID]:
    """``n`` evaluations of somebody."""
    ids = []
    for _ in range(n):
        version = scene.predictions(asset=scene.make.asset(who))
        ids.append(scene.request(version, who))
    for name, value in values.items():
        scene.db.execute(
            text(f"UPDATE evaluation SET {name} = :value WHERE id = ANY (:ids)"),  # noqa: S608
            {"value": value, "ids": ids},
        )
    scene.db.commit()
    return ids


def rule(db: Session, **values: Any) -> None:
    db.merge(QueueRule(id=1, **values))
    db.commit()


@pytest.fixture
def people(scene: Scene) -> list[Person]:
    return [scene.make.account(f"人{n}") for n in range(3)]


@pytest.fixture
def scene(scene_with: Callable[..., Scene]) -> Scene:
    return scene_with(quota={"per_day": 1000, "total": 1000})


def test_who_has_used_least_goes_first(db: Session, scene: Scene, people: list[Person]) -> None:
    for person, used in zip(people, (30.0, 10.0, 20.0), strict=True):
        waiting(scene, person, 1)
        db.add(FairShare(account_id=person.id, slot_s=used, at=now(), served_at=now()))
    db.commit()
    order = [owner_of(db, take()) for _ in people]
    assert order == [people[1].id, people[2].id, people[0].id]
    assert take() is None


def test_what_was_used_long_ago_counts_little(db: Session, scene: Scene, people: list[Person]) -> None:
    rule(db, half_life_s=3600.0)
    old, new, _ = people
    waiting(scene, old, 1)
    waiting(scene, new, 1)
    four_hours = now() - dt.timedelta(hours=4)
    db.add(FairShare(account_id=old.id, slot_s=1000.0, at=four_hours, served_at=now()))  # decays to 62.5
    db.add(FairShare(account_id=new.id, slot_s=70.0, at=now(), served_at=now()))
    db.commit()
    assert owner_of(db, take()) == old.id


def test_one_who_brings_many_does_not_hold_up_one_who_brings_few(
    db: Session, scene: Scene, people: list[Person]
) -> None:
    many, few, _ = people
    rule(db, user_running=100)
    waiting(scene, many, 8)
    waiting(scene, few, 2)
    taken = []
    for _ in range(4):
        order = take()
        taken.append(owner_of(db, order))
        finish(order, 10.0)
    assert Counter(taken) == {many.id: 2, few.id: 2}


def test_slots_that_are_free_together_go_to_different_people(
    db: Session, scene: Scene, people: list[Person]
) -> None:
    for person in people:
        waiting(scene, person, 3)
    assert {owner_of(db, take()) for _ in people} == {person.id for person in people}


def test_classes_come_before_shares_and_within_one_person(
    db: Session, scene: Scene, people: list[Person]
) -> None:
    first, second, _ = people
    low = waiting(scene, first, 1, priority=-1)
    waiting(scene, second, 1)
    urgent = waiting(scene, first, 1, priority=2)
    db.add(FairShare(account_id=first.id, slot_s=999.0, at=now(), served_at=now()))
    db.commit()
    taken = [take(), take(), take()]
    found = [order.lease.evaluation_id for order in taken if order]
    assert (found[0], found[2]) == (urgent[0], low[0])


def test_whoever_waits_unserved_rises_class_by_class(db: Session, scene: Scene, people: list[Person]) -> None:
    rule(db, ageing_s=600.0)
    starved, favoured, _ = people
    waiting(scene, starved, 1, priority=-1, created_at=now() - dt.timedelta(seconds=1900))
    waiting(scene, favoured, 1, priority=1)
    assert owner_of(db, take()) == starved.id  # -1 + 3 > 1


def test_who_is_being_served_does_not_age(db: Session, scene: Scene, people: list[Person]) -> None:
    """Somebody with a thousand old evaluations may not outrank a newcomer for their age."""
    rule(db, ageing_s=600.0, user_running=10)
    heavy, newcomer, _ = people
    waiting(scene, heavy, 2, created_at=now() - dt.timedelta(hours=3))
    assert owner_of(db, take()) == heavy.id
    waiting(scene, newcomer, 1)
    assert owner_of(db, take()) == newcomer.id


def test_a_retry_waits_until_it_is_ready(db: Session, scene: Scene, people: list[Person]) -> None:
    waiting(scene, people[0], 1, ready_at=now() + dt.timedelta(hours=1))
    assert take() is None
    later = waiting(scene, people[0], 1)
    order = take()
    assert order is not None
    assert order.lease.evaluation_id == later[0]


def test_only_queues_one_serves(db: Session, scene: Scene, people: list[Person]) -> None:
    waiting(scene, people[0], 1, queue="gpu")
    assert take(("cpu", "himem")) is None
    assert take(()) is None
    assert take(("cpu", "gpu")) is not None


def test_a_person_runs_so_many_at_once(db: Session, scene: Scene, people: list[Person]) -> None:
    rule(db, user_running=2)
    waiting(scene, people[0], 4)
    first, second = take(), take()
    assert first
    assert second
    assert take() is None
    finish(first, 1.0)
    assert take() is not None
    assert take() is None


def test_the_limit_holds_when_many_claim_at_once(db: Session, scene: Scene, people: list[Person]) -> None:
    rule(db, user_running=3)
    for person in people:
        waiting(scene, person, 6)
    with ThreadPoolExecutor(12) as pool:
        orders = [order for order in pool.map(lambda _n: take(), range(24)) if order]
    counts = Counter(owner_of(db, order) for order in orders)
    assert max(counts.values()) <= 3
    assert len({order.lease.evaluation_id for order in orders}) == len(orders)


def test_claims_at_once_of_one_persons_evaluations_find_different_ones(
    db: Session, scene: Scene, people: list[Person]
) -> None:
    """SKIP LOCKED passes to the same person's next, so that no slot stays empty while work waits."""
    rule(db, user_running=100)
    waiting(scene, people[0], 6)
    with transaction() as holding:
        assert actions.claim_next(holding, WHO, queues=("cpu",)) is not None
        with transaction() as beside:
            assert claims.next_waiting(beside, QueueRule(user_running=100), ("cpu",)) is not None


def test_faults_of_the_platform_cost_nothing(db: Session, scene: Scene, people: list[Person]) -> None:
    unlucky = people[0]
    waiting(scene, unlucky, 1)
    order = take()
    assert order is not None
    with transaction() as session:
        actions.finish_failed(session, order.lease, "sandbox_fault", {"reason": "x"})
        session.execute(text("UPDATE attempt SET started_at = ended_at - interval '1 hour'"))
    with transaction() as session:
        assert claims.settle(session, QueueRule()) == 1
    share = db.get_one(FairShare, unlucky.id)
    assert share.slot_s == 0
    assert db.exec(select(Pace)).all() == []


def test_settling_counts_every_attempt_once(db: Session, scene: Scene, people: list[Person]) -> None:
    person = people[0]
    waiting(scene, person, 3)
    for seconds in (10.0, 20.0, 30.0):
        finish(take(), seconds)
    with ThreadPoolExecutor(4) as pool:

        def settle(_n: int) -> int:
            with transaction() as session:
                return claims.settle(session, QueueRule())

        assert sum(pool.map(settle, range(8))) == 3
    assert db.get_one(FairShare, person.id).slot_s == pytest.approx(60.0, rel=0.01)
    pace = db.get_one(Pace, scene.benchmark.id)
    assert (pace.n, pace.seconds) == (3, pytest.approx(20.0, rel=0.01))


def test_settled_or_not_the_order_is_the_same(db: Session, scene: Scene, people: list[Person]) -> None:
    a, b, _ = people
    for person, seconds in ((a, 30.0), (b, 5.0)):
        waiting(scene, person, 2)
        finish(take(), seconds)
    orders = []
    for settled in (False, True):
        if settled:
            with transaction() as session:
                claims.settle(session, QueueRule())
        with transaction() as session:
            found = claims.next_waiting(session, QueueRule(), ("cpu",))
            orders.append(found.submitted_by if found else None)
    assert orders == [b.id, b.id]


def test_shares_come_out_even_in_slot_seconds(db: Session, scene: Scene, people: list[Person]) -> None:
    """Four people's jobs of unlike length on two slots: each gets its third of the slot-seconds within 10 %."""
    rng = random.Random(SEED)
    rule(db, user_running=100)
    usual = dict(zip([p.id for p in people], (2.0, 6.0, 12.0), strict=True))
    for person in people:
        waiting(scene, person, 40)
    used: Counter[uuid.UUID] = Counter()
    while sum(used.values()) < 240:
        order = take()
        who = owner_of(db, order)
        seconds = usual[who] * rng.uniform(0.8, 1.2)
        used[who] += seconds  # type: ignore[assignment]
        finish(order, seconds)
    total = sum(used.values())
    assert all(abs(value / total - 1 / 3) < 0.1 / 3 + 12 / total for value in used.values()), used


@pytest.mark.parametrize("which", ["site", "worker"])
def test_who_drains_claims_nothing(db: Session, scene: Scene, people: list[Person], which: str) -> None:
    admin = actor(scene.make.account("管理员", roles=("system_admin",)), roles=("system_admin",))
    waiting(scene, people[0], 2)
    worker_id = signed_on("w:1")
    assert take(worker_id=worker_id) is not None
    with transaction() as session:
        if which == "site":
            workers.drain_site(session, admin, reason="换盘")
        else:
            workers.drain(session, admin, worker_id=worker_id, reason="换盘")
    assert take(worker_id=worker_id) is None
    with transaction() as session:
        if which == "site":
            workers.resume_site(session, admin)
        else:
            workers.resume(session, admin, worker_id=worker_id)
    assert take(worker_id=worker_id) is not None


def test_unfinished_evaluations_have_a_limit(db: Session, scene_with: Callable[..., Scene]) -> None:
    scene = scene_with(quota={"per_day": 100, "total": 100, "at_once": 2})
    versions = [scene.predictions() for _ in range(12)]

    def ask(version: Any) -> bool:
        try:
            scene.request(version)
        except TooMany:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(ask, versions)) == 2
    finish(take(), 1.0)
    assert ask(versions[-1]) or ask(versions[-2])


def test_the_site_limits_unfinished_ones_too(db: Session, scene: Scene) -> None:
    rule(db, user_waiting=1)
    scene.request(scene.predictions())
    with pytest.raises(TooMany):
        scene.request(scene.predictions())
    other = scene.make.account("别人")
    scene.request(scene.predictions(asset=scene.make.asset(other)), other)


def test_a_benchmark_takes_so_many_a_day_from_all(db: Session, scene_with: Callable[..., Scene]) -> None:
    scene = scene_with(quota={"per_day": 100, "total": 100, "capacity_per_day": 4})
    pairs = [(person := scene.make.account(f"人{n}"), scene.predictions(asset=scene.make.asset(person)))
             for n in range(10)]  # fmt: skip

    def ask(pair: tuple[Person, Any]) -> bool:
        try:
            scene.request(pair[1], pair[0])
        except TooMany:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(ask, pairs)) == 4
    db.execute(text("UPDATE evaluation SET created_at = now() - interval '1 day'"))
    db.commit()
    assert ask(pairs[0]) or ask(pairs[1]) or ask(pairs[-1])


def test_a_benchmark_names_its_queue(db: Session, scene_with: Callable[..., Scene]) -> None:
    scene = scene_with(limits={"time_s": 20, "memory_mb": 256, "queue": "gpu"})
    evaluation_id = scene.request(scene.predictions())
    assert db.get_one(Evaluation, evaluation_id).queue == "gpu"
    job = text("SELECT queue_name FROM procrastinate_jobs WHERE task_name = 'evaluation.run'")
    assert db.execute(job).scalars().all() == ["gpu"]
    assert take() is None
    assert take(("gpu",)) is not None


def test_the_rule_is_changed_by_administrators_with_a_reason(db: Session, make: Make) -> None:
    form = RuleForm(half_life_s=7200, ageing_s=900, user_running=2, user_waiting=10)
    person = make.account()
    with pytest.raises(Forbidden), transaction() as session:
        workers.change_rule(session, actor(person), form, reason="x")
    admin = actor(person, roles=("system_admin",))
    with pytest.raises(Invalid), transaction() as session:
        workers.change_rule(session, admin, form, reason=" ")
    with transaction() as session:
        workers.change_rule(session, admin, form, reason="更短的记忆")
    found = rules.rule(db)
    assert (found.half_life_s, found.user_running) == (7200, 2)
    event = db.execute(
        text("SELECT evidence FROM audit_event WHERE verb = 'queue.rule_changed'")
    ).scalar_one()
    assert event["before"]["half_life_s"] == 21_600
    assert event["after"]["half_life_s"] == 7200
