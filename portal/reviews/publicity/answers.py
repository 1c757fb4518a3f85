"""What the API answers about public notices, with examples for its documentation."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

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


class NoticePage(BaseModel):
    """A page of the list; ``after`` of one page is the parameter ``after`` of the next."""

    items: list[NoticeItem]
    before: str | None = None
    after: str | None = None


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
