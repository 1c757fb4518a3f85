"""What programs send about promotions and their pilots: the forms, said so that a schema can hold them."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from portal.kit.typed import WHOLE, Text, reasoned, text
from registry.certification.bodies import ONLY_CODES, FileIn
from registry.promotion.forms import AssessmentInput, Code, OfferInput, ReportInput, SiteInput

PERIOD = {"from_on": "2026-03-01", "to_on": "2026-09-30"}


class OfferIn(OfferInput):
    """An organisation's offer to be a pilot site."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {
                "organisation": "0198f2c4-6a51-7c3e-9a2b-1d2e3f405162", "division": "420100", **PERIOD,
                "offer": "用于年度变更调查的图斑预判，两名技术员使用。",
            }
        },
    )  # fmt: skip


class RecordedSiteIn(SiteInput):
    """A pilot site whose organisation does not sign up itself."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"example": {"node": "示例市规划局", "division": "330100", **PERIOD}},
    )


class ReportIn(ReportInput):
    """What a node reports of a period: words, the worst incident, and the indicators of the rules it knows."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {
                "from_on": "2026-03-01", "to_on": "2026-03-31", "use": "两名技术员每周使用。",
                "effect": "外业减少三成。", "measured": {"area": 120.5},
            },
            "if": {"properties": {"severity": {"enum": ["low", "medium", "high"]}}, "required": ["severity"]},
            "then": {"properties": {"incidents": text(4)}, "required": ["incidents"]},
        },
    )  # fmt: skip

    measured: dict[Code, Annotated[float, Field(ge=-1e12, le=1e12), WHOLE]] = Field(
        default={}, max_length=12, description="Code of an indicator -> number", json_schema_extra=ONLY_CODES
    )


class SiteDecisionIn(BaseModel):
    """What is done about a site. ``withdraw`` is for its node (an offer, or from a pilot that runs), the rest for the
    secretariat."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra=reasoned("decline", "withdraw") | {"example": {"decision": "accept"}},
    )

    decision: Literal["accept", "decline", "withdraw"]
    reason: Annotated[Text, Field(max_length=2000)] = Field(
        default="", description="Read by the node and the staff"
    )


class AssessmentIn(AssessmentInput):
    """What came out of the pilot at a site; recorded once."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {"use": "年度监测。", "effect": "外业减少三成。", "verdict": "suitable"},
        },
    )

    file: FileIn | None = Field(default=None, description="Report of the node")


class PromotionDecisionIn(BaseModel):
    """What is done about a promotion, always with a reason. Moving on and voting take a person at the page."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"example": {"decision": "suspend", "reason": "试点单位报告服务中断，先行暂停。"}},
    )

    decision: Literal["withdraw", "suspend", "roll_back", "retire", "announce"] = Field(
        description="withdraw: the nominator, a nomination; announce: the secretariat, a cancelled notice put up again"
    )
    reason: Annotated[Text, Field(max_length=2000, json_schema_extra=text(4))] = Field(
        description="Stands in the public log"
    )
