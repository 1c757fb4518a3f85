"""What the API answers about pilots, with examples for its documentation."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from portal.kit.answers import Paged

SITE: dict[str, Any] = {
    "id": "0198f2c4-7b51-7c3e-9a2b-1d2e3f405163",
    "promotion": "0198f2c4-6a51-7c3e-9a2b-1d2e3f405162",
    "version": "planning-lab/landcover-onnx@1.0.0",
    "node": "示例市自然资源和规划局",
    "division": "420100",
    "from_on": "2026-03-01",
    "to_on": "2026-09-30",
    "state": "piloting",
    "verdict": "",
    "report_due_at": "2026-12-01T00:00:00+08:00",
    "url": "/promotions/0198f2c4-6a51-7c3e-9a2b-1d2e3f405162/pilots/0198f2c4-7b51-7c3e-9a2b-1d2e3f405163",
}
INDICATOR: dict[str, Any] = {
    "code": "area", "title_zh": "处理面积", "title_en": "Area processed", "unit": "km²", "better": "higher",
}  # fmt: skip
REPORT: dict[str, Any] = {
    "number": 2, "replaces": None, "stands": True, "from_on": "2026-03-01", "to_on": "2026-03-31",
    "use": "两名技术员每周使用。", "effect": "外业减少三成。", "severity": "none", "incidents": "",
    "measured": {"area": 120.5}, "at": "2026-04-01T09:00:00+08:00",
}  # fmt: skip


class SiteItem(BaseModel):
    """A pilot site."""

    model_config = ConfigDict(json_schema_extra={"example": SITE})

    id: str
    promotion: str
    version: str = Field(description="namespace/name@number")
    node: str = Field(description="The organisation that runs the node, as it was called then")
    division: str = Field(description="Division code (GB/T 2260)")
    from_on: str
    to_on: str
    state: str = Field(description="offered, piloting, assessed, declined, withdrawn, lapsed, left or ended")
    verdict: str = Field(description="suitable, limited or unsuitable; empty before the assessment")
    report_due_at: str = Field(description="Empty where none is due")
    url: str


class SitePage(Paged[SiteItem]):
    """A page of the list; ``after`` of one page is the parameter ``after`` of the next."""


class IndicatorAnswer(BaseModel):
    """A number the rules ask a report for."""

    model_config = ConfigDict(json_schema_extra={"example": INDICATOR})

    code: str = Field(description="The name to report it under")
    title_zh: str
    title_en: str
    unit: str
    better: str = Field(description="higher or lower; empty: neither way is better by itself")


class SiteAnswer(SiteItem):
    """One site with what it is to report and what was found."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": SITE
            | {
                "reason": "", "deadline_at": "2026-11-30T00:00:00+08:00", "offer": "用于年度变更调查的图斑预判。",
                "indicators": [INDICATOR], "use": "", "effect": "", "incidents": "", "sha256": "",
                "reports_digest": "", "assessed_at": "",
            }
        }
    )  # fmt: skip

    reason: str = Field(description="Why it is in this state, where somebody said so")
    deadline_at: str = Field(description="When the state ends by itself")
    offer: str
    indicators: list[IndicatorAnswer] = Field(description="By the rules the promotion began with")
    use: str = Field(description="Of the assessment, as the next five; empty before it")
    effect: str
    incidents: str
    sha256: str = Field(description="Of the node's report that was handed in as a file")
    reports_digest: str = Field(description="SHA-256 over the reports the assessment rests on")
    assessed_at: str


class ReportAnswer(BaseModel):
    """What a node reported of a period."""

    model_config = ConfigDict(json_schema_extra={"example": REPORT})

    number: int
    replaces: int | None = Field(description="Number of the report it stands in the place of")
    stands: bool = Field(description="No later report stands in its place")
    from_on: str
    to_on: str
    use: str
    effect: str
    severity: str = Field(description="Of the worst incident: none, low, medium or high")
    incidents: str = Field(
        description="In words: for the staff, the node and the version's publishers; empty for everybody else"
    )
    measured: dict[str, float]
    at: str


class ReportPage(Paged[ReportAnswer]):
    """A page of the list; ``after`` of one page is the parameter ``after`` of the next."""
