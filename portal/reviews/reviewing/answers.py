"""What the API answers to a reviewer, with examples for its documentation."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

EXAMPLE: dict[str, Any] = {
    "round": "019cfd6e-3f42-7c55-8d0a-2f6f5d1c9a10",
    "number": 2,
    "title": "城市扩张识别算法",
    "round_title": "规划实施监测算法评审",
    "state": "draft",
    "due_at": "2026-12-10T08:00:00+00:00",
    "marked": 3,
    "criteria": 5,
}


class QueueItem(BaseModel):
    """One's own review, as the queue lists it."""

    model_config = ConfigDict(json_schema_extra={"example": EXAMPLE})

    round: str
    number: int
    title: str
    round_title: str
    state: str
    due_at: str | None
    marked: int
    criteria: int


class Queue(BaseModel):
    """Open reviews, the most urgent first; reviews handed in, latest seat first, the newest 20."""

    open: list[QueueItem]
    done: list[QueueItem]


class LevelOut(BaseModel):
    """A mark that can be given."""

    value: float
    anchor: str


class CriterionOut(BaseModel):
    """A criterion of the rubric."""

    key: str
    title: str
    help: str
    weight: float
    levels: list[LevelOut]
    veto: float | None


class QuestionOut(BaseModel):
    """A question with the bounds of its answer in characters."""

    key: str
    title: str
    least: int
    most: int


class ReviewOut(BaseModel):
    """One's own review with what it is about and what it is asked."""

    state: str
    state_reason: str
    revision: int = Field(description="Send it back with the next save; an older one is refused")
    open: bool = Field(description="Whether it may be written and handed in now")
    due_at: str | None
    marks: dict[str, float]
    answers: dict[str, str]
    private_note: str
    confidence: int | None
    auto_submit: bool
    score_so_far: float | None
    score: float | None = Field(description="Of what is submitted")
    saved_at: str | None
    submitted_at: str | None
    digest: str = Field(description="SHA-256 of what is submitted; empty before")
    title: str
    text: str
    keywords: list[str]
    evidence: list[dict[str, str]]
    criteria: list[CriterionOut]
    questions: list[QuestionOut]
