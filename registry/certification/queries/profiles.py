"""Profiles and their versions."""

import datetime as dt
from collections.abc import Collection

from portal.kit.db import Session
from registry.certification.forms import Criterion, ProfileData
from registry.certification.models import CertificationProfile
from registry.editions import queries as editions


def in_force(db: Session, day: dt.date) -> list[CertificationProfile]:
    """Of every profile the version in force on a day."""
    return editions.in_force(db, CertificationProfile, day)


def add_shipped(db: Session, shipped: Collection[ProfileData]) -> None:
    """Bring in what comes with the program as number 1; what is there stays."""
    editions.add_shipped(db, CertificationProfile, shipped)


def versions_of(db: Session, code: str) -> list[CertificationProfile]:
    """All versions of a profile, the newest first."""
    return editions.versions_of(db, CertificationProfile, code)


def criteria(profile: CertificationProfile) -> list[Criterion]:
    """The criteria of a profile as they are used."""
    return [Criterion.model_validate(each) for each in profile.criteria]
