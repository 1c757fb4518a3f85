"""Who is near to a question or a submission: scores from 0 to 1, by whatever scorers are registered. Pure.

``overlap`` (disciplines and keywords) is always there. A higher layer may add others, such as the affinity of texts:
``register("text", 0.5, scorer)``. A pair's score is the mean of all scorers that know the pair, by their weights.
A scorer gets everything in one call; it answers only for pairs it can judge, in figures from 0 to 1.
"""

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

OVERLAP_WEIGHT = 0.3
"""Against 0.5 for the affinity of texts, where there is one; alone, only the order counts."""
SIBLING = 0.4
"""What another discipline under the same one of the first level is worth; the same discipline is worth 1."""
PARENT = 0.6
"""What the first level is worth where one of its disciplines is wanted, and the other way round."""
KEYWORD_SHARE = 0.4
"""Keywords against disciplines, where both are given."""


@dataclass(frozen=True)
class Wanted:
    """What experts are sought for."""

    disciplines: frozenset[str] = frozenset()
    keywords: frozenset[str] = frozenset()
    """As ``portal.experts.forms.key_of`` writes them."""
    text: str = ""


@dataclass(frozen=True)
class Candidate:
    """An expert as scorers see one."""

    expert_id: uuid.UUID
    disciplines: frozenset[str] = frozenset()
    keywords: frozenset[str] = frozenset()
    text: str = ""


@dataclass(frozen=True)
class Match:
    """How near an expert is, and what both have in common."""

    expert_id: uuid.UUID
    score: float
    disciplines: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    parts: Mapping[str, float] = field(default_factory=dict)


Parents = Mapping[str, str | None]
"""Discipline -> the one of the first level that it belongs to."""
Scorer = Callable[[Wanted, Sequence[Candidate]], Mapping[uuid.UUID, float]]
_scorers: dict[str, tuple[float, Scorer]] = {}


def register(name: str, weight: float, scorer: Scorer) -> None:
    """Add a scorer beside ``overlap``; registering a name again replaces it. The weight must be positive."""
    if weight <= 0 or name == "overlap":
        raise ValueError("a scorer has a name of its own and a positive weight")
    _scorers[name] = (weight, scorer)


def unregister(name: str) -> None:
    """Take a scorer away; one that is not there is no fault."""
    _scorers.pop(name, None)


def _closeness(wanted: str, had: frozenset[str], parents: Parents) -> float:
    """The best of: the same 1, above or below ``PARENT``, beside ``SIBLING``."""
    if wanted in had:
        return 1.0
    above = parents.get(wanted)
    if above in had or any(parents.get(code) == wanted for code in had):
        return PARENT
    return SIBLING if above is not None and any(parents.get(code) == above for code in had) else 0.0


def overlap(wanted: Wanted, candidate: Candidate, parents: Parents) -> float | None:
    """Mean closeness of the wanted disciplines and share of the wanted keywords; None where nothing is wanted.

    With d and k in [0, 1] the score is ``(1 - KEYWORD_SHARE) d + KEYWORD_SHARE k``, or whichever of the two is given.
    """
    parts = []
    if wanted.disciplines:
        near = [_closeness(code, candidate.disciplines, parents) for code in sorted(wanted.disciplines)]
        parts.append((1 - KEYWORD_SHARE, sum(near) / len(near)))
    if wanted.keywords:
        parts.append((KEYWORD_SHARE, len(wanted.keywords & candidate.keywords) / len(wanted.keywords)))
    weight = sum(share for share, _value in parts)
    return sum(share * value for share, value in parts) / weight if weight else None


def rank(wanted: Wanted, candidates: Sequence[Candidate], parents: Parents) -> list[Match]:
    """All candidates, nearest first; equal ones keep their order, so that the caller's order decides."""
    extra = {name: (weight, scorer(wanted, candidates)) for name, (weight, scorer) in _scorers.items()}
    found = []
    for candidate in candidates:
        parts = {name: (weight, scores.get(candidate.expert_id)) for name, (weight, scores) in extra.items()}
        parts["overlap"] = (OVERLAP_WEIGHT, overlap(wanted, candidate, parents))
        known = {name: (w, value) for name, (w, value) in parts.items() if value is not None}
        total = sum(weight for weight, _value in known.values())
        score = sum(weight * value for weight, value in known.values()) / total if total else 0.0
        found.append(
            Match(
                candidate.expert_id,
                score,
                tuple(sorted(wanted.disciplines & candidate.disciplines)),
                tuple(sorted(wanted.keywords & candidate.keywords)),
                {name: value for name, (_w, value) in known.items()},
            )
        )
    return sorted(found, key=lambda match: -match.score)
