"""What the API answers about the integrity of reviews."""

from pydantic import BaseModel, Field


class ApproachOut(BaseModel):
    """An own report."""

    id: str
    receipt: str
    submission: int | None
    who: str
    channel: str
    happened: str
    text: str
    about_secretariat: bool
    state: str
    reason: str = Field(description="Why it was decided so; empty before")
    filed_at: str


class ApproachList(BaseModel):
    """One's own reports in a round, newest first."""

    items: list[ApproachOut]


class NameViewItem(BaseModel):
    """Somebody was shown names of reviewers. No entry names a reviewer."""

    at: str
    who: str = Field(description="Short name when it happened")
    door: str = Field(description="Stable key of the page, file or operation")
    submission: int | None = Field(description="Whose reviewers; null: those of the whole round")


class NameViewPage(BaseModel):
    """A page of the log; ``after`` of one page is the parameter ``after`` of the next."""

    items: list[NameViewItem]
    before: str | None
    after: str | None
