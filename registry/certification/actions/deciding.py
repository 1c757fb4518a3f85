"""Decisions and what the clock does: granted, refused, suspended, lifted, revoked, expired, timed out."""

import datetime as dt
import uuid
from typing import Any

from portal.kit.actor import SYSTEM, Actor
from portal.kit.clock import now, shanghai
from portal.kit.db import Session, lock_key
from portal.kit.errors import Clash, Conflict
from portal.kit.forms import need_reason
from portal.kit.i18n import N_, _, get_locale
from portal.kit.jobs import defer
from portal.kit.storage import get_store
from portal.settings import get_settings
from registry.certification import criteria, sbom, statement
from registry.certification.actions import assessing, common
from registry.certification.facts import Facts
from registry.certification.forms import Criterion, DecisionInput
from registry.certification.models import Certificate, CertificateState, CriterionKind, Level, Verdict
from registry.certification.queries import certificates as queries
from registry.certification.queries import profiles as profile_queries
from registry.certification.queries import resting
from registry.versions import queries as versions
from registry.versions.models import VersionState

TIMED_OUT = N_("Timed out: nobody decided before the deadline.")
FOUND = N_("A criterion it needs is no longer met.")
SCANNED = N_("A new scan found something dangerous.")
RAISED = N_("The data it was made with is above general data now.")
REPORTED = N_("A report of misuse about it was upheld.")
SOON = N_("The deadline of the assessment of %(what)s is near.")
ENDING = N_("The certificate of %(what)s expires soon.")


def after_months(start: dt.datetime, months: int) -> dt.datetime:
    """The last second of the day in Asia/Shanghai so many months later; a day the month lacks becomes its last."""
    local = shanghai(start)
    year, month = divmod(local.year * 12 + local.month - 1 + months, 12)
    last = (dt.date(year + (month == 11), (month + 1) % 12 + 1, 1) - dt.timedelta(days=1)).day
    day = dt.date(year, month + 1, min(local.day, last))
    return dt.datetime.combine(day, dt.time(23, 59, 59), local.tzinfo).astimezone(dt.UTC)


def missing(db: Session, certificate: Certificate, level: Level) -> list[Criterion]:
    """What stands in the way of a level."""
    wanted = profile_queries.criteria(common.profile_of(db, certificate))
    found = {row.code: (row.verdict, row.accepted) for row in queries.criteria_of(db, certificate.id)}
    return criteria.blocking(wanted, found, level)


def grant(db: Session, actor: Actor, *, certificate_id: uuid.UUID, given: DecisionInput) -> Certificate:
    """Certify. Everything is computed once more first; every criterion the level needs must be met, or not known and
    accepted. Number, bill of materials, signed statement and state come in one transaction."""
    common.in_person(actor)
    certificate = common.judged(db, actor, certificate_id)
    if certificate.state is not CertificateState.assessing:
        raise Conflict(_("This is not being assessed."), hint=_("Take it in hand first."))
    version, asset, _namespace = common.subject(db, certificate)
    if version.state is not VersionState.published or asset.withheld:
        raise Conflict(_("The version is not published any more, or its asset is withheld."))
    if version.executable_format and given.level is not Level.pilot:
        why = _("It holds files that execute code when loaded (pickle): pilot level only.")
        raise Clash(why, fields={"level": why})
    facts = assessing.compute(db, certificate)
    open_ones = missing(db, certificate, given.level)
    if open_ones:
        names = _("; ").join(each.title(get_locale()) for each in open_ones[:10])
        raise Clash(
            _("Criteria of this level are not met: %(names)s", names=names),
            hint=_("Choose a lower level, assess what is open, or refuse."),
            fields={"level": names},
        )
    _issue(db, actor, certificate, given, facts)
    return certificate


def _issue(db: Session, actor: Actor, certificate: Certificate, given: DecisionInput, facts: Facts) -> None:
    version, asset, namespace = common.subject(db, certificate)
    profile = common.profile_of(db, certificate)
    at = now()
    certificate.number = _number(db, at)
    certificate.granted_level, certificate.scope = given.level.value, given.scope
    certificate.granted_at, certificate.decided_by = at, actor.id
    certificate.expires_at = after_months(at, profile.valid_months)
    name = f"{namespace}/{asset.name}"
    bill = sbom.document(
        facts.parts, name=name, version=version.number, licence=asset.licence, digest=version.tree_digest,
        at=at.isoformat(timespec="seconds"),
    )  # fmt: skip
    certificate.sbom_sha256 = _stored(db, sbom.written(bill))
    found = queries.criteria_of(db, certificate.id)
    stated = statement.predicate(certificate, profile, found)
    envelope = statement.signed(f"{name}@{version.number}", certificate.version_digest, stated)
    certificate.statement_sha256 = _stored(db, envelope)
    common.move(
        db, actor, certificate, CertificateState.granted, "certifier", deadline=certificate.expires_at,
        reason=given.reason, statement=certificate.statement_sha256, sbom=certificate.sbom_sha256,
        accepted=[row.code for row in found if row.accepted],
    )  # fmt: skip
    defer(
        db,
        "certification.render",
        queueing_lock=f"certificate:{certificate.id}",
        certificate_id=str(certificate.id),
    )
    look_again(db, certificate)


def look_again(db: Session, certificate: Certificate) -> None:
    """Have it judged anew once this is committed: what changed meanwhile found no certificate in force."""
    defer(
        db,
        "certification.recheck",
        queueing_lock=f"recheck:{certificate.id}",
        certificate_id=str(certificate.id),
    )


def _stored(db: Session, data: bytes) -> str:
    blob = get_store().put([data])
    versions.note_blobs(db, [blob])
    return blob.sha256


def _number(db: Session, at: dt.datetime) -> str:
    """The next number of the year, given once."""
    prefix = f"CSPON-C-{shanghai(at).year}-"
    lock_key(db, "certificate-number", prefix)
    return f"{prefix}{queries.numbers_of_year(db, prefix) + 1:05d}"


def refuse(db: Session, actor: Actor, *, certificate_id: uuid.UUID, reason: str) -> Certificate:
    """Refuse, with a reason the owner reads."""
    certificate = common.judged(db, actor, certificate_id)
    certificate.decided_by = actor.id
    common.move(
        db,
        actor,
        certificate,
        CertificateState.refused,
        "certifier",
        deadline=now(),
        reason=need_reason(reason),
    )
    return certificate


def suspend(db: Session, actor: Actor, *, certificate_id: uuid.UUID, reason: str) -> Certificate:
    """A certifier suspends a certificate until it is looked into."""
    certificate = common.judged(db, actor, certificate_id)
    _suspend(db, actor, certificate, "certifier", need_reason(reason))
    return certificate


def lift(db: Session, actor: Actor, *, certificate_id: uuid.UUID, reason: str) -> Certificate:
    """End a suspension. Refused while a criterion its level needs is not met, and for a version that was withdrawn."""
    common.in_person(actor)
    certificate = common.judged(db, actor, certificate_id)
    if certificate.state is not CertificateState.suspended:
        raise Conflict(_("This certificate is not suspended."))
    if certificate.expires_at is None or certificate.expires_at <= now():
        raise Conflict(_("This certificate has expired."))
    lost = failed_now(db, certificate)
    if lost:
        titles = {
            each.code: each.title(get_locale())
            for each in profile_queries.criteria(common.profile_of(db, certificate))
        }
        names = _("; ").join(titles[code] for code in lost)
        raise Conflict(_("Criteria of this level are not met: %(names)s", names=names))
    common.move(
        db, actor, certificate, CertificateState.granted, "certifier", deadline=certificate.expires_at,
        reason=need_reason(reason), lifted=True,
    )  # fmt: skip
    look_again(db, certificate)
    return certificate


def revoke(db: Session, actor: Actor, *, certificate_id: uuid.UUID, reason: str) -> Certificate:
    """Take a certificate back for good."""
    certificate = common.judged(db, actor, certificate_id)
    certificate.decided_by = actor.id
    common.move(
        db,
        actor,
        certificate,
        CertificateState.revoked,
        "certifier",
        deadline=now(),
        reason=need_reason(reason),
    )
    return certificate


def _suspend(
    db: Session, actor: Actor, certificate: Certificate, who: str, reason: str, **evidence: Any
) -> None:
    ends = certificate.expires_at or now()
    common.move(
        db, actor, certificate, CertificateState.suspended, who, deadline=ends, reason=reason, **evidence
    )
    common.tell_certifiers(db, certificate, N_("The certificate of %(what)s was suspended."))


def failed_now(db: Session, certificate: Certificate) -> list[str]:
    """Codes of computed criteria its level needs and that are not met by what is known now. The record of what was
    found when it was granted stays as it is."""
    facts = assessing.facts_of(db, certificate)
    level = Level(certificate.granted_level)
    return [
        want.code
        for want in profile_queries.criteria(common.profile_of(db, certificate))
        if want.kind is CriterionKind.computed
        and want.needed_for(level)
        and criteria.judge(facts, want).verdict is Verdict.not_met
    ]


def recheck(db: Session, *, certificate_id: uuid.UUID) -> bool:
    """Suspend a granted certificate whose computed criteria do not hold any more; whether it was."""
    certificate = common.locked(db, certificate_id)
    if certificate.state is not CertificateState.granted:
        return False
    lost = failed_now(db, certificate)
    if lost:
        _suspend(db, SYSTEM, certificate, "system", FOUND, codes=lost)
    return bool(lost)


def scanned(db: Session, version_id: uuid.UUID, *, clean: bool) -> None:
    """A scan of a version was recorded: one that is not clean suspends its certificates in the same transaction."""
    for certificate_id in queries.granted_of(db, version_id=version_id) if not clean else ():
        _suspend(db, SYSTEM, common.locked(db, certificate_id), "system", SCANNED)


def reported(db: Session, asset_id: uuid.UUID, report_id: uuid.UUID) -> None:
    """A report about an asset was upheld: its certificates are suspended in the same transaction."""
    for certificate_id in queries.granted_of(db, asset_id=asset_id):
        _suspend(db, SYSTEM, common.locked(db, certificate_id), "system", REPORTED, report=str(report_id))


def described(db: Session, asset_id: uuid.UUID) -> None:
    """What is said of an asset has changed: certificates that rest on it, and whose data is above what their level
    allows now, are suspended in the same transaction. Looked at first and locked then: most have nothing to lose."""
    for resting_on in resting.granted_on(db, asset_id):
        if not above(db, resting_on):
            continue
        certificate = common.locked(db, resting_on.id)
        if certificate.state is CertificateState.granted:
            _suspend(db, SYSTEM, certificate, "system", RAISED, codes=[criteria.data_level.__name__])


def above(db: Session, certificate: Certificate) -> bool:
    """Whether the data of its version is above what its level allows, by what is said of it now."""
    level = Level(certificate.granted_level)
    wanted = [
        want
        for want in profile_queries.criteria(common.profile_of(db, certificate))
        if want.code == criteria.data_level.__name__
        and want.kind is CriterionKind.computed
        and want.needed_for(level)
    ]
    return (
        bool(wanted)
        and criteria.data_level(resting.said_of_data(db, certificate), wanted[0]).verdict is Verdict.not_met
    )


def watch(db: Session) -> int:
    """Remind of what ends soon, and end what has passed its deadline; how many ended."""
    days = get_settings().certificate_remind_days
    for certificate_id in queries.to_remind(db, now() + dt.timedelta(days=days)):
        _remind(db, common.locked(db, certificate_id))
    ended = 0
    for certificate_id in queries.overdue(db, now()):
        ended += _end(db, common.locked(db, certificate_id))
    return ended


def _remind(db: Session, certificate: Certificate) -> None:
    if certificate.reminded_at is not None:
        return
    certificate.reminded_at = now()
    db.add(certificate)
    if certificate.state is CertificateState.granted:
        common.tell_owner(db, certificate, ENDING)
    else:
        common.tell_certifiers(db, certificate, SOON, only=certificate.assessor_id)


def _end(db: Session, certificate: Certificate) -> bool:
    if certificate.deadline_at > now():
        return False
    state = certificate.state
    if state in (CertificateState.requested, CertificateState.assessing):
        common.move(
            db, SYSTEM, certificate, CertificateState.refused, "system", deadline=now(), reason=TIMED_OUT
        )
    elif state in (CertificateState.granted, CertificateState.suspended):
        common.move(db, SYSTEM, certificate, CertificateState.expired, "system", deadline=now())
    else:
        return False
    return True
