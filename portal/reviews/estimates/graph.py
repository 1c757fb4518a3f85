"""Who can be compared with whom: the graph of submissions and reviewers, an edge per review.

Severity and quality are told apart only along paths of reviews. Between two components any difference may be either,
and no number in the scores says which: a correction across components is refused, never guessed.
"""

from collections import defaultdict
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass

from portal.reviews.estimates.table import Scores

ADVISED_SHARE = 0.15
"""Share of reviews outside the reviewer's own panel from which panels are well tied together."""

Allowed = Callable[[Hashable, Hashable], bool]
"""Whether (submission, reviewer) may be assigned: conflicts are the caller's knowledge."""


@dataclass(frozen=True)
class Component:
    """Submissions and reviewers that reviews tie together, in the order of the table."""

    submissions: tuple[Hashable, ...]
    reviewers: tuple[Hashable, ...]


@dataclass(frozen=True)
class Bridge:
    """A review that would join two components, were it written."""

    submission: Hashable
    reviewer: Hashable


def components(scores: Scores) -> list[Component]:
    """The connected components, those with the most submissions first."""
    size = len(scores.submissions)
    parent = list(range(size + len(scores.reviewers)))

    def root(node: int) -> int:
        while parent[node] != node:
            parent[node] = parent[parent[node]]
            node = parent[node]
        return node

    for i, j in zip(scores.submission.tolist(), scores.reviewer.tolist(), strict=True):
        parent[root(i)] = root(size + j)
    found: dict[int, tuple[list[Hashable], list[Hashable]]] = defaultdict(lambda: ([], []))
    for i, key in enumerate(scores.submissions):
        found[root(i)][0].append(key)
    for j, key in enumerate(scores.reviewers):
        found[root(size + j)][1].append(key)
    listed = [Component(tuple(left), tuple(right)) for left, right in found.values()]
    return sorted(listed, key=lambda one: -len(one.submissions))


def _free(
    submissions: tuple[Hashable, ...],
    reviewers: tuple[Hashable, ...],
    load: dict[tuple[str, Hashable], int],
    allowed: Allowed,
) -> Bridge | None:
    """The allowed pair of the reviewer and the submission with the fewest reviews."""
    ordered = sorted(submissions, key=lambda key: load["s", key])
    for reviewer in sorted(reviewers, key=lambda key: load["r", key]):
        for submission in ordered:
            if allowed(submission, reviewer):
                return Bridge(submission, reviewer)
    return None


def bridges(scores: Scores, allowed: Allowed = lambda _submission, _reviewer: True) -> list[Bridge]:
    """One review per further component that would join it to the largest one; the least loaded that are allowed.

    A component for which nothing is allowed is left out. These are the fewest that connect the graph: two or three per
    component, or 15 % of all reviews, make a correction precise.
    """
    main, *others = components(scores)
    load: dict[tuple[str, Hashable], int] = defaultdict(int)
    for i, j in zip(scores.submission, scores.reviewer, strict=True):
        load["s", scores.submissions[i]] += 1
        load["r", scores.reviewers[j]] += 1
    found = []
    for other in others:
        bridge = _free(main.submissions, other.reviewers, load, allowed) or _free(
            other.submissions, main.reviewers, load, allowed
        )
        if bridge is not None:
            load["s", bridge.submission] += 1
            load["r", bridge.reviewer] += 1
            found.append(bridge)
    return found


def cross_share(scores: Scores, panels: Mapping[Hashable, Hashable]) -> float:
    """Share of the reviews that lie outside their reviewer's home panel (where most of them lie). 0 to 1."""
    per: dict[int, dict[Hashable, int]] = defaultdict(lambda: defaultdict(int))
    for i, j in zip(scores.submission.tolist(), scores.reviewer.tolist(), strict=True):
        per[j][panels[scores.submissions[i]]] += 1
    return 1 - sum(max(counts.values()) for counts in per.values()) / len(scores)
