"""Every reading of dry runs."""

import datetime as dt
import uuid
from collections.abc import Iterable, Sequence

from sqlalchemy import func, text, update
from sqlmodel import col, select

from portal.kit.db import Session
from registry.dryruns.models import LIVE, DryRun, DryRunCase, DryRunState
from registry.versions.models import Version

BATCH = 50
_UNTOLD = text(
    """
    SELECT d.id FROM dry_run d
    WHERE d.state = 'queued' AND d.updated_at < clock_timestamp() - make_interval(secs => :age)
      AND NOT EXISTS (
        SELECT 1 FROM procrastinate_jobs j
        WHERE j.task_name = 'dryruns.run' AND j.status IN ('todo', 'doing') AND j.args->>'run_id' = d.id::text)
    ORDER BY d.id LIMIT :batch
    """
)


def instant(db: Session) -> dt.datetime:
    """The database's clock."""
    found: dt.datetime = db.execute(select(func.clock_timestamp())).scalar_one()
    return found


def newest(db: Session, version_id: uuid.UUID) -> DryRun | None:
    """The last dry run of a version."""
    return db.exec(
        select(DryRun).where(DryRun.version_id == version_id).order_by(col(DryRun.id).desc()).limit(1)
    ).first()


def live(db: Session, version_id: uuid.UUID) -> DryRun | None:
    """The dry run of a version that is not over, locked."""
    return db.exec(
        select(DryRun)
        .where(DryRun.version_id == version_id, col(DryRun.state).in_(LIVE))
        .with_for_update(key_share=True)
    ).first()


def cases_of(db: Session, run_id: uuid.UUID) -> Sequence[DryRunCase]:
    """The cases in their order."""
    return db.exec(
        select(DryRunCase).where(DryRunCase.run_id == run_id).order_by(col(DryRunCase.position))
    ).all()


def locked(db: Session, run_id: uuid.UUID, *states: DryRunState) -> DryRun | None:
    """A dry run under lock, if it is in one of ``states``."""
    return db.exec(
        select(DryRun)
        .where(DryRun.id == run_id, col(DryRun.state).in_(states))
        .with_for_update(key_share=True)
    ).first()


def held(db: Session, run_id: uuid.UUID, token: uuid.UUID) -> DryRun | None:
    """A running dry run under lock, if the lease still holds."""
    return db.exec(
        select(DryRun)
        .where(DryRun.id == run_id, DryRun.lease_token == token, DryRun.state == DryRunState.running)
        .with_for_update(key_share=True)
    ).first()


def renew(db: Session, run_id: uuid.UUID, token: uuid.UUID, seconds: float) -> bool:
    """Lengthen the lease; False: it is lost."""
    changed = (
        update(DryRun)
        .where(
            col(DryRun.id) == run_id,
            col(DryRun.lease_token) == token,
            col(DryRun.state) == DryRunState.running,
        )
        .values(lease_expires_at=func.clock_timestamp() + dt.timedelta(seconds=seconds))
        .returning(col(DryRun.id))
        .execution_options(synchronize_session=False)
    )
    return db.execute(changed).first() is not None


def case(db: Session, run_id: uuid.UUID, name: str) -> DryRunCase:
    """One case under lock; the caller holds the run."""
    return db.exec(
        select(DryRunCase).where(DryRunCase.run_id == run_id, DryRunCase.name == name).with_for_update()
    ).one()


def forget_cases(db: Session, cases: Iterable[DryRunCase]) -> None:
    """Take rows out, to write them anew."""
    for row in cases:
        db.delete(row)
    db.flush()


def expired(db: Session) -> Sequence[DryRun]:
    """Dry runs whose worker has lost its lease or that passed their deadline, locked."""
    late = (col(DryRun.lease_expires_at) < func.clock_timestamp()) & (DryRun.state == DryRunState.running)
    return db.exec(
        select(DryRun)
        .where(col(DryRun.state).in_(LIVE), late | (col(DryRun.deadline_at) < func.clock_timestamp()))
        .limit(BATCH)
        .with_for_update(skip_locked=True, key_share=True)
    ).all()


def untold(db: Session, age_s: float = 30.0) -> list[uuid.UUID]:
    """Dry runs that wait while no job would ever start them."""
    return list(db.execute(_UNTOLD, {"age": age_s, "batch": BATCH}).scalars())


def states_of(db: Session, version_ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, DryRunState]:
    """The state of the newest dry run of each of some versions."""
    rows = db.execute(
        select(DryRun.version_id, DryRun.state)
        .where(col(DryRun.version_id).in_(list(version_ids)))
        .order_by(col(DryRun.id))
    )
    return {row[0]: row[1] for row in rows}


def version_of(db: Session, version_id: uuid.UUID) -> Version | None:
    """The version, its row locked."""
    return db.exec(select(Version).where(Version.id == version_id).with_for_update()).first()
