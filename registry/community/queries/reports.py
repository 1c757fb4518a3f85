"""Reports of misuse."""

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import Row
from sqlmodel import col, select

from portal.accounts.models import Account, Namespace
from portal.kit.db import Session
from portal.kit.paging import Page, keyset
from registry.assets.models import Asset
from registry.community.models import OPEN_REPORTS, MisuseReport, ReportState


def _rows() -> Any:
    owner = Namespace.__table__.alias("owner")  # type: ignore[attr-defined]
    return (
        select(  # type: ignore[call-overload]
            col(MisuseReport.asset_id),
            col(MisuseReport.post_id),
            col(MisuseReport.account_id),
            col(MisuseReport.kind),
            col(MisuseReport.text),
            col(MisuseReport.evidence),
            col(MisuseReport.state),
            col(MisuseReport.reason),
            col(MisuseReport.created_at),
            col(MisuseReport.updated_at),
            col(MisuseReport.deadline_at),
            col(Asset.name),
            col(Asset.title),
            col(Asset.title_en),
            col(Asset.withheld),
            col(Asset.namespace_id),
            owner.c.slug.label("namespace"),
            col(Account.name).label("reporter"),
            col(Namespace.slug).label("reporter_namespace"),
            col(MisuseReport.id),
        )
        .join(Asset, col(Asset.id) == col(MisuseReport.asset_id))
        .join(owner, owner.c.id == col(Asset.namespace_id))
        .join(Account, col(Account.id) == col(MisuseReport.account_id))
        .join(Namespace, col(Namespace.account_id) == col(Account.id))
    )


def page_of(
    db: Session, state: ReportState | None, *, after: str | None = None, before: str | None = None
) -> Page[Any]:
    """The queue: what is open (or in one state), the longest wait first."""
    wanted = [state] if state is not None else list(OPEN_REPORTS)
    statement = _rows().where(col(MisuseReport.state).in_(wanted))
    keys: list[Any] = [col(MisuseReport.id)]
    return keyset(db, statement, keys, descending=False, after=after, before=before)


def one(db: Session, report_id: uuid.UUID) -> Row[Any] | None:
    """One report with its asset and its reporter."""
    row: Row[Any] | None = db.execute(_rows().where(col(MisuseReport.id) == report_id)).first()
    return row


def for_change(db: Session, report_id: uuid.UUID) -> MisuseReport | None:
    """One report, locked."""
    statement = select(MisuseReport).where(col(MisuseReport.id) == report_id).with_for_update()
    return db.exec(statement.execution_options(populate_existing=True)).first()


def open_of(db: Session, asset_id: uuid.UUID, account_id: uuid.UUID, post_id: uuid.UUID | None) -> bool:
    """Whether somebody's report of the same thing is open."""
    statement = select(MisuseReport.id).where(
        col(MisuseReport.asset_id) == asset_id,
        col(MisuseReport.account_id) == account_id,
        col(MisuseReport.post_id).is_(None) if post_id is None else col(MisuseReport.post_id) == post_id,
        col(MisuseReport.state).in_(OPEN_REPORTS),
    )
    return db.exec(statement).first() is not None


def others_hold(db: Session, asset_id: uuid.UUID, but: uuid.UUID) -> bool:
    """Whether another report, open or upheld, may be why an asset is withheld."""
    statement = select(MisuseReport.id).where(
        col(MisuseReport.asset_id) == asset_id,
        col(MisuseReport.id) != but,
        col(MisuseReport.state).in_([*OPEN_REPORTS, ReportState.upheld]),
    )
    return db.exec(statement.limit(1)).first() is not None


def overdue(db: Session, instant: dt.datetime, limit: int = 200) -> list[uuid.UUID]:
    """Open reports whose deadline has passed."""
    statement = (
        select(MisuseReport.id)
        .where(col(MisuseReport.state).in_(OPEN_REPORTS), col(MisuseReport.deadline_at) < instant)
        .limit(limit)
    )
    return list(db.exec(statement))
