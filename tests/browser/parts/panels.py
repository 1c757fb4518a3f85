"""Scores, a panel in the middle of a ballot, the conclusion and a letter, as each side sees them."""

import datetime as dt
import uuid
from typing import Any

from portal.kit.clock import now
from portal.reviews.conclusions import actions as concluding
from portal.reviews.panels import actions
from portal.reviews.panels.models import Choice, MemberRole, PanelMember, PanelSession
from portal.reviews.rounds.actions import lifecycle
from portal.reviews.rounds.models import Phase
from tests.reviews.panels.conftest import Panel, seated
from tests.reviews.rounds import Fixed, fixed_round
from tests.reviews.scores.conftest import MARKS, Conflicts, compute, review

REASON = "评审意见一致，方法可靠、数据公开，建议入选。"


def closed(world: Any, **values: Any) -> Fixed:
    """A round at its panel whose scores are computed."""
    found = fixed_round(world.make, world.db, submissions=6, experts=4, phase=Phase.panel, **values)
    review(found, MARKS)
    compute(found)
    return found


def add(world: Any) -> None:
    """Make what the pages show."""
    panel = seated(closed(world), Conflicts(set()))
    at = f"/rounds/{panel.found.round.id}"
    world.pages["secretariat"] += [f"{panel.url}/members", f"{at}/panel/{_planned(world, panel)}/members"]
    panel.begin(0, 1, 2, 3)
    first = panel.move()
    for voter in range(4):
        panel.vote(first, voter, Choice.yes)
    panel.do(actions.write_item, panel.secretary, item_id=panel.items[0].id, text="方法可靠，**数据公开**。")
    panel.do(actions.finish, panel.secretary, item_id=panel.items[0].id)
    panel.vote(panel.move(1), 0, Choice.no)
    world.people |= {"voter": panel.voters[1], "clerk": panel.secretary}
    world.pages["voter"] = [f"{at}/panel", panel.url, f"{at}/scores"]
    world.pages["clerk"] = [panel.url, f"{panel.url}/minutes"]
    world.pages["secretariat"] += [
        f"{at}/scores", f"{at}/scores?group=surely_out&sort=-mean", f"{at}/panel", f"{at}/submissions/1/scores",
    ]  # fmt: skip
    _part(world)
    _end(world)


def _planned(world: Any, panel: Panel) -> uuid.UUID:
    """A second session that nobody has opened, whose members can be changed."""
    session = PanelSession(
        round_id=panel.found.round.id, title="第二次会评", created_by=panel.found.secretary.id,
        starts_at=now(), deadline_at=now() + dt.timedelta(days=30),
    )  # fmt: skip
    world.db.add(session)
    world.db.flush()
    for person, role in (
        (panel.voters[0], MemberRole.chair),
        (panel.voters[1], MemberRole.member),
        (panel.secretary, MemberRole.secretary),
    ):
        world.db.add(PanelMember(session_id=session.id, account_id=person.id, role=role))
    world.db.commit()
    return session.id


def _part(world: Any) -> None:
    """A round whose scores cannot be adjusted, at its conclusion."""
    found = fixed_round(world.make, world.db, submissions=6, experts=6, phase=Phase.panel)
    review(found, {(s, e): (s % 3 + 2, 3) for s in range(3) for e in range(3)})
    review(found, {(s, e): (s % 3 + 2, e % 2 + 2) for s in range(3, 6) for e in range(3, 6)})
    compute(found)
    found.stage(Phase.conclusion)
    at = f"/rounds/{found.round.id}"
    world.pages["secretariat"] += [f"{at}/scores", f"{at}/conclusion"]


def _end(world: Any) -> None:
    """A concluded round: an applicant reads the letter and the scores."""
    found = closed(world)
    found.stage(Phase.conclusion)
    given = {n: concluding.Given("accepted" if n < 3 else "declined", REASON) for n in range(1, 7)}
    found.do(concluding.decide, found.secretary, round_id=found.round.id, given=given)
    found.do(lifecycle.conclude, found.secretary, round_id=found.round.id)
    found.do(lambda db, _actor: concluding.send_letters(db), None)
    at = f"/rounds/{found.round.id}/submissions/1"
    world.people["winner"] = found.applicants[0]
    world.pages["winner"] = [f"{at}/letter", f"{at}/scores"]
    world.pages["secretariat"] += [f"/rounds/{found.round.id}/conclusion"]
