"""Every reading of dry runs."""

import uuid
from collections.abc import Iterable, Sequence

from sqlmodel import col, select

from portal.kit.db import Session
from registry.dryruns.models import LIVE, DryRun, DryRunCase, DryRunState
from registry.versions.models import Version


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
