"""A whole dry run from claim to conclusion: the reference first, then all other cases, two at a time."""

import asyncio
import uuid
from collections.abc import Sequence
from typing import Any

from registry.benchmarks.reading import NotReadableError
from registry.dryruns import actions
from registry.dryruns.actions import Held
from registry.dryruns.cases import BUSY_TIME_S, CASES, MUTANTS, PROGRAM_TIME_S, PROGRAMS
from registry.dryruns.models import CaseState
from registry.dryruns.run import orders, steps
from registry.dryruns.run.orders import Draft, Made
from registry.dryruns.run.voice import Voice
from registry.dryruns.verdicts import Ended, judge
from registry.evaluation.failures import FAILURES, clean
from registry.evaluation.queries.orders import Order, StoredFile
from registry.evaluation.run.faults import Released, RunFailed
from registry.evaluation.run.holder import Ending, Holder
from registry.evaluation.run.place import Place
from registry.sandbox.errors import PlatformFault
from registry.versions.models import SubmissionKind

AT_ONCE = 2


async def run_dry(place: Place, run_id: uuid.UUID) -> None:
    """Take the dry run if it waits and bring it to an end; every end is written, or its lease runs out."""
    held = await place.write(
        lambda db: actions.claim(
            db,
            run_id=run_id,
            worker=place.worker,
            lease_s=place.settings.lease_s,
            grade=place.backend.grade,
        )
    )
    if held is not None:
        await Rehearsal(place, held).go()


class Rehearsal(Holder[Held]):
    """A dry run whose lease we hold."""

    def __init__(self, place: Place, held: Held) -> None:
        super().__init__(place, actions.TERMS, held)
        self._scores: dict[str, float | None] = {}
        self._together = asyncio.Semaphore(AT_ONCE)

    def _failing(self, code: str, params: dict[str, Any]) -> Ending:
        return lambda db: actions.fail(db, self._held, code, params)

    async def _work(self) -> Ending:
        try:
            await self._cases()
        except NotReadableError as error:
            raise RunFailed("benchmark_invalid", reason=clean(str(error))) from error
        return lambda db: actions.conclude(db, self._held)

    async def _persist(self, action: Any, *args: Any, **options: Any) -> None:
        """Write, again and again while the database is away and the lease may still hold."""
        await self._keeper.persist(lambda db: action(db, self._held, *args, **options))

    # -- the cases -------------------------------------------------------------------------------------------------

    async def _cases(self) -> None:
        draft = await self._place.write(lambda db: orders.read_draft(db, self._held))
        predictions = await self._reference(draft)
        if not predictions:
            for name in (*MUTANTS, "no_file", *PROGRAMS):
                await self._skip(name, "reference_failed")
            return
        made, canaries = await steps.make_cases(self._place, draft, predictions, self._voice())
        # The guess comes first: others are measured by its score.
        await self._mutant(draft, made, "constant")
        rest = [self._mutant(draft, made, name) for name in MUTANTS if name != "constant"]
        rest.append(self._tried("no_file", draft, self._predicting(draft, [])))
        rest += [self._program(draft, made, canaries, name) for name in PROGRAMS]
        await _all(rest)

    async def _reference(self, draft: Draft) -> list[StoredFile]:
        """Run the reference; its predictions where it was scored as expected."""
        wanted = draft.manifest.dry_run
        if wanted is None:
            await self._persist(actions.begin_case, "reference")
            await self._persist(
                actions.end_case,
                "reference",
                CaseState.failed,
                reason="no_reference",
                got="benchmark_invalid",
            )
            return []
        files = await self._place.run(orders.reference_files, draft)
        order = orders.order(draft, self._held.id, SubmissionKind(wanted.kind), files)
        await self._persist(actions.begin_case, "reference")
        ended, predictions = await steps.run_case(self._place, order, self._voice(), keep=True)
        await self._judged("reference", draft, ended)
        return predictions if ended.code == "done" else []

    def _predicting(self, draft: Draft, files: Sequence[StoredFile]) -> Order:
        return orders.order(draft, self._held.id, SubmissionKind.predictions, files)

    async def _mutant(self, draft: Draft, made: Made, name: str) -> None:
        if name not in made:
            await self._skip(name, "no_table")
        else:
            await self._tried(name, draft, self._predicting(draft, made[name]))

    async def _program(self, draft: Draft, made: Made, canaries: StoredFile, name: str) -> None:
        if not {"program", "model"} & set(draft.manifest.accepts):
            await self._skip(name, "no_programs")
            return
        seeking = name == "label_seeker"
        files = await self._place.run(
            orders.program_files,
            name,
            made.get("constant", ()) if seeking else (),
            canaries if seeking else None,
        )
        tight = None if seeking else PROGRAM_TIME_S if name == "slow" else BUSY_TIME_S
        order = orders.order(draft, self._held.id, SubmissionKind.program, files, tight_s=tight)
        await self._tried(name, draft, order)

    async def _tried(self, name: str, draft: Draft, order: Order) -> None:
        async with self._together:
            if self._place.stopping.is_set():
                raise Released
            await self._persist(actions.begin_case, name)
            ended, _kept = await steps.run_case(self._place, order, self._voice())
            await self._judged(name, draft, ended)

    async def _judged(self, name: str, draft: Draft, ended: Ended) -> None:
        """Keep how a case ended. What only the platform can have caused ends the whole dry run instead."""
        failure = FAILURES.get(ended.code)
        if failure is not None and failure.whose == "platform" and failure.retry:
            raise PlatformFault(failure.title)
        self._scores[name] = ended.score
        assert draft.manifest.dry_run is not None  # noqa: S101 - without it no case is run
        higher = draft.manifest.primary.direction == "higher"
        reason = judge(CASES[name], ended, draft.manifest.dry_run, self._scores, higher=higher)
        await self._persist(
            actions.end_case,
            name,
            CaseState.failed if reason else CaseState.passed,
            got=ended.code,
            params=ended.params,
            score=ended.score,
            reason=reason,
            log_tail=ended.tail,
            seconds=ended.seconds,
        )

    async def _skip(self, name: str, reason: str) -> None:
        await self._persist(actions.end_case, name, CaseState.skipped, reason=reason)

    def _voice(self) -> Voice:
        voice = Voice(self._place, self._held.id)
        voice.halt = self._keeper.halt
        return voice


async def _all(tasks: Sequence[Any]) -> None:
    """Wait for all; the first that fails ends the others before it is raised."""
    running = [asyncio.ensure_future(task) for task in tasks]
    try:
        await asyncio.gather(*running)
    except BaseException:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        raise
