"""What is to be assigned, and under which rules: one immutable value with one canonical form and one digest.

All numbers are integers. Affinity and soft weights count in 1/``SCALE``, so that the digest, and a draw that starts
from it, are the same on every machine.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from portal.kit.i18n import _
from portal.reviews.matching.promises import ProblemError

__all__ = ["ProblemError"]
SCALE = 10_000
FORMAT = "cspon-matching-1"
Pair = tuple[int, int]
Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Submission:
    """Something to be reviewed, and the panel it belongs to."""

    key: str
    panel: str = ""


@dataclass(frozen=True, slots=True)
class Reviewer:
    """An expert of the round.

    ``organisations``: codes of all that count as the expert's own, parents too if the round wants so. ``least`` and
    ``most``: seats taken; ``most`` 0 is an expert who dropped out.
    """

    key: str
    panel: str = ""
    organisations: tuple[str, ...] = ()
    senior: bool = False
    least: int = 0
    most: int = 10


@dataclass(frozen=True, slots=True)
class Rules:
    """The numbers of a round's rules.

    ``reviews`` per submission (more where more seats are fixed), ``seniors`` of them at least; at most
    ``of_one_organisation`` of them share an organisation (0: no limit); ``crossing_percent`` of all filled seats at
    least are held by experts of another panel, so that scores of panels can be compared. ``cap_permille``: the highest
    probability a pair may have in a draw by lot. ``candidates``: the shortest list of experts considered for one
    submission.
    """

    reviews: int = 3
    seniors: int = 1
    of_one_organisation: int = 1
    crossing_percent: int = 15
    cap_permille: int = 500
    candidates: int = 30


@dataclass(frozen=True, eq=False)
class Problem:
    """Submissions, experts, what speaks for and against every pair, and the rules. Raises ``ProblemError``.

    Submissions and experts are sorted by key, so that one problem has one form. ``affinity`` is (submissions, experts)
    in 1/``SCALE``. Pairs are (index of submission, index of expert): ``conflicts`` and ``declined`` never sit together,
    ``fixed`` do, ``soft`` lowers the merit of a pair by that much.
    """

    submissions: tuple[Submission, ...]
    reviewers: tuple[Reviewer, ...]
    affinity: Ints
    rules: Rules = field(default_factory=Rules)
    conflicts: frozenset[Pair] = frozenset()
    declined: frozenset[Pair] = frozenset()
    fixed: frozenset[Pair] = frozenset()
    soft: Mapping[Pair, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        affinity = np.array(self.affinity, dtype=np.int64)
        affinity.setflags(write=False)
        object.__setattr__(self, "affinity", affinity)
        _check_shape(self)
        _check_rules(self.rules)
        _check_fixed(self)

    @property
    def seats(self) -> int:
        """How many reviews are wanted in all."""
        return int(self.wanted.sum())

    @cached_property
    def wanted(self) -> Ints:
        """How many reviews every submission is to have: as many as the rules ask for, or as are fixed already."""
        wanted = np.full(len(self.submissions), self.rules.reviews, dtype=np.int64)
        for i, count in Counter(i for i, _j in self.fixed).items():
            wanted[i] = max(self.rules.reviews, count)
        return wanted

    @cached_property
    def allowed(self) -> Mask:
        """Which pairs may sit together: (submissions, experts)."""
        mask = np.ones(self.affinity.shape, dtype=np.bool_)
        for i, j in self.conflicts | self.declined:
            mask[i, j] = False
        mask[:, [j for j, reviewer in enumerate(self.reviewers) if reviewer.most == 0]] = False
        return mask

    @cached_property
    def merit(self) -> Ints:
        """Affinity less soft weights, in 1/``SCALE``; negative where more speaks against a pair than for it."""
        merit: Ints = self.affinity.copy()
        for (i, j), weight in self.soft.items():
            merit[i, j] -= weight
        return merit

    @cached_property
    def crossing(self) -> Mask:
        """Which pairs cross panels: (submissions, experts)."""
        rows = np.array([submission.panel for submission in self.submissions], dtype=np.str_)
        columns = np.array([reviewer.panel for reviewer in self.reviewers], dtype=np.str_)
        return np.asarray(rows[:, None] != columns[None, :], dtype=np.bool_)

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the canonical form, in hex."""
        return hashlib.sha256(canonical(self.as_json())).hexdigest()

    def total(self, pairs: Iterable[Pair]) -> int:
        """The merit of all pairs together, in 1/``SCALE``."""
        return sum(int(self.merit[pair]) for pair in pairs)

    def as_json(self) -> dict[str, Any]:
        """The canonical form: integers, strings and lists only, pairs sorted."""
        return {
            "format": FORMAT,
            "rules": asdict(self.rules),
            "submissions": [[s.key, s.panel] for s in self.submissions],
            "reviewers": [
                [r.key, r.panel, sorted(r.organisations), int(r.senior), r.least, r.most]
                for r in self.reviewers
            ],
            "affinity": self.affinity.tolist(),
            "conflicts": sorted(map(list, self.conflicts)),
            "declined": sorted(map(list, self.declined)),
            "fixed": sorted(map(list, self.fixed)),
            "soft": sorted([i, j, weight] for (i, j), weight in self.soft.items()),
        }


def canonical(value: object) -> bytes:
    """JSON with sorted keys and no spaces, in UTF-8: for integers, strings and lists the same bytes as RFC 8785."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def fixed_point(matrix: npt.NDArray[np.floating[Any]]) -> Ints:
    """An affinity matrix in [0, 1] in the integers a problem takes."""
    units: Ints = np.rint(np.clip(matrix, 0.0, 1.0).astype(np.float64) * SCALE).astype(np.int64)
    return units


def read_problem(value: object) -> Problem:
    """The problem of a canonical form. Raises ``ProblemError`` where it is none."""
    try:
        return _read(value)
    except ProblemError:
        raise
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise ProblemError(_("This is not the description of an assignment: %(what)s", what=error)) from error


def _read(value: Any) -> Problem:
    if not isinstance(value, dict) or value.get("format") != FORMAT:
        raise ProblemError(
            _("This is not the description of an assignment: %(what)s", what=f"format != {FORMAT}")
        )
    reviewers = tuple(
        Reviewer(
            text_of(key),
            text_of(panel),
            tuple(map(text_of, own)),
            bool(whole(senior)),
            whole(least),
            whole(most),
        )
        for key, panel, own, senior, least, most in value["reviewers"]
    )
    rows = [[whole(cell) for cell in row] for row in value["affinity"]]
    return Problem(
        submissions=tuple(Submission(text_of(key), text_of(panel)) for key, panel in value["submissions"]),
        reviewers=reviewers,
        affinity=np.array(rows, dtype=np.int64).reshape(len(value["submissions"]), len(reviewers)),
        rules=Rules(**{name: whole(number) for name, number in value["rules"].items()}),
        conflicts=read_pairs(value["conflicts"]),
        declined=read_pairs(value["declined"]),
        fixed=read_pairs(value["fixed"]),
        soft={(whole(i), whole(j)): whole(weight) for i, j, weight in value["soft"]},
    )


def read_pairs(value: Any) -> frozenset[Pair]:
    """Pairs of indices of a canonical form. Raises ``TypeError`` or ``ValueError`` where there are none."""
    return frozenset((whole(i), whole(j)) for i, j in value)


def whole(value: Any) -> int:
    """An integer and nothing that only looks like one. Raises ``TypeError``."""
    if type(value) is not int:
        raise TypeError(f"{value!r} is not an integer")
    return value


def text_of(value: Any) -> str:
    """A text that can be written in UTF-8. Raises ``TypeError`` or ``ValueError``."""
    if type(value) is not str:
        raise TypeError(f"{value!r} is not a text")
    value.encode()
    return value


def _check_shape(problem: Problem) -> None:
    for things in (problem.submissions, problem.reviewers):
        keys = [thing.key for thing in things]
        if keys != sorted(set(keys)):
            raise ProblemError(_("Submissions and experts must be sorted by key, each key once."))
    shape = (len(problem.submissions), len(problem.reviewers))
    if problem.affinity.shape != shape:
        raise ProblemError(
            _("The affinity matrix is %(have)s, not %(want)s.", have=problem.affinity.shape, want=shape)
        )
    if problem.affinity.size and not (problem.affinity.min() >= 0 and problem.affinity.max() <= SCALE):
        raise ProblemError(_("Affinity lies between 0 and %(most)s.", most=SCALE))
    for i, j in [*problem.conflicts, *problem.declined, *problem.fixed, *problem.soft]:
        if not (0 <= i < shape[0] and 0 <= j < shape[1]):
            raise ProblemError(_("The pair (%(i)s, %(j)s) is outside of the matrix.", i=i, j=j))
    if any(not 0 <= weight <= SCALE for weight in problem.soft.values()):
        raise ProblemError(_("Soft weights lie between 0 and %(most)s.", most=SCALE))
    for reviewer in problem.reviewers:
        if not 0 <= reviewer.least <= reviewer.most:
            raise ProblemError(_("Expert %(key)s: the least load is above the most.", key=reviewer.key))


def _check_rules(rules: Rules) -> None:
    sound = (
        rules.reviews >= 1
        and 0 <= rules.seniors <= rules.reviews
        and rules.of_one_organisation >= 0
        and 0 <= rules.crossing_percent <= 100
        and 1 <= rules.cap_permille <= 1000
        and rules.candidates >= 1
    )
    if not sound:
        raise ProblemError(_("The rules of the round contradict themselves: %(rules)s", rules=asdict(rules)))


def _check_fixed(problem: Problem) -> None:
    """Fixed seats alone must break no rule that is never relaxed. More of them than reviews asked for stay all."""
    rules = problem.rules
    refused = _("The fixed seats break a rule: %(what)s")
    for i, j in sorted(problem.fixed):
        if not problem.allowed[i, j]:
            pair = f"{problem.submissions[i].key} / {problem.reviewers[j].key}"
            raise ProblemError(refused % {"what": pair})
    loads = Counter(j for _i, j in problem.fixed)
    own = Counter((i, code) for i, j in problem.fixed for code in set(problem.reviewers[j].organisations))
    for j, count in loads.items():
        if count > problem.reviewers[j].most:
            raise ProblemError(refused % {"what": problem.reviewers[j].key})
    for (i, code), count in own.items():
        if rules.of_one_organisation and count > rules.of_one_organisation:
            raise ProblemError(refused % {"what": f"{problem.submissions[i].key} / {code}"})
