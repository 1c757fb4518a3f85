"""Certificates by JSON: read, and asked for. What is done about them: ``api_acts``."""

import json
from typing import Annotated, Any

from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field

from portal.kit.answers import Paged, problems
from portal.kit.clock import shanghai
from portal.kit.errors import NotFound
from portal.kit.i18n import _
from portal.kit.pages import Context, Req
from portal.kit.routes import Doors, public, scope
from portal.kit.storage import get_store
from registry.certification import guards, shown
from registry.certification.actions import assessing, common
from registry.certification.forms import RequestInput
from registry.certification.models import ISSUED, Level, Standing
from registry.certification.queries import certificates as queries
from registry.certification.queries.certificates import Wanted

router = Doors()
TAGS: list[Any] = ["certificates"]
VERSION = "/api/v1/assets/{ns}/{name}/versions/{number}"
ITEM: dict[str, Any] = {
    "id": "0198f2c4-6a51-7c3e-9a2b-1d2e3f405162",
    "number": "CSPON-C-2026-00001",
    "version": "planning-lab/landcover-onnx@1.0.0",
    "state": "granted",
    "standing": "valid",
    "level": "rollout",
    "profile": "base/1",
    "granted_at": "2026-11-20T09:00:00+08:00",
    "expires_at": "2028-11-21T00:00:00+08:00",
    "url": "/certificates/0198f2c4-6a51-7c3e-9a2b-1d2e3f405162",
}


class CertificateItem(BaseModel):
    """A certificate, or an assessment that has not become one."""

    model_config = ConfigDict(json_schema_extra={"example": ITEM})

    id: str
    number: str = Field(description="Empty until it is granted")
    version: str = Field(description="namespace/name@number")
    state: str = Field(description="requested, assessing, granted, refused, suspended, expired or revoked")
    standing: str = Field(
        description="What it is worth now: valid, suspended, withdrawn, expired or revoked; empty where never granted"
    )
    level: str = Field(description="pilot or rollout: as granted, before that as asked for")
    profile: str
    granted_at: str
    expires_at: str
    url: str


class CertificatePage(Paged[CertificateItem]):
    """A page of the list; ``after`` of one page is the parameter ``after`` of the next."""


class CriterionAnswer(BaseModel):
    """What was found about one criterion."""

    code: str
    title: str
    kind: str
    required: str = Field(description="The lowest level that needs it; for information: empty")
    source: str
    verdict: str = Field(description="met, not_met or unknown")
    accepted: bool = Field(description="A certifier takes it as it is although it is not known")
    words: str
    note: str
    measured: float | None
    digests: list[str]


class CertificateAnswer(CertificateItem):
    """One certificate with its criteria and documents."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": ITEM
            | {
                "scope": "土地覆盖分类，10 m 影像。", "reason": "各项条件均满足。", "version_digest": "0" * 64,
                "sbom_sha256": "", "statement_sha256": "", "pdf_sha256": "", "demo": False, "criteria": [],
            }
        }
    )  # fmt: skip

    scope: str
    reason: str
    version_digest: str = Field(description="SHA-256 over the version's files (sha256sum lines)")
    sbom_sha256: str
    statement_sha256: str
    pdf_sha256: str
    demo: bool
    criteria: list[CriterionAnswer]


def _at(instant: Any) -> str:
    return shanghai(instant).isoformat() if instant is not None else ""


def item_of(row: Any) -> dict[str, Any]:
    """What stands in a list."""
    worth = shown.worth(row)
    return {
        "id": str(row.id),
        "number": row.number or "",
        "version": f"{row.namespace}/{row.name}@{row.version}",
        "state": row.state.value,
        "standing": worth.value if worth else "",
        "level": row.granted_level or row.asked_level.value,
        "profile": f"{row.profile}/{row.profile_number}",
        "granted_at": _at(row.granted_at),
        "expires_at": _at(row.expires_at),
        "url": common.url(row.id),
    }


def answer_of(req: Context, row: Any) -> CertificateAnswer:
    """One certificate as its reader may see it."""
    wanted = {each["code"]: each for each in row.criteria}
    return CertificateAnswer(
        **item_of(row),
        scope=row.scope,
        reason=shown.reason_words(row.state_reason),
        version_digest=row.version_digest,
        sbom_sha256=row.sbom_sha256 or "",
        statement_sha256=row.statement_sha256 or "",
        pdf_sha256=row.pdf_sha256 or "",
        demo=row.demo,
        criteria=[
            CriterionAnswer(
                code=each["code"], title=each["title"], kind=each["kind"].value,
                required=wanted[each["code"]]["required"] or "", source=each["source"],
                verdict=each["verdict"].value, accepted=each["accepted"], words=each["words"], note=each["note"],
                measured=each["measured"], digests=[one["digest"] for one in each["evidence"] if one["digest"]],
            )
            for each in shown.criteria(req, row)
        ],
    )  # fmt: skip


@router.api(
    "GET", "/api/v1/certificates", guard=scope("read", public), response_model=CertificatePage,
    responses=problems(422), summary="Issued certificates", tags=TAGS,
)  # fmt: skip
def listed(
    req: Req,
    q: Annotated[str, Query(max_length=100, description="Part of a title, a name or a number.")] = "",
    standing: Annotated[Standing | None, Query(description="What they are worth now.")] = None,
    level: Annotated[Level | None, Query(description="The level granted.")] = None,
    after: Annotated[str | None, Query(description="Cursor of the next page.")] = None,
    before: Annotated[str | None, Query(description="Cursor of the page before.")] = None,
) -> CertificatePage:
    """20 a page, granted last first."""
    wanted = Wanted(words=q.replace("\x00", "").strip(), standing=standing, level=level)
    page = queries.issued(req.db, req.actor, wanted, after=after, before=before)
    return CertificatePage(
        items=[CertificateItem(**item_of(row)) for row in page], before=page.before, after=page.after
    )


@router.api(
    "GET", "/api/v1/certificates/{id}", guard=scope("read", guards.certificate), response_model=CertificateAnswer,
    responses=problems(404), summary="One certificate", tags=TAGS,
)  # fmt: skip
def one(req: Req) -> CertificateAnswer:
    """Criteria with verdicts and digests; what it is worth now is ``standing``."""
    return answer_of(req, req.subject)


@router.api(
    "GET", "/api/v1/certificates/{id}/statement", guard=scope("read", guards.certificate),
    response_model=dict[str, Any], responses=problems(404), summary="Signed statement of a certificate", tags=TAGS,
)  # fmt: skip
def signed(req: Req) -> dict[str, Any]:
    """An in-toto Statement v1 in a DSSE envelope, as it was signed when the certificate was granted."""
    row = req.subject
    if row.statement_sha256 is None or row.state not in ISSUED:
        raise NotFound(_("There is nothing at this address."))
    with get_store().open(row.statement_sha256) as stored:
        found: dict[str, Any] = json.loads(stored.read())
    return found


@router.api(
    "GET", f"{VERSION}/certificate", guard=scope("read", guards.described), response_model=CertificateAnswer,
    responses=problems(404), summary="The certificate that speaks for a version", tags=TAGS,
)  # fmt: skip
def of_version(req: Req) -> CertificateAnswer:
    """A valid one before others, then the one granted last; 404 where there never was one."""
    found = queries.certificate_of(req.db, req.subject.id)
    row = queries.one(req.db, req.actor, found.id) if found is not None else None
    if row is None:
        raise NotFound(_("There is nothing at this address."))
    return answer_of(req, row)


@router.api(
    "POST", f"{VERSION}/certification", guard=scope("write", guards.certifiable), response_model=CertificateAnswer,
    status_code=201, responses=problems(401, 403, 404, 409, 422), summary="Ask for certification", tags=TAGS,
)  # fmt: skip
def ask(req: Req, body: RequestInput) -> CertificateAnswer:
    """For publishers of the namespace: a published version, one assessment at a time."""
    made = assessing.request(req.db, req.actor, version_id=req.subject.id, given=body)
    row = queries.one(req.db, req.actor, made.id)
    assert row is not None  # noqa: S101 - just made by its reader
    return answer_of(req, row)
