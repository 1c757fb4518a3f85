"""The result of a computation as plain data: stored, read by pages, the conclusion and the panel. Needs no NumPy."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from portal.reviews.estimates.results import Group

Address = tuple[int, str]
"""A review: the submission's number and the reviewer's letter there."""


class _Data(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Row(_Data):
    """One submission. What needs at least one review, or an estimate, is None without."""

    number: int
    reviews: int
    mean: float | None = None
    """Mean of the overall scores, 0 to 100."""
    sd: float | None = None
    """Their standard deviation (n - 1); None for a single review."""
    score: float | None = None
    """Adjusted score; where the correction was refused the mean, shrunk by how few reviews it stands on."""
    low: float | None = None
    high: float | None = None
    place: int | None = None
    chance: float | None = None
    """Probability to be taken in by the rule, given the model: of two rules the smaller one."""
    group: Group | None = None
    vetoes: dict[str, int] = Field(default_factory=dict)
    """Criterion -> how many reviews reached its veto."""
    criteria: dict[str, float] = Field(default_factory=dict)
    """Criterion -> mean mark."""
    missed: tuple[str, ...] = ()
    """Criteria whose mean mark is below their threshold."""
    below: bool = False
    """Whether the mean overall score is below the round's threshold."""
    levels: dict[str, dict[str, int]] = Field(default_factory=dict)
    """Criterion -> mark as text -> how many reviews gave it."""

    @property
    def flagged(self) -> bool:
        """Whether a veto was reached or a threshold missed: no such submission is surely in, whatever its score."""
        return bool(self.vetoes or self.missed or self.below)

    @property
    def standing(self) -> Group | None:
        """The group for the panel and the conclusion: a flagged one that would be in is undecided."""
        return Group.UNDECIDED if self.group is Group.IN and self.flagged else self.group


class Careless(_Data):
    """A reviewer whose scores do not go with the others', by the reviews written."""

    reviews: tuple[Address, ...]
    ratio: float
    """Found over expected variance."""
    flat: bool
    """The same score for everyone, instead of too much scatter."""


class Bridge(_Data):
    """A review that would tie two parts together: of ``submission`` by whoever wrote ``reviewer``."""

    submission: int
    reviewer: tuple[Address, ...]


class Result(_Data):
    """A whole computation."""

    adjusted: bool
    reason: Literal["", "disconnected", "too_few", "not_converged"] = ""
    """Why the correction was refused; empty where it stands."""
    robust: bool = False
    """Whether careless reviewers made the fit a robust one (Huber)."""
    thinly_tied: bool = False
    crossing: float | None = None
    """Share of reviews across panels; None where there are no panels."""
    level: float
    """Of intervals and groups."""
    rows: tuple[Row, ...] = ()
    components: tuple[tuple[int, ...], ...] = ()
    """Submissions that reviews tie together; only where the correction was refused."""
    bridges: tuple[Bridge, ...] = ()
    careless: tuple[Careless, ...] = ()
