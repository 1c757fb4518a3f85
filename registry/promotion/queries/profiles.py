"""Rules of promotion and their versions."""

import datetime as dt
from collections.abc import Collection

from portal.kit.db import Session
from registry.editions import queries as editions
from registry.promotion.forms import ProfileData
from registry.promotion.models import PromotionProfile


def in_force(db: Session, day: dt.date) -> list[PromotionProfile]:
    """Of every code the rules in force on a day."""
    return editions.in_force(db, PromotionProfile, day)


def add_shipped(db: Session, shipped: Collection[ProfileData]) -> None:
    """Bring in what comes with the program as number 1; what is there stays."""
    editions.add_shipped(db, PromotionProfile, shipped)


def versions_of(db: Session, code: str) -> list[PromotionProfile]:
    """All versions of the rules, the newest first."""
    return editions.versions_of(db, PromotionProfile, code)
