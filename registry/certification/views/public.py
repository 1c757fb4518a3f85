"""What everybody reads: the list, one certificate with its documents, the badge, and what a number is worth."""

from typing import Any

from fastapi.responses import Response

from portal.kit.errors import NotFound, Refusal
from portal.kit.i18n import _, label
from portal.kit.pages import Context, Req
from portal.kit.routes import Doors, public
from portal.kit.storage import get_store
from portal.kit.text import to_csv
from portal.settings import get_settings
from registry.assets.policy import can_edit
from registry.certification import badge, guards, policy, shown, statement
from registry.certification.actions import common, deciding
from registry.certification.models import ISSUED, OPEN, Certificate, CertificateState, Level, Standing
from registry.certification.queries import certificates as queries
from registry.certification.queries.certificates import Wanted
from registry.versions.serving import SANDBOX, attachment, disposition

router = Doors()
MOST_ROWS = 2000
DOCUMENTS = {
    "certificate.pdf": ("pdf_sha256", "application/pdf"),
    "statement.json": ("statement_sha256", "application/json"),
    "sbom.json": ("sbom_sha256", "application/vnd.cyclonedx+json"),
}


def wanted_of(query: Any) -> Wanted:
    """What a list is narrowed to by its address; what is no such value narrows nothing."""
    standing, level = query.get("standing", ""), query.get("level", "")
    return Wanted(
        words=query.get("q", "").replace("\x00", "").strip()[:100],
        standing=Standing(standing) if standing in set(Standing) else None,
        level=Level(level) if level in set(Level) else None,
        profile=query.get("profile", "").replace("\x00", "")[:40],
    )


@router.page("/certificates", guard=public)
def listed(req: Req) -> Response:
    """Issued certificates, the newest first."""
    wanted = wanted_of(req.query)
    chosen = wanted.standing.value if wanted.standing else None
    page = queries.issued(
        req.db, req.actor, wanted, after=req.query.get("after"), before=req.query.get("before")
    )
    return req.page(
        "certification/list.html",
        page=page,
        wanted=wanted,
        rows=[(row, shown.worth(row), shown.title(row, req.locale), shown.level(row)) for row in page],
        tabs=[
            (text, req.url_with(standing=key, after=None, before=None), key == chosen)
            for key, text in [(None, _("All certificates")), *((each.value, label(each)) for each in Standing)]
        ],
        levels=[(each.value, label(each)) for each in Level],
        desk=policy.is_reader(req.actor),
    )  # fmt: skip


@router.page("/certificates.csv", guard=public)
def table(req: Req) -> Response:
    """The same as a table."""
    header = (
        "number", "asset", "version", "title", "standing", "level", "profile", "granted", "expires", "demo", "id",
    )  # fmt: skip
    rows = [
        (
            row.number, f"{row.namespace}/{row.name}", row.version, row.title,
            (shown.worth(row) or Standing.expired).value,
            row.granted_level, f"{row.profile}/{row.profile_number}", row.granted_at.isoformat(timespec="minutes"),
            row.expires_at.isoformat(timespec="minutes"), "demo" if row.demo else "", row.id,
        )
        for row in queries.issued(req.db, req.actor, wanted_of(req.query), size=MOST_ROWS)
    ]  # fmt: skip
    headers = {"Content-Disposition": 'attachment; filename="certificates.csv"'}
    return Response(to_csv(header, rows), media_type="text/csv; charset=utf-8", headers=headers)


@router.page("/certificates/verify", guard=public)
def verify(req: Req) -> Response:
    """What a certificate is worth now, by its number. Never hidden; the asset's name is, where it is withheld."""
    number = req.query.get("number", "").replace("\x00", "").strip()[:40]
    row = queries.by_number(req.db, number) if number else None
    named = row is not None and (not row.withheld or policy.is_reader(req.actor))
    return req.page(
        "certification/verify.html",
        number=number,
        row=row,
        worth=shown.worth(row) if row is not None else None,
        named=named,
        title=shown.title(row, req.locale) if row is not None and named else "",
        level=shown.level(row) if row is not None else "",
        key_id=statement.verifier().key_id,
    )


@router.page("/certificates/{id}", guard=guards.certificate)
def page(req: Req) -> Response:
    """One certificate or assessment: level, scope, validity, criteria with their evidence, documents."""
    return show(req)


def show(req: Context, *, refusal: Refusal | None = None, sent: str = "", typed: Any = None) -> Response:
    """The page; ``refusal``: what was said to the form that was ``sent``, which is shown as it was ``typed``."""
    row = req.subject
    worth = shown.worth(row)
    sees = (
        policy.is_reader(req.actor)
        or can_edit(req.actor, row.namespace_id)
        or row.requested_by == req.actor.id
    )
    free = _is_free(req, row)
    items = shown.criteria(req, row)
    return req.page(
        "certification/certificate.html",
        status=refusal.status if refusal else 200,
        refusal=refusal,
        sent=sent,
        typed=typed or {},
        row=row,
        worth=worth,
        title=shown.title(row, req.locale),
        level=shown.level(row),
        version_url=shown.version_url(row),
        here_url=common.url(row.id),
        verify_url=shown.verify_url(row) if worth else "",
        badge_url=f"{get_settings().site_url}{common.url(row.id)}/badge.svg" if worth else "",
        reason=shown.reason_words(row.state_reason),
        items=items,
        history=shown.history(req, row),
        sees=sees,
        free=free,
        certifier=req.actor.has("certifier"),
        in_hand=row.state is CertificateState.assessing and free,
        open=row.state in OPEN,
        brings=row.state in OPEN and _brings(req, row),
        files=queries.evidence_of(req.db, row.id) if sees else [],
        titles=shown.criterion_titles(row, req.locale),
        pdf_problem=_(row.pdf_problem) if row.pdf_problem else "",
        missing=_missing(req, row) if row.state in OPEN and sees else [],
        states=CertificateState,
    )  # fmt: skip


def _is_free(req: Context, row: Any) -> bool:
    """Whether the reader is a certifier who has no part in it."""
    if not req.actor.has("certifier") or req.actor.id is None:
        return False
    certificate = req.db.get_one(Certificate, row.id)
    version, asset, _namespace = common.subject(req.db, certificate)
    return not common.has_part(req.db, req.actor, version, asset, row.requested_by)


def _brings(req: Context, row: Any) -> bool:
    return req.actor.id in {row.requested_by, row.assessor_id} or can_edit(req.actor, row.namespace_id)


def _missing(req: Context, row: Any) -> list[tuple[str, list[str]]]:
    """By level: the titles of the criteria that stand in its way."""
    certificate = req.db.get_one(Certificate, row.id)
    return [
        (label(level), [each.title(req.locale) for each in deciding.missing(req.db, certificate, level)])
        for level in Level
    ]


@router.page("/certificates/{id}/badge.svg", guard=guards.certificate)
def picture(req: Req) -> Response:
    """The badge: what the certificate is worth at this moment. Never kept by caches."""
    row = req.subject
    worth = shown.worth(row)
    if worth is None:
        raise NotFound(_("There is nothing at this address."))
    said = f"{label(worth)} · {shown.level(row)}" if worth is Standing.valid else label(worth)
    headers = {"Cache-Control": "no-cache, max-age=0", "Content-Security-Policy": SANDBOX}
    return Response(
        badge.svg(_("CSPON certified"), said, worth.level), media_type="image/svg+xml", headers=headers
    )


def _document(req: Context, name: str) -> Response:
    field, media_type = DOCUMENTS[name]
    digest = getattr(req.subject, field)
    if digest is None or req.subject.state not in ISSUED:
        raise NotFound(_("There is nothing at this address."))
    with get_store().open(digest) as stored:
        data = stored.read()
    number = req.subject.number or "certificate"
    headers = {
        "Content-Security-Policy": SANDBOX,
        "Content-Disposition": disposition("attachment", f"{number}-{name}"),
        "Cache-Control": "private, no-cache",
        "X-Checksum-Sha256": digest,
    }
    return Response(data, media_type=media_type, headers=headers)


@router.page("/certificates/{id}/certificate.pdf", guard=guards.certificate)
def document(req: Req) -> Response:
    """The certificate as PDF/A."""
    return _document(req, "certificate.pdf")


@router.page("/certificates/{id}/statement.json", guard=guards.certificate)
def signed(req: Req) -> Response:
    """The signed statement (in-toto in DSSE)."""
    return _document(req, "statement.json")


@router.page("/certificates/{id}/sbom.json", guard=guards.certificate)
def bill(req: Req) -> Response:
    """The bill of materials (CycloneDX)."""
    return _document(req, "sbom.json")


@router.page("/certificates/{id}/evidence/{file}", guard=guards.for_member)
def evidence(req: Req) -> Response:
    """A file of evidence, as an attachment: for its owner, the requester and those who look over it."""
    row = req.subject
    own = can_edit(req.actor, row.namespace_id) or row.requested_by == req.actor.id
    found = queries.evidence_file(req.db, row.id, req.path_id("file"))
    if found is None or not (own or policy.is_reader(req.actor)):
        raise NotFound(_("There is nothing at this address."))
    return attachment(found.sha256, found.filename)
