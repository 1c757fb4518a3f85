"""What is done about a certificate by JSON: evidence brought, findings written down, refused, suspended, revoked.

Nothing here gives a certificate force: granting one and lifting a suspension take a certifier at the page.
"""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field

from portal.kit.answers import problems
from portal.kit.errors import Clash
from portal.kit.i18n import _
from portal.kit.pages import Context, Req
from portal.kit.routes import Doors, scope, signed_in
from registry.certification import guards
from registry.certification.actions import assessing, deciding
from registry.certification.actions.assessing import Answer
from registry.certification.api import CertificateAnswer, CertificateItem, CertificatePage, answer_of, item_of
from registry.certification.bodies import CertificateDecisionIn, EvidenceIn, FindingIn, FindingsIn
from registry.certification.models import CriterionKind
from registry.certification.queries import certificates as queries

router = Doors()
TAGS: list[Any] = ["certificates"]
ONE = "/api/v1/certificates/{id}"
FILE: dict[str, Any] = {"code": "site_test_report", "name": "report.txt", "sha256": "0" * 64, "size": 5}


class EvidenceAnswer(BaseModel):
    """A file of evidence as it is kept."""

    model_config = ConfigDict(json_schema_extra={"example": FILE})

    code: str = Field(description="The criterion it is for")
    name: str
    sha256: str
    size: int


def _again(req: Context) -> CertificateAnswer:
    row = queries.one(req.db, req.actor, req.subject.id)
    assert row is not None  # noqa: S101 - it was read a moment ago
    return answer_of(req, row)


@router.api(
    "GET", "/api/v1/me/certificates", guard=scope("read", signed_in), response_model=CertificatePage,
    responses=problems(401), summary="Assessments of your versions", tags=TAGS,
)  # fmt: skip
def mine(
    req: Req,
    after: Annotated[str | None, Query(description="Cursor of the next page.")] = None,
    before: Annotated[str | None, Query(description="Cursor of the page before.")] = None,
) -> CertificatePage:
    """Of versions you publish, and those you asked for: 20 a page, the newest first, whatever became of them."""
    page = queries.mine(req.db, req.actor, after=after, before=before)
    items = [CertificateItem(**item_of(row)) for row in page]
    return CertificatePage(items=items, before=page.before, after=page.after)


@router.api(
    "POST", ONE + "/evidence", guard=scope("write", guards.for_member), response_model=EvidenceAnswer,
    status_code=201, responses=problems(401, 403, 404, 409), summary="Bring evidence", tags=TAGS,
)  # fmt: skip
def attach(req: Req, body: EvidenceIn) -> EvidenceAnswer:
    """For publishers of the version, whoever asked, and the certifier in charge, while the assessment is open."""
    made = assessing.attach(
        req.db, req.actor, certificate_id=req.subject.id, code=body.code, filename=body.file.name,
        data=body.file.content(),
    )  # fmt: skip
    return EvidenceAnswer(code=made.code, name=made.filename, sha256=made.sha256, size=made.size)


@router.api(
    "POST", ONE + "/findings", guard=scope("write", guards.assessed), response_model=CertificateAnswer,
    responses=problems(401, 403, 404, 409), summary="Write findings down", tags=TAGS,
)  # fmt: skip
def findings(req: Req, body: FindingsIn) -> CertificateAnswer:
    """For certifiers without part in it, once it is in hand. What the portal computes is not written over."""
    kinds = {row.code: row.kind for row in queries.criteria_of(req.db, req.subject.id)}
    answers = _answers(body.findings, kinds)
    try:
        assessing.assess(req.db, req.actor, certificate_id=req.subject.id, answers=answers)
    except Clash as refusal:  # names the fields of the page's form
        refusal.fields = {f"findings.{name[2:]}.note": why for name, why in refusal.fields.items()}
        raise
    return _again(req)


def _answers(given: Mapping[str, FindingIn], kinds: Mapping[str, CriterionKind]) -> dict[str, Answer]:
    """The same for the action; refuses what would be passed over in silence."""
    errors: dict[str, str] = {}
    for code, each in given.items():
        kind = kinds.get(code)
        if kind is None:
            errors[f"findings.{code}"] = _("This profile has no such criterion.")
        elif each.verdict is not None and kind is not CriterionKind.assessed:
            errors[f"findings.{code}.verdict"] = _(
                "No verdict is given here: the portal computes it, or the number says it."
            )
        elif each.measured is not None and kind is not CriterionKind.evidence_file:
            errors[f"findings.{code}.measured"] = _("This criterion is not measured by a number.")
    if errors:
        raise Clash(_("Please correct the marked fields."), fields=errors)
    return {
        code: Answer(verdict=each.verdict, measured=each.measured, note=each.note, accepted=each.accepted)
        for code, each in given.items()
    }


@router.api(
    "POST", ONE + "/decision", guard=scope("write", guards.assessed), response_model=CertificateAnswer,
    responses=problems(401, 403, 404, 409), summary="Take in hand, refuse, suspend, revoke", tags=TAGS,
)  # fmt: skip
def decide(req: Req, body: CertificateDecisionIn) -> CertificateAnswer:
    """For certifiers without part in it. What an issued certificate loses is told to nodes and watchers at once."""
    key = req.subject.id
    if body.decision == "take":
        assessing.take(req.db, req.actor, certificate_id=key)
    else:
        verbs = {"refuse": deciding.refuse, "suspend": deciding.suspend, "revoke": deciding.revoke}
        verbs[body.decision](req.db, req.actor, certificate_id=key, reason=body.reason)
    return _again(req)
