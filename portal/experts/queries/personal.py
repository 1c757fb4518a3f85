"""What the pool holds about one person, for the person's own export."""

import uuid
from typing import Any

from portal.experts.models import Expert
from portal.experts.queries import dossier, pool
from portal.kit.db import Session

FIELDS = (
    "state", "state_reason", "state_at", "deadline_at", "checked_at", "grounds", "senior", "titles", "orcid",
    "publications", "languages", "biography_zh", "biography_en", "capacity", "listed", "public",
)  # fmt: skip


def expert_data(db: Session, account_id: uuid.UUID) -> list[dict[str, Any]]:
    """The place in the pool with the whole profile."""
    found: Expert | None = pool.of_account(db, account_id)
    if found is None:
        return []
    parts = pool.parts_of(db, found.id)
    row = {name: getattr(found, name) for name in FIELDS}
    return [
        row | {"disciplines": parts.disciplines, "keywords": parts.keywords, "capacities": parts.capacities}
    ]


def dossier_data(db: Session, account_id: uuid.UUID) -> list[dict[str, Any]]:
    """Affiliations and declared relations."""
    affiliations = [
        {
            "kind": "affiliation", "organisation": row.name, "credit_code": row.credit_code,
            "position": row.position, "since": row.since, "until": row.until, "state": row.state,
            "state_reason": row.state_reason,
        }
        for row in dossier.affiliations_of(db, account_id)
    ]  # fmt: skip
    relations = [
        {
            "kind": f"relation: {row.kind}", "other": row.other, "organisation": row.other_organisation,
            "since": row.since, "until": row.until, "note": row.note, "taken_back": row.withdrawn_at,
        }
        for row in dossier.relations_of(db, account_id)
    ]  # fmt: skip
    return affiliations + relations
