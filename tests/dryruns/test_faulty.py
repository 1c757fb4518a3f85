"""Benchmarks that should not be published, and what their dry runs say."""

import asyncio
import datetime as dt
from collections.abc import Callable

import pytest
from sqlmodel import Session, select

from portal.kit.clock import now
from portal.kit.db import transaction
from portal.notices.models import Notice
from registry.dryruns import actions
from registry.dryruns.models import CaseState, DryRun, DryRunState
from registry.dryruns.run.rehearsal import run_dry
from registry.evaluation.run.place import Place
from registry.leases.actions import LeaseLost
from registry.versions.models import Version
from tests.dryruns.drafts import REFERENCE, STRICT, Desk
from tests.evaluation.tiny import PERFECT, RUNTIME, SCORER, answers

LENIENT = SCORER.replace("if given.keys() != truth.keys():", "if False:").replace(
    "for key in truth]", "for key in truth if key in given]"
)
"""Scores what it gets: half of the rows are as good as all."""
FEWER = "id,y\n" + "".join(f"i{n},{2 * n + (0 if n < 6 else 5)}\n" for n in range(12))
"""Right in the first half only: without the second half the score is better."""


def quick(desk_with: Callable[..., Desk], **changes: object) -> Desk:
    """A benchmark that takes predictions only: its programs are not tried."""
    return desk_with(**{"accepts": ["predictions"], "model_io": None, **changes})


def test_a_lenient_scorer_is_found_out(desk_with: Callable[..., Desk], place: Place) -> None:
    value = (6 * 25 / 12) ** 0.5
    desk = quick(
        desk_with,
        scorer=LENIENT,
        dry_run={**REFERENCE, "expected": value},
        files={"dryrun/reference/predictions.csv": FEWER.encode()},
    )
    run, cases = desk.tried(place)
    assert run.state is DryRunState.failed
    assert cases["reference"].state is CaseState.passed
    assert (cases["missing_rows"].state, cases["missing_rows"].reason) == (CaseState.failed, "too_good")
    assert (cases["wrong_ids"].state, cases["wrong_ids"].got) == (CaseState.failed, "scorer_failed")
    assert cases["not_a_number"].got == "scorer_failed"
    assert {cases[name].reason for name in ("slow", "label_seeker")} == {"no_programs"}
    assert desk.db.get_one(Version, desk.version.id).rehearsed_digest == ""
    notice = desk.db.exec(select(Notice).where(Notice.account_id == desk.owner.id)).one()
    assert notice.url == f"{desk.url}/dry-run"


def test_labels_within_reach_are_found(desk_with: Callable[..., Desk], place: Place) -> None:
    desk = desk_with(files={"inputs/all.csv": b"row\n" + answers(0.0)[5:].replace(b".0", b"")})
    _run, cases = desk.tried(place)
    seeker = cases["label_seeker"]
    assert (seeker.state, seeker.reason) == (CaseState.failed, "labels_found"), seeker.log_tail
    assert "/input/all.csv" in seeker.log_tail
    assert {name for name, row in cases.items() if row.state is CaseState.failed} == {"label_seeker"}


@pytest.mark.parametrize(
    ("changes", "got", "reason"),
    [
        ({"dry_run": {**REFERENCE, "expected": 2.0}}, "done", "other_score"),
        ({"dry_run": {**REFERENCE, "path": "dryrun/nowhere"}}, "predictions_missing", "other_end"),
        ({"dry_run": None}, "benchmark_invalid", "no_reference"),
        ({"scorer": "import sys\nsys.exit('broken')\n"}, "scorer_failed", "other_end"),
    ],
    ids=["expected", "path", "none", "scorer"],
)
def test_without_a_good_reference_nothing_passes(
    desk_with: Callable[..., Desk], place: Place, changes: dict[str, object], got: str, reason: str
) -> None:
    run, cases = quick(desk_with, **changes).tried(place)
    assert run.state is DryRunState.failed
    first = cases["reference"]
    assert (first.state, first.got, first.reason) == (CaseState.failed, got, reason)
    if got != "done":
        assert {row.state for name, row in cases.items() if name != "reference"} == {CaseState.skipped}


def test_a_program_may_be_the_reference(desk_with: Callable[..., Desk], place: Place) -> None:
    described = f"kind: program\nruntime: {RUNTIME}\ncommand: python main.py $input $output\n"
    desk = quick(
        desk_with,
        dry_run={"kind": "program", "path": "dryrun/program", "expected": 0, "tolerance": 0},
        files={"dryrun/program/main.py": PERFECT.encode(), "dryrun/program/cspon.yaml": described.encode()},
    )
    run, cases = desk.tried(place)
    assert run.state is DryRunState.passed
    assert "reading" in cases["reference"].log_tail
    assert cases["constant"].score is not None
    assert cases["constant"].score > 0


def test_a_draft_that_is_no_benchmark_says_why(desk_with: Callable[..., Desk], place: Place) -> None:
    run, cases = desk_with(files={"benchmark.yaml": b"title: 1\n"}, scorer=STRICT).tried(place)
    assert (run.state, run.failure_code) == (DryRunState.failed, "benchmark_invalid")
    assert {row.state for row in cases.values()} == {CaseState.waiting}


def test_a_missing_runtime_is_the_platforms_fault(desk_with: Callable[..., Desk], place: Place) -> None:
    desk = quick(desk_with)
    place.runtimes = place.work / "no-runtimes"
    run_id = desk.start()
    for attempt in range(1, actions.TERMS.tries + 1):
        asyncio.run(run_dry(place, run_id))
        run, _cases = desk.found(run_id)
        assert run.attempt_count == attempt
    assert run.state is DryRunState.broken


def test_asking_twice_finds_the_first_and_changed_files_replace_it(db: Session, desk: Desk) -> None:
    first = desk.start()
    assert desk.start() == first
    make = desk.make
    from registry.versions import actions as versions
    from registry.versions.actions.files import NewFile

    blob = make.blob(b"id,y\ni0,9\n")
    with transaction() as session:
        new = NewFile("labels/labels.csv", blob)  # type: ignore[arg-type]
        versions.add_files(session, desk.actor, version_id=desk.version.id, files=[new])
    second = desk.start()
    assert second != first
    db.expire_all()
    assert db.get_one(DryRun, first).state is DryRunState.replaced


def test_the_watchdog_moves_a_lost_dry_run_on(db: Session, desk: Desk, place: Place) -> None:
    run_id = desk.start()
    with transaction() as session:
        held = actions.claim(session, run_id=run_id, worker="w", lease_s=30, grade="strong")
    assert held is not None
    with transaction() as session:
        actions.begin_case(session, held, "reference")
        assert actions.claim(session, run_id=run_id, worker="other", lease_s=30, grade="strong") is None
        assert actions.watch(session) == 0
    row = db.get_one(DryRun, run_id)
    row.lease_expires_at = now() - dt.timedelta(seconds=1)
    db.commit()
    with transaction() as session:
        assert actions.watch(session) == 1
    db.expire_all()
    assert db.get_one(DryRun, run_id).state is DryRunState.queued
    with pytest.raises(LeaseLost), transaction() as session:
        actions.end_case(session, held, "reference", CaseState.passed)
    with transaction() as session:
        again = actions.claim(session, run_id=run_id, worker="w2", lease_s=30, grade="strong")
    assert again is not None
    assert {row.state for row in desk.found(run_id)[1].values()} == {CaseState.waiting}


def test_a_stopping_worker_gives_the_dry_run_back_uncounted(desk: Desk, place: Place) -> None:
    run_id = desk.start()

    async def stopped_soon() -> None:
        task = asyncio.create_task(run_dry(place, run_id))
        await asyncio.sleep(0.4)
        place.stopping.set()
        await task

    asyncio.run(stopped_soon())
    run, _cases = desk.found(run_id)
    assert (run.state, run.attempt_count) == (DryRunState.queued, 0)
