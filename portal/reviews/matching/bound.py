"""The most merit any assignment could have, side rules aside: the yardstick of every outcome."""

import math

import numpy as np
from scipy import sparse
from scipy.optimize import linprog

from portal.reviews.matching.model import Edges, Floats, candidates
from portal.reviews.matching.problem import SCALE, Ints, Pair, Problem

ROUNDS = 8
CLOSE = 1e-4


def plain_bound(problem: Problem) -> int:
    """An upper bound, in 1/``SCALE``, of the merit of any assignment that keeps conflicts and loads.

    The plain linear program (reviews per submission, most seats per expert, conflicts; no other rule) is solved over a
    list of pairs. Its prices are then tried on all pairs: by duality ``sum(wanted * u) + sum(most * v) +
    sum(max(0, merit - u - v))`` bounds the program over all pairs for any prices u, v >= 0, whatever the solver did.
    Pairs that beat the prices join the list, until the bound is within a ten-thousandth of the program.
    """
    edges = candidates(problem)
    best = math.inf
    for _round in range(ROUNDS):
        if not len(edges):
            return 0
        reached, u, v = _prices(problem, edges)
        surplus = np.where(problem.allowed, problem.merit / SCALE - u[:, None] - v[None, :], 0.0)
        most = np.array([reviewer.most for reviewer in problem.reviewers], dtype=np.float64)
        best = min(best, problem.wanted @ u + most @ v + np.maximum(surplus, 0).sum())
        if best <= reached * (1 + CLOSE) + 1e-9:
            break
        edges = _with(problem, edges, np.argwhere(surplus > 1e-9))
    return math.ceil(best * SCALE - 1e-6)


def _prices(problem: Problem, edges: Edges) -> tuple[float, Floats, Floats]:
    p, r, n = len(problem.submissions), len(problem.reviewers), len(edges)
    at = np.arange(n)
    rows = sparse.csr_array(
        (np.ones(2 * n), (np.concatenate([edges.i, p + edges.j]), np.concatenate([at, at]))), shape=(p + r, n)
    )
    most = [float(reviewer.most) for reviewer in problem.reviewers]
    result = linprog(
        -problem.merit[edges.i, edges.j] / SCALE,
        A_ub=rows,
        b_ub=np.concatenate([problem.wanted.astype(np.float64), most]),
        bounds=(0, 1),
        method="highs",
    )
    prices = np.maximum(0.0, -result.ineqlin.marginals)
    return float(-result.fun), prices[:p], prices[p:]


def _with(problem: Problem, edges: Edges, pairs: Ints) -> Edges:
    also: list[Pair] = [*edges.chosen(np.ones(len(edges))), *((int(i), int(j)) for i, j in pairs)]
    return candidates(problem, also)
