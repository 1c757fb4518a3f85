"""Whether an assignment keeps the rules: counted from the pairs alone, without anything the solver uses."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from portal.kit.i18n import N_, _
from portal.reviews.matching.problem import Pair, Problem


class Rule(StrEnum):
    """A rule of a round. The first four give way, in a round that cannot keep all, and are then reported."""

    SEATS = "seats"
    SENIORS = "seniors"
    LEAST = "least"
    CROSSING = "crossing"
    MOST = "most"
    CONFLICT = "conflict"
    DECLINED = "declined"
    ORGANISATION = "organisation"
    FIXED = "fixed"

    @property
    def elastic(self) -> bool:
        """Whether the solver may fall short of it where there is no other way."""
        return self in {Rule.SEATS, Rule.SENIORS, Rule.LEAST, Rule.CROSSING}


WORDS = {
    Rule.SEATS: N_("%(submission)s has %(have)s reviews, not %(want)s."),
    Rule.SENIORS: N_("%(submission)s has %(have)s senior experts, fewer than %(want)s."),
    Rule.LEAST: N_("%(reviewer)s has %(have)s seats, fewer than %(want)s."),
    Rule.CROSSING: N_("%(have)s seats cross panels, fewer than %(want)s."),
    Rule.MOST: N_("%(reviewer)s has %(have)s seats, more than %(want)s."),
    Rule.CONFLICT: N_("%(reviewer)s has a conflict of interest with %(submission)s."),
    Rule.DECLINED: N_("%(reviewer)s declined %(submission)s."),
    Rule.ORGANISATION: N_("%(have)s experts of %(submission)s belong to %(organisation)s; %(want)s may."),
    Rule.FIXED: N_("The fixed seat of %(reviewer)s at %(submission)s is missing."),
}


@dataclass(frozen=True, slots=True)
class Breach:
    """One rule that is not kept: where, how many there are, and how many there should be."""

    rule: Rule
    submission: str = ""
    reviewer: str = ""
    organisation: str = ""
    have: int = 0
    want: int = 0

    def words(self) -> str:
        """The breach in the current language."""
        return _(
            WORDS[self.rule], submission=self.submission, reviewer=self.reviewer, organisation=self.organisation,
            have=self.have, want=self.want,
        )  # fmt: skip


def check(problem: Problem, pairs: Iterable[Pair]) -> tuple[Breach, ...]:
    """Every rule that the assignment breaks, hard ones first. Pairs must lie inside of the problem."""
    seats = sorted(set(pairs))
    parts = (_pairs, _organisations, _loads, _panels)
    found = [breach for part in parts for breach in part(problem, seats)]
    return tuple(sorted(found, key=lambda breach: breach.rule.elastic))


def _pairs(problem: Problem, seats: list[Pair]) -> Iterator[Breach]:
    names = [(Rule.CONFLICT, problem.conflicts & set(seats)), (Rule.DECLINED, problem.declined & set(seats))]
    for rule, pairs in [*names, (Rule.FIXED, problem.fixed - set(seats))]:
        for i, j in sorted(pairs):
            yield Breach(rule, problem.submissions[i].key, problem.reviewers[j].key)


def _organisations(problem: Problem, seats: list[Pair]) -> Iterator[Breach]:
    limit = problem.rules.of_one_organisation
    own = Counter((i, code) for i, j in seats for code in set(problem.reviewers[j].organisations))
    for (i, code), count in sorted(own.items()):
        if limit and count > limit:
            yield Breach(
                Rule.ORGANISATION, problem.submissions[i].key, organisation=code, have=count, want=limit
            )


def _loads(problem: Problem, seats: list[Pair]) -> Iterator[Breach]:
    loads = Counter(j for _i, j in seats)
    for j, reviewer in enumerate(problem.reviewers):
        if loads[j] > reviewer.most:
            yield Breach(Rule.MOST, reviewer=reviewer.key, have=loads[j], want=reviewer.most)
        if loads[j] < reviewer.least:
            yield Breach(Rule.LEAST, reviewer=reviewer.key, have=loads[j], want=reviewer.least)


def _panels(problem: Problem, seats: list[Pair]) -> Iterator[Breach]:
    rules = problem.rules
    filled = Counter(i for i, _j in seats)
    seniors = Counter(i for i, j in seats if problem.reviewers[j].senior)
    for i, submission in enumerate(problem.submissions):
        if filled[i] != problem.wanted[i]:
            yield Breach(Rule.SEATS, submission.key, have=filled[i], want=int(problem.wanted[i]))
        if seniors[i] < rules.seniors:
            yield Breach(Rule.SENIORS, submission.key, have=seniors[i], want=rules.seniors)
    crossing = sum(problem.submissions[i].panel != problem.reviewers[j].panel for i, j in seats)
    want = -(-rules.crossing_percent * len(seats) // 100)  # rounded up
    if crossing < want:
        yield Breach(Rule.CROSSING, have=crossing, want=want)
