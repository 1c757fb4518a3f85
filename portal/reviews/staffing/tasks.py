"""Jobs of staffing. What needs numerical libraries runs in a process of its own, which the deadline can end."""

import json
import logging
import os
import subprocess
import sys
import threading
import uuid
from typing import Any

from portal.kit.actor import SYSTEM
from portal.kit.db import transaction
from portal.kit.errors import Refusal
from portal.kit.jobs import job, periodic
from portal.reviews.staffing import checker
from portal.reviews.staffing.actions import notes, runs, working
from portal.reviews.staffing.queries import personal
from portal.reviews.staffing.queries import runs as queries
from portal.settings import ROOT

log = logging.getLogger(__name__)
assert checker  # noqa: S101 - what finds conflicts of interest is known once it is imported
SECONDS = 300.0
"""To solve in; comparing texts comes before it, and all of it ends within ``runs.WORKS``."""


@job(runs.JOB, queue=runs.QUEUE)
def run(run_id: str) -> None:
    """Compute a run that waits; one that somebody else has taken up, or nobody wants any more, is left alone."""
    key = uuid.UUID(run_id)
    with transaction() as db:
        queries.take_time(db)
        working.prepare(db, key)
    with transaction() as db:
        asked = working.begin(db, key)
    if asked is None:
        return
    attempt = asked.pop("attempt")
    try:
        found = _computed(key, attempt, {**asked, "seconds": SECONDS})
    except (OSError, ValueError, subprocess.SubprocessError):
        log.exception("staffing run %s", run_id)
        with transaction() as db:
            working.give_up(db, key, attempt)
        return
    if found is not None:
        with transaction() as db:
            working.finish(db, key, attempt, found)


def _computed(key: uuid.UUID, attempt: int, asked: dict[str, Any]) -> dict[str, Any] | None:
    """The last line of the child; None where the run was cancelled or taken over meanwhile."""
    # One thread: a worker shares its machine, and with more the libraries wait for each other.
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    with subprocess.Popen(
        [sys.executable, "-m", "portal.reviews.staffing.solving"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8", cwd=ROOT, env=environment,
    ) as child:  # fmt: skip
        # A computation that hangs must not hold a worker: the run is failed by its deadline meanwhile.
        alarm = threading.Timer(runs.WORKS.total_seconds(), child.kill)
        alarm.start()
        assert child.stdin is not None and child.stdout is not None  # noqa: S101, PT018 - pipes were asked for
        try:
            json.dump(asked, child.stdin, ensure_ascii=False)
            child.stdin.close()
            for line in child.stdout:
                said: dict[str, Any] = json.loads(line)
                if "stage" not in said:
                    return said
                with transaction() as db:
                    if not working.say(db, key, attempt, said["stage"]):
                        return None
        finally:
            alarm.cancel()
            child.kill()
    raise subprocess.SubprocessError("the computation ended without an answer")


@job("staffing.look")
def look(round_id: str) -> None:
    """Look for conflicts of a round that is too large to be looked at in a request."""
    with transaction() as db:
        queries.take_time(db)
        notes.look_anew(db, SYSTEM, round_id=uuid.UUID(round_id))


@job("staffing.forget_person")
def forget_person(account_id: str) -> None:
    """Delete the conflicts of a closed account that nobody decided about."""
    with transaction() as db:
        personal.forget_person(db, uuid.UUID(account_id))


@periodic("staffing.run_deadlines", "*/5 * * * *")
def run_deadlines(timestamp: int) -> None:  # noqa: ARG001 - Procrastinate passes it
    """Runs end in time; seeds that nobody revealed are revealed."""
    with transaction() as db:
        runs.run_deadlines(db)


@periodic("staffing.look_for_conflicts", "23 * * * *")
def look_for_conflicts(timestamp: int) -> None:  # noqa: ARG001
    """Look again at rounds that go on: who has come into conflict leaves the seat, hourly. One round fails alone."""
    with transaction() as db:
        rounds = queries.running_rounds(db)
    for round_id in rounds:
        try:
            with transaction() as db:
                queries.take_time(db)
                notes.look_anew(db, SYSTEM, round_id=round_id)
        except Refusal as refusal:
            log.warning("conflicts of round %s: %s", round_id, refusal)
