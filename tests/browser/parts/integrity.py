"""Integrity of a round: the form and a report on all sides, the log of names."""

from typing import Any

from portal.accounts.sessions import actor_of
from portal.kit.clock import now
from portal.kit.db import transaction
from portal.reviews.integrity import actions
from portal.reviews.integrity.forms import ApproachForm
from portal.reviews.integrity.models import Channel
from portal.reviews.rounds import sight
from portal.reviews.rounds.models import Phase, RoundState, SeatState
from tests.reviews.rounds import fixed_round


def add(world: Any) -> None:
    """Make what the pages show."""
    names = ("郑一", "安二", "柏三", "董四", "何五")
    found = fixed_round(
        world.make, world.db, submissions=2, experts=5, names=names, shape={"reveal_experts_days": 0}
    )
    for number in range(5):
        found.seat(number % 2, number, SeatState.locked)
    found.stage(Phase.over, RoundState.concluded)
    row = found.fresh(found.round)
    row.public = True
    world.db.add(row)
    world.db.commit()
    world.people |= {"approached": found.experts[0], "round_owner": found.secretary}
    with transaction() as db:
        given = ApproachForm(
            text="申报单位负责人来电，希望对第二号申报手下留情。", who="赵某", channel=Channel.phone,
            happened=now().date(), submission=2,
        )  # fmt: skip
        made = actions.report(db, actor_of(db, found.experts[0].id), round_id=found.round.id, given=given)
        sight.names_seen(
            db, actor_of(db, found.secretary.id), found.round, "desk.matrix", found.submissions[0].id
        )
        sight.names_seen(db, actor_of(db, found.secretary.id), found.round, "scores.workbook")
    base = f"/rounds/{found.round.id}"
    world.pages.setdefault("", []).append(f"{base}/experts")
    world.pages.setdefault("approached", []).extend([f"{base}/approach", actions.url(made)])
    world.pages.setdefault("round_owner", []).extend(
        [f"{base}/names-log", f"{base}/approaches", actions.url(made)]
    )
    world.pages.setdefault("auditor", []).extend(["/admin/approaches", f"{base}/names-log"])
