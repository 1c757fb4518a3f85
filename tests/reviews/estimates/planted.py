"""Rounds with a planted truth: who is how good, who is how strict, and who marks without reading."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from portal.reviews.estimates import graph, mixed
from portal.reviews.estimates.table import Scores, means, table

NOISE = 0.6


@dataclass(frozen=True)
class Scenario:
    """``share`` of each panel's quality is common to it; ``crossing`` is the share of reviews outside the panel."""

    submissions: int
    reviewers: int
    each: int
    bias: float = 0.8
    careless: float = 0.0
    panels: int = 0
    share: float = 0.25
    by_quality: bool = False
    crossing: float = 0.0


@dataclass
class Round:
    quality: np.ndarray
    panel: np.ndarray
    severity: np.ndarray
    careless: np.ndarray
    scores: Scores = field(init=False)

    @property
    def truth(self) -> np.ndarray:
        """Quality in the order of the table."""
        return self.quality[list(self.scores.submissions)]

    @property
    def panels(self) -> dict[object, int]:
        return {key: int(self.panel[key]) for key in self.scores.submissions}


def _seats(scenario: Scenario, truth: Round, rng: np.random.Generator) -> list[tuple[int, int]]:
    """Balanced loads: every seat goes to a free reviewer, the least loaded first, at random among equals."""
    load = np.zeros(scenario.reviewers)
    home = np.arange(scenario.reviewers) % max(scenario.panels, 1)
    seats = []
    for i in rng.permutation(scenario.submissions):
        taken: list[int] = []
        for _seat in range(scenario.each):
            inside = home == truth.panel[i]
            pool = ~inside if rng.random() < scenario.crossing else inside
            pool = pool.copy()
            pool[taken] = False
            key = np.where(pool, load + rng.random(scenario.reviewers), np.inf)
            taken.append(int(np.argmin(key)))
            load[taken[-1]] += 1
        seats += [(int(i), j) for j in taken]
    return seats


def plant(scenario: Scenario, seed: int) -> Round:
    """One round; where panels are to be tied (or there are none) the assignment is drawn again until it is connected,
    as a round's assignment has to be."""
    rng = np.random.default_rng(seed)
    p, r = scenario.submissions, scenario.reviewers
    quality, panel = rng.standard_normal(p), np.zeros(p, dtype=np.int64)
    if scenario.by_quality:
        panel[np.argsort(quality)] = np.arange(p) * scenario.panels // p
    elif scenario.panels:
        panel = np.arange(p) % scenario.panels
        common = rng.standard_normal(scenario.panels)[panel]
        quality = np.sqrt(1 - scenario.share) * quality + np.sqrt(scenario.share) * common
    truth = Round(quality, panel, scenario.bias * rng.standard_normal(r), rng.random(r) < scenario.careless)
    tied = not scenario.panels or scenario.crossing > 0
    for _attempt in range(50):
        seats = _seats(scenario, truth, rng)
        truth.scores = table(_marks(truth, seats, scenario, rng))
        if not tied or len(graph.components(truth.scores)) == 1:
            return truth
    raise AssertionError("no connected assignment in 50 draws")


def _marks(
    truth: Round, seats: list[tuple[int, int]], scenario: Scenario, rng: np.random.Generator
) -> list[tuple[int, int, float]]:
    blind = np.sqrt(1 + scenario.bias**2 + NOISE**2)
    return [
        (i, j, float(rng.normal(0, blind)))
        if truth.careless[j]
        else (i, j, float(truth.quality[i] + truth.severity[j] + rng.normal(0, NOISE)))
        for i, j in seats
    ]


def overlap(truth: np.ndarray, estimate: Sequence[float] | np.ndarray, share: float = 0.2) -> float:
    """Share of the truly best ``share`` that is among the best ``share`` of the estimate."""
    k = int(len(truth) * share)
    return len(set(np.argsort(-truth)[:k]) & set(np.argsort(-np.asarray(estimate))[:k])) / k


def overlaps(truth: Round, fitted: mixed.Fit) -> tuple[float, float]:
    """Overlap of the plain mean and of the estimate."""
    plain = [one.mean for one in means(truth.scores)]
    return overlap(truth.truth, plain), overlap(truth.truth, fitted.score)
