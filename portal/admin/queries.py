"""What the operators' pages show."""

from datetime import timedelta
from typing import Any

from sqlalchemy import distinct, func, select, text
from sqlmodel import col

from portal.accounts.models import Account, AccountRole, Namespace, Role
from portal.kit.db import Session
from portal.kit.paging import Page, keyset
from portal.kit.text import like
from registry.evaluation.models import Attempt, Evaluation
from registry.evaluation.queries.leases import HOLDING


def people(db: Session, words: str, *, after: str | None = None, before: str | None = None) -> Page[Any]:
    """Accounts with their platform roles, by name; ``words`` filters name and mail address."""
    roles = (
        select(func.array_agg(col(AccountRole.role)))
        .where(col(AccountRole.account_id) == col(Account.id))
        .correlate(Account)
        .scalar_subquery()
    )
    statement: Any = select(
        col(Account.name), col(Account.email), col(Account.state), col(Account.created_at), col(Namespace.slug),
        roles.label("roles"), col(Account.sort_key), col(Account.id),
    ).join(Namespace, col(Namespace.account_id) == col(Account.id))  # fmt: skip
    if words:
        found = like(words)
        statement = statement.where(col(Account.name).ilike(found) | col(Account.email).ilike(found))
    keys: list[Any] = [col(Account.sort_key), col(Account.id)]
    return keyset(db, statement, keys, after=after, before=before, descending=False)


def roles_of(db: Session, account_id: object) -> set[Role]:
    """The platform roles of one account."""
    return set(db.scalars(select(col(AccountRole.role)).where(col(AccountRole.account_id) == account_id)))


def evaluations_by_state(db: Session) -> list[Any]:
    """How many evaluations are in which state, with the oldest of each."""
    return list(
        db.execute(
            select(
                col(Evaluation.state),
                func.count().label("n"),
                func.min(col(Evaluation.created_at)).label("oldest"),
            )
            .group_by(col(Evaluation.state))
            .order_by(col(Evaluation.state))
        )
    )


def workers(db: Session) -> list[Any]:
    """Workers by their newest attempts in the last day."""
    return list(
        db.execute(
            select(
                col(Attempt.worker),
                func.count().label("attempts"),
                func.max(col(Attempt.started_at)).label("latest"),
                func.max(col(Attempt.sandbox_grade)).label("grade"),
            )
            .where(col(Attempt.started_at) > func.now() - text("interval '1 day'"))
            .group_by(col(Attempt.worker))
            .order_by(col(Attempt.worker))
        )
    )


def waiting_jobs(db: Session) -> list[Any]:
    """Jobs by queue and status."""
    return list(
        db.execute(
            text(
                "SELECT queue_name, status::text AS status, count(*) AS n, min(scheduled_at) AS oldest "
                "FROM procrastinate_jobs WHERE status IN ('todo', 'doing', 'failed') GROUP BY 1, 2 ORDER BY 1, 2"
            )
        )
    )


def leases_of(db: Session, worker: str | None = None) -> list[Any]:
    """Attempts under way, with when their lease runs out; of one worker, or of all."""
    statement = (
        select(
            col(Attempt.evaluation_id), col(Attempt.number), col(Attempt.worker), col(Attempt.state),
            col(Attempt.started_at), col(Attempt.lease_expires_at), col(Evaluation.queue),
        )
        .join(Evaluation, col(Evaluation.id) == col(Attempt.evaluation_id))
        .where(col(Attempt.state).in_(HOLDING))
        .order_by(col(Attempt.started_at), col(Attempt.id))
        .limit(200)
    )  # fmt: skip
    if worker is not None:
        statement = statement.where(col(Attempt.worker) == worker)
    return list(db.execute(statement))


def attempts_of(db: Session, worker: str, limit: int = 20) -> list[Any]:
    """The latest attempts of one worker."""
    return list(
        db.execute(
            select(
                col(Attempt.evaluation_id), col(Attempt.number), col(Attempt.state), col(Attempt.failure_code),
                col(Attempt.started_at), col(Attempt.ended_at),
            )
            .where(col(Attempt.worker) == worker)
            .order_by(col(Attempt.started_at).desc(), col(Attempt.id).desc())
            .limit(limit)
        )
    )  # fmt: skip


def failures(db: Session, hours: int) -> list[Any]:
    """Attempts that failed or were lost in the last hours, by cause, the most frequent first."""
    return list(
        db.execute(
            select(
                col(Attempt.failure_code).label("code"),
                func.count().label("n"),
                func.count(distinct(col(Attempt.evaluation_id))).label("evaluations"),
                func.max(col(Attempt.ended_at)).label("latest"),
            )
            .where(
                col(Attempt.started_at) > func.now() - timedelta(hours=hours),
                col(Attempt.failure_code) != "",
                col(Attempt.failure_code).not_in(("cancelled", "released")),
            )
            .group_by(col(Attempt.failure_code))
            .order_by(func.count().desc(), col(Attempt.failure_code))
        )
    )


def attempts_since(db: Session, hours: int) -> int:
    """All attempts of the last hours."""
    return int(
        db.execute(
            select(func.count()).where(col(Attempt.started_at) > func.now() - timedelta(hours=hours))
        ).scalar_one()
    )
