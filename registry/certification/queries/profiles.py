"""Profiles and their versions."""

import datetime as dt
from collections.abc import Collection

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from portal.kit.clock import now, shanghai
from portal.kit.db import Session
from portal.kit.ids import new_id
from registry.certification.forms import Criterion, ProfileData
from registry.certification.models import CertificationProfile


def today() -> dt.date:
    """The day in Asia/Shanghai."""
    return shanghai(now()).date()


def in_force(db: Session, day: dt.date) -> list[CertificationProfile]:
    """Of every profile the version in force on a day: the highest number whose day has come."""
    statement = select(CertificationProfile).where(col(CertificationProfile.effective_from) <= day)
    ordered = statement.order_by(col(CertificationProfile.code), col(CertificationProfile.number))
    return list({each.code: each for each in db.exec(ordered)}.values())


def codes(db: Session) -> set[str]:
    """The codes there are."""
    return set(db.exec(select(CertificationProfile.code).distinct()))


def add_shipped(db: Session, shipped: Collection[ProfileData]) -> None:
    """Bring in what comes with the program as number 1; what is there stays."""
    for each in shipped:
        values = each.model_dump(mode="json") | {
            "id": new_id(), "number": 1, "effective_from": each.effective_from, "reason": "", "created_at": now(),
        }  # fmt: skip
        db.execute(insert(CertificationProfile).values(values).on_conflict_do_nothing())


def versions_of(db: Session, code: str) -> list[CertificationProfile]:
    """All versions of a profile, the newest first."""
    statement = select(CertificationProfile).where(col(CertificationProfile.code) == code)
    return list(db.exec(statement.order_by(col(CertificationProfile.number).desc()).limit(200)))


def criteria(profile: CertificationProfile) -> list[Criterion]:
    """The criteria of a profile as they are used."""
    return [Criterion.model_validate(each) for each in profile.criteria]
