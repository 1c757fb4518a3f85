"""The offline database of known vulnerabilities."""

from collections.abc import Collection, Iterable

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from portal.kit.db import Session
from portal.kit.ids import new_id
from registry.certification.advisories import Entry
from registry.certification.models import Advisory, AdvisoryImport

CHUNK = 500


def newest(db: Session) -> AdvisoryImport | None:
    """The import in use."""
    return db.exec(select(AdvisoryImport).order_by(col(AdvisoryImport.id).desc()).limit(1)).first()


def of_packages(db: Session, names: Collection[str]) -> list[Advisory]:
    """What is known of these packages (normalised names)."""
    if not names:
        return []
    statement = select(Advisory).where(col(Advisory.package).in_(names))
    return list(db.exec(statement.order_by(col(Advisory.package), col(Advisory.osv_id))))


def replace_all(db: Session, entries: Iterable[Entry]) -> None:
    """Put these in the place of all that was there."""
    db.execute(delete(Advisory))
    rows: list[dict[str, object]] = []
    for each in entries:
        rows.append(
            {
                "id": new_id(), "osv_id": each.osv_id, "package": each.package, "aliases": list(each.aliases),
                "summary": each.summary, "severity": each.severity, "versions": list(each.versions),
                "ranges": [[list(event) for event in one] for one in each.ranges], "modified_at": each.modified_at,
            }
        )  # fmt: skip
        if len(rows) >= CHUNK:
            _write(db, rows)
            rows = []
    _write(db, rows)


def _write(db: Session, rows: list[dict[str, object]]) -> None:
    if rows:
        unique = {(row["package"], row["osv_id"]): row for row in rows}
        db.execute(insert(Advisory).values(list(unique.values())).on_conflict_do_nothing())
