"""A version run on this node's data: the portal's own jail, without network, seeing its input and nothing else.

Files are compared with their digests as they are copied to the jail's stage: what was changed on the disk never runs.
"""

import asyncio
import csv
import hashlib
import json
import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import registry
from cspon_node.durable import sync_folder
from cspon_node.formats import FILES_DIR, Interface, Output, Run
from cspon_node.installing import Installed
from cspon_node.refusals import Refusal, meaning
from portal.kit.i18n import _
from portal.kit.ids import new_id
from registry.sandbox.backend import MIB, JailOutcome, JailSpec, Limits, SandboxBackend
from registry.sandbox.binds import Bind
from registry.sandbox.collector import Collected, CollectLimits, copy_tree
from registry.sandbox.errors import OutputRefused, SandboxError
from registry.sandbox.runtimes import Runtime
from registry.sandbox.slots import SlotPool
from registry.sandbox.staging import Stage

RUNNERS = Path(registry.__file__).resolve().parent / "sandbox_runners"
DEFAULTS: dict[str, float] = {
    "time_s": 3600, "memory_mb": 4096, "threads": 2, "output_mb": 1024, "output_files": 2000, "log_kb": 1024
}  # fmt: skip
MAX_HEADER = 1 << 20
_ENV = {"INPUT": "/input", "OUTPUT": "/output", "PARAMETERS": "/parameters/parameters.json"}


@dataclass(frozen=True)
class Wish:
    """What the operator asks for."""

    inputs: Sequence[str]
    out: Path
    parameters: Mapping[str, Any] = field(default_factory=dict)
    limits: Mapping[str, float] = field(default_factory=dict)
    """In place of the manifest's: the node's data may be larger than a benchmark's."""


@dataclass(frozen=True)
class Ran:
    """How it ended, and what it left (nothing where it failed)."""

    outcome: JailOutcome
    outputs: Sequence[Collected]
    log: bytes

    def as_run(self, interface: Interface) -> Run:
        """For the receipt: digests and sizes, and only those names that the manifest knows anyway."""
        named = set(interface.outputs)
        outputs = [Output(o.path if o.path in named else "", o.sha256, o.size) for o in self.outputs]
        return Run(
            self.outcome.end.value,
            round(self.outcome.wall_s, 3),
            self.outcome.peak_memory_bytes,
            tuple(outputs),
        )


def run(
    installed: Installed,
    runtime: Runtime,
    backend: SandboxBackend,
    work: Path,
    wish: Wish,
    said: Callable[[bytes], None],
) -> Ran:
    """Run it once. `Refusal` where the input does not fit or files were changed; a failing program is no refusal."""
    interface = installed.manifest.interface
    if interface.how == "none":
        raise Refusal("not-runnable", version=installed.manifest.subject.text)
    if os.path.lexists(wish.out) or not wish.out.absolute().parent.is_dir():
        raise Refusal("output", why=_("%(path)s is there already, or its folder is not", path=wish.out))
    sources = resolve_inputs(wish.inputs, interface.inputs)
    resolve_parameters(wish.parameters, interface.parameters)
    try:
        return asyncio.run(_run(installed, runtime, backend, work, wish, sources, said))
    except SandboxError as error:
        raise Refusal("sandbox", why=error.translated()) from error


async def _run(
    installed: Installed,
    runtime: Runtime,
    backend: SandboxBackend,
    work: Path,
    wish: Wish,
    sources: Mapping[str, Path],
    said: Callable[[bytes], None],
) -> Ran:
    interface, log = installed.manifest.interface, bytearray()
    limits = jail_limits({**DEFAULTS, **interface.limits, **wish.limits})

    def heard(chunk: bytes) -> None:
        log.extend(chunk)
        said(chunk)

    async with AsyncExitStack() as left:
        slot = await left.enter_async_context(SlotPool(work / "slots", 1).take())
        stage = left.enter_context(backend.stage(slot))
        binds = _lay(stage, installed, sources)
        if interface.how == "model":
            binds += _lay_runners(stage, interface, sources)
        else:
            parameters = json.dumps(
                resolve_parameters(wish.parameters, interface.parameters), ensure_ascii=False
            )
            stage.write("parameters/parameters.json", parameters.encode())
            binds.append(Bind(stage.path / "parameters", "/parameters"))
        spec = JailSpec(runtime, _argv(interface), cwd="/submission", binds=binds, env=_ENV, limits=limits)
        jail = await left.enter_async_context(backend.open(spec, slot))
        outcome = await jail.run(on_log=heard)
        outputs = take_over(jail.output, wish.out, limits) if outcome.ok else []
    return Ran(outcome, outputs, bytes(log))


def _argv(interface: Interface) -> list[str]:
    if interface.how == "model":
        runner = f"/runner/{interface.runner}_runner.py"
        return ["python", runner, "/input", "/output", "/runner-config/model_io.json"]
    places = {"$input": "/input", "$output": "/output", "$parameters": _ENV["PARAMETERS"]}
    words = []
    for word in interface.command:
        for name, place in places.items():
            word = word.replace(name, place)
        words.append(word)
    return words


def jail_limits(given: Mapping[str, float]) -> Limits:
    """The limits in the sandbox's units."""
    whole = {name: max(1, int(value)) for name, value in given.items()}
    return Limits(
        wall_s=float(given["time_s"]),
        threads=whole["threads"],
        memory_bytes=whole["memory_mb"] * MIB,
        output_bytes=whole["output_mb"] * MIB,
        output_files=whole["output_files"],
        log_bytes=whole["log_kb"] * 1024,
    )


# --- what goes in -----------------------------------------------------------------------------------------------------


def resolve_inputs(given: Sequence[str], expected: Sequence[str]) -> dict[str, Path]:
    """Name below ``/input`` -> file. An input is a file, a folder (all its files), or ``NAME=FILE``."""
    found: dict[str, Path] = {}
    for text in given:
        name, equals, place = text.partition("=")
        if equals and name in expected:
            _add(found, name, Path(place))
            continue
        path = Path(text)
        if path.is_dir():
            for each in sorted(path.rglob("*")):
                if not each.is_dir() or each.is_symlink():
                    _add(found, each.relative_to(path).as_posix(), each)
        elif len(given) == 1 and len(expected) == 1:
            _add(found, expected[0], path)
        else:
            _add(found, path.name, path)
    missing = [name for name in expected if name not in found]
    if missing:
        raise Refusal("input", why=_("missing: %(names)s (give each as NAME=FILE)", names=", ".join(missing)))
    return found


def resolve_parameters(given: Mapping[str, Any], known: Mapping[str, Any]) -> dict[str, Any]:
    """The values with defaults filled in; refused where one has neither, or where a name is unknown."""
    odd = sorted(given.keys() - known.keys()) if known else []
    made = {**known, **given}
    missing = sorted(name for name, value in made.items() if value is None)
    if odd or missing:
        names = ", ".join(odd or missing)
        why = (
            _("unknown parameters: %(names)s", names=names)
            if odd
            else _("parameters without a value: %(names)s", names=names)
        )
        raise Refusal("input", why=why)
    return made


def _add(found: dict[str, Path], name: str, path: Path) -> None:
    if path.is_symlink() or not path.is_file():
        raise Refusal("input", why=_("%(file)s is no plain file", file=path))
    if name in found:
        raise Refusal(
            "input",
            why=_(
                "%(name)s is given twice: %(first)s, %(second)s", name=name, first=found[name], second=path
            ),
        )
    found[name] = path


def _lay(stage: Stage, installed: Installed, sources: Mapping[str, Path]) -> list[Bind]:
    """Copies of the version's files and of the input, where the jail's user may read them."""
    top = stage.folder("submission")
    for entry in installed.manifest.below("file"):
        relative = entry.path.removeprefix(FILES_DIR)
        try:
            placed = stage.put(f"submission/{relative}", installed.folder / entry.path)
        except OSError as error:
            raise Refusal("installed-changed", name=entry.path) from error
        with placed.open("rb") as file:
            if hashlib.file_digest(file, "sha256").hexdigest() != entry.sha256:
                raise Refusal("installed-changed", name=entry.path)
    inputs = stage.folder("inputs")
    for name, path in sources.items():
        try:
            stage.put(f"inputs/{name}", path)
        except OSError as error:
            raise Refusal("input", why=f"{path}: {meaning(error)}", detail=error) from error
    return [Bind(inputs, "/input"), Bind(top, "/submission")]


def _lay_runners(stage: Stage, interface: Interface, sources: Mapping[str, Path]) -> list[Bind]:
    top = stage.folder("runner")
    for source in RUNNERS.iterdir():
        if source.suffix in {".py", ".json"}:
            stage.put(f"runner/{source.name}", source)
    told = dict(interface.model_io)
    if not told.get("features"):
        table = sources.get(str(told.get("file")))
        told["features"] = [name for name in _header(table) if name != told.get("id")]
    stage.write("runner-config/model_io.json", json.dumps(told).encode())
    return [Bind(top, "/runner"), Bind(top.parent / "runner-config", "/runner-config")]


def _header(table: Path | None) -> list[str]:
    if table is None:
        raise Refusal("input", why=_("a table (CSV) is needed, and none was given"))
    with table.open("rb") as file:
        line = file.readline(MAX_HEADER)
    try:
        return next(csv.reader([line.decode("utf-8-sig")]))
    except (UnicodeDecodeError, csv.Error, StopIteration) as error:
        raise Refusal(
            "input", why=_("%(file)s has no line of column names", file=table), detail=error
        ) from error


# --- what comes out ---------------------------------------------------------------------------------------------------


def take_over(output: Path, out: Path, limits: Limits) -> list[Collected]:
    """Copy what the jail left to ``out``, following no link; ``out`` appears whole or not at all."""
    target = out.absolute()
    fresh = target.with_name(f".{target.name}.{new_id().hex}")
    try:
        found = copy_tree(
            output, fresh, CollectLimits(files=limits.output_files, total_bytes=limits.output_bytes)
        )
        fresh.rename(target)
        sync_folder(target.parent)
    except OutputRefused as error:
        raise Refusal("output", why=error.translated()) from error
    except OSError as error:
        raise Refusal("output", why=f"{out}: {meaning(error)}", detail=error) from error
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    return found
