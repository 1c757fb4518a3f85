"""One case through the evaluation's own phases; and the jail in which the cases' files are made."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractContextManager, AsyncExitStack
from pathlib import Path

from portal.kit.clock import monotonic
from registry.benchmarks.digests import LABELS
from registry.dryruns.run import orders
from registry.dryruns.run.orders import Draft, Made
from registry.dryruns.run.voice import Voice
from registry.dryruns.verdicts import Ended
from registry.evaluation.failures import said
from registry.evaluation.queries.orders import Order, StoredFile
from registry.evaluation.run.faults import RunFailed
from registry.evaluation.run.phases import Phases
from registry.evaluation.run.place import Place
from registry.evaluation.run.plan import load_manifest
from registry.evaluation.run.staging import lay
from registry.sandbox.backend import MIB, JailSpec, Limits
from registry.sandbox.binds import Bind
from registry.sandbox.collector import CollectLimits, copy_tree
from registry.sandbox.errors import OutputRefused, PlatformFault, UnknownRuntime
from registry.sandbox.runtimes import find
from registry.sandbox.slots import Slot
from registry.sandbox.staging import Stage

MAKING = Limits(wall_s=60, memory_bytes=1024 * MIB, output_bytes=512 * MIB, output_files=500)
log = logging.getLogger(__name__)


@contextlib.asynccontextmanager
async def staged(place: Place, slot: Slot) -> AsyncIterator[Stage]:
    """A stage, made and cleared in a helper thread."""
    manager: AbstractContextManager[Stage] = place.backend.stage(slot)
    stage = await place.run(manager.__enter__)
    try:
        yield stage
    finally:
        await asyncio.shield(place.run(manager.__exit__, None, None, None))


async def run_case(
    place: Place, order: Order, voice: Voice, *, keep: bool = False
) -> tuple[Ended, list[StoredFile]]:
    """Predict and score as an evaluation does; how it ended, and the predictions where they are to be kept.

    Faults of the platform are raised; whatever the submission, the scorer or the benchmark did is an ending.
    """
    began = monotonic()
    kept: list[StoredFile] = []
    async with place.slots.take() as slot, AsyncExitStack() as left:
        try:
            score = await _scored(place, slot, order, voice, left, kept if keep else None)
        except RunFailed as failed:
            ended = Ended(failed.code, dict(failed.params))
        else:
            ended = Ended("done", {}, score)
    return Ended(ended.code, ended.params, ended.score, voice.tail, round(monotonic() - began, 3)), kept


async def _scored(
    place: Place,
    slot: Slot,
    order: Order,
    voice: Voice,
    left: AsyncExitStack,
    kept: list[StoredFile] | None,
) -> float:
    phases = Phases(place, slot, order, voice, left)
    manifest = load_manifest(order)
    stage = await left.enter_async_context(staged(place, slot))
    voice.enter("predict")
    predicted = await phases.predict(stage, manifest)
    voice.check()
    if kept is not None:
        paths = [file.path for file in predicted.files]
        kept += await place.run(orders.kept_tree, stage.path / "score/predictions", paths)
    spec = await phases.prepare_score(stage, manifest)
    voice.enter("score")
    _ran, scored = await phases.score(spec, manifest)
    return next(metric.value for metric in scored.metrics if metric.name == manifest.primary.name)


async def make_cases(
    place: Place, draft: Draft, predictions: Sequence[StoredFile], voice: Voice
) -> tuple[Made, StoredFile]:
    """In a jail, make the predictions of the other cases from those of the reference; and the canaries."""
    async with place.slots.take() as slot, AsyncExitStack() as left:
        stage = await left.enter_async_context(staged(place, slot))
        try:
            runtime = await place.run(find, draft.manifest.scorer.runtime, place.runtimes)
        except UnknownRuntime as error:
            raise RunFailed("runtime_missing", runtime=draft.manifest.scorer.runtime) from error
        binds = await place.run(_lay, stage, draft, predictions)
        argv = ["python", "/cases/mutate.py", "/input", "/output"]
        spec = JailSpec(runtime=runtime, argv=argv, cwd="/cases", binds=binds, limits=MAKING)
        jail = await left.enter_async_context(place.backend.open(spec, slot))
        outcome = await jail.run(on_log=voice.printed, stop=voice.halt)
        voice.check()
        if not outcome.ok:
            log.warning("dry run: making the cases failed: %s %s", outcome.end, voice.tail[-500:])
            raise PlatformFault(outcome.message, **dict(outcome.values))
        try:
            return await place.run(_collected, stage, jail.output)
        except OutputRefused as error:
            raise RunFailed("output_refused", reason=said(error)) from error


def _lay(stage: Stage, draft: Draft, predictions: Sequence[StoredFile]) -> list[Bind]:
    lay(stage, "input/predictions", predictions, code="archive_refused")
    lay(stage, "input/labels", draft.files, LABELS, code="benchmark_invalid")
    stage.put("cases/mutate.py", orders.JAILED / "mutate.py")
    return [Bind(stage.path / "input", "/input"), Bind(stage.path / "cases", "/cases")]


def _collected(stage: Stage, output: Path) -> tuple[Made, StoredFile]:
    top = stage.path / "collected"
    found = copy_tree(output, top, CollectLimits(files=500, total_bytes=512 * MIB, depth=12))
    made: dict[str, list[StoredFile]] = {}
    canaries = orders.keep("canaries.json", b"[]")
    for file in found:
        name, _slash, path = file.path.partition("/")
        data = (top / file.path).read_bytes()
        if not path:
            canaries = orders.keep(name, data)
        else:
            made.setdefault(name, []).append(orders.keep(path, data))
    return made, canaries
