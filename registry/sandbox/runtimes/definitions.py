"""What each family of runtimes holds, and how a runtime's name is read."""

import re
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from portal.kit.i18n import N_
from registry.sandbox.errors import UnknownRuntime

FOLDER = Path(__file__).resolve().parent
_NAME = re.compile(r"(?P<family>[a-z]+)-py(?P<major>3)(?P<minor>[0-9]{1,2})")


@dataclass(frozen=True)
class Family:
    """A locked list of packages; one runtime per family and interpreter."""

    name: str
    built_by_default: bool

    @property
    def lock(self) -> Path:
        """The hash-locked requirements file."""
        return FOLDER / f"{self.name}.txt"

    @property
    def lock_digest(self) -> str:
        """SHA-256 of the lock file: two runtimes with the same digest hold the same packages."""
        return sha256(self.lock.read_bytes()).hexdigest()


@dataclass(frozen=True)
class Carried(Family):
    """A family by a lock that was carried here, not by the one of this release."""

    path: Path

    @property
    def lock(self) -> Path:
        """The carried file."""
        return self.path


FAMILIES = {
    family.name: family
    for family in (
        Family("geo", built_by_default=True),
        Family("base", built_by_default=True),
        Family("scan", built_by_default=True),
        Family("preview", built_by_default=True),
        Family("mlflow", built_by_default=False),
    )
}


def parse_name(name: str) -> tuple[Family, tuple[int, int]]:
    """Split ``geo-py311`` into its family and interpreter version; anything else is an `UnknownRuntime`."""
    match = _NAME.fullmatch(name)
    family = FAMILIES.get(match["family"]) if match else None
    if match is None or family is None:
        known = ", ".join(f"{each}-py3NN" for each in FAMILIES)
        raise UnknownRuntime(N_("Unknown runtime %(name)s: known are %(known)s"), name=name, known=known)
    return family, (int(match["major"]), int(match["minor"]))


def default_names(minor: int) -> list[str]:
    """The runtimes that a new installation needs, for the interpreter 3.``minor``."""
    return [f"{family.name}-py3{minor}" for family in FAMILIES.values() if family.built_by_default]
