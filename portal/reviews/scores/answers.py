"""What the API answers about scores, with examples for its documentation."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

LINE: dict[str, Any] = {
    "number": 3, "title": "城市扩张识别", "panel": "", "reviews": 3, "mean": 71.7, "sd": 8.5, "adjusted": 73.2,
    "low": 66.0, "high": 80.1, "place": 2, "chance": 0.81, "group": "undecided", "below_threshold": False,
    "missed_criteria": [], "vetoes": {}, "criteria": {"merit": 4.0, "use": 3.7},
}  # fmt: skip


class ScoreLine(BaseModel):
    """One submission. ``adjusted``, its interval, place, chance and group are null where nothing computed from all
    submissions together is shown to the reader."""

    model_config = ConfigDict(json_schema_extra={"example": LINE})

    number: int
    title: str
    panel: str
    reviews: int
    mean: float | None = Field(description="Raw mean of the overall scores, 0 to 100")
    sd: float | None
    adjusted: float | None = Field(
        description="Adjusted score; where the correction was refused, the mean drawn in by how few reviews there are"
    )
    low: float | None
    high: float | None
    place: int | None
    chance: float | None = Field(description="Probability to be taken in by the rule, given the model")
    group: str | None = Field(description="in, undecided or out; they advise and decide nothing")
    below_threshold: bool
    missed_criteria: list[str]
    vetoes: dict[str, int]
    criteria: dict[str, float] = Field(description="Mean mark per criterion")


class ScoreSheet(BaseModel):
    """The newest computation that is done, as its reader may see it."""

    state: str | None = Field(description="Of the newest computation; null: none was ever started")
    computed_at: str | None = Field(description="When the computation shown was made; null: none is done")
    stale: bool = Field(description="Whether reviews have changed since")
    whole: bool = Field(
        description="False: a submission is hidden from you, so that you see raw means alone, and of yours"
    )
    correction: bool | None = Field(
        description="Whether scores are adjusted for severity; null where you see raw means alone, or nothing is done"
    )
    refused: str = Field(
        description="Why the correction was refused: disconnected, too_few, not_converged; else empty"
    )
    robust: bool = Field(description="Whether careless reviewers made the fit a robust one")
    level: float | None = Field(description="Of intervals and groups")
    parts: list[list[int]] = Field(
        description="Where refused as disconnected: the submissions that reviews tie together"
    )
    groups: dict[str, int] = Field(description="Submissions per group")
    items: list[ScoreLine]


class GivenReview(BaseModel):
    """One review's score, under the reviewer's letter."""

    letter: str
    score: float | None
    marks: dict[str, float]
    vetoes: list[str]


class GivenScores(BaseModel):
    """One submission's scores as they were given; never an adjusted one."""

    number: int
    title: str
    mean: float | None
    sd: float | None
    criteria: dict[str, float | None] = Field(description="Mean mark per criterion")
    reviews: list[GivenReview]
    outcome: str = Field(description="Key of the outcome; empty before the round is concluded")
