"""Appeals: filed, decided, and the queue, on the page of either side."""

from typing import Any

from portal.accounts.sessions import actor_of
from portal.kit.clock import now
from portal.kit.db import transaction
from portal.reviews.appeals import actions
from portal.reviews.appeals.forms import AppealForm
from portal.reviews.appeals.models import Ground
from portal.reviews.rounds.models import Phase, RoundState, SubmissionState
from tests.reviews.rounds import fixed_round


def add(world: Any) -> None:
    """Make what the pages show."""
    found = fixed_round(world.make, world.db, submissions=2, experts=1)
    found.stage(Phase.over, RoundState.concluded)
    row = found.fresh(found.round)
    row.state_at = now()
    world.db.add(row)
    for each in found.submissions:
        each.state, each.outcome, each.decided_at = SubmissionState.decided, "declined", now()
        world.db.add(each)
    world.db.commit()
    world.people |= {"appellant": found.applicants[0], "loser": found.applicants[1]}
    given = AppealForm(
        grounds=[Ground.recusal],
        text="会评时有一位委员系竞争单位顾问，未按规定回避。",
        links="https://example.org/a",
    )
    with transaction() as db:
        made = actions.file(
            db, actor_of(db, found.applicants[0].id), round_id=found.round.id, number=1, given=given
        )
        actions.accept(db, actor_of(db, world.people["secretariat"].id), appeal_id=made.id)
    base = f"/rounds/{found.round.id}/submissions"
    world.pages.setdefault("appellant", []).append(f"{base}/1/appeal")
    world.pages.setdefault("loser", []).append(f"{base}/2/appeal")
    world.pages.setdefault("secretariat", []).extend([f"{base}/1/appeal", "/admin/appeals"])
