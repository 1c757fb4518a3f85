"""Who reviews what, at 2,000 submissions x 500 experts x 3 reviews: against the bound of the plain linear program."""

import time

import numpy as np

from bench.support import Line
from portal.reviews.matching.affinity import Affinity, Profile, affinity
from portal.reviews.matching.assignment import Status, assign
from portal.reviews.matching.bound import plain_bound
from portal.reviews.matching.checking import check
from portal.reviews.matching.lots import draw
from portal.reviews.matching.problem import Problem, Reviewer, Rules, Submission, fixed_point
from portal.reviews.matching.words import TERMS

SUBMISSIONS, EXPERTS, UNITS, PANELS = 2_000, 500, 120, 10
CONFLICTS, SENIORS = 0.065, 0.35
LEAST, MOST = 6, 15
WORDS_EACH = 160
SEEDS = ("of-a-bench-of-which-nothing-depends-1", "of-a-bench-of-which-nothing-depends-2")


def profiles(chance: np.random.Generator, panels: np.ndarray) -> list[Profile]:
    """Synthetic texts: every panel has its own terms, every text its own ones among them, and common ones around."""
    terms = [line for line in TERMS.read_text(encoding="utf-8").splitlines() if line and line[0] != "#"]
    per_panel = [chance.choice(len(terms), 40, replace=False) for _panel in range(PANELS)]
    found = []
    for panel in panels:
        own = chance.choice(per_panel[panel], 8, replace=False)
        pool = np.concatenate([np.repeat(own, 4), per_panel[panel], chance.choice(len(terms), 30)])
        said = [terms[at] for at in chance.choice(pool, WORDS_EACH)]
        found.append(
            Profile(
                title="".join(said[:4]),
                abstract="，".join(said),
                keywords=tuple(terms[at] for at in own[:4]),
                codes=(f"D01{panel:02d}", f"E08{int(chance.integers(0, 14)):02d}"),
            )
        )
    return found


def problem() -> tuple[Problem, Affinity, float]:
    """The round, its affinity, and the seconds the matrix took."""
    chance = np.random.default_rng(20_260_801)
    sub_panel, rev_panel = chance.integers(0, PANELS, SUBMISSIONS), chance.integers(0, PANELS, EXPERTS)
    submissions, experts = profiles(chance, sub_panel), profiles(chance, rev_panel)
    begin = time.perf_counter()
    fit = affinity(submissions, experts)
    seconds = time.perf_counter() - begin
    conflicts = np.argwhere(chance.random((SUBMISSIONS, EXPERTS)) < CONFLICTS)
    unit, senior = chance.integers(0, UNITS, EXPERTS), chance.random(EXPERTS) < SENIORS
    made = Problem(
        submissions=tuple(Submission(f"s{i:04d}", f"p{sub_panel[i]}") for i in range(SUBMISSIONS)),
        reviewers=tuple(
            Reviewer(f"e{j:04d}", f"p{rev_panel[j]}", (f"u{unit[j]}",), bool(senior[j]), LEAST, MOST)
            for j in range(EXPERTS)
        ),
        affinity=fixed_point(fit.matrix),
        rules=Rules(reviews=3, seniors=1, of_one_organisation=1, crossing_percent=15),
        conflicts=frozenset((int(i), int(j)) for i, j in conflicts),
    )
    return made, fit, seconds


def run() -> list[Line]:
    """Merit over the bound, the same for the draw, what two draws share, and seconds beside those of the matrix."""
    made, _fit, building = problem()
    bound = plain_bound(made)
    begin = time.perf_counter()
    outcome = assign(made)
    solving = time.perf_counter() - begin
    assert outcome.status is Status.BEST, outcome.status
    assert check(made, outcome.pairs) == ()
    drawn = []
    for seed in SEEDS:
        record = draw(made, seed)
        assert record is not None
        assert check(made, record.assignment) == ()
        drawn.append(record.assignment)
    same = len(drawn[0] & drawn[1]) / len(drawn[0])
    size = f"{SUBMISSIONS:,} x {EXPERTS} x 3"
    return [
        _merit(f"assignment {size}, all rules: affinity", outcome.merit, bound, 0.95),
        _merit(f"draw by lot {size}, all rules: affinity", made.total(drawn[0]), bound, 0.9),
        Line("two draws: shared seats", "all seats", same, 0.7, False, {"ours": [same], "theirs": [1.0]}),
        Line(
            f"assignment {size}: seconds", "seconds of the affinity matrix", solving / building, 5, False,
            {"ours": [solving], "theirs": [building]},
        ),
    ]  # fmt: skip


def _merit(name: str, have: int, bound: int, least: float) -> Line:
    return Line(
        name, "plain linear program, bound", have / bound, least, True, {"ours": [have], "theirs": [bound]}
    )
