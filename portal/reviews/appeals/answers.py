"""What the API answers about appeals, and what it takes."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from portal.kit.typed import Text, reasoned
from portal.reviews.appeals.forms import MAX_LINKS
from portal.reviews.appeals.models import Ground
from portal.reviews.publicity.forms import Grounds as Story

Link = Annotated[
    str, Field(max_length=500, pattern=r"^https?://[A-Za-z0-9][A-Za-z0-9.-]*(:[0-9]{1,4})?(/[!-~]*)?$")
]
"""A whole address in ASCII."""


class AppealIn(BaseModel):
    """An appeal against the decision about a submission."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {
                "grounds": ["recusal"],
                "text": "评审期间，与申报单位有合作关系的专家未回避，见附上的合作协议公告。",
                "links": ["https://example.org/agreement"],
            }
        },
    )

    grounds: Annotated[list[Ground], Field(min_length=1, max_length=4)] = Field(
        description="What the appeal is about; the academic judgement is no ground"
    )
    text: Story
    links: Annotated[list[Link], Field(max_length=MAX_LINKS)] = []


class DecisionIn(BaseModel):
    """What is done with the newest appeal. ``withdraw`` is for whoever filed it, the rest for those who decide."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra=reasoned("refuse", "uphold", "dismiss") | {"example": {"decision": "accept"}},
    )

    decision: Literal["accept", "refuse", "uphold", "dismiss", "withdraw"]
    reason: Annotated[Text, Field(max_length=1000)] = ""


class AppealOut(BaseModel):
    """An appeal."""

    receipt: str
    state: str
    grounds: list[str]
    text: str
    links: list[str]
    filed_at: str
    decided_at: str = Field(description="When the decision fell that it is against")
    reason: str = Field(description="Why it was decided so; empty before")
    escalated: bool = Field(description="Whether it was passed on to the auditors")


class AppealAnswer(BaseModel):
    """Appeals about one submission as their reader may see them."""

    number: int
    title: str
    may_file: bool = Field(description="Whether you can appeal now")
    until: str | None = Field(
        description="Until when appeals are taken; null: not yet, or the days are not known yet"
    )
    may_decide: bool = Field(description="Whether you can decide the newest one")
    items: list[AppealOut] = Field(description="Newest first")
