"""What one reviewer is told about the own scores, kept for that reviewer alone."""

import datetime as dt
import uuid

from sqlalchemy import UniqueConstraint
from sqlmodel import Field

from portal.kit.tables import Table, instant_field, json_field


class Calibration(Table, table=True):
    """How a reviewer's scores of one round compare with the colleagues'. Nobody else reads it."""

    __tablename__ = "review_calibration"
    __table_args__ = (UniqueConstraint("round_id", "account_id"),)

    round_id: uuid.UUID = Field(foreign_key="review_round.id")
    account_id: uuid.UUID = Field(foreign_key="account.id", index=True)
    told: dict[str, object] = json_field()
    """``estimates.results.Calibration`` without its ``reviewer``, as an object."""
    at: dt.datetime = instant_field(default_now=True)
