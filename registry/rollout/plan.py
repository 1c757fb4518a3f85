"""Who signs what: the plan of a key ceremony, and what is refused in one. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from cspon_node.formats import CHANNELS, NOTICES
from portal.kit.signing import Verifier

DELEGATED = (*CHANNELS, NOTICES)
ONLINE = ("snapshot", "timestamp")
ROLES = ("root", "targets", *DELEGATED, *ONLINE)
AT_LEAST = {"root": 2, "targets": 2, "national": 2}
"""Below these thresholds one stolen key would reach every node; a demonstration may."""


class Refused(ValueError):  # noqa: N818 - a refusal
    """What is asked of the repository cannot be; the message says what to do. ``code`` is one of ``faults.FAULTS``."""

    def __init__(self, message: str, *, code: str = "refused") -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True)
class RoleKeys:
    """The keys of a role, and how many of them must sign."""

    keys: tuple[Verifier, ...]
    threshold: int = 1

    def __post_init__(self) -> None:
        if self.threshold < 1:
            raise Refused("A threshold is at least one.")
        if len({key.key_id for key in self.keys}) != len(self.keys):
            raise Refused("A key is named twice; two signatures of one key count as one.")
        if len(self.keys) < self.threshold:
            raise Refused(
                f"{len(self.keys)} keys can never give {self.threshold} signatures. Name more keys."
            )


@dataclass(frozen=True)
class Plan:
    """What a ceremony decides."""

    roles: Mapping[str, RoleKeys]
    demo: bool = False

    def __post_init__(self) -> None:
        missing = [role for role in ROLES if role not in self.roles]
        if missing:
            raise Refused(f"Nobody signs for: {', '.join(missing)}.")
        for role, keys in self.roles.items():
            check_threshold(role, keys, demo=self.demo)


def check_threshold(role: str, keys: RoleKeys, *, demo: bool) -> None:
    """Refuse a threshold below what the role needs."""
    least = 1 if demo else AT_LEAST.get(role, 1)
    if keys.threshold < least:
        raise Refused(f"At least {least} keys sign for {role}: one stolen key must not reach every node.")
