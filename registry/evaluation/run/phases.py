"""The two phases of a run, each in a jail of its own: predict never sees labels, score never sees the submission."""

import logging
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path

from portal.kit.clock import monotonic
from registry.benchmarks.digests import INPUTS, LABELS, SCORER
from registry.benchmarks.forms import Manifest
from registry.evaluation.failures import clean, said
from registry.evaluation.queries.orders import Order
from registry.evaluation.run import plan as plans
from registry.evaluation.run import scores
from registry.evaluation.run.faults import Released, RunFailed
from registry.evaluation.run.journal import Journal
from registry.evaluation.run.place import Place
from registry.evaluation.run.staging import lay, lay_runners
from registry.evaluation.run.verdicts import check_predict, check_score
from registry.sandbox.backend import MIB, Jail, JailEnd, JailOutcome, JailSpec
from registry.sandbox.binds import Bind
from registry.sandbox.collector import Collected, CollectLimits, copy_tree
from registry.sandbox.denials import Denied
from registry.sandbox.errors import OutputRefused, UnknownRuntime
from registry.sandbox.runtimes import Runtime, find, parse_name
from registry.sandbox.slots import Slot
from registry.sandbox.staging import Stage
from registry.versions.models import SubmissionKind

log = logging.getLogger(__name__)
_ENV = {"INPUT": "/input", "OUTPUT": "/output"}


@dataclass
class Ran:
    """What one phase leaves behind for the result."""

    wall_s: float = 0.0
    cpu_s: float = 0.0
    peak: int = 0
    files: Sequence[Collected] = ()
    runtime: str = ""
    runtime_digest: str = ""


@dataclass
class Clock:
    """Seconds per phase, for the result page."""

    timings: dict[str, float] = field(default_factory=dict)
    _last: float = field(default_factory=monotonic)

    def lap(self, name: str) -> None:
        """What has passed since the last lap belongs to ``name``."""
        now = monotonic()
        self.timings[name] = round(self.timings.get(name, 0.0) + now - self._last, 4)
        self._last = now


class Phases:
    """The jails of one attempt."""

    def __init__(
        self, place: Place, slot: Slot, order: Order, journal: Journal, left: AsyncExitStack
    ) -> None:
        self._place = place
        self._slot = slot
        self._order = order
        self._journal = journal
        self._left = left
        self._tail = b""
        self.clock = Clock()
        self.denied: Denied | None = None
        """What the sandbox refused the submission; None where that is not recorded."""

    # -- predict ---------------------------------------------------------------------------------------------------

    async def predict(self, stage: Stage, manifest: Manifest) -> Ran:
        """Make the predictions, or take the uploaded ones; `RunFailed` when that does not work."""
        if self._order.kind is SubmissionKind.predictions:
            files = await self._place.run(self._lay_predictions, stage, manifest)
            self.clock.lap("prepare")
            return Ran(files=files)
        runtime = await self._runtime(self._order.runtime, user=True)
        planned = await self._place.run(plans.plan_for, self._order.kind, self._order.files, manifest)
        binds = await self._place.run(self._lay_predict, stage, manifest, planned.model)
        self.clock.lap("prepare")
        spec = JailSpec(
            runtime=runtime,
            argv=planned.argv,
            cwd="/submission",
            binds=binds,
            env=_ENV,
            limits=plans.jail_limits(planned.limits),
        )
        jail = await self._left.enter_async_context(self._place.open(spec, self._slot))
        outcome = await self._run(jail, "predict")
        self.denied = outcome.denied
        check_predict(
            outcome, planned.limits, self._tail, model=planned.model, logs_visible=manifest.logs_visible
        )
        files = await self._place.run(self._collect, jail.output, stage, manifest)
        self.clock.lap("collect")
        return Ran(
            outcome.wall_s, outcome.cpu_s, outcome.peak_memory_bytes, files, runtime.name, runtime.digest
        )

    def _lay_predictions(self, stage: Stage, manifest: Manifest) -> list[Collected]:
        """Uploaded answers are what a program would have left."""
        wanted = set(manifest.predictions.files)
        files = [file for file in self._order.files if file.path in wanted]
        _require(wanted - {file.path for file in files})
        lay(stage, "score/predictions", files, code="archive_refused")
        return [Collected(file.path, file.size, file.sha256) for file in files]

    def _lay_predict(self, stage: Stage, manifest: Manifest, model: bool) -> list[Bind]:
        inputs = lay(stage, "inputs", self._order.benchmark_files, INPUTS, code="benchmark_invalid")
        submission = lay(stage, "submission", self._order.files, code="archive_refused")
        binds = [Bind(inputs, "/input"), Bind(submission, "/submission")]
        if model:
            model_io = manifest.model_io
            binds += lay_runners(stage, model_io.model_dump() if model_io is not None else {})
        return binds

    def _collect(self, output: Path, stage: Stage, manifest: Manifest) -> list[Collected]:
        """Take over the declared files only; everything else in the output must still be harmless."""
        limits = manifest.limits
        try:
            found = copy_tree(
                output,
                stage.path / "collected",
                CollectLimits(files=limits.output_files, total_bytes=limits.output_mb * MIB),
            )
        except OutputRefused as error:
            raise RunFailed("output_refused", reason=said(error)) from error
        wanted = set(manifest.predictions.files)
        files = [file for file in found if file.path in wanted]
        _require(wanted - {file.path for file in files})
        for file in files:
            target = stage.folder("score/predictions")
            if "/" in file.path:
                stage.folder(f"score/predictions/{Path(file.path).parent}")
            (stage.path / "collected" / file.path).rename(target / file.path)
        return files

    # -- score -----------------------------------------------------------------------------------------------------

    async def prepare_score(self, stage: Stage, manifest: Manifest) -> JailSpec:
        """Lay labels, predictions and scorer; the jail that will see them. The submission's jail has ended."""
        runtime = await self._runtime(manifest.scorer.runtime, user=False)
        binds = await self._place.run(self._lay_score, stage)
        return JailSpec(
            runtime=runtime,
            argv=plans.substitute(manifest.scorer.command),
            cwd="/scorer",
            binds=binds,
            env=_ENV,
            limits=plans.scorer_limits(manifest.limits),
        )

    async def score(self, spec: JailSpec, manifest: Manifest) -> tuple[Ran, scores.Scored]:
        """Score the predictions and check what comes out; `RunFailed` says whose fault it is when it does not."""
        self.clock.lap("prepare")
        order = self._order
        evidence = (order.version_digest, order.benchmark_digest, order.scorer_digest)
        jail = await self._left.enter_async_context(self._place.open(spec, self._slot))
        outcome = await self._run(jail, "score")
        check_score(outcome, self._tail)
        ids = await self._place.run(plans.item_ids, order, manifest)
        scored = await self._place.run(scores.read_output, jail.output, manifest, evidence=evidence, ids=ids)
        self.clock.lap("check")
        name, digest = spec.runtime.name, spec.runtime.digest
        return Ran(outcome.wall_s, outcome.cpu_s, outcome.peak_memory_bytes, (), name, digest), scored

    def _lay_score(self, stage: Stage) -> list[Bind]:
        """Labels are laid only now: while the submission ran they were nowhere near."""
        files = self._order.benchmark_files
        lay(stage, "score/labels", files, LABELS, code="benchmark_invalid")
        lay(stage, "score/inputs", files, INPUTS, code="benchmark_invalid")
        scorer = lay(stage, "scorer", files, SCORER, code="benchmark_invalid")
        return [Bind(stage.path / "score", "/input"), Bind(scorer, "/scorer")]

    # -- both ------------------------------------------------------------------------------------------------------

    async def _runtime(self, name: str, *, user: bool) -> Runtime:
        try:
            parse_name(name)
        except UnknownRuntime as error:
            raise RunFailed(
                "runtime_unknown" if user else "benchmark_invalid", runtime=clean(name), reason=clean(name)
            ) from error
        try:
            return await self._place.run(find, name, self._place.runtimes)
        except UnknownRuntime as error:
            raise RunFailed("runtime_missing", runtime=clean(name)) from error

    async def _run(self, jail: Jail, phase: str) -> JailOutcome:
        self._journal.check()
        if self._place.stopping.is_set():
            raise Released
        self._tail = b""
        outcome = await jail.run(
            on_log=self._on_log, on_sample=self._journal.sampled, stop=self._journal.halt
        )
        self._journal.check()
        self.clock.lap(phase)
        self.clock.timings[f"{phase}_cpu"] = round(outcome.cpu_s, 4)
        self.clock.timings[f"{phase}_warm"] = float(outcome.warm)
        if outcome.end is JailEnd.CANCELLED:
            raise Released
        if outcome.end is JailEnd.PLATFORM_FAULT:
            log.warning(
                "evaluation %s: jail: %s", self._order.lease.evaluation_id, clean(outcome.detail, 2000)
            )
        return outcome

    def _on_log(self, chunk: bytes) -> None:
        self._tail = (self._tail + chunk)[-8192:]
        self._journal.printed(chunk)


def _require(missing: set[str]) -> None:
    if missing:
        raise RunFailed("predictions_missing", files=clean(", ".join(sorted(missing))))
