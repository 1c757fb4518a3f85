"""What the API answers about the conclusion of a round."""

from pydantic import BaseModel, Field


class OutcomeItem(BaseModel):
    """One submission with its outcome, and what that was set against."""

    number: int
    title: str
    panel: str
    state: str
    outcome: str = Field(description="Key of the outcome; empty while undecided")
    kind: str = Field(description="in, reserve or out; empty while undecided")
    reason: str
    decided_at: str | None
    basis: str | None = Field(description="What suggested it: panel, group or none; null while undecided")
    suggested: str = Field(description="Key of the outcome that was suggested when it was set")
    deviates: bool
    digest: str = Field(description="SHA-256 of the submission as it was frozen for its reviewers")


class ConclusionAnswer(BaseModel):
    """All submissions the reader runs, by number."""

    state: str
    phase: str
    shape_digest: str | None = Field(description="SHA-256 of the rules as they were frozen")
    undecided: int
    hidden: bool = Field(description="Whether the round has submissions you may not know of")
    items: list[OutcomeItem]


class LetterAnswer(BaseModel):
    """What the applicants were told, as it was sent."""

    number: int
    title: str
    outcome: str
    decided_at: str
    sent_at: str
    text_zh: str
    text_en: str
    digest: str = Field(description="SHA-256 of both texts' canonical JSON")
