"""Calibrations by the reviewer they belong to; there is no way to them but by the own account."""

import uuid
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Row, delete, select
from sqlmodel import col

from portal.kit.db import Session
from portal.reviews.estimates import results
from portal.reviews.rounds.models import Calibration, Phase, Round, RoundState


def of_account(db: Session, account_id: uuid.UUID) -> list[Row[Any]]:
    """The account's calibrations with their rounds (``Calibration``, ``Round``), latest first.

    Only of rounds past their discussion, so that nobody scores after what the own scores were compared with.
    """
    phases = [Phase.panel, Phase.conclusion, Phase.over]
    return list(
        db.execute(
            select(Calibration, Round)
            .join(Round, col(Round.id) == col(Calibration.round_id))
            .where(
                col(Calibration.account_id) == account_id,
                col(Round.phase).in_(phases),
                col(Round.state).in_([RoundState.closed, RoundState.concluded]),
            )
            .order_by(col(Calibration.at).desc(), col(Calibration.id).desc())
        )
    )


def read(row: Calibration) -> results.Calibration:
    """The stored calibration as the charts take it."""
    return results.Calibration(reviewer=row.account_id, **row.told)  # type: ignore[arg-type]


def replace(db: Session, round_id: uuid.UUID, found: Mapping[uuid.UUID, Mapping[str, object]]) -> None:
    """Put these in the place of all calibrations of a round."""
    db.execute(delete(Calibration).where(col(Calibration.round_id) == round_id))
    db.add_all(
        Calibration(round_id=round_id, account_id=account_id, told=dict(told))
        for account_id, told in sorted(found.items())
    )
    db.flush()
