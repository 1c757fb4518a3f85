"""Sites and reports, a page at a time."""

import uuid
from typing import Any

from sqlalchemy import exists, select
from sqlalchemy.orm import aliased
from sqlmodel import col

from portal.kit.actor import Actor
from portal.kit.db import Session
from portal.kit.paging import Page, keyset
from registry.promotion.models import PromotionReport, PromotionSite
from registry.promotion.queries.pilots import visible


def sites(
    db: Session,
    actor: Actor,
    promotion_id: uuid.UUID,
    *,
    after: str | None = None,
    before: str | None = None,
) -> Page[Any]:
    """The sites of a promotion that the actor may see, in the order they came; of each row the first is the site."""
    statement: Any = select(PromotionSite, col(PromotionSite.id)).where(
        col(PromotionSite.promotion_id) == promotion_id, visible(actor)
    )
    keys: list[Any] = [col(PromotionSite.id)]
    return keyset(db, statement, keys, descending=False, after=after, before=before)


def reports(
    db: Session, site_id: uuid.UUID, *, after: str | None = None, before: str | None = None
) -> Page[Any]:
    """The reports of a site, the newest first: the report, whether it stands, its number."""
    later = aliased(PromotionReport)
    replaced = exists().where(
        col(later.site_id) == col(PromotionReport.site_id),
        col(later.replaces) == col(PromotionReport.number),
    )
    statement: Any = select(PromotionReport, (~replaced).label("stands"), col(PromotionReport.number)).where(
        col(PromotionReport.site_id) == site_id
    )
    keys: list[Any] = [col(PromotionReport.number)]
    return keyset(db, statement, keys, after=after, before=before)
