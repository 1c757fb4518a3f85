"""What everybody may see of experts. Every public list, page, file, count and API answer is read from here.

A field that its expert did not make public is replaced in the statement itself: it is neither shown nor searched,
filtered, counted or sorted by.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, case, cast, func, literal, null, or_, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import col

from portal.accounts.models import Account, AccountState, Namespace
from portal.accounts.naming import is_slug
from portal.experts.models import (
    IN_POOL,
    Affiliation,
    AffiliationState,
    Expert,
    ExpertDiscipline,
    ExpertKeyword,
    PublicField,
)
from portal.kit.clock import now, shanghai
from portal.kit.db import Session
from portal.kit.paging import Page, keyset
from portal.kit.text import like
from portal.organisations.models import Organisation

MAX_CSV = 5000


@dataclass(frozen=True)
class Filter:
    """What the list is narrowed to; empty means all."""

    words: str = ""
    disciplines: frozenset[str] = frozenset()
    """Codes; those below a chosen one of the first level are given along."""
    keyword: str = ""
    organisation: str = ""
    """Short name."""


def _shows(field: PublicField) -> ColumnElement[bool]:
    return cast(col(Expert.public), JSONB).contains([field.value])


def _if(field: PublicField, value: Any, otherwise: Any) -> Any:
    return case((_shows(field), value), else_=otherwise)


def _in_public() -> list[ColumnElement[bool]]:
    return [
        and_(col(Expert.listed)),
        col(Expert.state).in_(IN_POOL),
        col(Account.state) == AccountState.active,
    ]


def _disciplines() -> Any:
    return (
        select(func.array_agg(col(ExpertDiscipline.discipline_code)))
        .where(col(ExpertDiscipline.expert_id) == col(Expert.id))
        .correlate(Expert)
        .scalar_subquery()
    )


def _keywords() -> Any:
    return (
        select(func.array_agg(col(ExpertKeyword.keyword)))
        .where(col(ExpertKeyword.expert_id) == col(Expert.id))
        .correlate(Expert)
        .scalar_subquery()
    )


def _is_present() -> list[ColumnElement[bool]]:
    today = shanghai(now()).date()
    return [
        col(Affiliation.account_id) == col(Expert.account_id),
        col(Affiliation.state) == AffiliationState.confirmed,
        or_(col(Affiliation.until).is_(None), col(Affiliation.until) >= today),
    ]


def _organisations() -> Any:
    """The names of present, confirmed organisations."""
    name = func.coalesce(col(Organisation.name), col(Affiliation.name))
    return (
        select(func.array_agg(name))
        .select_from(Affiliation)
        .outerjoin(Organisation, col(Organisation.id) == col(Affiliation.organisation_id))
        .where(*_is_present())
        .correlate(Expert)
        .scalar_subquery()
    )


def _columns() -> list[Any]:
    texts = {
        PublicField.titles: Expert.titles, PublicField.orcid: Expert.orcid,
        PublicField.publications: Expert.publications,
    }  # fmt: skip
    return [
        col(Expert.id),
        col(Expert.account_id),
        col(Account.name),
        col(Namespace.slug),
        _if(PublicField.disciplines, _disciplines(), null()).label("disciplines"),
        _if(PublicField.keywords, _keywords(), null()).label("keywords"),
        _if(PublicField.affiliations, _organisations(), null()).label("organisations"),
        _if(PublicField.titles, col(Expert.senior), literal(False)).label("senior"),
        _if(PublicField.languages, col(Expert.languages), null()).label("languages"),
        _if(PublicField.biography, col(Expert.biography_zh), literal("")).label("biography_zh"),
        _if(PublicField.biography, col(Expert.biography_en), literal("")).label("biography_en"),
        *(_if(field, col(column), literal("")).label(field.value) for field, column in texts.items()),
        _shows(PublicField.affiliations).label("shows_present"),
        _shows(PublicField.former).label("shows_former"),
        col(Expert.demo),
    ]


def _visible() -> Any:
    return (
        select(*_columns())
        .select_from(Expert)
        .join(Account, col(Account.id) == col(Expert.account_id))
        .join(Namespace, col(Namespace.account_id) == col(Account.id))
        .where(*_in_public())
    )


def _conditions(wanted: Filter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.words:
        words = like(wanted.words)
        by_keyword = select(col(ExpertKeyword.expert_id)).where(col(ExpertKeyword.keyword).ilike(words))
        found.append(
            or_(
                col(Account.name).ilike(words),
                col(Account.sort_key).ilike(words),
                _shows(PublicField.titles) & col(Expert.titles).ilike(words),
                _shows(PublicField.keywords) & col(Expert.id).in_(by_keyword),
                _shows(PublicField.biography)
                & or_(col(Expert.biography_zh).ilike(words), col(Expert.biography_en).ilike(words)),
            )
        )
    if wanted.disciplines:
        named = select(col(ExpertDiscipline.expert_id)).where(
            col(ExpertDiscipline.discipline_code).in_(wanted.disciplines)
        )
        found.append(_shows(PublicField.disciplines) & col(Expert.id).in_(named))
    if wanted.keyword:
        named = select(col(ExpertKeyword.expert_id)).where(col(ExpertKeyword.key) == wanted.keyword)
        found.append(_shows(PublicField.keywords) & col(Expert.id).in_(named))
    if wanted.organisation:
        there = (
            select(col(Affiliation.id))
            .join(Namespace, col(Namespace.organisation_id) == col(Affiliation.organisation_id))
            .where(*_is_present(), col(Namespace.slug) == wanted.organisation)
            .correlate(Expert)
        )
        found.append(_shows(PublicField.affiliations) & there.exists())
    return found


def page_of(db: Session, wanted: Filter, *, after: str | None = None, before: str | None = None) -> Page[Any]:
    """A page of the public list, by pinyin."""
    statement = _visible().where(*_conditions(wanted))
    keys: list[Any] = [col(Account.sort_key), col(Expert.id)]
    statement = statement.add_columns(*(key.label(f"key{n}") for n, key in enumerate(keys)))
    return keyset(db, statement, keys, descending=False, after=after, before=before)


def rows_of(db: Session, wanted: Filter, limit: int = MAX_CSV) -> Sequence[Any]:
    """The whole public list, for the CSV."""
    statement = _visible().where(*_conditions(wanted)).order_by(col(Account.sort_key), col(Expert.id))
    found: Sequence[Any] = db.execute(statement.limit(limit)).all()
    return found


def counts(db: Session, wanted: Filter) -> dict[str, int]:
    """How many public experts name each discipline under the other filters; those who hide theirs count nowhere."""
    others = Filter(wanted.words, frozenset(), wanted.keyword, wanted.organisation)
    statement = (
        select(col(ExpertDiscipline.discipline_code), func.count())
        .select_from(ExpertDiscipline)
        .join(Expert, col(Expert.id) == col(ExpertDiscipline.expert_id))
        .join(Account, col(Account.id) == col(Expert.account_id))
        .where(*_in_public(), _shows(PublicField.disciplines), *_conditions(others))
        .group_by(col(ExpertDiscipline.discipline_code))
    )
    return {row[0]: row[1] for row in db.execute(statement)}


def by_slug(db: Session, slug: str) -> Any | None:
    """The public page behind a short name, or None."""
    if not is_slug(slug):
        return None
    return db.execute(_visible().where(col(Namespace.slug) == slug)).one_or_none()


def affiliations_of(db: Session, row: Any) -> list[Any]:
    """Of a public row: the confirmed affiliations that the expert shows, latest first."""
    if not (row.shows_present or row.shows_former):
        return []
    today = shanghai(now()).date()
    present = or_(col(Affiliation.until).is_(None), col(Affiliation.until) >= today)
    statement: Any = (
        select(
            func.coalesce(col(Organisation.name), col(Affiliation.name)).label("name"),
            col(Namespace.slug),
            col(Affiliation.position),
            col(Affiliation.since),
            col(Affiliation.until),
        )
        .select_from(Affiliation)
        .outerjoin(Organisation, col(Organisation.id) == col(Affiliation.organisation_id))
        .outerjoin(Namespace, col(Namespace.organisation_id) == col(Organisation.id))
        .where(
            col(Affiliation.account_id) == row.account_id,
            col(Affiliation.state) == AffiliationState.confirmed,
        )
        .order_by(col(Affiliation.since).desc(), col(Affiliation.id))
    )
    if not row.shows_former:
        statement = statement.where(present)
    elif not row.shows_present:
        statement = statement.where(~present)
    return list(db.execute(statement))


def public_ids(db: Session, account_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, Any]:
    """Account -> (name, slug) of those among them who have a public page."""
    statement: Any = (
        select(col(Expert.account_id), col(Account.name), col(Namespace.slug))
        .join(Account, col(Account.id) == col(Expert.account_id))
        .join(Namespace, col(Namespace.account_id) == col(Account.id))
        .where(*_in_public(), col(Expert.account_id).in_(account_ids))
    )
    return {row.account_id: row for row in db.execute(statement)}
