"""A storage of the ``limits`` library in PostgreSQL: one atomic statement each, on connections of their own.

Every statement commits by itself, outside the request's transaction: a try counts although the request that made it is
rolled back, and all web processes and hosts see it at once. The connections come from a small pool apart from the
requests' own, so that requests that wait for a counter cannot starve the ones that hold a connection already. All
instants are the database server's, so hosts with different clocks agree.
"""

from functools import lru_cache
from typing import Any

from limits.storage.base import MovingWindowSupport, Storage
from sqlalchemy import Engine, create_engine, delete, func, text
from sqlalchemy.exc import OperationalError
from sqlmodel import col

from portal.kit import db
from portal.kit.limits.models import RateCount, RateLog

_NOW = "extract(epoch FROM clock_timestamp())::double precision"
_UNTIL = "clock_timestamp() + make_interval(secs => :expiry)"

_INCREMENT = text(
    f"""
    INSERT INTO rate_count AS r (key, hits, expires_at) VALUES (:key, :amount, {_UNTIL})
    ON CONFLICT (key) DO UPDATE SET
        hits = CASE WHEN r.expires_at <= clock_timestamp() THEN 0 ELSE r.hits END + :amount,
        expires_at = CASE WHEN r.expires_at <= clock_timestamp() THEN {_UNTIL} ELSE r.expires_at END
    RETURNING hits
    """  # noqa: S608 - constants of this module
)
_GET = text("SELECT hits FROM rate_count WHERE key = :key AND expires_at > clock_timestamp()")
_EXPIRY = text(
    f"""
    SELECT coalesce((SELECT extract(epoch FROM expires_at)::double precision FROM rate_count
                     WHERE key = :key AND expires_at > clock_timestamp()), {_NOW})
    """  # noqa: S608 - constants of this module
)
# The row lock of ON CONFLICT makes it atomic: whoever comes second sees the first one's hits. Nothing is returned where
# the limit-th newest hit still lies in the window.
_ACQUIRE = text(
    f"""
    INSERT INTO rate_log AS r (key, hits, expires_at)
    VALUES (:key, array_fill({_NOW}, ARRAY[CAST(:amount AS int)]), {_UNTIL})
    ON CONFLICT (key) DO UPDATE SET
        hits = (array_fill({_NOW}, ARRAY[CAST(:amount AS int)]) || r.hits)[1:CAST(:limit AS int)],
        expires_at = {_UNTIL}
    WHERE coalesce(r.hits[CAST(:limit AS int) - CAST(:amount AS int) + 1], 0) < {_NOW} - :expiry
    RETURNING 1
    """  # noqa: S608 - constants of this module
)
_WINDOW = text(
    f"""
    SELECT min(hit), count(hit), {_NOW}
    FROM (SELECT unnest(hits[1:CAST(:limit AS int)]) AS hit FROM rate_log WHERE key = :key) AS found
    WHERE hit >= {_NOW} - :expiry
    """  # noqa: S608 - constants of this module
)
_TABLES = (RateCount, RateLog)


@lru_cache(maxsize=2)
def _engine(url: str) -> Engine:
    return create_engine(
        url,
        isolation_level="AUTOCOMMIT",
        pool_size=2,
        max_overflow=4,
        pool_timeout=2,
        pool_pre_ping=True,
        pool_recycle=1800,
        connect_args={
            "connect_timeout": 2,
            "application_name": "cspon-limits",
            "options": "-c timezone=UTC -c lock_timeout=2000",
        },
    )


class PostgresStorage(Storage, MovingWindowSupport):
    """Fixed and moving windows for the strategies of ``limits``."""

    STORAGE_SCHEME = ["cspon+postgresql"]  # noqa: RUF012 - the library declares it so

    def __init__(self, uri: str | None = None, wrap_exceptions: bool = False, **options: Any) -> None:
        super().__init__(uri, wrap_exceptions, **options)

    @property
    def base_exceptions(self) -> type[Exception]:
        """What ``limits`` may wrap where it is asked to."""
        return OperationalError

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Count ``amount`` hits; a window of ``expiry`` seconds begins with the first one. The hits of this window."""
        return int(_run(_INCREMENT, key=_fit(key), expiry=expiry, amount=amount).scalar_one())

    def get(self, key: str) -> int:
        """The hits of the present fixed window."""
        return int(_run(_GET, key=_fit(key)).scalar() or 0)

    def get_expiry(self, key: str) -> float:
        """When the present fixed window ends (seconds since 1970); now where there is none."""
        return float(_run(_EXPIRY, key=_fit(key)).scalar_one())

    def check(self) -> bool:
        """Whether the database answers."""
        try:
            return bool(_run(text("SELECT 1")).scalar_one() == 1)
        except OperationalError:
            return False

    def reset(self) -> int | None:
        """Forget everything; how many keys there were."""
        return sum(_delete(delete(table)) for table in _TABLES)

    def clear(self, key: str) -> None:
        """Forget one key."""
        for table in _TABLES:
            _delete(delete(table).where(col(table.key) == _fit(key)))

    def acquire_entry(self, key: str, limit: int, expiry: int, amount: int = 1) -> bool:
        """Take ``amount`` places of a moving window, or none of them: whether there was room."""
        if amount > limit:
            return False
        return _run(_ACQUIRE, key=_fit(key), limit=limit, expiry=expiry, amount=amount).first() is not None

    def get_moving_window(self, key: str, limit: int, expiry: int) -> tuple[float, int]:
        """(the instant of the oldest hit in the window, how many hits); (now, 0) where there is none."""
        oldest, hits, present = _run(_WINDOW, key=_fit(key), limit=limit, expiry=expiry).one()
        return (float(oldest) if hits else float(present), int(hits))


def sweep() -> int:
    """Delete what has expired; how many rows went."""
    present = func.clock_timestamp()
    return sum(_delete(delete(table).where(col(table.expires_at) <= present)) for table in _TABLES)


def _delete(statement: Any) -> int:
    return int(_run(statement).rowcount)


def _fit(key: str) -> str:
    """Keys hold what people typed: without NUL, and no longer than the column."""
    return key.replace("\x00", "")[:500]


def _run(statement: Any, **values: object) -> Any:
    with _engine(db.database_url()).connect() as connection:
        result = connection.execute(statement, values)
        return result.freeze()() if result.returns_rows else result
