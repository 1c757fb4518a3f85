"""The PostgreSQL storage of rate limits: the contract of ``limits``, its memory storage beside it, many at once."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from limits import RateLimitItemPerMinute, RateLimitItemPerSecond
from limits.storage import MemoryStorage
from limits.storage.base import MovingWindowSupport, Storage
from limits.strategies import FixedWindowRateLimiter, MovingWindowRateLimiter
from sqlalchemy.exc import OperationalError
from sqlmodel import Session, select

from portal.kit import db as kit_db
from portal.kit import limits
from portal.kit.db import transaction
from portal.kit.errors import TooMany, Unavailable
from portal.kit.limits.models import RateCount, RateLog
from portal.kit.limits.storage import PostgresStorage, sweep


@pytest.fixture
def storage(database: None) -> PostgresStorage:
    return PostgresStorage()


def test_it_is_a_storage_of_the_library(storage: PostgresStorage) -> None:
    assert isinstance(storage, Storage)
    assert isinstance(storage, MovingWindowSupport)
    assert storage.check()
    assert storage.base_exceptions is OperationalError


@pytest.mark.parametrize("kind", [FixedWindowRateLimiter, MovingWindowRateLimiter])
def test_strategies_agree_with_the_memory_storage(storage: PostgresStorage, kind: type) -> None:
    item = RateLimitItemPerMinute(5)
    ours, theirs = kind(storage), kind(MemoryStorage())
    for cost in (1, 2, 3, 1, 1, 1, 6):
        assert ours.test(item, "a", cost=cost) == theirs.test(item, "a", cost=cost), cost
        assert ours.hit(item, "a", cost=cost) == theirs.hit(item, "a", cost=cost), cost
        assert ours.get_window_stats(item, "a").remaining == theirs.get_window_stats(item, "a").remaining, (
            cost
        )
        assert (
            abs(ours.get_window_stats(item, "a").reset_time - theirs.get_window_stats(item, "a").reset_time)
            < 60
        )
    assert ours.hit(item, "b"), "keys do not touch each other"
    ours.clear(item, "a")
    assert ours.get_window_stats(item, "a").remaining == 5


def test_a_fixed_window_begins_with_its_first_hit_and_ends(storage: PostgresStorage, db: Session) -> None:
    assert [storage.incr("k", 60), storage.incr("k", 60, amount=3)] == [1, 4]
    assert storage.get("k") == 4
    end = storage.get_expiry("k")
    assert storage.incr("k", 600) == 5
    assert storage.get_expiry("k") == end, "later hits do not prolong it"
    row = db.get(RateCount, "k")
    assert row is not None
    row.expires_at = row.expires_at.fromtimestamp(1, row.expires_at.tzinfo)
    db.add(row)
    db.commit()
    assert storage.get("k") == 0
    assert storage.incr("k", 60) == 1
    assert storage.get("unknown") == 0
    assert abs(storage.get_expiry("unknown") - storage.get_expiry("nobody")) < 60


def test_a_moving_window_forgets_hit_by_hit(storage: PostgresStorage, db: Session) -> None:
    assert storage.acquire_entry("k", 3, 60, amount=2)
    assert not storage.acquire_entry("k", 3, 60, amount=2), "all or none"
    assert storage.acquire_entry("k", 3, 60)
    assert not storage.acquire_entry("k", 3, 60)
    assert not storage.acquire_entry("fresh", 3, 60, amount=4)
    start, hits = storage.get_moving_window("k", 3, 60)
    assert hits == 3
    row = db.get(RateLog, "k")
    assert row is not None
    assert start == row.hits[-1] <= row.hits[0]
    row.hits = [row.hits[0], row.hits[1] - 61, row.hits[2] - 61]
    db.add(row)
    db.commit()
    assert storage.get_moving_window("k", 3, 60)[1] == 1
    assert storage.acquire_entry("k", 3, 60, amount=2)
    db.expire_all()
    again = db.get(RateLog, "k")
    assert again is not None
    assert len(again.hits) == 3, "no more is kept than the limit needs"


def test_a_second_really_passes(storage: PostgresStorage) -> None:
    limiter = MovingWindowRateLimiter(storage)
    item = RateLimitItemPerSecond(1)
    assert limiter.hit(item, "k")
    deadline = time.monotonic() + 30
    while not limiter.hit(item, "k"):
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_many_at_once_share_the_room(storage: PostgresStorage) -> None:
    with ThreadPoolExecutor(16) as pool:
        taken = list(pool.map(lambda _n: storage.acquire_entry("k", 25, 600), range(80)))
        counts = list(pool.map(lambda _n: storage.incr("f", 600), range(80)))
    assert taken.count(True) == 25
    assert sorted(counts) == list(range(1, 81)), "no hit is lost and none is counted twice"


def test_a_try_counts_although_the_request_is_rolled_back(database: None) -> None:
    few = (limits.Limit(2, 5),)

    def refused_request() -> None:
        with transaction():
            limits.spend("subject", few)
            raise RuntimeError

    for _n in range(2):
        with pytest.raises(RuntimeError):
            refused_request()
    with pytest.raises(TooMany) as refused:
        limits.spend("subject", few)
    assert 1 <= int(refused.value.headers["Retry-After"]) <= 301
    assert refused.value.hint is not None
    with pytest.raises(TooMany):
        limits.check("subject", few)
    limits.check("somebody else", few)


def test_checking_counts_nothing(database: None) -> None:
    few = (limits.Limit(1, 5),)
    for _n in range(5):
        limits.check("subject", few)
    assert limits.count("subject", few)
    assert not limits.count("subject", few)
    assert limits.free_again("subject", few) is not None


def test_expired_counters_are_swept(storage: PostgresStorage, db: Session) -> None:
    for n in range(3):
        storage.incr(f"old{n}", 60)
        storage.acquire_entry(f"old{n}", 5, 60)
    for row in [*db.exec(select(RateCount)), *db.exec(select(RateLog))]:
        row.expires_at = row.expires_at.fromtimestamp(1, row.expires_at.tzinfo)
        db.add(row)
    db.commit()
    storage.incr("young", 60)
    assert sweep() == 6
    assert db.exec(select(RateCount.key)).all() == ["young"]
    assert storage.reset() == 1


@pytest.mark.parametrize("key", ["x" * 900, "a\x00b", "'; DROP TABLE rate_log; --", "张三"])
def test_any_text_can_be_a_key(storage: PostgresStorage, key: str) -> None:
    assert storage.acquire_entry(key, 1, 60)
    assert not storage.acquire_entry(key, 1, 60)
    assert storage.incr(key, 60) == 1


def test_a_database_that_is_away_is_a_503(database: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kit_db, "_url", "postgresql+psycopg://nobody@127.0.0.1:9/none")
    with pytest.raises(Unavailable):
        limits.spend("subject", (limits.Limit(1, 1),))
    assert not PostgresStorage().check()
