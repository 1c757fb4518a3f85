"""What the API answers about public notices, with examples for its documentation."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from portal.kit.answers import Paged
from portal.kit.typed import Text, reasoned, text

ITEM: dict[str, Any] = {
    "id": "0198f2c4-6a51-7c3e-9a2b-1d2e3f405162",
    "title_zh": "2026年度算法评审结果公示",
    "title_en": "",
    "state": "running",
    "starts_at": "2026-09-28T09:00:00+08:00",
    "last_day": "2026-10-12",
    "working_days": 5,
    "objections": None,
}


class NoticeItem(BaseModel):
    """A notice in a list."""

    model_config = ConfigDict(json_schema_extra={"example": ITEM})

    id: str
    title_zh: str
    title_en: str
    state: str
    starts_at: str
    last_day: str = Field(description="Counts whole; objections are in time until 24:00 in Asia/Shanghai")
    working_days: int
    objections: int | None = Field(description="How many were made; null while the period runs")


class NoticePage(Paged[NoticeItem]):
    """A page of the list; ``after`` of one page is the parameter ``after`` of the next."""


class ResultItem(BaseModel):
    """What was decided about one objection; whose it was is not published."""

    ground: str
    state: str
    reason: str


class NoticeOut(NoticeItem):
    """One notice with its text and, after the end, what became of objections."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": ITEM
            | {
                "body_zh": "现将评审结果予以公示。", "body_en": "", "lines": ["成果一：入选"], "days_off": [],
                "state_reason": "", "counts": {}, "results": [],
            }
        }
    )  # fmt: skip

    body_zh: str
    body_en: str
    lines: list[str]
    days_off: list[str] = Field(description="Days of the period that are not worked")
    state_reason: str
    counts: dict[str, int] = Field(description="Objections by state; empty while the period runs")
    results: list[ResultItem]


class ObjectionItem(BaseModel):
    """An own objection."""

    id: str
    receipt: str
    notice_title_zh: str
    notice_title_en: str
    ground: str
    text: str
    contact: str
    state: str
    reason: str = Field(description="Why it was decided so; empty before")
    filed_at: str


class ObjectionList(BaseModel):
    """One's own objections, newest first."""

    items: list[ObjectionItem]


class FiledOut(ObjectionItem):
    """An objection as its author and those who decide it read it."""

    notice: str = Field(description="Id of the notice")
    escalated: bool = Field(description="Was passed on to the auditors, because nobody had decided in time")
    deadline_at: str | None = Field(description="When it is passed on, or expires; null once it is decided")
    who: str = Field(
        description="Who objects, for those who may decide; empty for the author, and once it is erased"
    )
    affiliation: str
    may_decide: bool


class QueueItem(BaseModel):
    """An objection in the queue: neither who objects nor what it says."""

    id: str
    notice: str
    notice_title_zh: str
    notice_title_en: str
    ground: str
    state: str
    escalated: bool
    filed_at: str
    deadline_at: str | None


class QueuePage(Paged[QueueItem]):
    """A page of the queue; ``after`` of one page is the parameter ``after`` of the next."""


class CancellationIn(BaseModel):
    """Why a notice is taken back."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"example": {"reason": "公示内容有误，予以撤销。"}}
    )

    reason: Annotated[Text, Field(max_length=1000, json_schema_extra=text(4))] = Field(
        description="Read by everybody; the notice stays where it is"
    )


class ObjectionDecisionIn(BaseModel):
    """What is done with an objection. ``withdraw`` is for its author, the rest for those who decide."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra=reasoned("uphold", "reject") | {"example": {"decision": "examine"}},
    )

    decision: Literal["examine", "uphold", "reject", "withdraw"]
    reason: Annotated[Text, Field(max_length=1000)] = Field(
        default="", description="Published with the notice, without a name: write none into it"
    )
