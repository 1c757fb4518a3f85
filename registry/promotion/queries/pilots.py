"""Pilot sites and their reports: one, lists, what is due."""

import datetime as dt
import uuid
from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, exists, func, or_, true
from sqlalchemy.orm import aliased
from sqlmodel import col, select

from portal.accounts.models import Account, AccountRole, AccountState, Namespace, Role
from portal.kit.actor import Actor
from portal.kit.db import Session, lock_row
from portal.kit.paging import SIZE, Page, keyset
from portal.organisations.models import Membership, Organisation, Verification
from registry.assets.models import Asset
from registry.promotion.models import (
    SHOWN,
    SITE_TIMED_OUT,
    Promotion,
    PromotionReport,
    PromotionSite,
    SiteState,
    Stage,
)
from registry.promotion.policy import is_staff
from registry.versions.models import Version

MOST = 100


def visible(actor: Actor) -> ColumnElement[bool]:
    """Sites that take part are for everybody; offers are for the staff and the organisation that made them."""
    if actor.is_system or is_staff(actor):
        return true()
    shown = col(PromotionSite.state).in_(SHOWN)
    own = col(PromotionSite.organisation_id).in_(list(actor.organisations))
    return or_(shown, own) if actor.organisations else shown


def of_promotion(db: Session, actor: Actor, promotion_id: uuid.UUID) -> list[PromotionSite]:
    """The sites of a promotion that the actor may see, in the order they came."""
    statement = select(PromotionSite).where(col(PromotionSite.promotion_id) == promotion_id, visible(actor))
    return list(db.exec(statement.order_by(col(PromotionSite.id)).limit(2 * MOST)))


def all_of(db: Session, promotion_id: uuid.UUID) -> list[PromotionSite]:
    """Every site of a promotion, whatever became of it."""
    statement = select(PromotionSite).where(col(PromotionSite.promotion_id) == promotion_id)
    return list(db.exec(statement.order_by(col(PromotionSite.id)).limit(5 * MOST)))


def one(
    db: Session, actor: Actor, promotion_id: uuid.UUID, site_id: uuid.UUID, *, lock: bool = False
) -> PromotionSite | None:
    """One site of one promotion, if the actor may see it."""
    statement = select(PromotionSite).where(
        col(PromotionSite.id) == site_id, col(PromotionSite.promotion_id) == promotion_id, visible(actor)
    )
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    return db.exec(statement).first()


def locked(db: Session, site_id: uuid.UUID) -> PromotionSite:
    """A site the clock looks at, locked."""
    return lock_row(db, PromotionSite, site_id)


def reports(db: Session, site_ids: Collection[uuid.UUID]) -> list[PromotionReport]:
    """The reports of sites, by site and number; those that another stands in the place of are among them."""
    if not site_ids:
        return []
    statement = select(PromotionReport).where(col(PromotionReport.site_id).in_(site_ids))
    return list(
        db.exec(statement.order_by(col(PromotionReport.site_id), col(PromotionReport.number)).limit(5000))
    )


def mine(
    db: Session, actor: Actor, *, after: str | None = None, before: str | None = None, size: int = SIZE
) -> Page[Any]:
    """The sites of the actor's organisations, the newest first."""
    statement: Any = (
        select(  # type: ignore[call-overload]
            col(PromotionSite.promotion_id),
            col(PromotionSite.node),
            col(PromotionSite.state),
            col(PromotionSite.from_on),
            col(PromotionSite.to_on),
            col(PromotionSite.report_due_at),
            col(PromotionSite.deadline_at),
            col(Promotion.demo),
            col(Version.number).label("version"),
            col(Asset.title),
            col(Asset.title_en),
            col(Asset.name),
            col(Namespace.slug).label("namespace"),
            col(PromotionSite.division),
            col(PromotionSite.verdict),
            col(PromotionSite.id),
        )
        .join(Promotion, col(Promotion.id) == col(PromotionSite.promotion_id))
        .join(Version, col(Version.id) == col(Promotion.version_id))
        .join(Asset, col(Asset.id) == col(Promotion.asset_id))
        .join(Namespace, col(Namespace.id) == col(Asset.namespace_id))
        .where(col(PromotionSite.organisation_id).in_(list(actor.organisations)))
    )
    keys: list[Any] = [col(PromotionSite.id)]
    return keyset(db, statement, keys, after=after, before=before, size=size)


def wanted(db: Session, limit: int = 50) -> Sequence[Row[Any]]:
    """Promotions that take offers now, the newest first."""
    rows: Sequence[Row[Any]] = db.execute(
        select(  # type: ignore[call-overload]
            col(Promotion.id), col(Promotion.stage), col(Promotion.demo), col(Version.number).label("version"),
            col(Asset.title), col(Asset.title_en), col(Asset.name), col(Namespace.slug).label("namespace"),
        )
        .join(Version, col(Version.id) == col(Promotion.version_id))
        .join(Asset, col(Asset.id) == col(Promotion.asset_id))
        .join(Namespace, col(Namespace.id) == col(Asset.namespace_id))
        .where(col(Promotion.stage).in_([Stage.reviewed, Stage.pilot]), ~col(Asset.withheld))
        .order_by(col(Promotion.stage_at).desc(), col(Promotion.id))
        .limit(limit)
    ).all()  # fmt: skip
    return rows


def own_units(db: Session, ids: Collection[uuid.UUID]) -> list[Organisation]:
    """Of these organisations the verified ones, by name."""
    if not ids:
        return []
    statement = select(Organisation).where(
        col(Organisation.id).in_(ids), col(Organisation.verification) == Verification.verified
    )
    return list(db.exec(statement.order_by(col(Organisation.sort_key))))


def operators(db: Session, organisation_id: uuid.UUID) -> list[uuid.UUID]:
    """The node operators among the members of an organisation."""
    statement = (
        select(Account.id)
        .join(Membership, col(Membership.account_id) == col(Account.id))
        .join(AccountRole, col(AccountRole.account_id) == col(Account.id))
        .where(
            col(Membership.organisation_id) == organisation_id,
            col(AccountRole.role) == Role.node_operator,
            col(Account.state) == AccountState.active,
        )
    )
    return list(db.exec(statement.order_by(col(Account.id)).limit(50)))


def overdue(db: Session, at: dt.datetime, limit: int = 200) -> list[uuid.UUID]:
    """Sites whose deadline is over, and those whose promotion is past its pilot."""
    gone = ~exists().where(
        col(Promotion.id) == col(PromotionSite.promotion_id),
        or_(
            col(Promotion.stage).in_([Stage.reviewed, Stage.pilot]),
            # Back from a suspension a pilot goes on.
            (col(Promotion.stage) == Stage.suspended)
            & col(Promotion.before_suspended).in_([Stage.reviewed.value, Stage.pilot.value]),
        ),
    )
    statement = select(PromotionSite.id).where(
        col(PromotionSite.state).in_(list(SITE_TIMED_OUT)), or_(col(PromotionSite.deadline_at) <= at, gone)
    )
    return list(db.exec(statement.order_by(col(PromotionSite.deadline_at)).limit(limit)))


def to_remind(db: Session, at: dt.datetime, since: dt.datetime, limit: int = 200) -> list[uuid.UUID]:
    """Sites whose report is due and whose node was not reminded of it since an instant."""
    statement = select(PromotionSite.id).where(
        col(PromotionSite.state) == SiteState.piloting,
        col(PromotionSite.report_due_at) <= at,
        or_(col(PromotionSite.reminded_at).is_(None), col(PromotionSite.reminded_at) <= since),
    )
    return list(db.exec(statement.order_by(col(PromotionSite.id)).limit(limit)))


def to_warn(db: Session, before: dt.datetime, limit: int = 200) -> list[uuid.UUID]:
    """Sites whose deadline comes before an instant, and nobody was told."""
    statement = select(PromotionSite.id).where(
        col(PromotionSite.state).in_(list(SITE_TIMED_OUT)),
        col(PromotionSite.deadline_at) <= before,
        col(PromotionSite.warned_at).is_(None),
    )
    return list(db.exec(statement.order_by(col(PromotionSite.id)).limit(limit)))


def reported_data(db: Session, account_id: uuid.UUID) -> list[dict[str, Any]]:
    """What somebody reported from pilots, for the person's own export."""
    site = aliased(PromotionSite)
    rows = db.execute(
        select(PromotionReport, site.node, site.promotion_id)
        .join(site, site.id == col(PromotionReport.site_id))  # type: ignore[arg-type]
        .where(col(PromotionReport.reported_by) == account_id)
        .order_by(col(PromotionReport.id))
        .limit(1000)
    )
    names = ("number", "from_on", "to_on", "use", "effect", "severity", "incidents", "measured", "at")
    return [
        {"node": node, "promotion_id": promotion} | {name: getattr(report, name) for name in names}
        for report, node, promotion in rows
    ]


def count_open(db: Session, promotion_id: uuid.UUID) -> int:
    """Sites of a promotion that are offered or take part."""
    statement = select(func.count()).select_from(PromotionSite)
    return db.exec(
        statement.where(
            col(PromotionSite.promotion_id) == promotion_id,
            col(PromotionSite.state).in_([SiteState.offered, SiteState.piloting, SiteState.assessed]),
        )
    ).one()
