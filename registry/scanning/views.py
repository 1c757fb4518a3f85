"""Findings on a version's page, the certifiers' queue, and findings for the API."""

from typing import Any

from fastapi.responses import Response
from markupsafe import Markup
from pydantic import BaseModel, ConfigDict

from portal.kit.answers import problems
from portal.kit.errors import Forbidden
from portal.kit.forms import parse
from portal.kit.i18n import _, label
from portal.kit.pages import Context, Req
from portal.kit.routes import Doors, role, scope
from registry.assets.fragments import draw
from registry.scanning import actions, policy, queries
from registry.scanning.findings import Severity, Verdict
from registry.scanning.models import Scan
from registry.scanning.rules import RULES, say
from registry.versions.addresses import address
from registry.versions.forms import ReasonInput
from registry.versions.guards import readable_version
from registry.versions.models import VersionState
from registry.versions.pages import show
from registry.versions.panels import PANELS
from registry.versions.policy import PUBLIC_STATES

router = Doors()
LEVELS = {Severity.INFO: "info", Severity.WARNING: "warn", Severity.DANGER: "bad"}
VERDICT_LEVELS = {Verdict.PUBLISH: "good", Verdict.QUARANTINE: "warn", Verdict.REJECT: "bad"}


def shown_findings(req: Context, version: Any, scan: Scan) -> list[dict[str, Any]]:
    """The findings this actor may see, in the reader's language; none where the gate keeps the files from the actor."""
    found: list[dict[str, Any]] = []
    if not version.files_open:
        return found
    for row in queries.findings_of(req.db, scan):
        if not policy.can_see_finding(req.actor, version.namespace_id, hidden=row.hidden):
            continue
        clear = policy.can_see_excerpt(req.actor, version.namespace_id, hidden=row.hidden, rule=row.rule)
        severity = Severity(row.severity)
        said = say(row.rule, row.params) if row.rule in RULES else None
        found.append(
            {
                "rule": row.rule,
                "severity": severity,
                "level": LEVELS[severity],
                "path": row.path,
                "line": row.line,
                "excerpt": row.excerpt if clear else "",
                "title": said.title if said else row.rule,
                "why": said.why if said else "",
                "advice": said.advice if said else "",
            }
        )
    return found


def standing(verdict: Verdict, state: VersionState) -> tuple[str, str]:
    """Level and words of a scan's verdict; where a certifier has decided since, of the decision."""
    if verdict is Verdict.QUARANTINE and state in PUBLIC_STATES:
        return "info", _("Released by a certifier")
    if verdict is Verdict.QUARANTINE and state is VersionState.rejected:
        return "bad", _("Rejected by a certifier")
    return VERDICT_LEVELS[verdict], label(verdict)


def scan_panel(req: Context, version: Any) -> Markup | str:
    """On a version's page: the verdict and the findings; for certifiers the decision."""
    scan = queries.newest(req.db, version.id)
    if scan is None:
        return ""
    verdict = Verdict(scan.verdict)
    return draw(
        "scanning/_panel.html",
        scan=scan,
        standing=standing(verdict, version.state),
        findings=shown_findings(req, version, scan),
        here_url=address(version),
        may_decide=policy.can_decide(req.actor, version.namespace_id, version.state),
    )


@router.page("/scans", guard=role("certifier"))
def scans(req: Req) -> Response:
    """What waits for a certifier's decision, the longest wait first."""
    page = queries.queue(req.db, after=req.query.get("after"), before=req.query.get("before"))
    quarantined = VersionState.quarantined
    return req.page(
        "scanning/queue.html",
        rows=[
            (row, address(row), policy.can_decide(req.actor, row.namespace_id, quarantined)) for row in page
        ],
        prev_url=req.url_with(before=page.before, after=None) if page.before else None,
        next_url=req.url_with(after=page.after, before=None) if page.after else None,
    )


def decidable_version(req: Context) -> Any:
    """A quarantined version, for a certifier who has no part in it."""
    version = readable_version(req)
    if not policy.is_certifier(req.actor):
        raise Forbidden(_("This page is for other roles than yours."))
    if version.state is VersionState.quarantined and not policy.can_decide(
        req.actor, version.namespace_id, version.state
    ):
        raise Forbidden(_("You may not decide about your own namespace."))
    return version


@router.act("/assets/{ns}/{name}/versions/{number}/release", guard=decidable_version)
def release(req: Req) -> Response:
    """Publish a quarantined version."""
    return _decide(req, publish=True)


@router.act("/assets/{ns}/{name}/versions/{number}/reject", guard=decidable_version)
def reject(req: Req) -> Response:
    """Reject a quarantined version."""
    return _decide(req, publish=False)


def _decide(req: Context, *, publish: bool) -> Response:
    version = req.subject
    parsed = parse(ReasonInput, req.form)
    if parsed.model is None:
        return show(req, version, errors=parsed.errors)
    verb = actions.release if publish else actions.reject
    verb(req.db, req.actor, version_id=version.id, reason=parsed.model.reason)
    return req.redirect(
        "/scans", flash=_("The version was released.") if publish else _("The version was rejected.")
    )


class FindingAnswer(BaseModel):
    """One finding."""

    rule: str
    severity: str
    path: str
    line: int | None
    excerpt: str
    title: str
    why: str
    advice: str


class ScanAnswer(BaseModel):
    """The newest scan of a version."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "state": "quarantined",
                "verdict": "quarantine",
                "verdict_text": "Quarantined until a certifier has looked",
                "scanned_at": "2026-11-22T08:00:00+00:00",
                "left_out": 0,
                "findings": [
                    {
                        "rule": "secret.private_key",
                        "severity": "danger",
                        "path": "keys/id_rsa",
                        "line": 1,
                        "excerpt": "",
                        "title": "Private key",
                        "why": "Whoever has the key can act for its owner.",
                        "advice": "Remove the key and revoke it.",
                    }
                ],
            }
        }
    )

    state: str
    verdict: str | None
    verdict_text: str | None
    scanned_at: str | None
    left_out: int
    findings: list[FindingAnswer]


@router.api(
    "GET",
    "/api/v1/assets/{ns}/{name}/versions/{number}/findings",
    guard=scope("read", readable_version),
    response_model=ScanAnswer,
    responses=problems(403, 404),
    summary="Findings of the newest scan of a version",
    tags=["versions"],
)
def findings(req: Req) -> ScanAnswer:
    """The verdict and the findings this actor may see; no scan yet gives an empty list."""
    version = req.subject
    scan = queries.newest(req.db, version.id)
    if scan is None:
        return ScanAnswer(
            state=version.state.value,
            verdict=None,
            verdict_text=None,
            scanned_at=None,
            left_out=0,
            findings=[],
        )
    keys = FindingAnswer.model_fields
    return ScanAnswer(
        state=version.state.value,
        verdict=scan.verdict,
        verdict_text=label(Verdict(scan.verdict)),
        scanned_at=scan.created_at.isoformat(),
        left_out=scan.left_out,
        findings=[
            FindingAnswer(**{key: item[key] for key in keys}) for item in shown_findings(req, version, scan)
        ],
    )


PANELS.register("scan", 10, scan_panel)
