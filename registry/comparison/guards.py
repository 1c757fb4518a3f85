"""Which two versions are compared."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from portal.kit.pages import Context
from portal.kit.routes import signed_in
from registry.assets.guards import missing
from registry.versions import queries


@dataclass(frozen=True)
class Two:
    """Two versions of one asset, the older one first as the address has it."""

    old: Any
    new: Any

    @property
    def url(self) -> str:
        """The address of the comparison."""
        return compare_url(self.old.namespace, self.old.name, self.old.number, self.new.number)


def compare_url(namespace: str, name: str, old: str, new: str) -> str:
    """The address of a comparison; ``...`` cannot stand in a semantic version."""
    return f"/assets/{namespace}/{name}/compare/{quote(old, safe='')}...{quote(new, safe='')}"


def readable_two(req: Context) -> Two:
    """Both versions of the address, if the actor may read what is said of both. Files pass the gate for themselves."""
    old, dots, new = req.path["span"].partition("...")
    found = [
        queries.detail(req.db, req.actor, req.path["ns"], req.path["name"], number)
        for number in (old, new)
        if dots and 0 < len(number) <= 40
    ]
    if len(found) != 2 or found[0] is None or found[1] is None:
        raise missing(req)
    return Two(found[0], found[1])


def two_of_member(req: Context) -> Two:
    """The same for somebody who is signed in."""
    two = readable_two(req)
    signed_in(req)
    return two
