"""Who has part in what a notice is about, and therefore handles no objection to it.

Notices do not know what they are about: whoever puts a kind of thing on notice registers it here when the program
starts. A kind nobody registered cannot be put on notice.
"""

import uuid
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any

from portal.kit.db import Session

Parties = Callable[[Session, Collection[uuid.UUID]], Mapping[uuid.UUID, Collection[uuid.UUID]]]
"""(database, ids of subjects) -> subject -> accounts that have part in it; a subject left out has none."""

TEXT = ""
"""The kind of notices about nothing but their own text."""
_parties: dict[str, Parties] = {TEXT: lambda _db, _ids: {}}


def register_parties(kind: str, parties: Parties) -> None:
    """Make a kind known; registering it again replaces it."""
    _parties[kind] = parties


def is_known(kind: str) -> bool:
    """Whether things of this kind can be put on notice."""
    return kind in _parties


def of(db: Session, kind: str, subject_id: uuid.UUID | None) -> frozenset[uuid.UUID]:
    """Accounts with part in one subject."""
    if subject_id is None:
        return frozenset()
    return frozenset(_parties[kind](db, {subject_id}).get(subject_id, ()))


def with_part(
    db: Session, account_id: uuid.UUID | None, subjects: Collection[tuple[str, uuid.UUID | None]]
) -> set[tuple[str, uuid.UUID | None]]:
    """Those of the subjects that the account has part in; one call a kind."""
    found: set[tuple[str, uuid.UUID | None]] = set()
    for kind in {kind for kind, _id in subjects}:
        ids = {key for each, key in subjects if each == kind and key is not None}
        mine = _parties[kind](db, ids) if ids else {}
        found |= {(kind, key) for key, accounts in mine.items() if account_id in accounts}
    return found


def without_part(db: Session, account_id: uuid.UUID | None, rows: Iterable[Any]) -> list[Any]:
    """Those of the objections in a list whose subject the account has no part in, and that it did not file."""
    listed = list(rows)
    mine = with_part(db, account_id, {(row.subject_kind, row.subject_id) for row in listed})
    return [
        row
        for row in listed
        if (row.subject_kind, row.subject_id) not in mine and row.account_id != account_id
    ]
