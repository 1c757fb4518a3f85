"""Calibrations reach their reviewer, and only when the colleagues' scores are known to be final."""

import pytest
from sqlmodel import Session

from portal.kit.db import transaction
from portal.reviews.rounds.models import Phase
from portal.reviews.rounds.queries import calibrations
from tests.reviews.rounds import fixed_round
from tests.support.make import Make

TOLD = {
    "reviews": 6, "mean": 61.5, "spread": 9.0, "typical_spread": 11.0, "severity": -4.0, "low": -7.0, "high": -1.0,
    "agreement": 0.7,
}  # fmt: skip


@pytest.mark.parametrize(("phase", "seen"), [(Phase.discussion, 0), (Phase.panel, 1), (Phase.conclusion, 1)])
def test_own_calibrations_after_the_discussion(make: Make, db: Session, phase: Phase, seen: int) -> None:
    found = fixed_round(make, db, phase=phase)
    first, second = found.experts[0].id, found.experts[1].id
    with transaction() as session:
        calibrations.replace(session, found.round.id, {first: TOLD | {"mean": 1.0}})
        calibrations.replace(session, found.round.id, {first: TOLD})
    with transaction() as session:
        rows = calibrations.of_account(session, first)
        assert len(rows) == seen
        assert calibrations.of_account(session, second) == []
        for row in rows:
            assert row.Round.id == found.round.id
            read = calibrations.read(row.Calibration)
            assert (read.reviewer, read.severity, read.mean) == (first, -4.0, 61.5)
