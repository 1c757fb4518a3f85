"""Waiting for the worker: versions become public, submissions are evaluated, relations are drawn."""

import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from portal.demo import publishing, queries
from portal.demo.content import Content, Entry
from portal.kit.clock import monotonic
from portal.kit.db import transaction
from portal.kit.i18n import _, label, ngettext
from registry.dryruns import queries as dryruns
from registry.dryruns.models import LIVE, DryRunState
from registry.evaluation import actions as evaluation
from registry.evaluation.models import ACTIVE, EvaluationState
from registry.versions import actions as versions
from registry.versions.models import VersionState

POLL_S = 1.0
STANDSTILL_S = 600.0
INCOMPLETE = 75
"""Exit code: all is queued, but nobody has done it yet (EX_TEMPFAIL)."""
WITHOUT_PASS = {DryRunState.failed, DryRunState.broken}
AGAIN = {EvaluationState.failed_platform, EvaluationState.cancelled}


@dataclass(frozen=True)
class Look:
    """How things stand at one moment."""

    versions: Mapping[tuple[str, str], Any]
    benchmarks: Mapping[str, Any]
    evaluations: Mapping[tuple[uuid.UUID, uuid.UUID], Any]
    workers: int
    dry_runs: Mapping[uuid.UUID, DryRunState]


class Settling:
    """Follows the demo until nothing is under way. Every step may be interrupted and is found again."""

    def __init__(self, content: Content, say: Callable[[str], None], patience_s: float) -> None:
        self._content, self._say, self._patience_s = content, say, patience_s
        self._progress = Progress()
        self._asked: set[uuid.UUID] = set()

    def run(self) -> None:
        """Return when all is as planned; ``SystemExit`` with words where it is not."""
        moved = worked = monotonic()
        while True:
            look = self._look()
            steps = [self._step(look, entry) for entry in self._content.entries]
            if all(steps):
                break
            if self._progress.take_news():
                moved = monotonic()
            if look.workers:
                worked = monotonic()
            self._give_up_after(monotonic() - moved, monotonic() - worked)
            time.sleep(POLL_S)
        self._relate()
        self._conclude()
        self._open_labels()

    @staticmethod
    def _look() -> Look:
        with transaction() as db:
            states = queries.version_states(db)
            return Look(
                states,
                queries.benchmarks(db),
                queries.newest_evaluations(db),
                queries.living_workers(db),
                dryruns.states_of(db, [row.id for row in states.values()]),
            )

    def _step(self, look: Look, entry: Entry) -> bool:
        """Note where an entry stands and ask for its evaluation when it is time; True when it is at rest."""
        version = look.versions.get((entry.full_name, entry.number))
        if version is None or version.state is VersionState.scanning:
            return False
        if version.state is VersionState.draft:
            return self._step_draft(look, entry, version.id)
        good = version.state is VersionState.published
        self._note(
            f"{entry.full_name} {entry.number}", label(version.state), good=good, why=version.state_reason
        )
        if not good:
            return True
        if entry.facts["kind"] == "benchmark":
            return entry.full_name in look.benchmarks
        return not entry.benchmark or self._step_evaluation(look, entry, version.id)

    def _step_draft(self, look: Look, entry: Entry, version_id: uuid.UUID) -> bool:
        """A benchmark whose dry run has passed is submitted; one whose dry run did not pass stays a draft."""
        state = look.dry_runs.get(version_id)
        if state is None or state in LIVE:
            return False
        passed = state is DryRunState.passed
        what = _("dry run of %(name)s", name=f"{entry.full_name} {entry.number}")
        self._note(what, label(state), good=passed, why="")
        if passed:
            with transaction() as db:
                versions.submit(db, publishing.owner(db, entry.namespace), version_id=version_id)
        return not passed

    def _step_evaluation(self, look: Look, entry: Entry, version_id: uuid.UUID) -> bool:
        benchmark = self._content.by_slug(entry.benchmark)
        standing = look.benchmarks.get(benchmark.full_name)
        if standing is None:
            base = look.versions.get((benchmark.full_name, benchmark.number))
            refused = {VersionState.quarantined, VersionState.rejected}
            return base is not None and (base.state in refused or look.dry_runs.get(base.id) in WITHOUT_PASS)
        found = look.evaluations.get((version_id, standing.id))
        if found is None and standing.closed_at is not None:
            return True  # an entry that came after the benchmark was closed stays without a score
        if (found is None or found.state in AGAIN) and version_id not in self._asked:
            self._asked.add(version_id)
            with transaction() as db:
                who = publishing.owner(db, entry.namespace)
                evaluation.request_evaluation(db, who, version_id=version_id, benchmark_id=standing.id)
            return False
        if found is None or found.state in ACTIVE:
            return False
        good = found.state is EvaluationState.done
        what = f"{entry.full_name} {entry.number} @ {benchmark.full_name}"
        self._note(what, label(found.state), good=good, why=found.failure_code)
        return True

    def _note(self, what: str, state: str, *, good: bool, why: str) -> None:
        if self._progress.note(what, state, good=good):
            self._say(f"      {what}: {state}" + (f" ({_(why)})" if why and not good else ""))

    def _give_up_after(self, still_s: float, alone_s: float) -> None:
        if alone_s > self._patience_s:
            self._say(_("No worker is running: the work is queued, and goes on when one does."))
            self._say(_("Start `cspon worker` (or `cspon up`), then run `cspon demo` again."))
            raise SystemExit(INCOMPLETE)
        if still_s > max(STANDSTILL_S, self._patience_s):
            self._say(
                _(
                    "Nothing has moved for %(n)s minutes. See what the worker says, and run `cspon doctor`.",
                    n=round(still_s / 60),
                )
            )
            raise SystemExit(INCOMPLETE)

    def _relate(self) -> None:
        done = 0
        for entry in self._content.entries:
            with transaction() as db:
                done += publishing.relate(db, self._content, entry)
        if done:
            self._say("      " + ngettext("%(n)s asset linked", "%(n)s assets linked", done))

    def _open_labels(self) -> None:
        for entry in self._content.entries:
            with transaction() as db:
                done = publishing.open_labels(db, entry)
            if done:
                self._say("      " + _("labels of %(name)s published", name=entry.full_name))

    def _conclude(self) -> None:
        n = len(self._progress.failed)
        if n:
            self._say(
                ngettext(
                    "%(n)s thing did not come out as planned (see above).",
                    "%(n)s things did not come out as planned (see above).",
                    n,
                )
            )
            raise SystemExit(1)


@dataclass
class Progress:
    """What was said already, so that every change is said once."""

    failed: set[str] = field(default_factory=set)
    _states: dict[str, str] = field(default_factory=dict)
    _news: bool = False

    def note(self, what: str, state: str, *, good: bool) -> bool:
        """Remember a state; whether it is news."""
        if self._states.get(what) == state:
            return False
        self._states[what] = state
        self._news = True
        (self.failed.discard if good else self.failed.add)(what)
        return True

    def take_news(self) -> bool:
        """Whether anything was new since the last time."""
        news, self._news = self._news, False
        return news
