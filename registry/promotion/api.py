"""Promotions by JSON: read, and nominated. What is done about them: ``api_acts``; pilots: ``api_pilots``."""

from typing import Annotated, Any

from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field

from portal.kit.answers import Paged, problems
from portal.kit.clock import shanghai
from portal.kit.pages import Context, Req
from portal.kit.routes import Doors, public, scope
from registry.promotion import guards, shown
from registry.promotion.actions import common, nominating
from registry.promotion.forms import NominationInput
from registry.promotion.models import Stage
from registry.promotion.queries import promotions as queries

router = Doors()
TAGS: list[Any] = ["promotions"]
VERSION = "/api/v1/assets/{ns}/{name}/versions/{number}"
ITEM: dict[str, Any] = {
    "id": "0198f2c4-6a51-7c3e-9a2b-1d2e3f405162",
    "version": "planning-lab/landcover-onnx@1.0.0",
    "version_digest": "0" * 64,
    "stage": "qualified",
    "since": "2026-11-20T09:00:00+08:00",
    "rules": "base/1",
    "demo": False,
    "url": "/promotions/0198f2c4-6a51-7c3e-9a2b-1d2e3f405162",
}


class PromotionItem(BaseModel):
    """The promotion of a version."""

    model_config = ConfigDict(json_schema_extra={"example": ITEM})

    id: str
    version: str = Field(description="namespace/name@number")
    version_digest: str = Field(description="SHA-256 over the version's files (sha256sum lines)")
    stage: str
    since: str
    rules: str
    demo: bool
    url: str


class PromotionPage(Paged[PromotionItem]):
    """A page of the list; ``after`` of one page is the parameter ``after`` of the next."""


class GateAnswer(BaseModel):
    """How a gate stands at this moment."""

    stage: str
    code: str
    title: str
    met: bool
    words: str
    by: str = Field(description="Who can supply it")
    digests: list[str]


class StepAnswer(BaseModel):
    """A change of stage."""

    number: int
    old: str
    new: str
    by: str = Field(description="The role it was done in")
    reason: str
    override: dict[str, Any] = Field(description="The committee's vote, where gates were not met; else empty")
    at: str


class PromotionAnswer(PromotionItem):
    """One promotion with the gates before it and its log."""

    model_config = ConfigDict(json_schema_extra={"example": ITEM | {"reason": "", "gates": [], "steps": []}})

    reason: str
    gates: list[GateAnswer]
    steps: list[StepAnswer]


def _item(row: Any) -> dict[str, Any]:
    return {
        "id": str(row.id),
        "version": f"{row.namespace}/{row.name}@{row.version}",
        "version_digest": row.version_digest,
        "stage": row.stage.value,
        "since": shanghai(row.stage_at).isoformat(),
        "rules": f"{row.profile}/{row.profile_number}",
        "demo": row.demo,
        "url": common.url(row.id),
    }


def answer_of(req: Context, row: Any) -> PromotionAnswer:
    """One promotion, read again: its gates stand as they do at this moment."""
    seen = shown.look(req, row)
    return PromotionAnswer(
        **_item(row),
        reason=shown.reason_words(row.stage_reason),
        gates=[
            GateAnswer(
                stage=stage.value, code=line["code"], title=line["title"], met=line["met"], words=line["words"],
                by=line["by"], digests=[digest for _what, _url, digest in line["evidence"] if digest],
            )
            for stage, lines in shown.checklist(req, seen)
            for line in lines
        ],
        steps=[
            StepAnswer(
                number=step.number, old=step.from_stage, new=step.stage.value, by=step.who,
                reason=shown.reason_words(step.reason), override=step.override, at=shanghai(step.at).isoformat(),
            )
            for step in seen.steps
        ],
    )  # fmt: skip


@router.api(
    "GET", "/api/v1/promotions", guard=scope("read", public), response_model=PromotionPage,
    responses=problems(422), summary="Promotions", tags=TAGS,
)  # fmt: skip
def listed(
    req: Req,
    q: Annotated[str, Query(max_length=100, description="Part of a title or a name.")] = "",
    stage: Annotated[Stage | None, Query(description="The stage; national: the national list.")] = None,
    after: Annotated[str | None, Query(description="Cursor of the next page.")] = None,
    before: Annotated[str | None, Query(description="Cursor of the page before.")] = None,
) -> PromotionPage:
    """20 a page, what moved last first."""
    words = q.replace("\x00", "").strip()
    page = queries.listed(req.db, req.actor, stage=stage, words=words, after=after, before=before)
    return PromotionPage(
        items=[PromotionItem(**_item(row)) for row in page], before=page.before, after=page.after
    )


@router.api(
    "GET", "/api/v1/promotions/{id}", guard=scope("read", guards.promotion), response_model=PromotionAnswer,
    responses=problems(404), summary="One promotion", tags=TAGS,
)  # fmt: skip
def one(req: Req) -> PromotionAnswer:
    """The gates before it as they stand now, and its log."""
    return answer_of(req, req.subject)


@router.api(
    "POST", f"{VERSION}/nomination", guard=scope("write", guards.nominable), response_model=PromotionAnswer,
    status_code=201, responses=problems(401, 403, 404, 409, 422), summary="Nominate a version", tags=TAGS,
)  # fmt: skip
def nominate(req: Req, body: NominationInput) -> PromotionAnswer:
    """For any member: a published version of a model, an algorithm or a tool, one live promotion at a time."""
    made = nominating.nominate(req.db, req.actor, version_id=req.subject.id, given=body)
    row = queries.one(req.db, req.actor, made.id)
    assert row is not None  # noqa: S101 - the version is described to its reader
    return answer_of(req, row)
