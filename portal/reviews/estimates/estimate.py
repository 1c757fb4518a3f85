"""The door: from the scores of a round to adjusted scores, or to a refusal that says what is missing.

What can be told from scores, and what not. Reviewers of different severity, careless reviewers, components that nothing
ties together and - where the panels are named - panels of different quality in a connected graph: these are found or
borne. Not to be found by any statistic: a panel of better submissions against a panel of lenient reviewers when no
review crosses, severity that depends on the submission's quality or topic, reviewers who agreed beforehand. Submissions
sorted by quality onto groups of reviewers that are *not* named as panels look like groups of different severity: name
them. Adjusted scores advise; they never decide alone.
"""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from portal.reviews.estimates import graph, mixed, robust
from portal.reviews.estimates.table import Ints, Mean, Scores, means


class Reason(StrEnum):
    """Why scores are not adjusted."""

    DISCONNECTED = "disconnected"
    TOO_FEW = "too_few"
    NOT_CONVERGED = "not_converged"


@dataclass(frozen=True)
class Adjusted:
    """The correction stands. ``weights`` (one per review) only where careless reviewers made the fit a robust one."""

    means: list[Mean]
    fit: mixed.Fit
    careless: list[robust.Careless]
    robust: bool
    weights: list[float] | None
    cross_share: float | None
    """None where no panels were named."""

    @property
    def thinly_tied(self) -> bool:
        """Panels are tied by fewer crossing reviews than advised: differences between panels stay uncertain."""
        return self.cross_share is not None and self.cross_share < graph.ADVISED_SHARE


@dataclass(frozen=True)
class Unadjusted:
    """The correction is refused; the means stand as they are.

    ``plain`` is the fit without reviewers, so that the three groups can be made of the means; None for fewer than two
    submissions, or where none has two reviews: nothing then says how far chance goes. A component alone may be
    adjusted: ``estimate(scores.only(component.submissions))``.
    """

    means: list[Mean]
    reason: Reason
    components: list[graph.Component]
    bridges: list[graph.Bridge]
    plain: mixed.Fit | None


Estimate = Adjusted | Unadjusted


LOOPS = 3


def too_few(scores: Scores) -> bool:
    """Whether quality, severity and chance cannot be told apart: fewer than three submissions or reviewers, or fewer
    reviews beyond a tree than ``LOOPS`` (in a tree every score is explained exactly, whatever chance did)."""
    p, r = len(scores.submissions), len(scores.reviewers)
    return min(p, r) < 3 or len(scores) - p - r + len(graph.components(scores)) < LOOPS


def _numbered(scores: Scores, panels: Mapping[Hashable, Hashable]) -> Ints | None:
    unknown = [key for key in scores.submissions if key not in panels]
    if unknown:
        raise ValueError(f"no panel is named for {unknown[0]!r}")
    names = {name: n for n, name in enumerate(dict.fromkeys(panels[key] for key in scores.submissions))}
    if len(names) < 2:
        return None
    return np.array([names[panels[key]] for key in scores.submissions], dtype=np.int64)


def estimate(
    scores: Scores,
    panels: Mapping[Hashable, Hashable] | None = None,
    allowed: graph.Allowed = lambda _submission, _reviewer: True,
) -> Estimate:
    """Adjust ``scores`` for who reviewed, or refuse.

    ``panels`` names the panel (field, region, round of allocation) of every submission, ``allowed`` says which bridges
    may be suggested. Where careless reviewers are found, Huber's variant takes the place of the plain fit.
    """
    parts = graph.components(scores)
    if too_few(scores):
        return _refused(scores, Reason.TOO_FEW, parts, allowed)
    if len(parts) > 1:
        return _refused(scores, Reason.DISCONNECTED, parts, allowed)
    numbers = _numbered(scores, panels) if panels is not None else None
    fitted = mixed.fit(scores, None, numbers)
    found = robust.careless(fitted)
    weights = None
    if any(not one.flat for one in found):
        fitted, weights = robust.huber(scores, numbers, found)
    if not fitted.converged:
        return _refused(scores, Reason.NOT_CONVERGED, parts, allowed)
    return Adjusted(
        means(scores),
        fitted,
        found,
        weights is not None,
        None if weights is None else weights.tolist(),
        graph.cross_share(scores, panels) if panels is not None else None,
    )


def _refused(
    scores: Scores, reason: Reason, parts: list[graph.Component], allowed: graph.Allowed
) -> Unadjusted:
    told = 1 < len(scores.submissions) < len(scores)
    plain = mixed.fit(scores, severity=False) if told else None
    return Unadjusted(means(scores), reason, parts, graph.bridges(scores, allowed), plain)
