"""The demo's rounds of review: one in the middle of its reviews, one concluded; a second run makes nothing."""

import pytest
from sqlmodel import Session, select

from portal.demo import experts, people, rounds
from portal.demo.cast import UNITS
from portal.demo.content import Content
from portal.demo.rounds_cast import DECLINING, ENTRIES, EXPERTS, OLD_ENTRIES, SILENT
from portal.kit.db import transaction
from portal.reviews.rounds.models import (
    COUNTED,
    HOLDING,
    Invitation,
    InvitationState,
    Phase,
    Round,
    Seat,
    Submission,
)
from portal.reviews.scores.models import RunState, ScoreRun
from tests.support.browser import Client
from tests.support.make import PASSWORD


@pytest.mark.slow
def test_made_once(client: Client, db: Session) -> None:
    with transaction() as session:
        people.ensure_people(session, PASSWORD)
    with transaction() as session:
        people.ensure_units(session, {unit.slug: (f"{unit.slug} 演示", unit.slug) for unit in UNITS})
    experts.ensure_experts()
    found = Content(organisations={}, entries=[])
    assert rounds.ensure_rounds(found)
    assert not rounds.ensure_rounds(found)
    old, new = sorted(db.exec(select(Round)).all(), key=lambda row: row.phase is Phase.review)
    assert (old.phase, new.phase) == (Phase.over, Phase.review)
    assert all(row.demo for row in (old, new, *db.exec(select(Submission))))
    run = db.exec(select(ScoreRun).where(ScoreRun.round_id == old.id)).one()
    assert run.state is RunState.done
    assert len(run.result["rows"]) == len(OLD_ENTRIES)
    entries = db.exec(select(Submission).where(Submission.round_id == new.id)).all()
    assert len(entries) == len(ENTRIES)
    seats = db.exec(select(Seat).where(Seat.round_id == new.id)).all()
    assert len(seats) == 3 * len(entries)
    assert 5 <= sum(seat.state in COUNTED for seat in seats) < sum(seat.state in HOLDING for seat in seats)
    invited = db.exec(select(Invitation).where(Invitation.round_id == new.id)).all()
    assert len(invited) <= len(EXPERTS)
    states = [row.state for row in invited]
    assert states.count(InvitationState.declined) <= len(DECLINING)
    assert states.count(InvitationState.accepted) >= len(invited) - len(DECLINING) - len(SILENT)
    assert "专家评审（演示）" in client.get("/rounds").text
    assert "雷达影像" not in client.get(f"/rounds/{new.id}").text
