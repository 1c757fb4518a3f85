"""Why seats stay empty, and whom to invite: read from the problem itself, whatever the solver did."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from portal.kit.i18n import N_, _, ngettext
from portal.reviews.matching.checking import Rule, check
from portal.reviews.matching.problem import Ints, Pair, Problem, Reviewer

STEPS = (
    20_000  # of the search for a team; more are needed only where experts belong to many organisations each
)


class Reason(StrEnum):
    """Why a submission lacks an expert."""

    ALL_CONFLICTED = "all_conflicted"
    TOO_FEW = "too_few"
    NO_SENIOR = "no_senior"
    ORGANISATIONS = "organisations"
    CAPACITY = "capacity"
    TOGETHER = "together"


WORDS = {
    Reason.ALL_CONFLICTED: N_(
        "No expert is left (conflict of interest: %(conflicted)s, declined: %(declined)s)."
    ),
    Reason.TOO_FEW: N_(
        "Too few experts are left: %(allowed)s (conflict of interest: %(conflicted)s, declined: %(declined)s)."
    ),
    Reason.NO_SENIOR: N_(
        "Too few senior experts are left: %(seniors)s of %(allowed)s; needed: %(wanted_seniors)s."
    ),
    Reason.ORGANISATIONS: N_(
        "No team of %(wanted)s keeps the rules (experts left: %(allowed)s, organisations: %(organisations)s)."
    ),
    Reason.CAPACITY: N_("All experts left (%(allowed)s) have as many submissions as they may take."),
    Reason.TOGETHER: N_(
        "There are experts for it alone, but not for all submissions together (left: %(allowed)s, with room: %(room)s)."
    ),
}


@dataclass(frozen=True, slots=True)
class Lack:
    """What one submission lacks: ``seats`` reviews and ``seniors`` senior experts, and why. Numbers are of experts."""

    submission: str
    seats: int
    seniors: int
    reason: Reason
    allowed: int
    conflicted: int
    declined: int
    senior_allowed: int
    organisations: int
    room: int
    wanted: int
    wanted_seniors: int

    def words(self) -> str:
        """What is missing and why, in the current language."""
        parts = []
        if self.seats:
            parts.append(ngettext("%(n)s review is missing.", "%(n)s reviews are missing.", self.seats))
        if self.seniors:
            parts.append(
                ngettext("%(n)s senior expert is missing.", "%(n)s senior experts are missing.", self.seniors)
            )
        why = _(
            WORDS[self.reason], allowed=self.allowed, conflicted=self.conflicted, declined=self.declined,
            seniors=self.senior_allowed, organisations=self.organisations, room=self.room, wanted=self.wanted,
            wanted_seniors=self.wanted_seniors,
        )  # fmt: skip
        return " ".join([*parts, why])


def lacks(problem: Problem, pairs: Iterable[Pair]) -> tuple[Lack, ...]:
    """What every submission lacks that has not all its reviews and senior experts, in the order of submissions."""
    seats = frozenset(pairs)
    missing: dict[str, Counter[Rule]] = {}
    for breach in check(problem, seats):
        if breach.rule in {Rule.SEATS, Rule.SENIORS} and breach.have < breach.want:
            missing.setdefault(breach.submission, Counter())[breach.rule] += breach.want - breach.have
    loads = Counter(j for _i, j in seats)
    return tuple(
        _lack(problem, seats, loads, i, missing[submission.key])
        for i, submission in enumerate(problem.submissions)
        if submission.key in missing
    )


def _lack(
    problem: Problem, seats: frozenset[Pair], loads: Counter[int], i: int, missing: Counter[Rule]
) -> Lack:
    everyone = range(len(problem.reviewers))
    allowed = [j for j in everyone if problem.allowed[i, j]]
    people = [problem.reviewers[j] for j in allowed]
    here = {j for j in allowed if (i, j) in seats}
    room = [j for j in allowed if j not in here and loads[j] < problem.reviewers[j].most]
    return Lack(
        submission=problem.submissions[i].key,
        seats=missing[Rule.SEATS],
        seniors=missing[Rule.SENIORS],
        reason=_reason(problem, i, people, has_room=bool(room)),
        allowed=len(allowed),
        conflicted=sum((i, j) in problem.conflicts for j in everyone),
        declined=sum((i, j) in problem.declined - problem.conflicts for j in everyone),
        senior_allowed=sum(person.senior for person in people),
        organisations=len({code for person in people for code in person.organisations}),
        room=len(room),
        wanted=int(problem.wanted[i]),
        wanted_seniors=problem.rules.seniors,
    )


def _reason(problem: Problem, i: int, people: Sequence[Reviewer], *, has_room: bool) -> Reason:
    rules = problem.rules
    if not people:
        return Reason.ALL_CONFLICTED
    wanted = int(problem.wanted[i])
    if len(people) < wanted:
        return Reason.TOO_FEW
    if sum(person.senior for person in people) < rules.seniors:
        return Reason.NO_SENIOR
    if not team_exists(people, wanted, rules.seniors, rules.of_one_organisation):
        return Reason.ORGANISATIONS
    return Reason.TOGETHER if has_room else Reason.CAPACITY


def team_exists(people: Sequence[Reviewer], size: int, seniors: int, limit: int) -> bool:
    """Whether ``size`` of ``people``, ``seniors`` of them senior, keep the limit per organisation (0: none).

    Experts with the same organisations and rank are alike, so few kinds are tried. A search of more than ``STEPS``
    steps is given up as "yes": the submission is then said to fail together with the others.
    """
    kinds = Counter((person.senior, tuple(sorted(set(person.organisations)))) for person in people)
    order = sorted(kinds, key=lambda kind: (not kind[0], len(kind[1]), kind[1]))
    used: Counter[str] = Counter()
    steps = 0

    def search(start: int, left: int, needed: int) -> bool:
        nonlocal steps
        if left == 0:
            return needed <= 0
        if needed > left:
            return False
        for at in range(start, len(order)):
            steps += 1
            senior, codes = order[at]
            if steps > STEPS:
                return True
            if not kinds[order[at]] or (limit and any(used[code] >= limit for code in codes)):
                continue
            used.update(codes)
            kinds[order[at]] -= 1
            found = search(at, left - 1, needed - senior)
            kinds[order[at]] += 1
            used.subtract(codes)
            if found:
                return True
        return False

    return search(0, size, seniors)


@dataclass(frozen=True, eq=False)
class Outside:
    """Experts who are not in the round: affinity (submissions, experts) in 1/``SCALE``, and known conflicts."""

    reviewers: tuple[Reviewer, ...]
    affinity: Ints
    conflicts: frozenset[Pair] = frozenset()


@dataclass(frozen=True, slots=True)
class Invitation:
    """An expert worth inviting for a submission, and which of what it lacks would be mended.

    ``fills``: one more review; ``senior``: a senior one, where that is lacking. ``affinity`` in 1/``SCALE``.
    """

    submission: str
    reviewer: str
    affinity: int
    fills: bool
    senior: bool


def invitations(
    problem: Problem, pairs: Iterable[Pair], outside: Outside, *, most: int = 5
) -> dict[str, tuple[Invitation, ...]]:
    """For every submission that lacks somebody up to ``most`` experts from outside, best first.

    Only experts count who have no conflict, take at least one seat, would not sit beside too many of their
    organisation, and mend something; who mends more comes first, then who fits better.
    """
    seats = frozenset(pairs)
    found = {}
    numbers = {submission.key: i for i, submission in enumerate(problem.submissions)}
    for lack in lacks(problem, seats):
        i = numbers[lack.submission]
        rows = [
            Invitation(
                submission=lack.submission,
                reviewer=reviewer.key,
                affinity=int(outside.affinity[i, j]),
                fills=lack.seats > 0,
                senior=lack.seniors > 0 and reviewer.senior,
            )
            for j, reviewer in enumerate(outside.reviewers)
            if reviewer.most and (i, j) not in outside.conflicts and _fits(problem, seats, lack, i, reviewer)
        ]
        rows.sort(key=lambda row: (-row.fills - row.senior, -row.affinity, row.reviewer))
        found[lack.submission] = tuple(rows[:most])
    return found


def _fits(problem: Problem, seats: frozenset[Pair], lack: Lack, i: int, reviewer: Reviewer) -> bool:
    """Whether the expert would mend something and may sit beside those who stay."""
    if not lack.seats and not reviewer.senior:
        return False
    limit = problem.rules.of_one_organisation
    # Where only a senior expert is missing one of the others makes room, so a clash with one person is none.
    allowed = limit if lack.seats else limit + 1
    beside = Counter(code for at, j in seats if at == i for code in set(problem.reviewers[j].organisations))
    return not limit or all(beside[code] < allowed for code in set(reviewer.organisations))
