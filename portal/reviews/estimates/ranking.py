"""Three groups: surely in, surely out, undecided. The undecided go to the panel."""

from statistics import NormalDist

import numpy as np

from portal.reviews.estimates import mixed
from portal.reviews.estimates.results import Group, Placed
from portal.reviews.estimates.table import Floats, positions

DRAWS = 2000
LEVEL = 0.95


def _check(level: float) -> None:
    if not 0.5 < level < 1:
        raise ValueError("a level lies between 0.5 and 1")


def membership(drawn: Floats, places: int) -> Floats:
    """How often each column is among the ``places`` largest of its row; what ties at the border shares what is left."""
    number, size = drawn.shape
    if places <= 0 or places >= size:
        return np.full(size, float(places >= size))
    border = np.partition(drawn, size - places, axis=1)[:, size - places, None]
    above, tied = drawn > border, drawn == border
    share = (places - above.sum(axis=1)) / tied.sum(axis=1)
    return np.asarray((above.sum(axis=0) + (tied * share[:, None]).sum(axis=0)) / number)


def by_places(
    fitted: mixed.Fit, places: int, *, level: float = LEVEL, number: int = DRAWS, seed: int = 0
) -> list[Placed]:
    """Ranking for ``places`` places, best first. Chances are shares of ``number`` seeded draws from the posterior.

    With 2,000 draws a chance near 0.95 is
    known to about half a percent.

    Surely in: the chance is at least ``level``; surely out: at most 1 - ``level``. With at least as many places as
    submissions all are in. The seed belongs into the record of the round: it makes the groups repeatable.
    """
    _check(level)
    if places < 0:
        raise ValueError("the number of places is not negative")
    return _placed(fitted, membership(mixed.draws(fitted, number, seed), places), level)


def by_threshold(fitted: mixed.Fit, threshold: float, *, level: float = LEVEL) -> list[Placed]:
    """Ranking against a score to be reached; chances are exact (normal posterior)."""
    _check(level)
    normal = NormalDist()
    chances = [
        normal.cdf((score - threshold) / se) if se > 0 else float(score >= threshold)
        for score, se in zip(fitted.score.tolist(), fitted.score_se.tolist(), strict=True)
    ]
    return _placed(fitted, np.array(chances), level)


def _placed(fitted: mixed.Fit, chances: Floats, level: float) -> list[Placed]:
    width = NormalDist().inv_cdf((1 + level) / 2)
    # A share of draws that equals the level may be a rounding error short of it.
    groups = [
        Group.IN if chance >= level - 1e-12 else Group.OUT if chance <= 1 - level + 1e-12 else Group.UNDECIDED
        for chance in chances.tolist()
    ]
    listed = [
        Placed(key, place, score, score - width * se, score + width * se, chance, group)
        for key, place, score, se, chance, group in zip(
            fitted.scores.submissions,
            positions(fitted.score),
            fitted.score.tolist(),
            fitted.score_se.tolist(),
            chances.tolist(),
            groups,
            strict=True,
        )
    ]
    return sorted(listed, key=lambda one: one.place)
