"""What must be known before a jail starts: two jobs of the same mould may be given the same warm jail."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from registry.sandbox.backend import MIB, JailSpec, Limits
from registry.sandbox.runtimes import Runtime

MOST_WALL_S = 3600.0
"""Of a longer job the imports are no matter."""
MOST_OUTPUT_BYTES = 4096 * MIB
MOST_SOURCES, MOST_SOURCE_BYTES = 16, 256 * 1024
_PYTHON = frozenset({"python", "python3"})
_SLOW = frozenset({
    "numpy", "pandas", "scipy", "scipy.ndimage", "scipy.optimize", "scipy.sparse", "scipy.spatial",
    "scipy.stats", "sklearn", "sklearn.cluster", "sklearn.ensemble", "sklearn.linear_model",
    "sklearn.metrics", "sklearn.model_selection", "sklearn.neighbors", "sklearn.pipeline",
    "sklearn.preprocessing", "skops.io", "onnxruntime", "shapely", "shapely.geometry", "pyproj",
    "pyogrio", "rasterio", "geopandas", "networkx", "libpysal", "momepy", "joblib",
})  # fmt: skip
"""The modules worth importing ahead. Only these names are ever imported, whatever a source asks for."""
# At column 0 only: what stands in a function or under a condition may never be imported.
_IMPORT = re.compile(
    rb"^(?:from[ \t]+([\w.]+)[ \t]+import[ \t]+\(?([\w \t,]*)|import[ \t]+([\w., \t]+))", re.MULTILINE
)


@dataclass(frozen=True)
class Mould:
    """Runtime, command, folder, mount points, environment and thread count of a jail, and what is imported ahead.

    It holds no job's data: binds have targets here, and no sources.
    """

    runtime: Runtime
    argv: tuple[str, ...]
    cwd: str
    targets: tuple[str, ...]
    env: tuple[tuple[str, str], ...]
    threads: int
    processes: int
    modules: tuple[str, ...]

    @property
    def name(self) -> str:
        """For logs and for the operator."""
        return f"{self.runtime.name} {self.argv[1]} ({', '.join(self.modules)})"


def mould_of(spec: JailSpec) -> Mould | None:
    """The mould of a job, or None where a warm jail gains nothing or could not be the same as a cold one.

    Only `python SCRIPT ...` qualifies, the script in a bound folder; the modules are those that the script and its
    neighbours certainly import, so that a warm jail has nothing in memory that a cold one would not have.
    """
    limits = spec.limits
    if limits.wall_s > MOST_WALL_S or limits.output_bytes > MOST_OUTPUT_BYTES:
        return None
    if any(name.startswith("PYTHON") for name in spec.env):
        return None
    script = script_of(spec)
    if script is None or not all(bind.source.is_dir() for bind in spec.binds):
        return None
    targets = [bind.target for bind in spec.binds]
    if any(PurePosixPath(one).is_relative_to(two) for one in targets for two in targets if one != two):
        return None
    modules = installed(spec.runtime, imported(script))
    return cast(spec, modules) if modules else None


def cast(spec: JailSpec, modules: tuple[str, ...]) -> Mould:
    """The mould of a job, whatever its command, with these modules."""
    return Mould(
        runtime=spec.runtime,
        argv=tuple(spec.argv),
        cwd=spec.cwd,
        targets=tuple(sorted(bind.target for bind in spec.binds)),
        env=tuple(sorted(spec.env.items())),
        threads=spec.limits.threads,
        processes=spec.limits.processes,
        modules=modules,
    )


def script_of(spec: JailSpec) -> Path | None:
    """The host's file of the script that the command runs; None for every other kind of command."""
    if len(spec.argv) < 2 or spec.argv[0] not in _PYTHON or not spec.argv[1].endswith(".py"):
        return None
    if spec.argv[1].startswith("-"):
        return None
    inside = PurePosixPath(spec.cwd, spec.argv[1])
    for bind in spec.binds:
        if inside.is_relative_to(bind.target) and ".." not in inside.parts:
            script = bind.source.joinpath(inside.relative_to(bind.target))
            return script if script.is_file() and not script.is_symlink() else None
    return None


def imported(script: Path) -> set[str]:
    """Slow modules that the script imports at its top, itself or through files beside it. Sources are searched, as
    bytes, and never parsed or run."""
    found: set[str] = set()
    pending, seen = [script], {script}
    while pending and len(seen) <= MOST_SOURCES:
        with pending.pop().open("rb") as file:
            source = file.read(MOST_SOURCE_BYTES)
        for name in _names(source):
            beside = script.parent / f"{name.partition('.')[0]}.py"
            if beside.is_file() and not beside.is_symlink():
                if beside not in seen:
                    seen.add(beside)
                    pending.append(beside)
            elif (known := _known(name)) is not None:
                found.add(known)
    return found


def _names(source: bytes) -> Iterable[str]:
    for match in _IMPORT.finditer(source):
        package, members, plain = (part.decode("utf-8", "replace") if part else "" for part in match.groups())
        for each in plain.split(","):
            if words := each.split():
                yield words[0]
        if package:
            yield package
            yield from (f"{package}.{each.split()[0]}" for each in members.split(",") if each.split())


def _known(name: str) -> str | None:
    """The longest listed name that ``name`` lies in."""
    while name and name not in _SLOW:
        name = name.rpartition(".")[0]
    return name or None


def installed(runtime: Runtime, names: set[str]) -> tuple[str, ...]:
    """Those of ``names`` that the runtime has, in an order that does not depend on the job."""
    places = [*runtime.layers, runtime.path / "site"]
    return tuple(
        name for name in sorted(names) if any((place / name.partition(".")[0]).is_dir() for place in places)
    )


def waiting_limits(mould: Mould) -> Limits:
    """What a jail may use until its job's own limits are set: the import must fit, and nothing is written."""
    return Limits(
        wall_s=2 * MOST_WALL_S,
        threads=mould.threads,
        memory_bytes=1024 * MIB,
        output_bytes=MOST_OUTPUT_BYTES,
        output_files=8,
        processes=mould.processes,
    )
