"""The rules as linear constraints over a list of pairs, with slacks where a rule may give way."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse

from portal.reviews.matching.problem import Ints, Mask, Pair, Problem

Floats = npt.NDArray[np.float64]
# What a missing unit of each elastic rule costs, as a multiple of the penalty: where not all can be kept, the cheap
# ones give way first.
WEIGHTS = {"seats": 8, "seniors": 4, "crossing": 2, "least": 1}


@dataclass(frozen=True, slots=True)
class Edges:
    """The pairs that are considered, sorted: indices of submissions ``i`` and of experts ``j``."""

    i: Ints
    j: Ints

    def __len__(self) -> int:
        return len(self.i)

    def chosen(self, x: Floats) -> frozenset[Pair]:
        """The pairs that ``x`` gives a seat."""
        at = np.flatnonzero(x > 0.5)
        return frozenset(zip(self.i[at].tolist(), self.j[at].tolist(), strict=True))

    def has(self, pairs: Iterable[Pair]) -> Mask:
        """Which edges are among ``pairs``."""
        wanted = set(pairs)
        return np.array(
            [pair in wanted for pair in zip(self.i.tolist(), self.j.tolist(), strict=True)], dtype=np.bool_
        )


@dataclass(frozen=True, slots=True)
class Model:
    """``lower <= matrix @ (x, slacks) <= upper``; slacks in the order seats, seniors, least, crossing."""

    problem: Problem
    edges: Edges
    matrix: Any
    lower: Floats
    upper: Floats
    weights: Floats

    @property
    def width(self) -> int:
        """How many pairs there are; the slacks follow them."""
        return len(self.edges)


def candidates(problem: Problem, also: Iterable[Pair] = ()) -> Edges:
    """The pairs worth considering, chosen without chance.

    For every submission its ``rules.candidates`` best experts, and a third as many senior ones and ones of other
    panels; for every expert the best ``candidates * submissions / experts`` submissions, so that no expert is left
    out; and ``also``. Shorter lists were found to make rounds infeasible that are not.
    """
    rows, columns = problem.allowed.shape
    chosen = np.zeros((rows, columns), dtype=np.bool_)
    if chosen.size:
        most = max(problem.rules.candidates, 2 * problem.rules.reviews)
        _best(problem, chosen, problem.allowed, most)
        senior = np.array([reviewer.senior for reviewer in problem.reviewers], dtype=np.bool_)
        _best(problem, chosen, problem.allowed & senior, most // 3)
        _best(problem, chosen, problem.allowed & problem.crossing, most // 3)
        score = np.where(problem.allowed, problem.merit, np.iinfo(np.int64).min + 1)
        each = math.ceil(most * rows / columns)
        order = np.argsort(-score, axis=0, kind="stable")[:each]
        chosen[order, np.arange(columns)] = True
        chosen &= problem.allowed
    for pair in (*problem.fixed, *also):
        chosen[pair] = True
    return _edges(chosen)


def all_pairs(problem: Problem) -> Edges:
    """Every pair that may sit together."""
    return _edges(problem.allowed)


def _best(problem: Problem, chosen: Mask, mask: Mask, most: int) -> None:
    score = np.where(mask, problem.merit, np.iinfo(np.int64).min + 1)
    order = np.argsort(-score, axis=1, kind="stable")[:, :most]
    rows = np.arange(len(chosen))[:, None]
    chosen[rows, order] |= mask[rows, order]


def _edges(mask: Mask) -> Edges:
    i, j = np.nonzero(mask)
    return Edges(i.astype(np.int64), j.astype(np.int64))


class _Rows:
    """Constraints while they are collected, block by block."""

    def __init__(self) -> None:
        self.parts: list[tuple[Ints, Ints, Floats]] = []
        self.lower: list[Floats] = []
        self.upper: list[Floats] = []
        self.count = 0

    def add(self, lower: Floats, upper: Floats, *entries: tuple[Ints, Ints, Floats | float]) -> None:
        """A block of rows with these bounds; ``entries`` are (row in the block, column, value)."""
        for row, column, value in entries:
            values = np.broadcast_to(np.asarray(value, dtype=np.float64), row.shape)
            self.parts.append((row + self.count, column, values))
        self.lower.append(lower)
        self.upper.append(upper)
        self.count += len(lower)


def build(problem: Problem, edges: Edges) -> Model:
    """All rules but the fixed seats, which are bounds of the variables."""
    rules = problem.rules
    p, r, n = len(problem.submissions), len(problem.reviewers), len(edges)
    at = np.arange(n, dtype=np.int64)
    subs, revs = np.arange(p, dtype=np.int64), np.arange(r, dtype=np.int64)
    rows = _Rows()
    rows.add(
        problem.wanted.astype(np.float64),
        problem.wanted.astype(np.float64),
        (edges.i, at, 1.0),
        (subs, n + subs, 1.0),
    )
    senior = np.array([reviewer.senior for reviewer in problem.reviewers], dtype=np.bool_)[edges.j]
    least = np.array([reviewer.least for reviewer in problem.reviewers], dtype=np.float64)
    most = np.array([reviewer.most for reviewer in problem.reviewers], dtype=np.float64)
    if rules.seniors:
        rows.add(
            np.full(p, rules.seniors, float), np.full(p, np.inf),
            (edges.i[senior], at[senior], 1.0), (subs, n + p + subs, 1.0),
        )  # fmt: skip
    rows.add(np.zeros(r), most, (edges.j, at, 1.0))
    if least.any():
        rows.add(least, np.full(r, np.inf), (edges.j, at, 1.0), (revs, n + 2 * p + revs, 1.0))
    if rules.crossing_percent and n:
        share: Floats = problem.crossing[edges.i, edges.j].astype(np.float64) - rules.crossing_percent / 100
        once = np.zeros(1, dtype=np.int64)
        rows.add(np.zeros(1), np.full(1, np.inf), (0 * at, at, share), (once, once + n + 2 * p + r, 1.0))
    if rules.of_one_organisation:
        _organisations(problem, edges, rows)
    return _model(problem, edges, rows)


def _organisations(problem: Problem, edges: Edges, rows: _Rows) -> None:
    """One row per submission and organisation that more experts than may sit together belong to."""
    group, edge = organisation_groups(problem, edges)
    limit = problem.rules.of_one_organisation
    _names, inverse, counts = np.unique(group, return_inverse=True, return_counts=True)
    wide = np.flatnonzero(counts > limit)
    number = np.full(len(counts), -1, dtype=np.int64)
    number[wide] = np.arange(len(wide))
    row = number[inverse]
    kept = row >= 0
    rows.add(np.full(len(wide), -np.inf), np.full(len(wide), limit, float), (row[kept], edge[kept], 1.0))


def organisation_groups(problem: Problem, edges: Edges) -> tuple[Ints, Ints]:
    """(number of submission and organisation, index of edge) for every membership of every edge's expert."""
    codes = sorted({code for reviewer in problem.reviewers for code in reviewer.organisations})
    number = {code: index for index, code in enumerate(codes)}
    own = [sorted({number[code] for code in reviewer.organisations}) for reviewer in problem.reviewers]
    degree = np.array([len(codes) for codes in own], dtype=np.int64)
    start = np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(degree)])
    flat = np.array([code for codes in own for code in codes], dtype=np.int64)
    counts = degree[edges.j]
    edge = np.repeat(np.arange(len(edges), dtype=np.int64), counts)
    offset = np.arange(len(edge), dtype=np.int64) - np.repeat(np.cumsum(counts) - counts, counts)
    return edges.i[edge] * max(1, len(number)) + flat[start[edges.j[edge]] + offset], edge


def _model(problem: Problem, edges: Edges, rows: _Rows) -> Model:
    p, r = len(problem.submissions), len(problem.reviewers)
    weights = np.concatenate(
        [
            np.full(p, WEIGHTS["seats"]), np.full(p, WEIGHTS["seniors"]),
            np.full(r, WEIGHTS["least"]), np.full(1, WEIGHTS["crossing"]),
        ]
    ).astype(np.float64)  # fmt: skip
    row, column, value = (np.concatenate(part) for part in zip(*rows.parts, strict=True))
    matrix = sparse.csr_array((value, (row, column)), shape=(rows.count, len(edges) + len(weights)))
    return Model(problem, edges, matrix, np.concatenate(rows.lower), np.concatenate(rows.upper), weights)


def shortage(model: Model, x: Floats, *, whole: bool = True) -> float:
    """The weighted missing units of an assignment: what the slacks would have to be.

    ``whole``: seats that have to cross panels are rounded up, as for a whole assignment.
    """
    problem, edges = model.problem, model.edges
    rules = problem.rules
    p, r = len(problem.submissions), len(problem.reviewers)
    senior = np.array([reviewer.senior for reviewer in problem.reviewers], dtype=np.bool_)[edges.j]
    least = np.array([reviewer.least for reviewer in problem.reviewers], dtype=np.float64)
    seats = np.bincount(edges.i, weights=x, minlength=p)
    seniors = np.bincount(edges.i[senior], weights=x[senior], minlength=p)
    loads = np.bincount(edges.j, weights=x, minlength=r)
    crossing = float(x[problem.crossing[edges.i, edges.j]].sum())
    wanted = rules.crossing_percent * float(x.sum()) / 100
    wanted = math.ceil(wanted - 1e-6) if whole else wanted
    return float(
        WEIGHTS["seats"] * np.maximum(0, problem.wanted - seats).sum()
        + WEIGHTS["seniors"] * np.maximum(0, rules.seniors - seniors).sum()
        + WEIGHTS["least"] * np.maximum(0, least - loads).sum()
        + WEIGHTS["crossing"] * max(0.0, wanted - crossing)
    )
