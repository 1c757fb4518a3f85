"""Predict and score once more, by the same phases as a worker's attempt."""

import asyncio
import hashlib
import uuid
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path

from portal.kit.i18n import _
from portal.kit.ids import new_id
from portal.kit.storage import using
from portal.settings import get_settings
from registry.benchmarks.digests import tree_digest
from registry.dryruns.run.steps import staged
from registry.dryruns.run.voice import Voice
from registry.evaluation.failures import words
from registry.evaluation.queries.leases import Lease
from registry.evaluation.queries.orders import Order
from registry.evaluation.run.faults import RunFailed
from registry.evaluation.run.phases import Phases
from registry.evaluation.run.place import Place, runtime_root
from registry.reproduction.local.faults import CannotRun
from registry.reproduction.local.opening import Opened
from registry.reproduction.pack import BENCHMARK, SUBMISSION, Extent, Pack, Step
from registry.sandbox.detect import detect
from registry.sandbox.errors import SandboxError, UnknownRuntime
from registry.sandbox.runtimes import find
from registry.sandbox.slots import SlotPool
from registry.versions.models import SubmissionKind, VersionState

Tell = Callable[[str], None]


@dataclass
class Here:
    """What came out on this machine. ``metrics`` is empty where only the predictions could be made."""

    predictions_digest: str = ""
    per_item_digest: str = ""
    metrics: dict[str, float] = field(default_factory=dict)
    predict_s: float = 0.0
    score_s: float = 0.0
    grade: str = ""


def steps_of(pack: Pack) -> list[Step]:
    """The jails that this pack needs here."""
    score = [pack.score] if pack.extent is Extent.full else []
    return ([pack.predict] if pack.predict is not None else []) + score


def other_runtimes(pack: Pack, root: Path) -> list[str]:
    """A sentence for each runtime here that was built from another lock; `CannotRun` where one is not built at all."""
    said = []
    for step in {(step.runtime, step.runtime_digest): step for step in steps_of(pack)}.values():
        try:
            runtime = find(step.runtime, root)
        except UnknownRuntime as error:
            raise CannotRun(
                error.translated(), _("Run `cspon runtime build %(name)s`.", name=step.runtime)
            ) from error
        if runtime.digest != step.runtime_digest:
            said.append(
                _(
                    "The runtime %(name)s here is built from the lock %(here)s, the result was made with %(there)s.",
                    name=step.runtime,
                    here=runtime.digest[:12],
                    there=step.runtime_digest[:12],
                )
            )
    return said


def run_pack(opened: Opened, tell: Tell, *, weak_allowed: bool) -> Here:
    """Run in this machine's sandbox; `CannotRun` where there is none, or where the submission or the scorer fails.

    ``tell`` hears ``predict`` and ``score`` as they begin. Nothing is left behind, also when it is interrupted.
    """
    settings = get_settings()
    try:
        backend = detect(weak_allowed=weak_allowed or settings.sandbox_weak)
    except SandboxError as error:
        hint = _("Add --allow-weak-sandbox where you trust the submission.") if not weak_allowed else ""
        raise CannotRun(error.translated(), hint) from error
    backend.sweep()
    place = Place(
        backend=backend,
        slots=SlotPool(backend.work / "slots", 1),
        runtimes=runtime_root(settings),
        work=backend.work,
        settings=settings,
    )
    try:
        with using(opened.store):
            return asyncio.run(_run(place, opened, tell))
    except RunFailed as failed:
        said = words(failed.code, failed.params)
        raise CannotRun(f"{said.title}: {said.text}", said.advice) from failed
    except SandboxError as error:
        raise CannotRun(error.translated(), _("Run `cspon doctor`.")) from error
    finally:
        for pool in (place.hands, place.beats):
            pool.shutdown()


async def _run(place: Place, opened: Opened, tell: Tell) -> Here:
    order, pack = _order(opened), opened.pack
    voice = _Told(place, order.benchmark_id, tell)
    here = Here(grade=place.backend.grade)
    async with place.slots.take() as slot, AsyncExitStack() as left:
        phases = Phases(place, slot, order, voice, left)
        stage = await left.enter_async_context(staged(place, slot))
        voice.enter("predict")
        predicted = await phases.predict(stage, opened.manifest)
        here.predict_s = predicted.wall_s
        here.predictions_digest = tree_digest((file.path, file.sha256) for file in predicted.files)
        if pack.extent is Extent.full:
            spec = await phases.prepare_score(stage, opened.manifest)
            voice.enter("score")
            scorer, scored = await phases.score(spec, opened.manifest)
            here.score_s = scorer.wall_s
            here.metrics = {metric.name: metric.value for metric in scored.metrics}
            here.per_item_digest = hashlib.sha256(scored.per_item).hexdigest()
    return here


class _Told(Voice):
    """A voice that says aloud which phase begins."""

    def __init__(self, place: Place, run_id: uuid.UUID, tell: Tell) -> None:
        super().__init__(place, run_id)
        self._tell = tell

    def enter(self, phase: str) -> None:
        """What comes now belongs to ``predict`` or ``score``."""
        super().enter(phase)
        self._tell(phase)


def _order(opened: Opened) -> Order:
    """The plain values a worker reads from its rows, read from the pack. Its ids name nothing."""
    pack, nothing = opened.pack, new_id()
    manifest = opened.manifest.model_dump(mode="json")
    manifest["logs_visible"] = True  # whoever runs it here may read what it prints
    predict = pack.predict
    return Order(
        lease=Lease(nothing, nothing, 0, nothing),
        kind=SubmissionKind(pack.submission.kind),
        runtime=predict.runtime if predict is not None else opened.manifest.runtime,
        version_digest=pack.submission.digest,
        version_state=VersionState.published,
        files=opened.files(SUBMISSION),
        manifest=manifest,
        benchmark_id=nothing,
        benchmark_digest=pack.benchmark.digest,
        scorer_digest=pack.benchmark.scorer_digest,
        benchmark_files=opened.files(BENCHMARK),
    )
