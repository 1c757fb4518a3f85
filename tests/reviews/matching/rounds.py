"""Rounds to assign: tiny random ones with their answer by trying everything, and planted ones of any size."""

import itertools
from collections.abc import Iterator
from math import ceil

import numpy as np
from hypothesis import strategies as st

from portal.reviews.matching.checking import Rule, check
from portal.reviews.matching.model import WEIGHTS
from portal.reviews.matching.problem import SCALE, Pair, Problem, Reviewer, Rules, Submission

COST = {
    Rule.SEATS: WEIGHTS["seats"],
    Rule.SENIORS: WEIGHTS["seniors"],
    Rule.LEAST: WEIGHTS["least"],
    Rule.CROSSING: WEIGHTS["crossing"],
}


def shortfall(problem: Problem, pairs: frozenset[Pair]) -> int | None:
    """The weighted units that elastic rules fall short; None where a hard rule is broken."""
    found = check(problem, pairs)
    if any(not breach.rule.elastic for breach in found):
        return None
    return sum(COST[breach.rule] * (breach.want - breach.have) for breach in found)


def everything(problem: Problem) -> Iterator[tuple[int, frozenset[Pair]]]:
    """Every assignment that keeps the hard rules, with its shortfall."""
    choices = []
    for i in range(len(problem.submissions)):
        free = [(i, j) for j in range(len(problem.reviewers)) if problem.allowed[i, j]]
        sizes = range(problem.rules.reviews + 1)
        choices.append([team for size in sizes for team in itertools.combinations(free, size)])
    for teams in itertools.product(*choices):
        pairs = frozenset(itertools.chain.from_iterable(teams))
        short = shortfall(problem, pairs)
        if short is not None:
            yield short, pairs


@st.composite
def tiny(draw: st.DrawFn) -> Problem:
    """Up to three submissions and five experts, often too few of something."""
    p, r = draw(st.integers(1, 3)), draw(st.integers(1, 5))
    reviews = draw(st.integers(1, 2))
    cells = st.lists(st.integers(0, 5).map(lambda n: n * SCALE // 5), min_size=r, max_size=r)
    people = []
    for j in range(r):
        most = draw(st.integers(0, 3))
        codes = draw(st.lists(st.sampled_from("xyz"), max_size=2, unique=True))
        panel, senior = draw(st.sampled_from("ab")), draw(st.booleans())
        people.append(
            Reviewer(f"e{j}", panel, tuple(codes), senior, draw(st.integers(0, min(1, most))), most)
        )
    pairs = st.tuples(st.integers(0, p - 1), st.integers(0, r - 1))
    return Problem(
        submissions=tuple(Submission(f"s{i}", draw(st.sampled_from("ab"))) for i in range(p)),
        reviewers=tuple(people),
        affinity=np.array(draw(st.lists(cells, min_size=p, max_size=p))),
        rules=Rules(
            reviews=reviews,
            seniors=draw(st.integers(0, reviews)),
            of_one_organisation=draw(st.integers(0, 1)),
            crossing_percent=draw(st.sampled_from([0, 15, 50])),
            cap_permille=draw(st.sampled_from([500, 1000])),
        ),
        conflicts=draw(st.frozensets(pairs, max_size=4)),
        declined=draw(st.frozensets(pairs, max_size=1)),
        soft=dict.fromkeys(draw(st.frozensets(pairs, max_size=1)), SCALE // 2),
    )


def planted(p: int, r: int, *, seed: int = 1, reviews: int = 3, panels: int = 4) -> Problem:
    """A round that can keep all rules: affinity by hidden topics, room for half as many seats again."""
    chance = np.random.default_rng(seed)
    topics, people = chance.normal(size=(p, 6)), chance.normal(size=(r, 6))
    cosine = (topics @ people.T) / np.linalg.norm(topics, axis=1)[:, None] / np.linalg.norm(people, axis=1)
    each = ceil(1.5 * p * reviews / r)
    return Problem(
        submissions=tuple(Submission(f"s{i:03d}", f"p{chance.integers(panels)}") for i in range(p)),
        reviewers=tuple(
            Reviewer(
                f"e{j:03d}", f"p{chance.integers(panels)}", (f"u{j % (r // 2)}",), j % 3 == 0, each // 3, each
            )
            for j in range(r)
        ),
        affinity=np.rint((0.5 + 0.5 * cosine) * SCALE).astype(int),
        rules=Rules(reviews=reviews),
        conflicts=frozenset((int(i), int(j)) for i, j in np.argwhere(chance.random((p, r)) < 0.06)),
    )
