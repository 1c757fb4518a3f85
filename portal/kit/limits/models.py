"""Counters of rate limits. Unlogged would do for speed, but a restart must not give a guesser a fresh start."""

import datetime as dt

from sqlalchemy import ARRAY, Double
from sqlmodel import Field, SQLModel

from portal.kit.tables import instant_field


class RateCount(SQLModel, table=True):
    """A fixed window: how many hits since it began; void once it has expired."""

    __tablename__ = "rate_count"

    key: str = Field(primary_key=True, max_length=500)
    hits: int
    expires_at: dt.datetime = instant_field(index=True)


class RateLog(SQLModel, table=True):
    """A moving window: the instants of the newest hits (seconds since 1970), newest first, no more than the limit."""

    __tablename__ = "rate_log"

    key: str = Field(primary_key=True, max_length=500)
    hits: list[float] = Field(sa_type=ARRAY(Double))
    expires_at: dt.datetime = instant_field(index=True)
