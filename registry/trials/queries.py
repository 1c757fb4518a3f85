"""Every reading of trials."""

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, func
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from portal.accounts.models import Namespace
from portal.kit.db import Session
from registry.assets.models import Asset
from registry.evaluation.queries.orders import StoredFile
from registry.trials.models import LIVE, Trial, TrialDay, TrialState
from registry.versions.manifest import NAME as MANIFEST
from registry.versions.models import Version, VersionFile, VersionState
from registry.workers.models import Worker, WorkerState


def used(db: Session, account_id: uuid.UUID, version_id: uuid.UUID, since: dt.datetime) -> Row[Any]:
    """Trials since an instant: ``mine``, ``version``, ``site``; and ``waiting``, those unfinished on the whole site."""
    live = col(Trial.state).in_(LIVE)
    fresh = col(Trial.created_at) >= since
    statement: Any = select(
        func.count().filter(fresh, col(Trial.asked_by) == account_id).label("mine"),
        func.count().filter(fresh, col(Trial.version_id) == version_id).label("version"),
        func.count().filter(fresh).label("site"),
        func.count().filter(live).label("waiting"),
    ).where(fresh | live)
    return db.execute(statement).one()


def mine_today(db: Session, account_id: uuid.UUID, since: dt.datetime) -> int:
    """How many trials somebody has asked for since an instant."""
    statement = select(func.count()).where(col(Trial.asked_by) == account_id, col(Trial.created_at) >= since)
    return int(db.execute(statement).scalar_one())


def live_of(db: Session, account_id: uuid.UUID) -> Trial | None:
    """The unfinished trial of somebody."""
    return db.exec(select(Trial).where(Trial.asked_by == account_id, col(Trial.state).in_(LIVE))).first()


def own(db: Session, account_id: uuid.UUID, trial_id: uuid.UUID) -> Row[Any] | None:
    """A trial with the names of what was tried, for the one person who may see it."""
    statement: Any = (
        select(  # type: ignore[call-overload]
            *Trial.__table__.c,  # type: ignore[attr-defined]
            col(Version.number),
            col(Asset.name),
            col(Asset.title),
            col(Asset.title_en),
            col(Asset.map_review_no),
            col(Namespace.slug).label("namespace"),
        )
        .join(Version, col(Version.id) == col(Trial.version_id))
        .join(Asset, col(Asset.id) == col(Version.asset_id))
        .join(Namespace, col(Namespace.id) == col(Asset.namespace_id))
        .where(col(Trial.id) == trial_id, col(Trial.asked_by) == account_id)
    )
    row: Row[Any] | None = db.execute(statement).first()
    return row


def newest_of(db: Session, account_id: uuid.UUID, version_id: uuid.UUID, limit: int = 10) -> list[Row[Any]]:
    """The newest trials of one version by one person."""
    statement: Any = (
        select(  # type: ignore[call-overload]
            col(Trial.id), col(Trial.state), col(Trial.created_at), col(Trial.emptied_at), col(Trial.seconds)
        )
        .where(col(Trial.asked_by) == account_id, col(Trial.version_id) == version_id)
        .order_by(col(Trial.id).desc())
        .limit(limit)
    )
    return list(db.execute(statement).all())


def state_of(db: Session, trial_id: uuid.UUID) -> TrialState | None:
    """The state, or None where the row is gone."""
    found: TrialState | None = db.execute(select(Trial.state).where(Trial.id == trial_id)).scalar()
    return found


def to_empty(db: Session, before: dt.datetime) -> Sequence[Trial]:
    """Finished trials from before an instant that still hold input or answer, locked."""
    return db.exec(
        select(Trial)
        .where(
            col(Trial.state).not_in(LIVE),
            col(Trial.created_at) < before,
            col(Trial.emptied_at).is_(None),
        )
        .limit(500)
        .with_for_update(skip_locked=True)
    ).all()


def to_forget(db: Session, before: dt.datetime) -> Sequence[Trial]:
    """Emptied trials that nobody counts any more, locked."""
    return db.exec(
        select(Trial).where(col(Trial.emptied_at) < before).limit(500).with_for_update(skip_locked=True)
    ).all()


def stored_files(db: Session, version_id: uuid.UUID) -> tuple[StoredFile, ...]:
    """The files of a version, for the jail."""
    rows = db.execute(
        select(VersionFile.path, VersionFile.sha256, VersionFile.size)
        .where(col(VersionFile.version_id) == version_id)
        .order_by(col(VersionFile.path))
    )
    return tuple(StoredFile(*row) for row in rows)


def count_day(db: Session, version_id: uuid.UUID, day: dt.date) -> None:
    """One trial more of a version on a day."""
    statement = insert(TrialDay).values(version_id=version_id, day=day, n=1)
    db.execute(
        statement.on_conflict_do_update(index_elements=["version_id", "day"], set_={"n": TrialDay.n + 1})
    )


def tried(db: Session, version_id: uuid.UUID, since: dt.date) -> Row[Any]:
    """How often a version was tried: in ``all``, and ``lately`` since a day."""
    total: Any = func.sum(TrialDay.n)
    lately = total.filter(col(TrialDay.day) >= since)
    return db.execute(
        select(func.coalesce(total, 0).label("all"), func.coalesce(lately, 0).label("lately")).where(
            col(TrialDay.version_id) == version_id
        )
    ).one()


def served(db: Session, runtime: str) -> bool | None:
    """Whether a worker that takes work has this runtime; None where no worker is there at all."""
    rows = db.execute(
        select(col(Worker.runtimes).has_key(runtime)).where(  # type: ignore[attr-defined]
            Worker.state == WorkerState.running, Worker.deadline_at >= func.clock_timestamp()
        )
    ).scalars()
    found = list(rows)
    return any(found) if found else None


def newest_version(db: Session, asset_id: uuid.UUID) -> Row[Any] | None:
    """The version an asset's page shows: its number, what it is, and the digest of its ``cspon.yaml`` (or None)."""
    statement: Any = (
        select(
            col(Version.number),
            col(Version.submission),
            col(Version.executable_format),
            col(VersionFile.sha256).label("manifest"),
        )
        .join(Asset, col(Asset.id) == col(Version.asset_id))
        .outerjoin(
            VersionFile,
            (col(VersionFile.version_id) == col(Version.id)) & (col(VersionFile.path) == MANIFEST),
        )
        .where(
            col(Asset.id) == asset_id,
            col(Version.number) == col(Asset.latest_version),
            col(Version.state) == VersionState.published,
        )
    )
    row: Row[Any] | None = db.execute(statement).first()
    return row


def trial_data(db: Session, account_id: uuid.UUID) -> list[dict[str, Any]]:
    """Trials somebody asked for, for the person's own export."""
    statement: Any = (
        select(  # type: ignore[call-overload]
            col(Trial.id),
            col(Namespace.slug).label("namespace"),
            col(Asset.name).label("asset"),
            col(Version.number).label("version"),
            col(Trial.state),
            col(Trial.created_at),
            col(Trial.parameters),
            col(Trial.emptied_at),
        )
        .join(Version, col(Version.id) == col(Trial.version_id))
        .join(Asset, col(Asset.id) == col(Version.asset_id))
        .join(Namespace, col(Namespace.id) == col(Asset.namespace_id))
        .where(col(Trial.asked_by) == account_id)
        .order_by(col(Trial.id))
    )
    return [dict(row) for row in db.execute(statement).mappings()]
