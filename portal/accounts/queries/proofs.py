"""Reading what was mailed to prove an address, and the places people sign in from."""

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import delete, select, update
from sqlmodel import col

from portal.accounts.models import EmailChange, KnownPlace, SignUp
from portal.kit.clock import now
from portal.kit.db import Session


def places_of(db: Session, account_id: uuid.UUID, *, since: dt.datetime) -> set[str]:
    """The digests of places seen since an instant."""
    statement = select(col(KnownPlace.digest)).where(
        col(KnownPlace.account_id) == account_id, col(KnownPlace.seen_at) > since
    )
    return set(db.scalars(statement))


def see_place(db: Session, account_id: uuid.UUID, digest: str) -> bool:
    """Say that a place was seen now; whether it was known at all."""
    statement = (
        update(KnownPlace)
        .where(col(KnownPlace.account_id) == account_id, col(KnownPlace.digest) == digest)
        .values(seen_at=now())
        .returning(col(KnownPlace.id))
    )
    return db.execute(statement, execution_options={"synchronize_session": False}).first() is not None


def live_sign_up(db: Session, digest: str, *, lock: bool = False) -> SignUp | None:
    """The sign-up behind a mailed secret, if it is not too old."""
    statement = select(SignUp).where(col(SignUp.secret_digest) == digest, col(SignUp.expires_at) > now())
    return db.scalars(statement.with_for_update() if lock else statement).one_or_none()


def delete_sign_ups(db: Session, email: str) -> None:
    """Forget all sign-ups of an address."""
    db.execute(
        delete(SignUp).where(col(SignUp.email) == email), execution_options={"synchronize_session": False}
    )


def live_email_change(db: Session, digest: str, *, lock: bool = False) -> EmailChange | None:
    """The change of address behind a mailed secret, if it is not too old."""
    statement = select(EmailChange).where(
        col(EmailChange.secret_digest) == digest, col(EmailChange.expires_at) > now()
    )
    return db.scalars(statement.with_for_update() if lock else statement).one_or_none()


def delete_email_changes(db: Session, account_id: uuid.UUID) -> None:
    """Forget all changes of address an account has begun."""
    db.execute(
        delete(EmailChange).where(col(EmailChange.account_id) == account_id),
        execution_options={"synchronize_session": False},
    )


def delete_old_proofs(db: Session, *, places_before: dt.datetime) -> int:
    """Delete sign-ups and changes that are too old, and places not seen since an instant; how many rows."""
    old = [
        delete(SignUp).where(col(SignUp.expires_at) < now()),
        delete(EmailChange).where(col(EmailChange.expires_at) < now()),
        delete(KnownPlace).where(col(KnownPlace.seen_at) < places_before),
    ]
    results: list[Any] = [db.execute(one, execution_options={"synchronize_session": False}) for one in old]
    return sum(result.rowcount for result in results)
