"""What the PDF of a certificate says, and keeping it."""

import uuid

from portal.audit.actions import record
from portal.kit.actor import SYSTEM
from portal.kit.clock import shanghai
from portal.kit.db import Session
from portal.kit.i18n import _, label
from portal.kit.storage import get_store
from portal.notices.actions import speaking
from portal.settings import get_settings
from registry.certification.actions import common
from registry.certification.models import Certificate, CertificateState, Level
from registry.certification.pdf import Order
from registry.certification.queries import certificates as queries
from registry.certification.queries import profiles as profile_queries
from registry.certification.wording import found_words
from registry.versions import queries as versions


def order(db: Session, certificate_id: uuid.UUID) -> Order | None:
    """What is to be printed, in Chinese; None where there is nothing to print (any more)."""
    certificate = common.locked(db, certificate_id)
    if certificate.state is not CertificateState.granted or certificate.pdf_sha256 is not None:
        return None
    with speaking("zh_Hans"):
        return _order(db, certificate)


def _order(db: Session, certificate: Certificate) -> Order:
    version, asset, namespace = common.subject(db, certificate)
    profile = common.profile_of(db, certificate)
    wanted = {each.code: each for each in profile_queries.criteria(profile)}
    granted, expires = certificate.granted_at, certificate.expires_at
    assert granted is not None  # noqa: S101 - it was granted
    assert expires is not None  # noqa: S101 - the same
    settings = get_settings()
    site = settings.site_name or "CSPON Commons 国土空间治理开源社区"
    rows = [
        (
            wanted[row.code].title(locale="zh_Hans"),
            label(row.verdict) + (_("(accepted)") if row.accepted else ""),
            " ".join(part for part in (found_words(row), row.note) if part),
        )
        for row in queries.criteria_of(db, certificate.id)
    ]
    return Order(
        title=_("Certificate") + f" {certificate.number}",
        issuer=site,
        heading=_("Certificate of security assessment"),
        number=certificate.number or "",
        demo=_("Demonstration: not a real certificate") if certificate.demo else "",
        facts=[
            (_("Certified version"), f"{asset.title}\n{namespace}/{asset.name} {version.number}"),
            (_("Level"), label(Level(certificate.granted_level))),
            (_("Scope"), certificate.scope or "—"),
            (_("Valid"), f"{shanghai(granted):%Y-%m-%d} — {shanghai(expires):%Y-%m-%d}"),
            (_("Assessment profile"), f"{profile.title_zh} ({profile.code}/{profile.number})"),
            (_("Reason"), certificate.state_reason or "—"),
        ],
        criteria_heading=_("Conditions"),
        columns=(_("Condition"), _("Verdict"), _("Words")),
        criteria=rows,
        digests_heading=_("Digests (SHA-256)"),
        digests=[
            (_("Files of the version"), certificate.version_digest),
            (_("Bill of materials (CycloneDX)"), certificate.sbom_sha256 or ""),
            (_("Signed statement (DSSE)"), certificate.statement_sha256 or ""),
        ],
        check=_(
            "Whether this certificate is valid now is said at %(url)s",
            url=f"{settings.site_url}/certificates/verify?number={certificate.number}",
        ),
        foot=certificate.number or "",
        lang="zh",
        at=int(granted.timestamp()),
    )


def keep(db: Session, certificate_id: uuid.UUID, drawn: bytes | None, problem: str) -> None:
    """Keep the document, or why there is none. A second one is not kept: the first stays."""
    certificate = common.locked(db, certificate_id)
    if certificate.pdf_sha256 is not None:
        return
    certificate.pdf_problem = problem[:500]
    if drawn is not None:
        blob = get_store().put([drawn])
        versions.note_blobs(db, [blob])
        certificate.pdf_sha256 = blob.sha256
        record(db, SYSTEM, verb="certificate.printed", object=certificate, sha256=blob.sha256)
    db.add(certificate)
    db.flush()
