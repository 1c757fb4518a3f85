"""Reading second factors."""

import uuid

from sqlalchemy import delete, func, select, update
from sqlmodel import col

from portal.accounts.models import BrowserSession, RecoveryCode, TotpSecret, WebauthnKey
from portal.kit.clock import now
from portal.kit.db import Session


def totp_of(db: Session, account_id: uuid.UUID | None, *, lock: bool = False) -> TotpSecret | None:
    """The authenticator app of an account, confirmed or not."""
    statement = select(TotpSecret).where(col(TotpSecret.account_id) == account_id)
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    return db.scalars(statement).one_or_none()


def keys_of(db: Session, account_id: uuid.UUID | None) -> list[WebauthnKey]:
    """The security keys of an account, oldest first."""
    statement = select(WebauthnKey).where(col(WebauthnKey.account_id) == account_id)
    return list(db.scalars(statement.order_by(col(WebauthnKey.id))))


def key_by_credential(db: Session, credential_id: str) -> WebauthnKey | None:
    """The key of that credential, locked, so that its counter moves once per use."""
    statement = select(WebauthnKey).where(col(WebauthnKey.credential_id) == credential_id)
    return db.scalars(statement.with_for_update()).one_or_none()


def has_factor(db: Session, account_id: uuid.UUID | None) -> bool:
    """Whether a confirmed app or a key can prove this account."""
    app = select(col(TotpSecret.id)).where(
        col(TotpSecret.account_id) == account_id, col(TotpSecret.confirmed_at).is_not(None)
    )
    key = select(col(WebauthnKey.id)).where(col(WebauthnKey.account_id) == account_id)
    return bool(db.execute(select(app.exists() | key.exists())).scalar())


def unused_codes(db: Session, account_id: uuid.UUID | None) -> int:
    """How many recovery codes are left."""
    statement = select(func.count()).where(
        col(RecoveryCode.account_id) == account_id, col(RecoveryCode.used_at).is_(None)
    )
    return int(db.execute(statement).scalar_one())


def burn_code(db: Session, account_id: uuid.UUID, digest: str) -> bool:
    """Use a recovery code up; whether it was there. One statement, so two requests cannot both use it."""
    statement = (
        update(RecoveryCode)
        .where(
            col(RecoveryCode.account_id) == account_id,
            col(RecoveryCode.secret_digest) == digest,
            col(RecoveryCode.used_at).is_(None),
        )
        .values(used_at=now())
        .returning(col(RecoveryCode.id))
    )
    return db.execute(statement, execution_options={"synchronize_session": False}).first() is not None


def delete_codes(db: Session, account_id: uuid.UUID) -> None:
    """Forget all recovery codes of an account."""
    db.execute(
        delete(RecoveryCode).where(col(RecoveryCode.account_id) == account_id),
        execution_options={"synchronize_session": False},
    )


def delete_factors(db: Session, account_id: uuid.UUID) -> None:
    """Forget app, keys and recovery codes of an account."""
    delete_codes(db, account_id)
    for table in (TotpSecret, WebauthnKey):
        db.execute(
            delete(table).where(col(table.account_id) == account_id),
            execution_options={"synchronize_session": False},
        )


def session_by_id(db: Session, session_id: uuid.UUID | None) -> BrowserSession | None:
    """A browser session, locked."""
    statement = select(BrowserSession).where(col(BrowserSession.id) == session_id)
    return db.scalars(statement.with_for_update()).one_or_none()


def pending_session(db: Session, digest: str) -> BrowserSession | None:
    """The session of a cookie whose second factor is still to come, locked; None when it is too old."""
    statement = select(BrowserSession).where(
        col(BrowserSession.secret_digest) == digest,
        col(BrowserSession.pending),
        col(BrowserSession.expires_at) > now(),
    )
    return db.scalars(statement.with_for_update()).one_or_none()
