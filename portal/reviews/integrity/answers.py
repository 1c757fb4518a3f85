"""What the API answers about the integrity of reviews."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from portal.kit.answers import Paged
from portal.kit.typed import Text, reasoned


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


class ReportOut(ApproachOut):
    """A report as its author and those who decide it read it."""

    round: str = Field(description="Id of the round")
    escalated: bool = Field(description="Auditors decide: from the beginning, or because nobody had in time")
    deadline_at: str | None = Field(description="When it is passed on, or expires; null once it is decided")
    reporter: str = Field(description="Who reports, for those who may decide; empty for the author")
    may_decide: bool


class ReportItem(BaseModel):
    """A report in a list: neither who reports nor what it says."""

    id: str
    round: str
    round_title_zh: str
    round_title_en: str
    state: str
    about_secretariat: bool
    escalated: bool
    filed_at: str
    deadline_at: str | None


class ReportPage(Paged[ReportItem]):
    """A page of the list; ``after`` of one page is the parameter ``after`` of the next."""


class ReportDecisionIn(BaseModel):
    """What is done with a report; the reporter reads the reason."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra=reasoned("uphold", "reject") | {"example": {"decision": "examine"}},
    )

    decision: Literal["examine", "uphold", "reject"]
    reason: Annotated[Text, Field(max_length=1000)] = ""


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
