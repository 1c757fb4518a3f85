"""The runtime a version needs: one that is here with the same lock, or one built from the wheels that were carried."""

import os
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from cspon_node.formats import LOCK, WHEELS_DIR
from cspon_node.formats import Runtime as Wanted
from cspon_node.home import Home
from cspon_node.installing import Installed
from cspon_node.refusals import Refusal
from portal.kit.clock import now
from portal.kit.i18n import N_, _
from registry.sandbox.errors import SandboxError
from registry.sandbox.runtimes import Runtime, build, shared_folder
from registry.sandbox.runtimes.runtime import load

_LINE = re.compile(
    r"[A-Za-z0-9][A-Za-z0-9._-]*(\[[A-Za-z0-9,._-]+\])?==\S+( *;[^@#]*)?( +--hash=sha256:[0-9a-f]{64})+"
)
NO_WHEELS = N_("the bundle carries no wheels")
Tell = Callable[[str], None]


@dataclass(frozen=True)
class Sources:
    """Where to look besides the home: folders of runtimes, and where packages come from if one is to be built."""

    folders: Sequence[Path] = ()
    wheels: Path | None = None
    from_index: bool = False
    """Whether pip may ask the index its user has set up."""


def named_folders() -> list[Path]:
    """``CSPON_NODE_RUNTIMES``: folders with built runtimes, separated by colons."""
    return [Path(each) for each in os.environ.get("CSPON_NODE_RUNTIMES", "").split(":") if each]


def provide(home: Home, installed: Installed, sources: Sources, tell: Tell) -> Runtime:
    """A built runtime of the same name and lock; built now where the wheels are at hand. `Refusal` otherwise."""
    wanted = installed.manifest.runtime
    if wanted is None:
        raise Refusal("not-runnable", version=installed.manifest.subject.text)
    own = own_root(home, wanted)
    for root in (own, *sources.folders, *named_folders()):
        found = _there(wanted, root)
        if found is not None:
            return found
    carried = installed.folder / WHEELS_DIR
    wheels = sources.wheels or (carried if carried.is_dir() else None)
    if wheels is None and not sources.from_index:
        raise _cannot(wanted, _(NO_WHEELS))
    lock = installed.folder / LOCK
    check_lock(wanted, lock.read_text(encoding="utf-8"))
    try:
        return build(
            wanted.name, own, tell, built_at=now().isoformat(timespec="seconds"), lock=lock, wheels=wheels
        )
    except SandboxError as error:
        raise _cannot(wanted, error.translated()) from error


def own_root(home: Home, wanted: Wanted) -> Path:
    """One folder for each lock, so that two versions never take each other's runtime away."""
    try:
        return shared_folder(home.path, "runtimes") / wanted.digest[:16]
    except SandboxError as error:
        raise _cannot(wanted, error.translated()) from error


def _there(wanted: Wanted, root: Path) -> Runtime | None:
    try:
        found = load(wanted.name, (root / wanted.name).resolve())
    except SandboxError:
        return None
    return found if found.lock_digest == wanted.digest else None


def check_lock(wanted: Wanted, text: str) -> None:
    """Refuse a lock with anything in it but packages, versions and hashes: no options, no addresses, no other files."""
    for line in text.replace("\\\n", " ").splitlines():
        words = line.partition(" #")[0].strip()
        if words and not words.startswith("#") and not _LINE.fullmatch(words):
            raise _cannot(wanted, words[:80])


def _cannot(wanted: Wanted, why: object) -> Refusal:
    return Refusal("runtime", name=wanted.name, digest=wanted.digest[:12], why=why)
