"""From the marks of one review to its overall score. Needs no NumPy: pages use it too."""

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from portal.kit.errors import Invalid
from portal.kit.i18n import _

TOP = 100.0
"""The best overall score; the worst is 0."""


@dataclass(frozen=True)
class Criterion:
    """One criterion of a rubric. The words at its levels are the caller's.

    ``levels`` are the marks that can be given, ascending. ``veto`` is a mark at or below which this criterion alone
    speaks against the submission; None: it cannot.
    """

    key: str
    weight: float
    levels: tuple[float, ...]
    veto: float | None = None


@dataclass(frozen=True)
class Overall:
    """Score from 0 to ``TOP``, what each criterion put into it, and the criteria whose veto was reached.

    A veto does not change the score: it is reported, and the rules of the round say what follows.
    """

    score: float
    parts: dict[str, float]
    vetoes: tuple[str, ...]


def _wrong(criterion: Criterion) -> str | None:
    """What is wrong with one criterion."""
    if not math.isfinite(criterion.weight) or criterion.weight < 0:
        return _("A weight is a number that is not negative.")
    if len(criterion.levels) < 2 or not all(map(math.isfinite, criterion.levels)):
        return _("A criterion needs at least two levels, each a number.")
    if any(a >= b for a, b in itertools.pairwise(criterion.levels)):
        return _("The levels of a criterion must rise from the worst to the best.")
    if criterion.veto is not None and criterion.veto not in criterion.levels:
        return _("The veto of a criterion must be one of its levels.")
    return None


def check(rubric: Sequence[Criterion]) -> None:
    """Refuse a rubric that cannot score: no criteria, a key twice, bad weights, fewer than two ascending levels."""
    if not rubric:
        raise Invalid(_("A rubric needs at least one criterion."))
    wrong = {criterion.key: text for criterion in rubric if (text := _wrong(criterion)) is not None}
    keys = [criterion.key for criterion in rubric]
    wrong |= {key: _("Two criteria share this key.") for key in keys if keys.count(key) > 1}
    if wrong:
        raise Invalid(_("This rubric cannot be used."), fields=wrong)
    if sum(criterion.weight for criterion in rubric) <= 0:
        raise Invalid(_("At least one criterion needs a weight above zero."))


def overall(rubric: Sequence[Criterion], marks: Mapping[str, float]) -> Overall:
    """The weighted mean of the marks, each brought from its lowest and highest level to 0 and ``TOP``.

    Every criterion needs a mark that is one of its levels, also where its weight is zero; marks for other criteria are
    refused. ``Invalid`` names each criterion that is wrong.
    """
    check(rubric)
    wrong = {
        key: _("The rubric has no such criterion.") for key in marks if key not in {c.key for c in rubric}
    }
    for criterion in rubric:
        mark = marks.get(criterion.key)
        if mark is None:
            wrong[criterion.key] = _("Give a mark for this criterion.")
        elif mark not in criterion.levels:
            wrong[criterion.key] = _("This mark is not a level of the criterion.")
    if wrong:
        raise Invalid(
            _("The marks are not complete."),
            hint=_("Mark every criterion at one of its levels."),
            fields=wrong,
        )
    total = sum(criterion.weight for criterion in rubric)
    parts = {}
    for criterion in rubric:
        low, high = criterion.levels[0], criterion.levels[-1]
        parts[criterion.key] = TOP * criterion.weight / total * (marks[criterion.key] - low) / (high - low)
    vetoes = tuple(c.key for c in rubric if c.veto is not None and marks[c.key] <= c.veto)
    return Overall(sum(parts.values()), parts, vetoes)
