"""What a TUF repository on a folder serves, and what waits beside it for signatures. Pure: reads files only."""

import datetime as dt
import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tuf.api.metadata import Metadata, Role

from registry.rollout.metadata import keys_of, load, signers_of
from registry.rollout.plan import DELEGATED, ONLINE

DEMO, ROLE = "cspon-demo", "cspon-role"
"""Fields of our own in root and in channels: TUF signs and ignores them."""
ABOVE = (
    {"root": "root", "targets": "root"} | dict.fromkeys(ONLINE, "root") | dict.fromkeys(DELEGATED, "targets")
)
"""Role -> the role that says who signs for it."""


@dataclass(frozen=True)
class Standing:
    """How one role stands: its served version (0: none), until when, and what waits for signatures."""

    role: str
    version: int
    expires: dt.datetime | None
    threshold: int
    keys: tuple[str, ...]
    pending: int = 0
    """Version of the file that waits; 0: none."""
    signed: int = 0
    wanted: int = 0


class Reading:
    """The repository in ``folder``: ``metadata/`` is served, ``pending/`` waits for signatures."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.metadata, self.pending = folder / "metadata", folder / "pending"

    @property
    def begun(self) -> bool:
        """Whether a ceremony was held, complete or not."""
        return self.complete or any(self.pending.glob("*.json"))

    @property
    def complete(self) -> bool:
        """Whether everything is signed and served."""
        return (self.metadata / "timestamp.json").exists()

    @property
    def demo(self) -> bool:
        """Whether the keys are those of a demonstration."""
        root = self._published("root") or self._waiting("root")
        return bool(root and root.signed.unrecognized_fields.get(DEMO))

    def names(self) -> list[str]:
        """The served files in the order a bundle has them: all roots from the first, then the others."""
        last = self._last_root()
        rest = ["timestamp", "snapshot", "targets", *DELEGATED] if self.complete else []
        return [f"{n}.root.json" for n in range(1, last + 1)] + [f"{name}.json" for name in rest]

    def read(self, name: str) -> bytes:
        """A served file; ``FileNotFoundError`` for every other name."""
        if name not in self.names():
            raise FileNotFoundError(name)
        return (self.metadata / name).read_bytes()

    def together(self, *roles: str) -> dict[str, bytes]:
        """Files that belong together: all roots and the top roles, with these delegated ones."""
        skip = {f"{name}.json" for name in DELEGATED if name not in roles}
        with self._lock():
            return {name: self.read(name) for name in self.names() if name not in skip}

    def root(self) -> bytes:
        """The newest root: what is handed to a node as its trust. ``FileNotFoundError`` before the ceremony is over."""
        return self.read(f"{self._last_root()}.root.json")

    def targets(self, role: str) -> dict[str, str]:
        """Path -> SHA-256 of the targets a delegated role serves now."""
        found = self._published(role)
        return {path: each.hashes["sha256"] for path, each in found.signed.targets.items()} if found else {}

    def standing(self) -> list[Standing]:
        """Every role, in the order of the chain."""
        return [self._standing(role) for role in ("root", "targets", *DELEGATED, *ONLINE)]

    def expiring(self, before: dt.datetime) -> list[Standing]:
        """What expires before an instant."""
        return [each for each in self.standing() if each.expires is not None and each.expires < before]

    def unsigned(self) -> list[Standing]:
        """What waits for signatures."""
        return [each for each in self.standing() if each.pending]

    def waiting(self, role: str) -> bytes:
        """The file of a role that waits; ``FileNotFoundError`` when none does."""
        return (self.pending / f"{role}.json").read_bytes()

    def _standing(self, role: str) -> Standing:
        here, waits = self._published(role), self._waiting(role)
        coming = self._keys(role, waiting=True)
        keys = self._keys(role, waiting=False) or coming
        new = coming or keys
        above = self._waiting(ABOVE[role]) or self._published(ABOVE[role])
        signed = len(signers_of(above.signed, role, waits)) if waits is not None and above is not None else 0
        return Standing(
            role, here.signed.version if here else 0, here.signed.expires if here else None,
            keys.threshold if keys else 0, tuple(keys.keyids) if keys else (),
            waits.signed.version if waits else 0, signed, new.threshold if new and waits else 0,
        )  # fmt: skip

    def _keys(self, role: str, *, waiting: bool) -> Role | None:
        found = self._waiting(ABOVE[role]) if waiting else self._published(ABOVE[role])
        return keys_of(found.signed, role) if found is not None else None

    def _last_root(self) -> int:
        numbers = [path.name.partition(".")[0] for path in self.metadata.glob("*.root.json")]
        return max((int(number) for number in numbers if number.isdigit()), default=0)

    def _published(self, role: str) -> Metadata[Any] | None:
        return load(self.metadata / (f"{self._last_root()}.root.json" if role == "root" else f"{role}.json"))

    def _waiting(self, role: str) -> Metadata[Any] | None:
        return load(self.pending / f"{role}.json")

    @contextmanager
    def _lock(self) -> Iterator[None]:
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with (self.folder / ".lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield
