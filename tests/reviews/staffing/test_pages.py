"""Who reads what of conflicts and staffing: hidden is absent, on pages, in files, in lists and in counts."""

import uuid

import pytest
from sqlmodel import Session, select

from portal.reviews.rounds import sight
from portal.reviews.rounds.models import Phase
from portal.reviews.rounds.sight import register
from portal.reviews.staffing.actions import notes, runs
from portal.reviews.staffing.models import ConflictNote, RunKind
from tests.guards.test_budget import counted
from tests.reviews.staffing.test_checker import add, ago, worked
from tests.reviews.staffing.test_runs import act, compute, staffed
from tests.support.browser import Client
from tests.support.make import Make

WHY = "核实为同名不同人，单位与证件号均不同。"


def test_pages_are_for_the_secretariat_and_hide_what_one_is_in_conflict_with(
    client: Client, make: Make, db: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    fixed = staffed(make, db, submissions=2, experts=5)
    add(fixed, *(worked(fixed.experts[n], fixed.units[n].id, ago(1)) for n in (0, 1)))
    run = compute(fixed, act(fixed, runs.start, kind=RunKind.assignment))
    base = f"/rounds/{fixed.round.id}"
    pages = [
        f"{base}/conflicts", f"{base}/conflicts.csv?show=all", f"{base}/staffing", f"{base}/staffing/{run.id}",
        f"{base}/staffing/{run.id}/seats.csv", f"{base}/staffing/submissions/1", f"/api/v1{base}/staffing/{run.id}",
    ]  # fmt: skip
    for person in (fixed.experts[0], fixed.applicants[0], make.account("路人")):
        fixed.enter(client, person)
        assert {client.get(page).status_code for page in pages} == {404}
        lots = 200 if person is fixed.applicants[0] else 404
        assert client.get(f"{base}/staffing/lots").status_code == lots, "whoever has a part in the round"
    fixed.enter(client, None)
    assert {client.get(page).status_code for page in pages} == {303, 401}, "to the sign-in"
    looked: list[str] = []
    monkeypatch.setattr(sight, "_listeners", [])
    register(lambda _db, _actor, _round, what, _submission: looked.append(what))
    fixed.enter(client, fixed.secretary)
    answers = {page: client.get(page) for page in pages}
    assert {answer.status_code for answer in answers.values()} == {200}
    assert {"staffing.conflicts", "staffing.run", "staffing.affinity"} <= set(looked), (
        "views of names are told"
    )
    for page in pages[1:2]:
        assert fixed.experts[0].account.name in answers[page].text
        assert fixed.experts[1].account.name in answers[page].text
    assert client.get(f"{base}/staffing/{uuid.uuid4()}").status_code == 404
    insider = make.account("副秘书长", roles=("secretariat",))
    add(fixed, worked(insider, fixed.units[0].id, ago(1)))
    fixed.enter(client, insider)
    listed = client.get(f"{base}/conflicts?show=all")
    assert fixed.experts[1].account.name in listed.text
    assert fixed.experts[0].account.name not in listed.text
    assert fixed.experts[0].account.name not in client.get(pages[1]).text
    assert client.get(f"{base}/staffing/submissions/1").status_code == 404
    assert client.get(f"{base}/staffing/submissions/2").status_code == 200
    assert {client.get(page).status_code for page in (pages[2], pages[3], pages[6])} == {403}


def test_decisions_by_page_need_a_reason_and_lists_cost_the_same(
    client: Client, make: Make, db: Session
) -> None:
    fixed = staffed(make, db, submissions=2, experts=4)
    add(fixed, worked(fixed.experts[0], fixed.units[0].id, ago(1)))
    base = f"/rounds/{fixed.round.id}"
    fixed.enter(client, fixed.secretary)
    assert client.post(f"{base}/conflicts/look").status_code == 303
    note = db.exec(select(ConflictNote)).one()
    assert client.post(f"{base}/conflicts/{note.id}/dismiss", data={"reason": "误报"}).status_code == 422
    assert client.post(f"{base}/conflicts/{note.id}/shrug", data={"reason": WHY}).status_code == 404
    assert client.post(f"{base}/conflicts/{uuid.uuid4()}/dismiss", data={"reason": WHY}).status_code == 404
    assert client.post(f"{base}/conflicts/{note.id}/dismiss", data={"reason": WHY}).status_code == 303
    assert WHY in client.get(f"{base}/conflicts?show=dismissed").text
    assert client.get(f"{base}/conflicts?after=nonsense").status_code == 404
    assert client.post(f"{base}/staffing", data={"kind": "magic"}).status_code == 422
    place = client.post(f"{base}/staffing", data={"kind": "assignment"}).headers["location"]
    run = db.exec(select(runs.StaffingRun)).one()
    compute(fixed, run)
    assert client.post(f"{place}/change", data={"submission": "S0001"}).status_code == 422
    assert client.get(f"{base}/staffing").status_code == 200
    costs = []
    for _more in range(2):
        found = {}
        for page in (
            f"{base}/conflicts?show=all",
            f"{base}/staffing",
            place,
            f"{base}/staffing/submissions/1",
        ):
            client.get(page)
            with counted() as statements:
                assert client.get(page).status_code == 200
            found[page] = len(statements)
        costs.append(found)
        add(fixed, *(worked(person, fixed.units[1].id, ago(1)) for person in fixed.experts[1:]))
        fixed.do(notes.look_anew, fixed.secretary, round_id=fixed.round.id)
    assert costs[0] == costs[1]
    assert max(costs[0].values()) <= 36, costs
    fixed.stage(Phase.review)
    assert client.post(f"{base}/staffing", data={"kind": "assignment"}).status_code == 409


def test_draws_of_a_round_in_preparation_are_nobody_elses(client: Client, make: Make, db: Session) -> None:
    fixed = staffed(make, db, submissions=1, experts=3)
    fixed.round.public = True
    add(fixed, fixed.round)
    page = f"/rounds/{fixed.round.id}/staffing/lots"
    fixed.enter(client, make.account("路人"))
    assert client.get(page).status_code == 404, "a draft is not public yet"
    fixed.stage(Phase.review)
    assert client.get(page).status_code == 200
