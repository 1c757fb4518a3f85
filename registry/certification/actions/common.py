"""What the verbs share: locking, moving along the table, telling the people concerned."""

import datetime as dt
import uuid
from typing import Any

from portal.accounts import queries as accounts
from portal.accounts.models import Role
from portal.audit.actions import record, request_checkpoint
from portal.kit.actor import Actor
from portal.kit.clock import now
from portal.kit.db import Session, lock_row
from portal.kit.errors import Forbidden
from portal.kit.i18n import N_, _
from portal.kit.states import check_move
from portal.notices.actions import tell
from registry.assets import actions as assets
from registry.assets.models import Asset
from registry.certification import policy
from registry.certification.changes import CHANGED
from registry.certification.models import (
    CERTIFICATE_TRANSITIONS,
    Certificate,
    CertificateState,
    CertificationProfile,
)
from registry.certification.queries import gathering
from registry.community.queries import reactions
from registry.gates.queries import publishers_of
from registry.versions import queries as versions
from registry.versions.models import Version

TOLD = {
    CertificateState.assessing: N_("The assessment of %(what)s has begun."),
    CertificateState.granted: N_("%(what)s is certified: %(number)s."),
    CertificateState.refused: N_("Certification of %(what)s was refused: %(reason_msg)s"),
    CertificateState.suspended: N_("The certificate %(number)s of %(what)s is suspended: %(reason_msg)s"),
    CertificateState.expired: N_("The certificate %(number)s of %(what)s has expired."),
    CertificateState.revoked: N_("The certificate %(number)s of %(what)s was revoked: %(reason_msg)s"),
}
TO_WATCHERS = frozenset(
    {CertificateState.granted, CertificateState.suspended, CertificateState.revoked, CertificateState.expired}
)


def url(certificate_id: object) -> str:
    """The page of a certificate."""
    return f"/certificates/{certificate_id}"


def locked(db: Session, certificate_id: uuid.UUID) -> Certificate:
    """The certificate, locked for a change."""
    return lock_row(db, Certificate, certificate_id)


def subject(db: Session, certificate: Certificate) -> tuple[Version, Asset, str]:
    """Its version, its asset, and the namespace's short name."""
    found = versions.plain(db, certificate.version_id)
    assert found is not None  # noqa: S101 - a foreign key
    return found


def profile_of(db: Session, certificate: Certificate) -> CertificationProfile:
    """The version of the profile it is assessed by."""
    return db.get_one(CertificationProfile, certificate.profile_id)


def has_part(db: Session, actor: Actor, version: Version, asset: Asset, requested_by: uuid.UUID) -> bool:
    """Whether somebody has part in a version and so neither assesses it nor decides about it."""
    parties = gathering.parties(db, version, asset, requested_by)
    above = gathering.above(db, actor.organisations)
    return policy.conflict(actor, parties, asset.namespace_id, above)


def judged(db: Session, actor: Actor, certificate_id: uuid.UUID) -> Certificate:
    """The certificate, locked, for a certifier who has no part in it (two-person rule: nor asked for it)."""
    if actor.id is None or not actor.has("certifier") or not actor.may("write"):
        raise Forbidden(_("Only certifiers assess and decide."))
    certificate = locked(db, certificate_id)
    version, asset, _namespace = subject(db, certificate)
    if has_part(db, actor, version, asset, certificate.requested_by):
        raise Forbidden(
            _("You have a part in this; somebody else must decide."),
            hint=_("Whoever made it, asked for it, or is of its owner's organisation does not certify it."),
        )
    return certificate


def in_person(actor: Actor) -> None:
    """Refuse an access token for what gives something force: a certificate, a stage of promotion, a vote."""
    if not policy.in_person(actor):
        raise Forbidden(
            _("An access token does not decide this."),
            hint=_(
                "What lets something through takes a person at the page, whose second factor was asked for."
            ),
        )


def move(
    db: Session,
    actor: Actor,
    certificate: Certificate,
    new: CertificateState,
    who: str,
    *,
    deadline: dt.datetime,
    reason: str = "",
    **evidence: Any,
) -> None:
    """Move a locked certificate along the table, record it, and tell the people concerned."""
    old = certificate.state
    check_move(CERTIFICATE_TRANSITIONS, old, new, who)
    certificate.state, certificate.state_reason, certificate.state_at = new, reason[:2000], now()
    certificate.deadline_at, certificate.reminded_at = deadline, None
    certificate.touch()
    db.add(certificate)
    db.flush()
    record(
        db,
        actor,
        verb=f"certificate.{new.value}",
        object=certificate,
        reason=reason or None,
        before=old.value,
        version=str(certificate.version_id),
        digest=certificate.version_digest,
        number=certificate.number or "",
        level=certificate.granted_level,
        **evidence,
    )
    request_checkpoint(db)
    assets.touch(db, certificate.asset_id)
    tell_concerned(db, certificate, reason, but=actor.id)
    for changed in CHANGED.values():
        changed(db, certificate.version_id)


def tell_concerned(
    db: Session, certificate: Certificate, reason: str = "", *, but: uuid.UUID | None = None
) -> None:
    """The requester and the owner's publishers; of what an issued certificate is worth also the watchers."""
    message = TOLD.get(certificate.state)
    if message is None:
        return
    version, asset, namespace = subject(db, certificate)
    people = {certificate.requested_by, *publishers_of(db, asset.namespace_id)}
    if certificate.state in TO_WATCHERS and not asset.withheld:
        people |= {each.id for each in reactions.watchers(db, asset.id, discussions=False)}
    people.discard(but)
    for account_id in sorted(people):
        tell(
            db,
            account_id,
            message=message,
            url=url(certificate.id),
            what=f"{namespace}/{asset.name} {version.number}",
            number=certificate.number or "",
            **({"reason_msg": reason} if reason else {}),
        )


def tell_certifiers(
    db: Session, certificate: Certificate, message: str, *, only: uuid.UUID | None = None
) -> None:
    """Put a notice before all certifiers, or before the one who has it in hand."""
    version, asset, namespace = subject(db, certificate)
    for account in accounts.with_role(db, Role.certifier):
        if only is None or account.id == only:
            tell(
                db, account.id, message=message, url=url(certificate.id),
                what=f"{namespace}/{asset.name} {version.number}",
            )  # fmt: skip


def tell_owner(db: Session, certificate: Certificate, message: str) -> None:
    """Put a notice before the owner's publishers."""
    version, asset, namespace = subject(db, certificate)
    for account_id in publishers_of(db, asset.namespace_id):
        tell(
            db,
            account_id,
            message=message,
            url=url(certificate.id),
            what=f"{namespace}/{asset.name} {version.number}",
        )
