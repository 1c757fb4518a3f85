"""Tables of certification: profiles, certificates with their criteria, and the offline database of advisories."""

import datetime as dt
import uuid
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, Index, UniqueConstraint, text
from sqlmodel import Field

from portal.kit.i18n import N_
from portal.kit.states import Transitions
from portal.kit.tables import StampedTable, Table, enum_field, instant_field, json_field
from registry.editions.models import EditionTable


class Level(StrEnum):
    """How far a certificate carries, the shorter way first."""

    pilot = "pilot"
    rollout = "rollout"

    @property
    def label(self) -> str:
        """Message id of the level's name."""
        return {"pilot": N_("Pilot level"), "rollout": N_("Rollout level")}[self.value]

    def covers(self, other: "Level") -> bool:
        """Whether what is certified at this level is also certified at the other."""
        order = list(Level)
        return order.index(self) >= order.index(other)


class CertificateState(StrEnum):
    """Lifecycle of DOMAIN 3."""

    requested = "requested"
    assessing = "assessing"
    granted = "granted"
    refused = "refused"
    suspended = "suspended"
    expired = "expired"
    revoked = "revoked"

    @property
    def label(self) -> str:
        """Message id of the state's name."""
        return {
            "requested": N_("Certification requested"),
            "assessing": N_("Being assessed"),
            "granted": N_("Certified"),
            "refused": N_("Certification refused"),
            "suspended": N_("Certificate suspended"),
            "expired": N_("Certificate expired"),
            "revoked": N_("Certificate revoked"),
        }[self.value]

    @property
    def level(self) -> str:
        """Level of the state's tag."""
        return {
            "requested": "neutral", "assessing": "busy", "granted": "good", "refused": "bad", "suspended": "warn",
            "expired": "neutral", "revoked": "bad",
        }[self.value]  # fmt: skip


_S = CertificateState
_CERTIFIER, _SYSTEM = frozenset({"certifier"}), frozenset({"system"})
CERTIFICATE_TRANSITIONS: Transitions[CertificateState] = {
    _S.requested: {_S.assessing: _CERTIFIER, _S.refused: _SYSTEM},
    _S.assessing: {_S.granted: _CERTIFIER, _S.refused: _CERTIFIER | _SYSTEM},
    _S.granted: {
        _S.suspended: _CERTIFIER | _SYSTEM,
        _S.expired: _SYSTEM,
        _S.revoked: _CERTIFIER,
    },
    # A suspension ends by a decision, or with the certificate's own time.
    _S.suspended: {_S.granted: _CERTIFIER, _S.expired: _SYSTEM, _S.revoked: _CERTIFIER},
}
OPEN = (_S.requested, _S.assessing)
ISSUED = (_S.granted, _S.suspended, _S.expired, _S.revoked)
LIVING = (*OPEN, _S.granted, _S.suspended)


class Standing(StrEnum):
    """What a certificate is worth at this moment."""

    valid = "valid"
    suspended = "suspended"
    withdrawn = "withdrawn"
    expired = "expired"
    revoked = "revoked"

    @property
    def label(self) -> str:
        """Message id of the standing's name."""
        return {
            "valid": N_("Valid"),
            "suspended": N_("Not valid: suspended"),
            "withdrawn": N_("Not valid: the version was withdrawn"),
            "expired": N_("Not valid: expired"),
            "revoked": N_("Not valid: revoked"),
        }[self.value]

    @property
    def level(self) -> str:
        """Level of the standing's tag."""
        return {"valid": "good", "suspended": "warn", "revoked": "bad"}.get(self.value, "neutral")


class CriterionKind(StrEnum):
    """How a criterion is answered."""

    computed = "computed"
    assessed = "assessed"
    evidence_file = "evidence_file"

    @property
    def label(self) -> str:
        """Message id of the kind's name."""
        return {
            "computed": N_("Computed by the portal"),
            "assessed": N_("Assessed by a certifier"),
            "evidence_file": N_("Shown by an evidence file"),
        }[self.value]


class Verdict(StrEnum):
    """What was found about a criterion."""

    met = "met"
    not_met = "not_met"
    unknown = "unknown"

    @property
    def label(self) -> str:
        """Message id of the verdict."""
        return {"met": N_("Criterion met"), "not_met": N_("Criterion not met"), "unknown": N_("Not known")}[
            self.value
        ]

    @property
    def level(self) -> str:
        """Level of the verdict's tag."""
        return {"met": "good", "not_met": "bad", "unknown": "warn"}[self.value]


class CertificationProfile(EditionTable, table=True):
    """One version of a profile; never changed: who wants it otherwise makes the next one."""

    __tablename__ = "certification_profile"
    __table_args__ = (UniqueConstraint("code", "number"),)

    purpose_zh: str = Field(max_length=2000)
    purpose_en: str = Field(max_length=2000)
    valid_months: int
    """How long a certificate under it lasts."""
    criteria: list[dict[str, Any]] = json_field(list)
    """In order; each is a ``forms.Criterion``."""

    def purpose(self, locale: str) -> str:
        """What it is for, in a language."""
        return self.purpose_en if locale == "en" else self.purpose_zh


class Certificate(StampedTable, table=True):
    """One assessment of one version, from the request to the end of the certificate."""

    __tablename__ = "certificate"
    __table_args__ = (
        Index(
            "uq_certificate_open",
            "version_id",
            unique=True,
            postgresql_where=text("state IN ('requested', 'assessing')"),
        ),
        Index("ix_certificate_queue", "state", "deadline_at", "id"),
        Index("ix_certificate_list", text("granted_at DESC"), text("id DESC")),
    )

    version_id: uuid.UUID = Field(foreign_key="version.id", index=True)
    asset_id: uuid.UUID = Field(foreign_key="asset.id", index=True)
    profile_id: uuid.UUID = Field(foreign_key="certification_profile.id", index=True)
    version_digest: str = Field(max_length=64)
    """Of the files the assessment is about."""
    state: CertificateState = enum_field(CertificateState, CertificateState.requested, name="state")
    state_reason: str = Field(default="", max_length=2000)
    state_at: dt.datetime = instant_field(default_now=True)
    deadline_at: dt.datetime = instant_field(index=True)
    """When the state ends by itself."""
    reminded_at: dt.datetime | None = instant_field(nullable=True)
    asked_level: Level = enum_field(Level, Level.rollout, name="asked_level")
    purpose: str = Field(default="", max_length=2000)
    """What the requester wants it for."""
    requested_by: uuid.UUID = Field(foreign_key="account.id", index=True)
    assessor_id: uuid.UUID | None = Field(default=None, foreign_key="account.id", index=True)
    decided_by: uuid.UUID | None = Field(default=None, foreign_key="account.id")
    number: str | None = Field(default=None, max_length=40, unique=True)
    """Given when it is granted, never again."""
    granted_level: str = Field(default="", max_length=20)
    scope: str = Field(default="", max_length=2000)
    granted_at: dt.datetime | None = instant_field(nullable=True)
    expires_at: dt.datetime | None = instant_field(nullable=True)
    computed_at: dt.datetime | None = instant_field(nullable=True)
    sbom_sha256: str | None = Field(default=None, max_length=64, foreign_key="blob.sha256")
    statement_sha256: str | None = Field(default=None, max_length=64, foreign_key="blob.sha256")
    pdf_sha256: str | None = Field(default=None, max_length=64, foreign_key="blob.sha256")
    pdf_problem: str = Field(default="", max_length=500)
    """Message id: why there is no PDF."""
    demo: bool = False


class CertificateCriterion(Table, table=True):
    """What was found about one criterion of one assessment."""

    __tablename__ = "certificate_criterion"
    __table_args__ = (UniqueConstraint("certificate_id", "code"),)

    certificate_id: uuid.UUID = Field(foreign_key="certificate.id", ondelete="CASCADE")
    position: int
    code: str = Field(max_length=60)
    kind: CriterionKind = enum_field(CriterionKind, name="kind")
    verdict: Verdict = enum_field(Verdict, Verdict.unknown, name="verdict")
    words: str = Field(default="", max_length=300)
    """Message id of what was found, filled with ``params``."""
    params: dict[str, Any] = json_field()
    evidence: list[dict[str, Any]] = json_field(list)
    """``{"what", "digest", "url"}`` each."""
    measured: float | None = None
    note: str = Field(default="", max_length=2000)
    """The certifier's words."""
    accepted: bool = False
    """A certifier takes it as it is although it is not known; shown for ever."""
    assessed_by: uuid.UUID | None = Field(default=None, foreign_key="account.id")
    at: dt.datetime = instant_field(default_now=True)


class CertificateEvidence(Table, table=True):
    """A file somebody brought as evidence for a criterion."""

    __tablename__ = "certificate_evidence"

    certificate_id: uuid.UUID = Field(foreign_key="certificate.id", index=True, ondelete="CASCADE")
    code: str = Field(max_length=60)
    filename: str = Field(max_length=120)
    sha256: str = Field(max_length=64, foreign_key="blob.sha256", index=True)
    size: int = Field(sa_type=BigInteger)
    added_by: uuid.UUID = Field(foreign_key="account.id", index=True)
    at: dt.datetime = instant_field(default_now=True)


class AdvisoryImport(Table, table=True):
    """One import of the offline database of known vulnerabilities; the newest is the one in use."""

    __tablename__ = "advisory_import"

    at: dt.datetime = instant_field(default_now=True)
    filename: str = Field(max_length=200)
    digest: str = Field(max_length=64)
    """SHA-256 of the file imported (which is not kept)."""
    newest_at: dt.datetime = instant_field()
    """When the newest entry was changed: how old the database is."""
    entries: int
    left_out: int = 0


class Advisory(Table, table=True):
    """A known vulnerability of one package, as OSV describes it."""

    __tablename__ = "advisory"
    __table_args__ = (UniqueConstraint("package", "osv_id"),)

    osv_id: str = Field(max_length=100)
    package: str = Field(max_length=200)
    """Normalised name (PEP 503)."""
    aliases: list[str] = json_field(list)
    summary: str = Field(default="", max_length=500)
    severity: str = Field(default="", max_length=20)
    versions: list[str] = json_field(list)
    """Affected versions by name."""
    ranges: list[list[list[str]]] = json_field(list)
    """Affected ranges: each a list of ``[event, version]`` in order."""
    modified_at: dt.datetime = instant_field()
