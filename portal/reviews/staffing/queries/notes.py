"""Conflicts as they are stored: decisions that are remembered, lists for the secretariat, who is looked at."""

import uuid
from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import func, select
from sqlmodel import col

from portal.accounts.models import Account, AccountState, Namespace
from portal.experts.models import IN_POOL, Expert
from portal.kit.db import Session
from portal.kit.paging import Page, keyset
from portal.reviews.conflicts.grounds import Weight
from portal.reviews.rounds.models import (
    HOLDING,
    RUNNING,
    Invitation,
    InvitationState,
    Round,
    RoundState,
    Seat,
    Submission,
)
from portal.reviews.staffing.models import ConflictNote, Verdict

ASKED = (InvitationState.planned, InvitationState.sent, InvitationState.accepted)
"""Invitations whose experts are, or may come to be, in the round."""


def decided(db: Session, accounts: Collection[uuid.UUID]) -> Sequence[Any]:
    """Every decision about these accounts, the latest last: what is asked at each view of a review."""
    statement = (
        select(
            col(ConflictNote.account_id),
            col(ConflictNote.submission_id),
            col(ConflictNote.fingerprint),
            col(ConflictNote.concerned),
            col(ConflictNote.weight),
            col(ConflictNote.verdict),
            col(ConflictNote.reason),
            col(ConflictNote.decided_by),
            col(ConflictNote.decided_at),
        )
        .where(col(ConflictNote.account_id).in_(accounts), col(ConflictNote.verdict) != Verdict.open)
        .order_by(col(ConflictNote.decided_at), col(ConflictNote.id))
    )
    return db.execute(statement).all()


def one(db: Session, round_id: uuid.UUID, note_id: uuid.UUID) -> ConflictNote | None:
    """One conflict of a round, locked."""
    statement = select(ConflictNote).where(
        col(ConflictNote.id) == note_id, col(ConflictNote.round_id) == round_id
    )
    return db.scalars(statement.with_for_update().execution_options(populate_existing=True)).one_or_none()


def of_submission(
    db: Session, submission_id: uuid.UUID, account_id: uuid.UUID, fingerprint: str
) -> ConflictNote | None:
    """The conflict of that fingerprint, if it was found before."""
    statement = select(ConflictNote).where(
        col(ConflictNote.submission_id) == submission_id,
        col(ConflictNote.account_id) == account_id,
        col(ConflictNote.fingerprint) == fingerprint,
    )
    return db.scalars(statement.with_for_update()).one_or_none()


def alike(db: Session, note: ConflictNote) -> list[ConflictNote]:
    """Conflicts of the same facts in this round and in others that go on, locked; the note itself among them."""
    statement = (
        select(ConflictNote)
        .join(Round, col(Round.id) == col(ConflictNote.round_id))
        .where(
            col(ConflictNote.account_id) == note.account_id,
            col(ConflictNote.fingerprint) == note.fingerprint,
            col(ConflictNote.concerned) == note.concerned,
            col(Round.state).in_([RoundState.draft, *RUNNING]) | (col(Round.id) == note.round_id),
        )
        .order_by(col(ConflictNote.id))
        .with_for_update(of=ConflictNote)
        .execution_options(populate_existing=True)
    )
    return list(db.scalars(statement))


def of_round(db: Session, round_id: uuid.UUID, accounts: Collection[uuid.UUID]) -> list[ConflictNote]:
    """All stored conflicts of these accounts in a round, locked."""
    statement = (
        select(ConflictNote)
        .where(col(ConflictNote.round_id) == round_id, col(ConflictNote.account_id).in_(accounts))
        .order_by(col(ConflictNote.id))
        .with_for_update()
    )
    return list(db.scalars(statement))


def experts_of(db: Session, round_id: uuid.UUID) -> set[uuid.UUID]:
    """Who is in the round: invited and not out of it, or in a seat."""
    invited = select(col(Invitation.account_id)).where(
        col(Invitation.round_id) == round_id, col(Invitation.state).in_(ASKED)
    )
    seated = select(col(Seat.account_id)).where(col(Seat.round_id) == round_id, col(Seat.state).in_(HOLDING))
    return set(db.scalars(invited.union(seated)))


def pool(db: Session) -> set[uuid.UUID]:
    """Everybody who could be asked."""
    statement = (
        select(col(Expert.account_id))
        .join(Account, col(Account.id) == col(Expert.account_id))
        .where(col(Expert.state).in_(IN_POOL), col(Account.state) == AccountState.active)
    )
    return set(db.scalars(statement))


FILTERS = ("open", "hard", "soft", "confirmed", "dismissed", "gone", "all")


def _where(statement: Any, shown: str) -> Any:
    note = ConflictNote
    gone = col(note.gone_at).is_not(None)
    if shown == "gone":
        return statement.where(gone)
    if shown in {"confirmed", "dismissed"}:
        return statement.where(col(note.verdict) == Verdict(shown))
    if shown == "all":
        return statement
    statement = statement.where(~gone)
    if shown == "hard":
        return statement.where(col(note.weight) == Weight.hard, col(note.verdict) != Verdict.dismissed)
    if shown == "soft":
        return statement.where(col(note.weight) == Weight.soft, col(note.verdict) != Verdict.dismissed)
    return statement.where(col(note.verdict) == Verdict.open)


def _rows(round_id: uuid.UUID, hidden: Collection[uuid.UUID]) -> Any:
    by = Namespace.__table__.alias("by")  # type: ignore[attr-defined]
    statement: Any = (
        select(
            col(ConflictNote.id), col(ConflictNote.submission_id), col(ConflictNote.account_id),
            col(ConflictNote.ground), col(ConflictNote.weight), col(ConflictNote.facts), col(ConflictNote.shown),
            col(ConflictNote.verdict), col(ConflictNote.reason), col(ConflictNote.decided_at),
            col(ConflictNote.remembered), col(ConflictNote.gone_at), col(Submission.title), col(Account.name),
            col(Namespace.slug), by.c.display_name.label("decided_by"),
        )
        .join(Submission, col(Submission.id) == col(ConflictNote.submission_id))
        .join(Account, col(Account.id) == col(ConflictNote.account_id))
        .join(Namespace, col(Namespace.account_id) == col(ConflictNote.account_id))
        .outerjoin(by, by.c.account_id == col(ConflictNote.decided_by))
        .where(col(ConflictNote.round_id) == round_id)
    )  # fmt: skip
    return statement.where(col(ConflictNote.submission_id).not_in(list(hidden))) if hidden else statement


def listed(
    db: Session,
    round_id: uuid.UUID,
    *,
    shown: str,
    hidden: Collection[uuid.UUID] = (),
    number: int | None = None,
    after: str | None = None,
    before: str | None = None,
) -> Page[Any]:
    """Conflicts by submission, then by expert. ``hidden``: submissions that are left out. ``number``: of one only."""
    keys: list[Any] = [col(Submission.number), col(Account.sort_key), col(ConflictNote.id)]
    statement = _where(_rows(round_id, hidden), shown)
    if number is not None:
        statement = statement.where(col(Submission.number) == number)
    statement = statement.add_columns(keys[0].label("number"), keys[1].label("key1"), keys[2].label("key2"))
    return keyset(db, statement, keys, descending=False, after=after, before=before)


def for_csv(
    db: Session, round_id: uuid.UUID, *, shown: str, hidden: Collection[uuid.UUID] = (), limit: int = 20_000
) -> Sequence[Any]:
    """The same as a table."""
    statement = _where(_rows(round_id, hidden), shown).add_columns(col(Submission.number).label("number"))
    found: Sequence[Any] = db.execute(
        statement.order_by(col(Submission.number), col(Account.sort_key), col(ConflictNote.id)).limit(limit)
    ).all()
    return found


def counts(db: Session, round_id: uuid.UUID, *, hidden: Collection[uuid.UUID] = ()) -> dict[str, int]:
    """How many each filter shows; one statement."""
    inner = _rows(round_id, hidden).subquery()
    there, hard = inner.c.gone_at.is_(None), inner.c.weight == Weight.hard
    kept = inner.c.verdict != Verdict.dismissed
    wanted = {
        "open": there & (inner.c.verdict == Verdict.open),
        "hard": there & hard & kept,
        "soft": there & ~hard & kept,
        "confirmed": inner.c.verdict == Verdict.confirmed,
        "dismissed": inner.c.verdict == Verdict.dismissed,
        "gone": ~there,
    }
    row = db.execute(
        select(func.count(), *(func.count().filter(where) for where in wanted.values())).select_from(inner)
    ).one()
    return {"all": row[0], **dict(zip(wanted, row[1:], strict=True))}
