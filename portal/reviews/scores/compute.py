"""From the counted reviews of a round to its result: the estimates library, and nothing stored. Needs NumPy."""

import uuid
from collections import Counter, defaultdict
from collections.abc import Hashable, Mapping
from dataclasses import asdict, replace
from itertools import groupby

from portal.reviews.estimates import calibration, graph, mixed, ranking
from portal.reviews.estimates import table as tables
from portal.reviews.estimates.estimate import Adjusted, Estimate, estimate
from portal.reviews.estimates.results import Group, Placed
from portal.reviews.scores.inputs import Inputs, Review
from portal.reviews.scores.results import Address, Bridge, Careless, Result, Row

Told = dict[uuid.UUID, dict[str, object]]


def compute(inputs: Inputs, allowed: graph.Allowed, seed: int) -> tuple[Result, Told]:
    """The result, and per reviewer what that reviewer alone is told.

    ``allowed`` (submission's number, account) says which bridges may be suggested. Deterministic for the same inputs
    and seed.
    """
    per = {number: list(rows) for number, rows in groupby(inputs.reviews, key=lambda one: one.submission)}
    rows = {number: _plain(inputs, number, per.get(number, [])) for number in sorted(inputs.panels)}
    if not inputs.reviews:
        return Result(adjusted=False, reason="too_few", level=ranking.LEVEL, rows=tuple(rows.values())), {}
    scores = tables.table((one.submission, one.account_id, one.score) for one in inputs.reviews)
    found = estimate(scores, _panels(inputs), allowed)
    for mean in found.means:
        number = _number(mean.submission)
        below = inputs.threshold is not None and mean.mean < inputs.threshold
        rows[number] = rows[number].model_copy(update={"mean": mean.mean, "sd": mean.sd, "below": below})
    fitted = found.fit if isinstance(found, Adjusted) else found.plain
    if fitted is not None:
        for placed in _ranked(fitted, inputs, seed):
            number = _number(placed.submission)
            rows[number] = rows[number].model_copy(update=_standing(placed, inputs))
    return _result(found, inputs, tuple(rows.values())), _told(fitted)


def _number(key: Hashable) -> int:
    assert isinstance(key, int)  # noqa: S101 - ``compute`` makes these keys
    return key


def _panels(inputs: Inputs) -> Mapping[Hashable, Hashable] | None:
    """The panels where there are several; with one panel nothing crosses and nothing has to."""
    reviewed = {one.submission for one in inputs.reviews}
    named = {number: panel for number, panel in inputs.panels.items() if number in reviewed}
    return dict(named.items()) if len(set(named.values())) > 1 else None


def _plain(inputs: Inputs, number: int, reviews: list[Review]) -> Row:
    vetoes = Counter(key for one in reviews for key in one.vetoes)
    levels: dict[str, Counter[str]] = defaultdict(Counter)
    for one in reviews:
        for key, mark in one.marks.items():
            levels[key][f"{mark:g}"] += 1
    criteria = {
        key: sum(one.marks[key] for one in marked) / len(marked)
        for key in inputs.thresholds
        if (marked := [one for one in reviews if key in one.marks])
    }
    missed = [
        key
        for key, least in inputs.thresholds.items()
        if least is not None and criteria.get(key, least) < least
    ]
    return Row(
        number=number,
        reviews=len(reviews),
        vetoes=dict(vetoes),
        criteria=criteria,
        missed=tuple(missed),
        levels={key: dict(counts) for key, counts in levels.items()},
    )


_WORSE = (Group.OUT, Group.UNDECIDED, Group.IN)


def _ranked(fitted: mixed.Fit, inputs: Inputs, seed: int) -> list[Placed]:
    """By places, by threshold, or by both, which both have to be met."""
    if inputs.places is None:
        return ranking.by_threshold(fitted, inputs.threshold or 0.0)
    placed = ranking.by_places(fitted, inputs.places, seed=seed)
    if inputs.threshold is None:
        return placed
    reached = {one.submission: one for one in ranking.by_threshold(fitted, inputs.threshold)}
    return [
        replace(
            one,
            chance=min(one.chance, reached[one.submission].chance),
            group=min(one.group, reached[one.submission].group, key=_WORSE.index),
        )
        for one in placed
    ]


def _standing(placed: Placed, inputs: Inputs) -> dict[str, object]:
    """What a row takes from the ranking; without a rule nobody is in or out."""
    ruled = inputs.places is not None or inputs.threshold is not None
    return {
        "score": placed.score,
        "low": placed.low,
        "high": placed.high,
        "place": placed.place,
        "chance": placed.chance if ruled else None,
        "group": placed.group if ruled else Group.UNDECIDED,
    }


def _result(found: Estimate, inputs: Inputs, rows: tuple[Row, ...]) -> Result:
    by: dict[Hashable, list[Address]] = defaultdict(list)
    for one in inputs.reviews:
        by[one.account_id].append((one.submission, one.letter))
    if isinstance(found, Adjusted):
        return Result(
            adjusted=True,
            robust=found.robust,
            thinly_tied=found.thinly_tied,
            crossing=found.cross_share,
            level=ranking.LEVEL,
            rows=rows,
            careless=tuple(
                Careless(reviews=tuple(by[one.reviewer]), ratio=one.ratio, flat=one.flat)
                for one in found.careless
            ),
        )
    return Result(
        adjusted=False,
        reason=found.reason.value,
        level=ranking.LEVEL,
        rows=rows,
        components=tuple(tuple(sorted(map(_number, part.submissions))) for part in found.components),
        bridges=tuple(
            Bridge(submission=_number(one.submission), reviewer=tuple(by[one.reviewer]))
            for one in found.bridges
        ),
    )


def _told(fitted: mixed.Fit | None) -> Told:
    if fitted is None:
        return {}
    told: Told = {}
    for one in calibration.calibrate(fitted):
        values = asdict(one)
        account = values.pop("reviewer")
        told[account] = values
    return told
