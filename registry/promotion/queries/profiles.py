"""Profiles of promotion and their versions."""

import datetime as dt
from collections.abc import Collection

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from portal.kit.clock import now, shanghai
from portal.kit.db import Session
from portal.kit.ids import new_id
from registry.promotion.forms import ProfileData
from registry.promotion.models import PromotionProfile


def today() -> dt.date:
    """The day in Asia/Shanghai."""
    return shanghai(now()).date()


def in_force(db: Session, day: dt.date) -> list[PromotionProfile]:
    """Of every profile the version in force on a day: the highest number whose day has come."""
    statement = select(PromotionProfile).where(col(PromotionProfile.effective_from) <= day)
    ordered = statement.order_by(col(PromotionProfile.code), col(PromotionProfile.number))
    return list({each.code: each for each in db.exec(ordered)}.values())


def add_shipped(db: Session, shipped: Collection[ProfileData]) -> None:
    """Bring in what comes with the program as number 1; what is there stays."""
    known = set(db.exec(select(PromotionProfile.code).distinct()))
    for each in shipped:
        if each.code in known:
            continue
        values = each.model_dump(mode="json") | {
            "id": new_id(), "number": 1, "effective_from": each.effective_from, "reason": "", "created_at": now(),
        }  # fmt: skip
        db.execute(insert(PromotionProfile).values(values).on_conflict_do_nothing())


def versions_of(db: Session, code: str) -> list[PromotionProfile]:
    """All versions of a profile, the newest first."""
    statement = select(PromotionProfile).where(col(PromotionProfile.code) == code)
    return list(db.exec(statement.order_by(col(PromotionProfile.number).desc()).limit(200)))
