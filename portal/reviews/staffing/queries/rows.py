"""The statements behind the world of conflicts: rows as they are, of which ``queries.world`` makes people."""

import datetime as dt
import uuid
from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Date, Uuid, and_, cast, func, literal, null, or_, select, union_all
from sqlalchemy.orm import aliased
from sqlmodel import col

from portal.accounts.models import Account
from portal.experts.models import Expert
from portal.kit.db import Session
from portal.organisations.models import Membership, Organisation, Verification
from portal.reviews.rounds.models import (
    COUNTED,
    Invitation,
    InvitationState,
    Round,
    Seat,
    Submission,
    SubmissionExclusion,
    SubmissionPerson,
    SubmissionState,
)
from portal.reviews.rounds.shape import Shape

Id = uuid.UUID


def rounds(db: Session, submissions: Collection[Id]) -> tuple[dict[Id, Shape], dict[Id, Id]]:
    """Shapes by round, and the round of each submission. The shape comes once per round, not once per submission."""
    ids = func.array_agg(col(Submission.id))
    statement: Any = (
        select(col(Round.id), col(Round.shape), ids.label("ids"))
        .join(Submission, col(Submission.round_id) == col(Round.id))
        .where(col(Submission.id).in_(submissions))
        .group_by(col(Round.id))
    )
    rows = db.execute(statement).all()
    return (
        {row.id: Shape.model_validate(row.shape) for row in rows},
        {key: row.id for row in rows for key in row.ids},
    )


def people(db: Session, submissions: Collection[Id]) -> Sequence[Any]:
    """Who stands behind these submissions, in the order in which they were named."""
    statement: Any = (
        select(
            col(SubmissionPerson.submission_id),
            col(SubmissionPerson.account_id),
            col(SubmissionPerson.name),
            col(SubmissionPerson.orcid),
            func.coalesce(col(Organisation.credit_code), col(SubmissionPerson.credit_code)).label("code"),
            func.coalesce(col(Organisation.name), col(SubmissionPerson.organisation_name)).label(
                "organisation"
            ),
        )
        .outerjoin(Organisation, col(Organisation.id) == col(SubmissionPerson.organisation_id))
        .where(col(SubmissionPerson.submission_id).in_(submissions))
        .order_by(col(SubmissionPerson.id))
    )
    found: Sequence[Any] = db.execute(statement).all()
    return found


def exclusions(db: Session, submissions: Collection[Id]) -> Sequence[Any]:
    """Whom their applicants asked not to have."""
    statement: Any = (
        select(
            col(SubmissionExclusion.submission_id),
            col(SubmissionExclusion.account_id),
            col(SubmissionExclusion.name),
            col(Organisation.credit_code).label("code"),
            func.coalesce(col(Organisation.name), col(SubmissionExclusion.organisation_name)).label(
                "organisation"
            ),
        )
        .outerjoin(Organisation, col(Organisation.id) == col(SubmissionExclusion.organisation_id))
        .where(col(SubmissionExclusion.submission_id).in_(submissions))
        .order_by(col(SubmissionExclusion.id))
    )
    found: Sequence[Any] = db.execute(statement).all()
    return found


def history(db: Session, accounts: Collection[Id], rounds: Collection[Id], since: dt.date) -> Sequence[Any]:
    """What rounds know of these accounts: who applies, who refused, whom they reviewed, with whom they applied.

    (what, round_id, account_id, other_id, other_name, last); ``other_id`` is of the person reviewed, or beside whom
    somebody applied.
    """
    nobody, nameless, never = cast(null(), Uuid), literal(""), cast(null(), Date)
    applicants: Any = select(
        literal("applicant").label("what"), col(Submission.round_id).label("round_id"),
        col(SubmissionPerson.account_id).label("account_id"), nobody.label("other_id"),
        nameless.label("other_name"), never.label("last"),
    ).join(Submission, col(Submission.id) == col(SubmissionPerson.submission_id)).where(
        col(Submission.round_id).in_(rounds), col(SubmissionPerson.account_id).in_(accounts),
        col(Submission.state) != SubmissionState.withdrawn,
    )  # fmt: skip
    refused = select(
        literal("refused"), col(Invitation.round_id), col(Invitation.account_id), nobody, nameless, never
    ).where(
        col(Invitation.round_id).in_(rounds), col(Invitation.account_id).in_(accounts),
        col(Invitation.state) == InvitationState.declined,
    )  # fmt: skip
    at = cast(func.timezone("Asia/Shanghai", func.coalesce(col(Seat.submitted_at), col(Seat.state_at))), Date)
    reviewed = select(
        literal("reviewed"), col(Seat.round_id), col(Seat.account_id), col(SubmissionPerson.account_id), nameless,
        at,
    ).join(SubmissionPerson, col(SubmissionPerson.submission_id) == col(Seat.submission_id)).where(
        col(Seat.account_id).in_(accounts), col(Seat.state).in_(COUNTED),
        col(SubmissionPerson.account_id).is_not(None), at >= since,
    )  # fmt: skip
    beside = aliased(SubmissionPerson)
    day = cast(func.timezone("Asia/Shanghai", col(Submission.created_at)), Date)
    together = select(
        literal("together"), col(Submission.round_id), col(SubmissionPerson.account_id), col(beside.account_id),
        col(beside.name), day,
    ).join(Submission, col(Submission.id) == col(SubmissionPerson.submission_id)).join(
        beside, and_(col(beside.submission_id) == col(Submission.id), col(beside.id) != col(SubmissionPerson.id))
    ).where(col(SubmissionPerson.account_id).in_(accounts), day >= since)  # fmt: skip
    found: Sequence[Any] = db.execute(union_all(applicants, refused, reviewed, together)).all()
    return found


def members(db: Session, accounts: Collection[Id]) -> Sequence[Any]:
    """Members of organisations, with code and name of the organisation."""
    statement: Any = (
        select(col(Membership.account_id), col(Organisation.credit_code), col(Organisation.name))
        .join(Organisation, col(Organisation.id) == col(Membership.organisation_id))
        .where(col(Membership.account_id).in_(accounts))
        .order_by(col(Membership.id))
    )
    found: Sequence[Any] = db.execute(statement).all()
    return found


def accounts(db: Session, accounts: Collection[Id]) -> dict[Id, Any]:
    """Name, address and ORCID iD of accounts."""
    statement: Any = (
        select(
            col(Account.id), col(Account.name), col(Account.email),
            func.coalesce(func.nullif(col(Account.orcid), ""), col(Expert.orcid), "").label("orcid"),
        )
        .outerjoin(Expert, col(Expert.account_id) == col(Account.id))
        .where(col(Account.id).in_(accounts))
    )  # fmt: skip
    return {row.id: row for row in db.execute(statement)}


def organisations(db: Session, codes: Collection[str], names: Collection[str]) -> Sequence[Any]:
    """Organisations of these codes or exactly these names: the verified ones first, then the oldest."""
    statement: Any = (
        select(
            col(Organisation.credit_code), col(Organisation.name), col(Organisation.name_en), col(Organisation.kind),
            col(Organisation.division_code),
        )
        .where(
            or_(
                col(Organisation.credit_code).in_(codes),
                col(Organisation.name).in_(names),
                col(Organisation.name_en).in_(names),
            )
        )
        .order_by(col(Organisation.verification) != Verification.verified, col(Organisation.id))
    )  # fmt: skip
    found: Sequence[Any] = db.execute(statement).all()
    return found
