"""What conflicts are read from: people, where they work and worked, and what ties them. No database here."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Post(StrEnum):
    """How somebody belongs to an organisation."""

    employed = "employed"
    student = "student"
    joint = "joint"
    honorary = "honorary"


@dataclass(frozen=True)
class Tenure:
    """Somebody's time in an organisation, named by the key the organisation has in the tree.

    ``end`` None: still there. ``end_unknown``: it is over, but nobody said when; it then counts as just over.
    """

    organisation: str
    start: dt.date | None = None
    end: dt.date | None = None
    post: Post = Post.employed
    end_unknown: bool = False

    def overlaps(self, other: "Tenure") -> bool:
        """Whether both were there at the same time. What has no date may have been at any time."""
        return _before(self.start, other.end) and _before(other.start, self.end)


def _before(start: dt.date | None, end: dt.date | None) -> bool:
    return start is None or end is None or start <= end


@dataclass(frozen=True)
class Person:
    """Somebody. ``key`` is the account's where there is one; a name somebody only wrote down has none."""

    names: frozenset[str]
    key: str = ""
    orcid: str = ""
    emails: frozenset[str] = frozenset()
    tenures: tuple[Tenure, ...] = ()


class TieKind(StrEnum):
    """What ties two people."""

    kin = "kin"
    adviser = "adviser"
    co_author = "co_author"
    co_project = "co_project"
    lineage = "lineage"
    other = "other"


@dataclass(frozen=True)
class Tie:
    """Something two people share: a declared relation, a work, a project. Without direction.

    ``last`` is the day it last held (of a work, the day it was published), None where it still does or has no end.
    ``evidence`` names where it stands, such as the address of the work.
    """

    kind: TieKind
    one: Person
    other: Person
    last: dt.date | None = None
    evidence: str = ""


@dataclass(frozen=True)
class Exclusion:
    """Whom an applicant asked not to have: a person, an organisation, or both to say which person is meant."""

    person: Person | None = None
    organisation: str = ""


@dataclass(frozen=True)
class Party:
    """Who stands behind a submission: its people, and the organisations that submit it."""

    people: tuple[Person, ...]
    organisations: frozenset[str] = frozenset()
    exclusions: tuple[Exclusion, ...] = ()


@dataclass(frozen=True)
class Above:
    """The organisation above another one, for a time."""

    parent: str
    start: dt.date | None = None
    end: dt.date | None = None


@dataclass(frozen=True)
class Tree:
    """Organisations above organisations. ``cities`` holds the first four digits of an institute's division code."""

    above: Mapping[str, tuple[Above, ...]] = field(default_factory=dict)
    cities: Mapping[str, str] = field(default_factory=dict)

    def ancestors(self, organisation: str, since: dt.date) -> dict[str, int]:
        """All that are or were (since that day) above it, and how many steps up; loops in the data end the climb."""
        found: dict[str, int] = {}
        level = {organisation}
        for steps in range(1, 10):
            level = (
                {
                    link.parent
                    for one in level
                    for link in self.above.get(one, ())
                    if link.end is None or link.end >= since
                }
                - found.keys()
                - {organisation}
            )
            if not level:
                break
            found.update(dict.fromkeys(level, steps))
        return found

    def steps(self, one: str, other: str, since: dt.date) -> int | None:
        """How many steps lie between two of which one is above the other; None where neither is."""
        up, down = self.ancestors(one, since).get(other), self.ancestors(other, since).get(one)
        return min((each for each in (up, down) if each is not None), default=None)

    def siblings(self, one: str, other: str, since: dt.date) -> bool:
        """Whether both stand directly below the same organisation."""
        parents = [
            {name for name, steps in self.ancestors(each, since).items() if steps == 1}
            for each in (one, other)
        ]
        return one != other and bool(parents[0] & parents[1])


@dataclass(frozen=True)
class World:
    """Everything a verdict may rest on. ``reviewed`` holds (expert's key, person's key) of earlier rounds."""

    tree: Tree = field(default_factory=Tree)
    ties: tuple[Tie, ...] = ()
    applicants: frozenset[str] = frozenset()
    """Keys of all who apply in this round."""
    refused: frozenset[str] = frozenset()
    """Keys of experts who did not sign the pledge of this round."""
    reviewed: Mapping[tuple[str, str], dt.date] = field(default_factory=dict)


@dataclass(frozen=True)
class Rules:
    """Periods and reach, all data of the round's template. The defaults are the platform's rule, not a law's."""

    former_years: int = 3
    work_years: int = 3
    reviewed_years: int = 2
    tree_steps: int = 2
    """Up to how many steps above or below count as the same organisation."""
    applicants_may_review: bool = False
