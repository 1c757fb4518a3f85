"""What the API answers about rounds, with examples for its documentation."""

from typing import Any

from pydantic import BaseModel, ConfigDict

ROUND: dict[str, Any] = {
    "id": "0198c0de-0000-7000-8000-000000000001",
    "title_zh": "规划实施监测算法评审",
    "title_en": "Review of monitoring algorithms",
    "state": "open",
    "phase": "review",
    "deadline_at": "2026-12-10T23:59:59+08:00",
    "public": True,
    "demo": False,
}


class RoundItem(BaseModel):
    """A round in the list."""

    model_config = ConfigDict(json_schema_extra={"example": ROUND})

    id: str
    title_zh: str
    title_en: str
    state: str
    phase: str
    deadline_at: str | None
    public: bool
    demo: bool


class RoundPage(BaseModel):
    """A page of the list; ``after`` of one page is the parameter ``after`` of the next."""

    items: list[RoundItem]
    before: str | None
    after: str | None


class SpanAnswer(BaseModel):
    """A phase: when it began or is to begin, when it ended or is to end; done, current or planned."""

    phase: str
    begin: str
    end: str
    state: str


class DelayAnswer(BaseModel):
    """An end of a phase that was moved."""

    phase: str
    kind: str
    minutes: int
    reason: str
    until: str


class RoundAnswer(RoundItem):
    """A round with its rules and dates; never who reviews or what was submitted."""

    summary_zh: str
    summary_en: str
    state_reason: str
    shape: dict[str, Any]
    shape_digest: str | None
    timeline: list[SpanAnswer]
    delays: list[DelayAnswer]


class PersonAnswer(BaseModel):
    """Somebody behind a submission."""

    name: str
    organisation: str
    lead: bool


class EvidenceAnswer(BaseModel):
    """A line of evidence, as it was when the submission was entered."""

    label: str
    value: str
    url: str


class SubmissionItem(BaseModel):
    """A submission in the list."""

    number: int
    title: str
    panel: str
    state: str


class SubmissionList(BaseModel):
    """The submissions of a round that the reader may read, by number."""

    items: list[SubmissionItem]


class SubmissionAnswer(SubmissionItem):
    """A submission as its reader may see it: in a double blind round without names and addresses."""

    text: str
    disciplines: list[str]
    keywords: list[str]
    digest: str
    people: list[PersonAnswer]
    evidence: list[EvidenceAnswer]


class InvitationAnswer(BaseModel):
    """An own invitation."""

    id: str
    round_id: str
    round_title_zh: str
    round_title_en: str
    state: str
    sent_at: str | None
    deadline_at: str | None
    answered_at: str | None
    pledged_at: str | None


class InvitationList(BaseModel):
    """One's own invitations, newest first."""

    items: list[InvitationAnswer]
