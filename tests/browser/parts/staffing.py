"""Staffing: conflicts of every kind and verdict, a proposal, a draw before and after it is revealed, replacements."""

from typing import Any

from sqlmodel import select

from portal.kit.db import transaction
from portal.reviews.rounds.models import Phase, RoundState, SubmissionExclusion, SubmissionPerson
from portal.reviews.staffing.actions import adopting, notes, runs
from portal.reviews.staffing.models import AT_WORK, ConflictNote, RunKind, RunState, StaffingRun, Verdict
from tests.reviews.rounds import Fixed
from tests.reviews.staffing.test_checker import ago, worked
from tests.reviews.staffing.test_runs import act, staffed


def _computed(found: Fixed, run: StaffingRun) -> StaffingRun:
    """The run once the worker has been at it."""
    from tests.browser.world import eventually

    def over() -> StaffingRun | None:
        row: StaffingRun = found.fresh(run)
        return row if row.state not in AT_WORK else None

    done: StaffingRun = eventually(over, "the run ends")
    return done


def add(world: Any) -> None:
    """Make what the pages show. Needs a running worker."""
    proposal, drawn, empty = (
        staffed(world.make, world.db, submissions=n, experts=m) for n, m in ((6, 9), (4, 8), (1, 3))
    )
    world.people["staffer"] = world.make.account("程序", roles=("secretariat",))
    world.pages["staffer"] = []
    _conflicts(world, proposal)
    _proposal(world, proposal)
    _draw(world, drawn)
    base = f"/rounds/{empty.round.id}"
    world.pages["staffer"] += [f"{base}/staffing", f"{base}/conflicts", f"{base}/staffing/submissions/1"]


def _conflicts(world: Any, found: Fixed) -> None:
    first, second = found.submissions[0].id, found.submissions[1].id
    world.db.add_all(
        [
            worked(found.experts[0], found.units[0].id, ago(2)),
            worked(found.experts[1], found.units[1].id, ago(6), ago(1)),
            SubmissionPerson(submission_id=first, name=found.experts[2].account.name),
            SubmissionExclusion(submission_id=second, account_id=found.experts[3].id, reason="学术观点对立"),
        ]
    )
    world.db.commit()
    found.do(notes.look_anew, found.secretary, round_id=found.round.id)
    with transaction() as db:
        keys = list(db.exec(select(ConflictNote.id).where(ConflictNote.round_id == found.round.id)))
    for key, verdict in zip(keys, (Verdict.dismissed, Verdict.confirmed), strict=False):
        found.do(
            notes.decide, found.secretary, round_id=found.round.id, note_id=key, verdict=verdict,
            reason="已与本人及单位人事部门核实。",
        )  # fmt: skip
    base = f"/rounds/{found.round.id}/conflicts"
    world.pages["staffer"] += [
        base,
        f"{base}?show=all",
        f"{base}?show=dismissed",
        f"{base}?show=gone&submission=3",
    ]


def _proposal(world: Any, found: Fixed) -> None:
    run = _computed(found, act(found, runs.start, kind=RunKind.assignment))
    here = adopting.proposed(run)["S0003"]
    act(found, adopting.change, run, submission="S0003", before=here[0], after="", reason="原专家近期出国")
    base = f"/rounds/{found.round.id}/staffing"
    world.pages["staffer"] += [base, f"{base}/{run.id}", f"{base}/submissions/1"]


def _draw(world: Any, found: Fixed) -> None:
    found.round.public = True
    world.db.add(found.round)
    world.db.commit()
    first = act(found, runs.promise)
    act(found, runs.cancel, first, reason="申报截止日期延后，重新承诺")
    run = act(found, runs.promise)
    for verb in (runs.seal, runs.draw):
        act(found, verb, run)
        run = _computed(found, run)
    assert run.state is RunState.done
    act(found, adopting.adopt, run)
    found.stage(Phase.over, RoundState.concluded)
    act(found, runs.reveal, run)
    base = f"/rounds/{found.round.id}/staffing"
    world.pages["staffer"] += [base, f"{base}/{run.id}"]
    world.pages[""] += [f"{base}/lots"]
