"""One trial from claim to answer."""

import json
import uuid
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

from portal.kit.storage import get_store
from registry.dryruns.run.steps import staged
from registry.evaluation.failures import said
from registry.evaluation.queries.orders import StoredFile
from registry.evaluation.run import plan as plans
from registry.evaluation.run.faults import RunFailed
from registry.evaluation.run.holder import Ending, Holder
from registry.evaluation.run.place import Place
from registry.evaluation.run.staging import lay, lay_runners
from registry.evaluation.run.verdicts import check_predict
from registry.sandbox.backend import MIB, JailSpec
from registry.sandbox.binds import Bind
from registry.sandbox.collector import CollectLimits, copy_tree
from registry.sandbox.errors import OutputRefused, UnknownRuntime
from registry.sandbox.runtimes import Runtime, find
from registry.sandbox.slots import Slot, SlotPool
from registry.sandbox.staging import Stage
from registry.trials import actions
from registry.trials.actions import Answer, Held
from registry.trials.offers import runtime_of
from registry.trials.policy import LIMITS
from registry.trials.run.outputs import read_outputs
from registry.trials.tables import ID
from registry.versions.models import SubmissionKind

BEAT_S = 2.0
"""A cancelled trial ends its jail so soon."""
TAIL = 3000
PARAMETERS = "/parameters/parameters.json"
_ENV = {"INPUT": "/input", "OUTPUT": "/output", "PARAMETERS": PARAMETERS}


async def run_trial(place: Place, slots: SlotPool, trial_id: uuid.UUID) -> None:
    """Take the trial if it waits and bring it to an end; every end is written, or its lease runs out."""
    async with slots.take() as slot:
        if place.stopping.is_set():
            return  # the watchdog announces it again
        held = await place.write(
            lambda db: actions.claim(
                db,
                trial_id=trial_id,
                worker=place.worker,
                lease_s=place.settings.lease_s,
                grade=place.backend.grade,
            )
        )
        if held is not None:
            await Run(place, slot, held).go()


class Run(Holder[Held]):
    """A trial whose lease we hold."""

    def __init__(self, place: Place, slot: Slot, held: Held) -> None:
        super().__init__(place, actions.TERMS, held, every_s=BEAT_S)
        self._slot = slot
        self._tail = b""
        self._seconds = 0.0

    def _failing(self, code: str, params: dict[str, Any]) -> Ending:
        printed, seconds = self._printed(), self._seconds
        return lambda db: actions.fail(db, self._held, code, params, log_tail=printed, seconds=seconds)

    async def _work(self) -> Ending:
        answer = await self._answer()
        return lambda db: actions.conclude(db, self._held, answer)

    def _printed(self) -> str:
        return self._tail.decode("utf-8", "replace").replace("\0", "\N{REPLACEMENT CHARACTER}")[-TAIL:]

    # -- the jails -------------------------------------------------------------------------------------------------

    async def _answer(self) -> Answer:
        async with AsyncExitStack() as left:
            stage = await left.enter_async_context(staged(self._place, self._slot))
            spec = JailSpec(
                runtime=await self._runtime(),
                argv=self._command(),
                cwd="/submission",
                binds=await self._place.run(self._lay, stage),
                env=_ENV,
                limits=plans.jail_limits(LIMITS),
            )
            jail = await left.enter_async_context(self._place.open(spec, self._slot))
            self._check()
            outcome = await jail.run(on_log=self._on_log, stop=self._keeper.halt)
            self._check()
            self._seconds = round(outcome.wall_s, 3)
            check_predict(outcome, LIMITS, self._tail, model=self._is_model, logs_visible=True)
            files = await self._place.run(self._collect, jail.output, stage)
        outputs, parts = await read_outputs(
            self._place, self._slot, self._held.interface.outputs, files, check=self._check
        )
        return Answer(outputs, files, parts, self._printed(), self._seconds)

    @property
    def _is_model(self) -> bool:
        return self._held.kind is SubmissionKind.model

    def _on_log(self, chunk: bytes) -> None:
        self._tail = (self._tail + chunk)[-8192:]

    async def _runtime(self) -> Runtime:
        name = runtime_of(self._held.runtime)
        try:
            return await self._place.run(find, name, self._place.runtimes)
        except UnknownRuntime as error:
            raise RunFailed("runtime_missing", runtime=name) from error

    def _command(self) -> Sequence[str]:
        if self._is_model:
            return plans.runner_command(self._held.files)
        words = plans.substitute(self._held.interface.command or "")
        if not words:
            raise RunFailed("manifest_invalid", reason={"message": "command: missing", "values": {}})
        return [word.replace("$parameters", PARAMETERS) for word in words]

    def _lay(self, stage: Stage) -> list[Bind]:
        held = self._held
        submission = lay(stage, "submission", held.files, code="archive_refused")
        given = [
            StoredFile(each.file, held.inputs[each.name], 0)
            for each in held.interface.inputs
            if each.name in held.inputs
        ]
        inputs = lay(stage, "inputs", given, code="archive_refused")
        stage.write("parameters/parameters.json", json.dumps(dict(held.parameters)).encode())
        binds = [
            Bind(inputs, "/input"),
            Bind(submission, "/submission"),
            Bind(stage.path / "parameters", "/parameters"),
        ]
        if self._is_model:
            output = held.interface.outputs[0]
            binds += lay_runners(
                stage,
                {
                    "file": held.interface.inputs[0].file,
                    "id": ID,
                    "features": list(held.features),
                    "output": output.file,
                    "column": output.column,
                },
            )
        return binds

    def _collect(self, output: Path, stage: Stage) -> dict[str, Any]:
        """Number -> stored file of the declared outputs; all else in the folder must still be harmless."""
        top = stage.path / "collected"
        limits = CollectLimits(files=LIMITS.output_files, total_bytes=LIMITS.output_mb * MIB)
        try:
            found = {each.path for each in copy_tree(output, top, limits)}
        except OutputRefused as error:
            raise RunFailed("output_refused", reason=said(error)) from error
        wanted = {str(n): each.file for n, each in enumerate(self._held.interface.outputs)}
        files = {
            n: get_store().put([(top / path).read_bytes()]) for n, path in wanted.items() if path in found
        }
        if not files:
            raise RunFailed("no_output", files=", ".join(wanted.values())[:300])
        return files
