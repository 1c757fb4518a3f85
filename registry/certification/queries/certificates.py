"""Certificates: one, lists, what waits, and what gates ask."""

import datetime as dt
import uuid
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, func, or_, true
from sqlmodel import col, select

from portal.accounts.models import Account
from portal.kit.actor import Actor
from portal.kit.clock import now
from portal.kit.db import Session
from portal.kit.paging import SIZE, Page, keyset
from portal.kit.text import like
from registry.assets.models import Asset
from registry.certification.models import (
    ISSUED,
    LIVING,
    OPEN,
    Certificate,
    CertificateCriterion,
    CertificateEvidence,
    CertificateState,
    CertificationProfile,
    Level,
    Standing,
)
from registry.certification.policy import is_reader, standing
from registry.editions import queries as editions
from registry.versions.models import Version, VersionState
from registry.versions.queries import about


def visible(actor: Actor) -> ColumnElement[bool]:
    """Issued certificates are for all while their asset is not withheld; the rest for those who have to do with it."""
    if actor.is_system or is_reader(actor):
        return true()
    issued = and_(col(Certificate.state).in_(ISSUED), ~col(Asset.withheld))
    own: list[ColumnElement[bool]] = []
    if actor.id is not None:
        own.append(col(Certificate.requested_by) == actor.id)
    if actor.namespaces:
        own.append(col(Asset.namespace_id).in_(actor.namespaces))
    return or_(issued, *own)


def _joined(*columns: Any) -> Any:
    return about.joined(Certificate, *columns).join(
        CertificationProfile, col(CertificationProfile.id) == col(Certificate.profile_id)
    )


_NAMES: tuple[Any, ...] = (
    *about.NAMES,
    *editions.names(CertificationProfile),
    col(CertificationProfile.valid_months),
    col(CertificationProfile.criteria),
)


def _whole() -> Any:
    requester = select(Account.name).where(col(Account.id) == col(Certificate.requested_by)).scalar_subquery()
    assessor = select(Account.name).where(col(Account.id) == col(Certificate.assessor_id)).scalar_subquery()
    columns = Certificate.__table__.c  # type: ignore[attr-defined]
    return _joined(*columns, *_NAMES, requester.label("requester"), assessor.label("assessor"))


def one(db: Session, actor: Actor, certificate_id: uuid.UUID) -> Row[Any] | None:
    """A certificate with all its page says, if the actor may read it."""
    row: Row[Any] | None = db.execute(
        _whole().where(col(Certificate.id) == certificate_id, visible(actor))
    ).first()
    return row


def by_number(db: Session, number: str) -> Row[Any] | None:
    """An issued certificate by its number, whoever asks: what it is worth is never hidden."""
    row: Row[Any] | None = db.execute(
        _whole().where(col(Certificate.number) == number, col(Certificate.state).in_(ISSUED))
    ).first()
    return row


def criteria_of(db: Session, certificate_id: uuid.UUID) -> list[CertificateCriterion]:
    """What was found, in the order of the profile."""
    statement = select(CertificateCriterion).where(col(CertificateCriterion.certificate_id) == certificate_id)
    return list(db.exec(statement.order_by(col(CertificateCriterion.position))))


def evidence_of(db: Session, certificate_id: uuid.UUID) -> list[CertificateEvidence]:
    """The files brought as evidence, oldest first."""
    statement = select(CertificateEvidence).where(col(CertificateEvidence.certificate_id) == certificate_id)
    return list(db.exec(statement.order_by(col(CertificateEvidence.id)).limit(200)))


def evidence_file(db: Session, certificate_id: uuid.UUID, file_id: uuid.UUID) -> CertificateEvidence | None:
    """One file of one certificate."""
    found = db.get(CertificateEvidence, file_id)
    return found if found is not None and found.certificate_id == certificate_id else None


@dataclass(frozen=True)
class Wanted:
    """What a list is narrowed to."""

    words: str = ""
    standing: Standing | None = None
    level: Level | None = None
    profile: str = ""


def _listed() -> Any:
    return _joined(
        *_NAMES[:-1],
        col(Certificate.state),
        col(Certificate.number),
        col(Certificate.granted_level),
        col(Certificate.asked_level),
        col(Certificate.expires_at),
        col(Certificate.deadline_at),
        col(Certificate.created_at),
        col(Certificate.assessor_id),
        col(Certificate.requested_by),
        col(Certificate.state_reason),
        col(Certificate.demo),
        col(Certificate.granted_at),
        col(Certificate.id),
    )


def _in_standing(wanted: Standing) -> ColumnElement[bool]:
    state, over = col(Certificate.state), col(Certificate.expires_at) <= now()
    published = col(Version.state) == VersionState.published
    return {
        Standing.revoked: state == CertificateState.revoked,
        Standing.expired: or_(
            state == CertificateState.expired,
            and_(state.in_([CertificateState.granted, CertificateState.suspended]), over),
        ),
        Standing.suspended: and_(state == CertificateState.suspended, ~over),
        Standing.valid: and_(state == CertificateState.granted, ~over, published),
        Standing.withdrawn: and_(state == CertificateState.granted, ~over, ~published),
    }[wanted]


def issued(
    db: Session,
    actor: Actor,
    wanted: Wanted,
    *,
    after: str | None = None,
    before: str | None = None,
    size: int = 20,
) -> Page[Any]:
    """Issued certificates, the newest first."""
    statement = _listed().where(col(Certificate.state).in_(ISSUED), visible(actor))
    if wanted.words:
        pattern = like(wanted.words)
        statement = statement.where(
            col(Asset.title).ilike(pattern)
            | col(Asset.title_en).ilike(pattern)
            | col(Asset.name).ilike(pattern)
            | col(Certificate.number).ilike(pattern)
        )
    if wanted.standing is not None:
        statement = statement.where(_in_standing(wanted.standing))
    if wanted.level is not None:
        statement = statement.where(col(Certificate.granted_level) == wanted.level.value)
    if wanted.profile:
        statement = statement.where(col(CertificationProfile.code) == wanted.profile)
    keys: list[Any] = [col(Certificate.granted_at), col(Certificate.id)]
    return keyset(db, statement, keys, after=after, before=before, size=size)


def queue(
    db: Session,
    states: Collection[CertificateState],
    *,
    after: str | None = None,
    before: str | None = None,
    size: int = SIZE,
) -> Page[Any]:
    """What certifiers have before them, the nearest deadline first."""
    statement = _joined(
        *_NAMES[:-1], col(Certificate.state), col(Certificate.number), col(Certificate.asked_level),
        col(Certificate.assessor_id), col(Certificate.requested_by), col(Certificate.created_at),
        col(Certificate.demo), col(Certificate.deadline_at), col(Certificate.id),
    ).where(col(Certificate.state).in_(states))  # fmt: skip
    keys: list[Any] = [col(Certificate.deadline_at), col(Certificate.id)]
    return keyset(db, statement, keys, descending=False, after=after, before=before, size=size)


def mine(
    db: Session, actor: Actor, *, after: str | None = None, before: str | None = None, size: int = SIZE
) -> Page[Any]:
    """Assessments of versions of the actor's namespaces and those the actor asked for, the newest first."""
    own = col(Certificate.requested_by) == actor.id
    if actor.namespaces:
        own = or_(own, col(Asset.namespace_id).in_(actor.namespaces))
    keys: list[Any] = [col(Certificate.id)]
    return keyset(db, _listed().where(own), keys, after=after, before=before, size=size)


def of_versions(
    db: Session, actor: Actor, *, asset_id: uuid.UUID, version_id: uuid.UUID | None = None
) -> list[Row[Any]]:
    """Assessments of an asset, or of one version, that the actor may read, the newest first, at most 20."""
    statement = _listed().where(col(Certificate.asset_id) == asset_id, visible(actor))
    if version_id is not None:
        statement = statement.where(col(Certificate.version_id) == version_id)
    return list(db.execute(statement.order_by(col(Certificate.id).desc()).limit(20)).all())


def open_of(db: Session, version_id: uuid.UUID) -> uuid.UUID | None:
    """The assessment of a version that is under way, or its certificate that is granted or suspended."""
    statement = select(Certificate.id).where(
        col(Certificate.version_id) == version_id, col(Certificate.state).in_(OPEN)
    )
    return db.exec(statement).first()


@dataclass(frozen=True)
class Certified:
    """What a gate learns of a version's certificate."""

    id: uuid.UUID
    number: str
    standing: Standing
    level: Level
    expires_at: dt.datetime
    statement_sha256: str | None

    def holds(self, level: Level) -> bool:
        """Whether it stands now, at this level or above."""
        return self.standing is Standing.valid and self.level.covers(level)


def certificate_of(db: Session, version_id: uuid.UUID) -> Certified | None:
    """The certificate that speaks for a version now: a valid one before others, then the one granted last."""
    rows = db.execute(
        select(Certificate, col(Version.state))
        .join(Version, col(Version.id) == col(Certificate.version_id))
        .where(col(Certificate.version_id) == version_id, col(Certificate.state).in_(ISSUED))
        .order_by(col(Certificate.granted_at).desc(), col(Certificate.id).desc())
        .limit(20)
    ).all()
    found: list[Certified] = []
    for certificate, state in rows:
        worth = standing(certificate.state, certificate.expires_at, state, now())
        if worth is not None:
            found.append(
                Certified(
                    certificate.id, certificate.number or "", worth, Level(certificate.granted_level),
                    certificate.expires_at, certificate.statement_sha256,
                )
            )  # fmt: skip
    # The highest level that is valid, the newest among equals.
    valid = [each for each in found if each.standing is Standing.valid]
    best = sorted(valid, key=lambda each: list(Level).index(each.level), reverse=True)
    return best[0] if best else found[0] if found else None


def fell_since(db: Session, version_id: uuid.UUID, moment: dt.datetime) -> bool:
    """Whether a certificate of the version was suspended or revoked, or ended, after this moment."""
    lost = and_(
        col(Certificate.state).in_(set(ISSUED) - {CertificateState.granted}),
        col(Certificate.state_at) > moment,
    )
    over = and_(
        col(Certificate.state) == CertificateState.granted,
        col(Certificate.expires_at) > moment,
        col(Certificate.expires_at) <= now(),
    )
    return bool(
        db.exec(
            select(Certificate.id).where(col(Certificate.version_id) == version_id, or_(lost, over)).limit(1)
        ).first()
    )


def granted_of(
    db: Session, *, version_id: uuid.UUID | None = None, asset_id: uuid.UUID | None = None
) -> list[uuid.UUID]:
    """Certificates in force of a version or an asset."""
    statement = select(Certificate.id).where(col(Certificate.state) == CertificateState.granted)
    if version_id is not None:
        statement = statement.where(col(Certificate.version_id) == version_id)
    if asset_id is not None:
        statement = statement.where(col(Certificate.asset_id) == asset_id)
    return list(db.exec(statement.order_by(col(Certificate.id))))


def overdue(db: Session, at: dt.datetime, limit: int = 200) -> list[uuid.UUID]:
    """What has passed its deadline."""
    statement = select(Certificate.id).where(
        col(Certificate.state).in_(LIVING), col(Certificate.deadline_at) <= at
    )
    return list(db.exec(statement.order_by(col(Certificate.deadline_at)).limit(limit)))


def to_remind(db: Session, before: dt.datetime, limit: int = 200) -> list[uuid.UUID]:
    """Open and granted ones whose deadline comes before an instant and that nobody was reminded of."""
    statement = select(Certificate.id).where(
        col(Certificate.state).in_([*OPEN, CertificateState.granted]),
        col(Certificate.deadline_at) <= before,
        col(Certificate.reminded_at).is_(None),
    )
    return list(db.exec(statement.limit(limit)))


def numbers_of_year(db: Session, prefix: str) -> int:
    """How many numbers of a year were given; hold the lock of numbers."""
    statement = (
        select(func.count()).select_from(Certificate).where(col(Certificate.number).startswith(prefix))
    )
    return db.exec(statement).one()


def without_pdf(db: Session, limit: int = 50) -> list[uuid.UUID]:
    """Granted certificates whose PDF was not made, for another try."""
    statement = select(Certificate.id).where(
        col(Certificate.state) == CertificateState.granted, col(Certificate.pdf_sha256).is_(None)
    )
    return list(db.exec(statement.order_by(col(Certificate.id)).limit(limit)))


def requested_data(db: Session, account_id: uuid.UUID) -> list[dict[str, Any]]:
    """What somebody asked for, and evidence brought, for the person's own export."""
    rows = db.execute(
        _listed().where(col(Certificate.requested_by) == account_id).order_by(col(Certificate.id)).limit(1000)
    )
    names = ("namespace", "name", "version", "state", "number", "created_at", "state_reason")
    return [{name: getattr(row, name) for name in names} for row in rows]


def names_of(db: Session, certificate_id: uuid.UUID) -> Any:
    """``namespace``, ``name``, ``version``, ``namespace_id``, ``number`` for notices."""
    return db.execute(
        _joined(*_NAMES[:-1], col(Certificate.number)).where(col(Certificate.id) == certificate_id)
    ).one()
