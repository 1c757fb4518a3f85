"""A round at its panel, a session of five with a vote and a secretary, and short ways to act in it."""

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

import pytest
from sqlmodel import select

from portal.kit.clock import now, shanghai
from portal.reviews.panels import actions
from portal.reviews.panels.forms import MotionForm, PlanForm
from portal.reviews.panels.models import Choice, PanelItem, PanelMotion, PanelSession
from tests.reviews.rounds import Fixed
from tests.reviews.scores.conftest import Conflicts, closed, conflicts
from tests.support.make import Person

__all__ = ["closed", "conflicts", "panel"]


@dataclass
class Panel:
    """The session and its people; the chair is the first of ``voters``."""

    found: Fixed
    conflicts: Conflicts
    voters: list[Person]
    secretary: Person
    session: PanelSession
    items: list[PanelItem] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"/rounds/{self.found.round.id}/panel/{self.session.id}"

    def do(self, verb: Any, person: Person | None, **values: Any) -> Any:
        return self.found.do(verb, person, **values)

    def fresh(self, thing: Any) -> Any:
        return self.found.fresh(thing)

    def begin(self, *present: int) -> None:
        """Open the session; these voters sign in (all, where none are named)."""
        self.do(actions.open_session, self.secretary, session_id=self.session.id)
        for index in present or range(len(self.voters)):
            self.do(actions.arrive, self.voters[index], session_id=self.session.id)

    def move(
        self, item: int = 0, outcome: str = "accepted", *, by: Person | None = None, **values: Any
    ) -> PanelMotion:
        """Call the item where nobody has, and open a ballot."""
        if self.fresh(self.items[item]).state == "waiting":
            self.do(actions.call, by or self.secretary, item_id=self.items[item].id)
        given = MotionForm(outcome=outcome, **values)
        made: PanelMotion = self.do(
            actions.move_motion, by or self.secretary, item_id=self.items[item].id, given=given
        )
        return made

    def vote(self, motion: PanelMotion, voter: int, choice: Choice) -> None:
        self.do(actions.vote, self.voters[voter], motion_id=motion.id, choice=choice)


def seated(closed: Fixed, conflicts: Conflicts) -> Panel:
    """Plan the session."""
    db = closed.db
    voters = [closed.make.account(f"会评专家{n}") for n in range(1, 6)]
    secretary = closed.make.account("会议秘书")
    tomorrow = shanghai(now() + dt.timedelta(hours=2))
    given = PlanForm(
        title="第一次会评", place="三楼会议室", starts_at=tomorrow.strftime("%Y-%m-%d %H:%M"),
        chair=voters[0].namespace.slug, secretary=secretary.namespace.slug,
        members=" ".join(one.namespace.slug for one in voters[1:]), scope="all",
    )  # fmt: skip
    session = closed.do(actions.plan, closed.secretary, round_id=closed.round.id, given=given)
    made = Panel(closed, conflicts, voters, secretary, session)
    made.items = list(
        db.exec(select(PanelItem).where(PanelItem.session_id == session.id).order_by(PanelItem.position))  # type: ignore[arg-type]
    )
    return made


@pytest.fixture
def panel(closed: Fixed, conflicts: Conflicts) -> Panel:
    return seated(closed, conflicts)
