"""Crossed random effects by EM: what is the submission, what is the reviewer, what is left.

    y_ij = mu + quality_i + severity_j + e_ij,
    quality_i ~ N(0, s2_q),  severity_j ~ N(0, s2_s),  e_ij ~ N(0, s2_e / w_ij),  all independent.

``mu`` has a flat prior, so the variances maximise the restricted likelihood (REML). With the ratios
``lambda = s2_e / s2`` the estimates solve Henderson's mixed model equations ``C u = W'y`` and the posterior covariance
of all effects is ``s2_e * inv(C)`` (Henderson 1975, Biometrics 31, 423-447): the uncertainty of the severities and of
``mu`` is part of every standard error, that of the variances themselves is not (they count as known).

One EM step (Dempster, Laird & Rubin 1977; ECME after Liu & Rubin 1994, Biometrika 81, 633-648):

    s2_e = y'(y - fitted) / (N - 1)          maximises the likelihood for given ratios
    s2_q = (sum quality^2 + s2_e * trace of inv(C) over the qualities) / P,   s2_s alike

accelerated by Anderson's extrapolation on the logarithms of the ratios, each leap checked against the likelihood
(Henderson & Varadhan 2019, J. Comput. Graph. Stat. 28, 834-846). The larger side of the table is eliminated (its block
of C is diagonal), so a step costs the inverse of a matrix of the smaller side.
"""

import math
from dataclasses import dataclass

import numpy as np
from threadpoolctl import threadpool_limits

from portal.reviews.estimates.table import Floats, Ints, Scores, counted

MOST_CYCLES, MEMORY = 100, 3
MOST_PAIRS = 20_000_000
"""Bound on the reviews that meet on one submission, squared and added up; beyond it a fit would need gigabytes."""
GAIN, STEP = 1e-5, 0.01
"""The fit has converged when a cycle adds less than GAIN to the log-likelihood, and EM then moves no log ratio by STEP
or the next cycle adds no more either."""
RATIO = 12.0
"""Bound of the log ratios: a variance below exp(-12) of the residual one counts as zero, and the other way round."""


@dataclass(frozen=True)
class Solved:
    """The equations solved for given ratios of variances."""

    inner: Floats
    """The effects of the eliminated side."""
    kept: Floats
    """The mean, then the panels, then the other side."""
    inverse: Floats
    """Of the reduced matrix over ``kept``."""
    weight: Floats
    """Of every inner effect given the others: 1 / (its reviews + its ratio)."""
    crossed: Floats
    """c' inverse c of every inner effect, c its row against ``kept``."""
    left: float
    """Weighted squares the effects leave."""
    log_det: float


class Equations:
    """Henderson's equations of one table, with the larger side eliminated.

    Kept are the mean, the panels (where given) and the smaller side; ``columns`` holds, for every review, which of
    them it depends on.
    """

    def __init__(
        self,
        scores: Scores,
        weights: Floats | None = None,
        panels: Ints | None = None,
        *,
        severity: bool = True,
    ) -> None:
        p, r = len(scores.submissions), len(scores.reviewers)
        self.severity = severity
        self.swapped = severity and r > p
        inner, outer = (
            (scores.reviewer, scores.submission) if self.swapped else (scores.submission, scores.reviewer)
        )
        order = np.argsort(inner, kind="stable")
        self.order = order
        self.inner: Ints = inner[order]
        groups = int(panels.max()) + 1 if panels is not None else 0
        rows = [np.zeros(len(scores), dtype=np.int64)]
        if panels is not None:
            rows.append(1 + panels[scores.submission][order])
        if severity:
            rows.append(1 + groups + outer[order])
        self.columns: Ints = np.array(rows)
        base = [np.zeros(p, dtype=np.int64)]
        if panels is not None:
            base.append(1 + panels)
        if self.swapped:
            base.append(1 + groups + np.arange(p))
        self.base: Ints = np.array(base)
        """Which of ``kept`` add up to the score of each submission (its own effect, where eliminated, is added)."""
        self.sizes = (r if self.swapped else p, groups, (p if self.swapped else r) if severity else 0)
        self.width = 1 + groups + self.sizes[2]
        self.w: Floats = np.ones(len(scores)) if weights is None else weights[order]
        self.shift = float(np.average(scores.score, weights=weights))
        self.y: Floats = scores.score[order] - self.shift
        if float(np.abs(self.y).max()) <= 1e-9 * max(1.0, abs(self.shift)):
            self.y = np.zeros(len(scores))  # equal scores tie exactly, whatever rounding made of their mean
        self.load = counted(self.inner, self.sizes[0], self.w)
        self.sum = counted(self.inner, self.sizes[0], self.w * self.y)
        self.total = float(self.w @ (self.y * self.y))
        self._pair()

    def _pair(self) -> None:
        """All ordered pairs of reviews that share an inner effect: what elimination couples."""
        counts = np.bincount(self.inner, minlength=self.sizes[0])
        if (counts.astype(np.float64) ** 2).sum() > MOST_PAIRS:
            raise ValueError("too many reviews meet on one submission for this estimate")
        starts = np.cumsum(counts) - counts
        repeats = counts[self.inner]
        first = np.repeat(np.arange(len(self.inner)), repeats)
        within = np.arange(len(first)) - np.repeat(np.cumsum(repeats) - repeats, repeats)
        second = np.repeat(starts[self.inner], repeats) + within
        kinds = range(len(self.columns))
        self.pair_first: Ints = first
        self.pair_inner: Ints = self.inner[first]
        self.pair_weight: Floats = self.w[first] * self.w[second]
        self.pair_at = [
            self.columns[k][first] * self.width + self.columns[m][second] for k in kinds for m in kinds
        ]
        own = np.zeros(self.width**2)
        for k in kinds:
            for m in kinds:
                own += np.bincount(self.columns[k] * self.width + self.columns[m], self.w, self.width**2)
        self.own = own.reshape(self.width, self.width)

    def _kept(self, values: Floats) -> Floats:
        """``values`` (one per review) added up by what is kept."""
        return np.asarray(
            sum(counted(column, self.width, values) for column in self.columns), dtype=np.float64
        )

    def solve(self, ratios: Floats) -> Solved:
        """Effects, reduced inverse and what is left of the squares; ratios of the inner side, the panels, the outer."""
        d = 1 / (self.load + ratios[0])
        pull = self.pair_weight * d[self.pair_inner]
        coupled = np.bincount(self.pair_at[0], pull, self.width**2)
        for at in self.pair_at[1:]:
            coupled += np.bincount(at, pull, self.width**2)
        reduced = self.own - coupled.reshape(self.width, self.width)
        reduced.flat[:: self.width + 1] += np.repeat((0.0, *ratios[1:]), (1, *self.sizes[1:]))
        right = self._kept(self.w * (self.y - (d * self.sum)[self.inner]))
        inverse = np.linalg.inv(reduced)
        inverse = (inverse + inverse.T) / 2
        kept = inverse @ right
        expected = kept[self.columns].sum(axis=0)
        inner = d * (self.sum - counted(self.inner, self.sizes[0], self.w * expected))
        flat = inverse.ravel()
        links = np.asarray(sum(flat[at] for at in self.pair_at), dtype=np.float64)
        crossed = counted(self.pair_inner, self.sizes[0], self.pair_weight * links)
        left = self.total - float(kept @ right) - float((d * self.sum) @ self.sum)
        half_log_det = np.log(np.diag(np.linalg.cholesky(reduced))).sum()
        log_det = float(2 * half_log_det - np.log(d).sum())
        return Solved(inner, kept, inverse, d, crossed, max(left, 1e-14 * self.total), log_det)

    def start(self) -> Floats:
        """Log ratios by moments (Gao & Owen 2017, Electron. J. Stat. 11, 1235-1296): squares within the submissions,
        within the reviewers, and all. With panels these say too little: all then begin at the residual one."""
        n, sizes = len(self.y), (self.sizes[0], self.sizes[2])
        if not self.severity or n in sizes or self.sizes[1]:
            return np.zeros(3)
        index = (self.inner, self.columns[-1] - 1 - self.sizes[1])
        counts = [counted(side, size) for side, size in zip(index, sizes, strict=True)]
        within = [
            float(((self.y - (counted(side, size, self.y) / count)[side]) ** 2).sum())
            for side, size, count in zip(index, sizes, counts, strict=True)
        ]
        both = [n - float((count**2).sum()) / n for count in counts]
        coefficients = [
            [0.0, n - sizes[0], n - sizes[0]],
            [n - sizes[1], 0.0, n - sizes[1]],
            [*both, n - 1.0],
        ]
        every = float(((self.y - self.y.mean()) ** 2).sum())
        found = np.linalg.solve(np.array(coefficients), np.array([*within, every]))
        found = np.maximum(found, 0.02 * every / n)
        ratios = np.log(found[2] / found[:2])
        return np.array([ratios[0], 0.0, ratios[1]])


@dataclass(frozen=True)
class Variances:
    """Variance components, in squared units of the score; ``panel`` is what panels differ by in quality."""

    quality: float
    severity: float
    residual: float
    panel: float = 0.0


@dataclass(frozen=True)
class Fit:
    """Estimates in the order of the table's keys. ``score`` is adjusted for who reviewed.

    Standard errors are posterior standard deviations given the variances; ``score_se`` includes the mean's.
    """

    scores: Scores
    score: Floats
    """mean + panel + quality, on the scale of the scores."""
    score_se: Floats
    severity: Floats
    """What a reviewer adds to every score; negative: stricter than others."""
    severity_se: Floats
    mean: float
    variances: Variances
    log_likelihood: float
    """Restricted, without its constant (N - 1)/2 log(2 pi) and the term of the weights."""
    cycles: int
    converged: bool
    equations: Equations
    solved: Solved

    @property
    def fitted(self) -> Floats:
        """What the model expects of each review, in the order of the table."""
        return np.asarray(self.score[self.scores.submission] + self.severity[self.scores.reviewer])


def _likelihood(equations: Equations, solved: Solved, point: Floats) -> float:
    """The restricted log-likelihood with the residual variance at its best for these ratios."""
    free = len(equations.y) - 1
    ratios = float(np.dot(equations.sizes, point))
    return -0.5 * (free * math.log(solved.left / free) + solved.log_det - ratios + free)


def _step(equations: Equations, solved: Solved, point: Floats) -> Floats:
    """Log ratios after one EM step."""
    residual = solved.left / (len(equations.y) - 1)
    d, diagonal = solved.weight, np.diag(solved.inverse)
    first = 1 + equations.sizes[1]
    sides = (
        (solved.inner, d + d * d * solved.crossed),
        (solved.kept[1:first], diagonal[1:first]),
        (solved.kept[first:], diagonal[first:]),
    )
    new = point.copy()
    for side, (effects, spread) in enumerate(sides):
        if len(effects):
            variance = (float(effects @ effects) + residual * float(spread.sum())) / len(effects)
            new[side] = math.log(residual / variance)
    return np.clip(new, -RATIO, RATIO)


def _climb(equations: Equations) -> tuple[Floats, Solved, float, int, bool]:
    """The ratios of the highest restricted likelihood: EM steps, extrapolated from the last ``MEMORY`` of them."""
    point = equations.start()
    solved = equations.solve(np.exp(point))
    best, gain = _likelihood(equations, solved, point), math.inf
    points: list[Floats] = []
    moves: list[Floats] = []
    for cycle in range(1, MOST_CYCLES + 1):
        move = _step(equations, solved, point) - point
        points, moves = [*points[-MEMORY:], point], [*moves[-MEMORY:], move]
        leap = np.clip(_mixed(points, moves), -RATIO, RATIO)
        tried = equations.solve(np.exp(leap))
        reached = _likelihood(equations, tried, leap)
        if reached < best - GAIN and len(points) > 1:  # overshot: EM itself never loses
            leap = point + move
            tried = equations.solve(np.exp(leap))
            reached = _likelihood(equations, tried, leap)
        before, gain = gain, reached - best
        point, solved, best = leap, tried, reached
        # Towards a variance of zero EM creeps: two cycles without gain are enough there.
        if gain < GAIN and (before < GAIN or float(np.abs(move).max()) < STEP):
            return point, solved, best, cycle, True
    return point, solved, best, MOST_CYCLES, False


def _mixed(points: list[Floats], moves: list[Floats]) -> Floats:
    """Anderson's extrapolation: the combination of the moves that would cancel, applied to the points they lead to."""
    if len(points) == 1:
        return points[0] + moves[0]
    bends = np.diff(np.array(moves), axis=0).T
    steps = np.diff(np.array(points), axis=0).T
    factors = np.linalg.lstsq(bends, moves[-1], rcond=1e-8)[0]
    return np.asarray(points[-1] + moves[-1] - (steps + bends) @ factors)


def fit(
    scores: Scores, weights: Floats | None = None, panels: Ints | None = None, *, severity: bool = True
) -> Fit:
    """Estimate all effects of ``scores``; ``weights`` (one positive number per review) default to 1.

    ``panels`` (a number from 0 per submission) adds a random effect per panel: without it panels of different quality
    are mistaken for panels of different severity. ``severity=False`` leaves the reviewers out: a mean, shrunk by how
    few reviews it stands on. Equal scores give effects and errors of zero. ``ValueError`` for a single review.
    """
    if len(scores) < 2:
        raise ValueError("one review tells nothing about differences")
    # Matrices of this size gain little from more threads, and lose a factor of ten where a worker shares its cores.
    with threadpool_limits(1, "blas"):
        equations = Equations(scores, weights, panels, severity=severity)
        if equations.total == 0:
            solved = equations.solve(np.full(3, math.exp(RATIO)))
            return _report(scores, equations, solved, np.zeros(3), 0.0, (0.0, 0, True))
        point, solved, best, cycles, converged = _climb(equations)
        residual = solved.left / (len(scores) - 1)
        return _report(
            scores, equations, solved, residual * np.exp(-point), residual, (best, cycles, converged)
        )


def _report(
    scores: Scores,
    equations: Equations,
    solved: Solved,
    variances: Floats,
    residual: float,
    course: tuple[float, int, bool],
) -> Fit:
    d = solved.weight
    own, diagonal = d + d * d * solved.crossed, np.diag(solved.inverse)
    base = equations.base
    score = solved.kept[base].sum(axis=0)
    spread = np.asarray(sum(solved.inverse[a, b] for a in base for b in base), dtype=np.float64)
    first = 1 + equations.sizes[1]
    if equations.swapped:
        severity, severity_spread = solved.inner, own
    else:
        score = score + solved.inner
        rows = base[:, equations.inner]
        links = sum(solved.inverse[row, column] for row in rows for column in equations.columns)
        spread = spread + own - 2 * d * counted(equations.inner, len(d), equations.w * links)
        severity, severity_spread = solved.kept[first:], diagonal[first:]
    if not equations.severity:
        severity = severity_spread = np.zeros(len(scores.reviewers))
    ends = (2, 0) if equations.swapped else (0, 2)
    return Fit(
        scores,
        equations.shift + score,
        np.sqrt(np.maximum(spread * residual, 0.0)),
        severity,
        np.sqrt(np.maximum(severity_spread * residual, 0.0)),
        equations.shift + float(solved.kept[0]),
        Variances(
            float(variances[ends[0]]),
            float(variances[ends[1]]) if equations.severity else 0.0,
            residual,
            float(variances[1]) if equations.sizes[1] else 0.0,
        ),
        *course,
        equations,
        solved,
    )


def leverage(fitted: Fit) -> Floats:
    """Share of each review in its own fitted value, in the order of the table: the variance of a residual is
    s2_e / w times one minus this."""
    equations, solved = fitted.equations, fitted.solved
    flat = solved.inverse.ravel()
    d = solved.weight
    links = np.asarray(sum(flat[at] for at in equations.pair_at), dtype=np.float64)
    size = len(equations.y)
    tied = counted(equations.pair_first, size, equations.pair_weight * links) / equations.w
    spread = np.asarray(
        sum(solved.inverse[a, b] for a in equations.columns for b in equations.columns), dtype=np.float64
    )
    own = (d + d * d * solved.crossed)[equations.inner]
    found = np.empty(size)
    found[equations.order] = equations.w * (spread + own - 2 * d[equations.inner] * tied)
    return found


def draws(fitted: Fit, number: int, seed: int) -> Floats:
    """``number`` draws of all true scores from their joint posterior, one row each: the parametric bootstrap of the
    effects given the variances. The same seed gives the same draws."""
    equations, solved, residual = fitted.equations, fitted.solved, fitted.variances.residual
    rng = np.random.default_rng(seed)
    with threadpool_limits(1, "blas"):
        root = np.linalg.cholesky(solved.inverse) * math.sqrt(residual)
        kept = solved.kept + rng.standard_normal((number, equations.width)) @ root.T
    scores = equations.shift + kept[:, equations.base].sum(axis=1)
    if not equations.swapped:
        for index, row in enumerate(kept):
            expected = equations.w * row[equations.columns].sum(axis=0)
            scores[index] += solved.weight * (
                equations.sum - counted(equations.inner, len(solved.weight), expected)
            )
        scores += rng.standard_normal(scores.shape) * np.sqrt(solved.weight * residual)
    return np.asarray(scores)
