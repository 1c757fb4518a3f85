"""One attempt from claim to record: prepare, predict, collect, score, check, record. Main thread's event loop only."""

import asyncio
import contextlib
import logging
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager

from portal.kit.db import Session
from portal.kit.errors import Unavailable
from portal.kit.storage import Blob, get_store
from registry.benchmarks.digests import tree_digest
from registry.evaluation import actions
from registry.evaluation.actions import Finding
from registry.evaluation.failures import said
from registry.evaluation.queries.orders import Order
from registry.evaluation.run import scores
from registry.evaluation.run.faults import Released, RunFailed
from registry.evaluation.run.journal import Journal
from registry.evaluation.run.phases import Phases, Ran
from registry.evaluation.run.place import Abandoned, Place
from registry.evaluation.run.plan import load_manifest
from registry.leases.actions import LeaseLost
from registry.sandbox.denials import kept
from registry.sandbox.errors import PlatformFault
from registry.sandbox.slots import Slot
from registry.sandbox.staging import Stage
from registry.versions.models import VersionState

STORE_DELAY_S = 60.0
Ending = Callable[[Session], object]
log = logging.getLogger(__name__)


async def run_attempt(place: Place, evaluation_id: uuid.UUID) -> None:
    """Take the evaluation if it waits and bring this attempt to an end; every end is written, or the lease runs out.

    Refuses quietly what does not wait any more, so that a job may run twice.
    """
    async with place.slots.take() as slot:
        if place.stopping.is_set():
            await place.write(lambda db: actions.remind(db, evaluation_id))
            return
        order = await place.write(
            lambda db: actions.claim(
                db,
                evaluation_id=evaluation_id,
                worker=place.worker,
                lease_s=place.settings.lease_s,
                grade=place.backend.grade,
                profile_digest=place.backend.profile_digest,
            )
        )
        if order is not None:
            await Run(place, slot, order).go()


async def work_off(place: Place, woken_by: uuid.UUID) -> None:
    """Run one evaluation after the other, each time the one that goes next, until none may be taken.

    A worker that stops or drains takes nothing new; the evaluation that woke it is announced again.
    """
    who = actions.Claimant(
        place.worker, place.settings.lease_s, place.backend.grade, place.backend.profile_digest
    )
    while True:
        async with place.slots.take() as slot:
            if not place.takes_evaluations():
                await place.write(lambda db: actions.remind(db, woken_by))
                return
            order = await place.write(
                lambda db: actions.claim_next(db, who, queues=place.queues, worker_id=place.worker_id)
            )
            if order is None:
                return
            await Run(place, slot, order).go()


class Run:
    """An attempt whose lease we hold."""

    def __init__(self, place: Place, slot: Slot, order: Order) -> None:
        self._place = place
        self._slot = slot
        self._order = order
        self._journal = Journal(place, order.lease)
        self._left = contextlib.AsyncExitStack()
        """Stage and jails of this attempt, cleared once its ending is written."""
        self._phases = Phases(place, slot, order, self._journal, self._left)

    async def go(self) -> None:
        """Work, then write how it ended. Only an ending that is ours to write is written."""
        self._journal.start()
        lease = self._order.lease
        try:
            ending = await self._ending()
            last_words = await self._journal.rest()
            try:
                await self._place.persist(
                    lambda db: (last_words(db), ending(db)), since=lambda: self._journal.renewed
                )
            except (LeaseLost, Abandoned):
                raise
            except Exception:
                log.exception("evaluation %s: its ending could not be written", lease.evaluation_id)
                await self._place.persist(self._failing("internal", {}), since=lambda: self._journal.renewed)
        except LeaseLost:
            log.info("evaluation %s: attempt %s is not ours any more", lease.evaluation_id, lease.number)
        except Abandoned:
            log.warning("evaluation %s: the database was away longer than the lease", lease.evaluation_id)
        finally:
            await self._journal.close()
            # Clearing takes a while and nobody waits for it: the result is already recorded.
            await asyncio.shield(self._left.aclose())

    async def _ending(self) -> Ending:
        lease = self._order.lease
        try:
            finding = await self._work()
        except RunFailed as failed:
            return self._failing(failed.code, failed.params)
        except Released as released:
            delay = released.delay_s
            return lambda db: actions.release(db, lease, delay_s=delay)
        except Unavailable as error:
            log.warning("evaluation %s: given back: %s", lease.evaluation_id, error)
            return lambda db: actions.release(db, lease, delay_s=STORE_DELAY_S)
        except PlatformFault as error:
            log.warning("evaluation %s: %s", lease.evaluation_id, error)
            return self._failing("sandbox_fault", {"reason": said(error)})
        except (LeaseLost, Abandoned, asyncio.CancelledError):
            raise
        except Exception:
            log.exception("evaluation %s: attempt %s failed", lease.evaluation_id, lease.number)
            return self._failing("internal", {})
        return lambda db: actions.finish_done(db, lease, finding)

    def _failing(self, code: str, params: dict[str, object]) -> Ending:
        timings, denied = dict(self._phases.clock.timings), kept(self._phases.denied)
        return lambda db: actions.finish_failed(
            db, self._order.lease, code, params, timings=timings, denied=denied
        )

    async def _work(self) -> Finding:
        order = self._order
        if order.version_state is not VersionState.published:
            raise RunFailed("yanked")
        manifest = load_manifest(order)
        stage = await self._left.enter_async_context(self._staged(self._place.backend.stage(self._slot)))
        predicted = await self._phases.predict(stage, manifest)
        self._journal.check()
        limit = float(manifest.limits.time_s)
        # The state is written while the labels are laid; a lost lease ends both.
        spec, _moved = await asyncio.gather(
            self._phases.prepare_score(stage, manifest),
            self._place.persist(
                lambda db: actions.to_scoring(db, order.lease, limit_s=limit),
                since=lambda: self._journal.renewed,
            ),
        )
        self._journal.enter("score")
        scorer, scored = await self._phases.score(spec, manifest)
        blob = await self._place.run(_keep, scored.per_item)
        self._phases.clock.lap("check")
        return self._finding(predicted, scorer, scored, blob)

    @contextlib.asynccontextmanager
    async def _staged(self, manager: AbstractContextManager[Stage]) -> AsyncIterator[Stage]:
        """A stage, made and cleared in a helper thread."""
        stage = await self._place.run(manager.__enter__)
        try:
            yield stage
        finally:
            await asyncio.shield(self._place.run(manager.__exit__, None, None, None))

    def _finding(self, predicted: Ran, scorer: Ran, scored: scores.Scored, blob: Blob) -> Finding:
        order = self._order
        return Finding(
            metrics=scored.metrics,
            version_digest=order.version_digest,
            benchmark_digest=order.benchmark_digest,
            scorer_digest=order.scorer_digest,
            runtime=predicted.runtime,
            runtime_digest=predicted.runtime_digest,
            scorer_runtime=scorer.runtime,
            scorer_runtime_digest=scorer.runtime_digest,
            per_item_sha256=blob.sha256,
            per_item_size=blob.size,
            predictions_digest=tree_digest((file.path, file.sha256) for file in predicted.files),
            item_count=scored.item_count,
            bootstrap_seed=scored.seed,
            resamples=scored.resamples,
            predict_s=round(predicted.wall_s, 4),
            score_s=round(scorer.wall_s, 4),
            peak_memory_bytes=predicted.peak,
            timings=self._phases.clock.timings,
            denied=kept(self._phases.denied),
        )


def _keep(per_item: bytes) -> Blob:
    """The per-item results are in the store before any row names them."""
    return get_store().put([per_item])
