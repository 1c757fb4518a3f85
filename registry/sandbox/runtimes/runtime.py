"""A built runtime, and how a jail uses it."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from portal.kit.i18n import N_
from registry.sandbox.binds import Bind
from registry.sandbox.errors import UnknownRuntime
from registry.sandbox.runtimes.copying import MOUNT
from registry.sandbox.runtimes.definitions import parse_name


@dataclass(frozen=True)
class Runtime:
    """A tree with an interpreter, its packages and its shared libraries; mounted read-only at
    ``/runtime``."""

    name: str
    path: Path
    python_version: str
    lock_digest: str
    tree_digest: str
    built_at: str
    executable: str
    loader: str
    layers: tuple[Path, ...] = field(default=())

    @property
    def digest(self) -> str:
        """What a result page quotes: the digest of the lock that the runtime was built from."""
        return self.lock_digest

    @property
    def python(self) -> str:
        """The interpreter's path inside the jail."""
        return f"{MOUNT}/bin/{self.executable}"

    @property
    def binds(self) -> tuple[Bind, ...]:
        """The runtime, the dynamic loader at the place its executables name, and the extra layers."""
        loader = self.path / "sys" / Path(self.loader).name
        layers = (Bind(path, f"/layers/{n}") for n, path in enumerate(self.layers))
        return (Bind(self.path, MOUNT), Bind(loader, self.loader), *layers)

    def env(self, threads: int) -> dict[str, str]:
        """The whole environment of a jailed process; ``threads`` bounds the numeric libraries' own pools."""
        pools = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_MAX_THREADS")
        path = [*(f"/layers/{n}" for n in range(len(self.layers))), f"{MOUNT}/site"]
        return {
            "PATH": f"{MOUNT}/bin",
            "HOME": "/job",
            "TMPDIR": "/tmp",  # noqa: S108 (a private tmpfs of the jail)
            "LC_ALL": "C.UTF-8",
            "TZ": "UTC",
            "LD_LIBRARY_PATH": f"{MOUNT}/sys",
            "PYTHONHOME": MOUNT,
            "PYTHONPATH": ":".join(path),
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONNOUSERSITE": "1",
            "PYTHONUNBUFFERED": "1",
            "PYTHONUTF8": "1",
            "PYTHONHASHSEED": "0",
            "LOKY_MAX_CPU_COUNT": str(threads),
            **{pool: str(threads) for pool in pools},
        }

    def command(self, argv: Sequence[str]) -> list[str]:
        """``argv`` with ``python`` and other bare names looked up in the runtime; there is no shell
        in a jail."""
        if not argv:
            raise ValueError("an empty command")
        first = argv[0]
        if first in ("python", "python3", self.executable):
            first = self.python
        elif "/" not in first:
            first = f"{MOUNT}/bin/{first}"
        return [first, *argv[1:]]

    def with_layers(self, *folders: Path) -> "Runtime":
        """The same runtime with extra package folders, each readable by every user, before its own
        packages."""
        return Runtime(**{**self.__dict__, "layers": (*self.layers, *folders)})


def load(name: str, tree: Path) -> Runtime:
    """Read the record of a built tree; a tree that is absent, partial or of another name is an
    `UnknownRuntime`."""
    try:
        record = json.loads((tree / "runtime.json").read_text(encoding="utf-8"))
        runtime = Runtime(path=tree, **record)
    except (OSError, ValueError, TypeError) as error:
        raise UnknownRuntime(
            N_("Runtime %(name)s is not built: run `cspon runtime build %(name)s`"), name=name
        ) from error
    if runtime.name != name:
        raise UnknownRuntime(
            N_("%(path)s holds the runtime %(found)s, not %(name)s"), path=tree, found=runtime.name, name=name
        )
    return runtime


def find(name: str, root: Path) -> Runtime:
    """The built runtime of that name under ``root``; `UnknownRuntime` says whether it is undefined or
    only not built."""
    parse_name(name)
    return load(name, (root / name).resolve())


def built(root: Path) -> list[Runtime]:
    """All runtimes under ``root``, by name; what does not read as one is left out."""
    found = []
    for entry in sorted(root.glob("*-py3*")):
        try:
            found.append(find(entry.name, root))
        except UnknownRuntime:
            continue
    return found
