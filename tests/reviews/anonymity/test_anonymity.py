"""For whoever may not know who reviews, two worlds that differ in nothing else are the same to the byte."""

import itertools
from collections.abc import Callable, Collection
from typing import Any

import pytest
from fastapi import FastAPI
from hypothesis import HealthCheck, given, settings
from hypothesis import Phase as Step
from hypothesis import strategies as st
from sqlmodel import Session

from portal.home import views as home
from portal.kit.db import engine
from portal.kit.embedded import Server
from portal.reviews.rounds import standing
from portal.reviews.rounds.models import Phase, SeatState
from portal.reviews.rounds.policy import Names
from registry.assets.fragments import Fragments
from tests.plugins.postgres import drop, replace
from tests.reviews.anonymity import doors, worlds
from tests.reviews.anonymity.worlds import POOL, SUBMISSIONS, Chair, Plan, Town
from tests.reviews.reviewing.conftest import Conflicts
from tests.support.browser import Client
from tests.support.make import Make

QUICK = (Phase.review, Phase.discussion)
SLOW = (
    Phase.invitation,
    Phase.review,
    Phase.rebuttal,
    Phase.discussion,
    Phase.panel,
    Phase.conclusion,
    Phase.over,
)
LIVE = {
    Phase.invitation: [SeatState.planned, SeatState.invited, SeatState.accepted],
    Phase.review: [SeatState.accepted, SeatState.draft, SeatState.submitted, SeatState.expired],
}


@st.composite
def plans(draw: st.DrawFn, phases: tuple[Phase, ...]) -> Plan:
    """A round in some phase; its hidden seats; two ways to fill them that differ in at least one holder."""
    phase = draw(st.sampled_from(phases))
    states = LIVE.get(phase, [SeatState.locked, SeatState.locked, SeatState.expired, SeatState.recused])
    chairs = [
        Chair(
            submission=number,
            alias=alias,
            state=draw(st.sampled_from(states)),
            marks=(draw(st.integers(1, 5)), draw(st.integers(1, 5))),
            said=draw(st.sampled_from(["", "数据来源可靠"])),
            revised=draw(st.booleans()),
        )
        for number in range(SUBMISSIONS)
        for alias in draw(st.lists(st.sampled_from([1, 2, 3, 9]), min_size=1, max_size=3, unique=True))
    ]
    holders = st.permutations(range(POOL)).map(lambda drawn: tuple(drawn)[: len(chairs)])
    first = draw(holders)
    second = draw(holders.filter(lambda drawn: drawn != first))
    orders = st.permutations(range(len(chairs))).map(tuple)
    return Plan(
        phase,
        draw(st.sampled_from(["single", "double"])),
        chairs,
        (first, second),
        (draw(orders), draw(orders)),
    )


class Setting:
    """What a test of two worlds stands on."""

    def __init__(
        self, make: Make, db: Session, client: Client, application: Any, conflicts: Conflicts, server: Server
    ) -> None:
        self.make, self.db, self.client, self.app, self.conflicts = make, db, client, application, conflicts
        self.server = server

    def town(self, plan: Plan) -> Town:
        """A town of its own for every plan."""
        return worlds.town(self.make, self.db, self.conflicts, plan)

    def world(self, town: Town, plan: Plan, which: int, *, acts: bool = False) -> dict[str, Any]:
        """All that is shown and told in one of the worlds."""
        worlds.seat(town, plan, which)
        worlds.happen(town, plan, which)
        return worlds.told(town) | worlds.shown(town, self.app, self.client, acts=acts)

    def compare(self, plan: Plan, watching: Collection[str], *, acts: bool) -> None:
        """Both worlds are the same to these viewers, and no page of reviews holds a name or an id of a reviewer."""
        town = self.town(plan)
        town.viewers = {who: person for who, person in town.viewers.items() if who in watching}
        if acts:
            one, two = self.begun_alike(lambda which: self.world(town, plan, which, acts=True))
        else:
            one, two = (self.world(town, plan, which) for which in (0, 1))
        found = worlds.differing(one, two)
        assert found == [], f"{found}\n{worlds.difference(one, two)}"
        own = {
            door: str(said)
            for door, said in one.items()
            if "/rounds/" in door or ": notices" in door or ": mails" in door
        }
        spoken = [
            (door, name)
            for door, said in own.items()
            for name in town.names
            if name in said.replace(door, "")
        ]
        assert [hit for hit in spoken if "?q=" not in hit[0]] == []

    def begun_alike(self, world: Callable[[int], dict[str, Any]]) -> list[dict[str, Any]]:
        """Both worlds from one state of the database: what viewers changed in the first is not there in the second."""
        here = engine().url.database
        assert here is not None
        kept, found = f"{here}_kept", []
        self._cut()
        replace(self.server, kept, here)
        try:
            for which in (0, 1):
                found.append(world(which))
                self._cut()
                replace(self.server, here, kept)
        finally:
            drop(self.server, kept)
        return found

    def _cut(self) -> None:
        self.db.close()
        engine().dispose()


@pytest.fixture
def setting(
    make: Make,
    db: Session,
    client: Client,
    application: FastAPI,
    postgres: Server,
    monkeypatch: pytest.MonkeyPatch,
) -> Setting:
    conflicts = Conflicts()
    monkeypatch.setattr(standing, "_checkers", [conflicts])
    # Figures of the home page are kept for a minute, whatever happens meanwhile.
    monkeypatch.setattr(home, "_figures", Fragments(size=4, seconds=0))
    return Setting(make, db, client, application, conflicts, postgres)


VIEWERS = ("anonymous", "member", "applicant", "reviewer", "panellist", "secretary in conflict")
WITHOUT_SHRINKING = [Step.explicit, Step.reuse, Step.generate]
"""Every try is a whole world; the failing one is told as it is."""
CHECKS = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large]


@given(plan=plans(QUICK), watching=st.lists(st.sampled_from(VIEWERS), min_size=2, max_size=2, unique=True))
@settings(
    max_examples=3, deadline=None, derandomize=True, suppress_health_check=CHECKS, phases=WITHOUT_SHRINKING
)
def test_nobody_learns_who_reviews(setting: Setting, plan: Plan, watching: list[str]) -> None:
    setting.compare(plan, watching, acts=False)


@pytest.mark.slow
@pytest.mark.timeout(1800)
@given(plan=plans(SLOW))
@settings(max_examples=25, deadline=None, suppress_health_check=CHECKS, phases=WITHOUT_SHRINKING)
def test_nobody_learns_who_reviews_in_many_worlds(setting: Setting, plan: Plan) -> None:
    setting.compare(plan, VIEWERS, acts=True)


PLAN = Plan(
    Phase.discussion,
    "single",
    [Chair(0, 1, SeatState.locked, (4, 3), "数据来源可靠"), Chair(0, 2, SeatState.locked, (2, 5))],
    ((0, 1), (2, 3)),
    ((0, 1), (1, 0)),
)


def test_the_comparison_notices_a_leak(setting: Setting, monkeypatch: pytest.MonkeyPatch) -> None:
    """With names for all who see reviews, the fellow reviewer tells the worlds apart: the test can fail."""
    monkeypatch.setattr("portal.reviews.reviewing.reading.reviewer_names", lambda *_asked: Names.full)
    town = setting.town(PLAN)
    town.viewers = {"reviewer": town.viewers["reviewer"]}
    one, two = (setting.world(town, PLAN, which) for which in (0, 1))
    assert any(door.endswith("/discussion") for door in worlds.differing(one, two))


def test_whoever_may_know_names_reads_them(setting: Setting) -> None:
    town = setting.town(PLAN)
    town.viewers = {"secretary": town.secretary}
    one, two = (setting.world(town, PLAN, which) for which in (0, 1))
    assert any(door.endswith("/reviews") for door in worlds.differing(one, two))


def test_every_page_of_reviews_is_knocked_at(setting: Setting) -> None:
    """Whoever adds a page with a new parameter says what stands for it; whoever adds a stream says that it is one."""
    town = setting.town(PLAN)
    found = list(doors.routes(setting.app))
    assert len(found) > 20
    assert {route.path for route in found if doors.streams(route)} <= doors.STREAMS
    for route in found:
        assert list(itertools.islice(doors.addresses(route, town), 1)), route.path
