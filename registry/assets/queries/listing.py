"""The public list: a light page of keys first, then the facts of the rows that no cache holds."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, String, and_, cast, column, exists, func, or_, table
from sqlmodel import col, select

from portal.accounts.models import Namespace
from portal.kit.actor import NOBODY, Actor
from portal.kit.db import Session
from portal.kit.paging import Page, keyset
from portal.kit.text import like
from registry.assets.models import Asset, AssetAuthor, AssetKind, AssetScenario, AssetTag, Scenario
from registry.assets.publication import FIELDS
from registry.assets.queries.fulltext import holds
from registry.assets.queries.objects import array_of, visible

# Evaluations are a higher layer: their table is known here by its name only.
_evaluation = table("evaluation", column("asset_id"), column("state"))


@dataclass(frozen=True)
class Filters:
    """What a reader asked for; every field narrows the list."""

    q: str = ""
    kinds: tuple[AssetKind, ...] = ()
    scenarios: tuple[Scenario, ...] = ()
    licences: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    evaluated: tuple[str, ...] = ()
    """``yes`` and/or ``no``."""
    namespace: str = ""
    identifier: str = ""
    """A DOI or CSTR in canonical form."""
    year: int | None = None
    region: str = ""
    """A division code: a province (xx0000) and a prefecture (xxxx00) stand for all they hold."""
    sort: str = "updated"

    @property
    def is_empty(self) -> bool:
        """Whether nothing narrows the list."""
        return self == Filters(sort=self.sort)

    @property
    def is_of_facets(self) -> bool:
        """Whether nothing but facets and the namespace narrows the list."""
        return not (self.q or self.identifier or self.region) and self.year is None


@dataclass(frozen=True)
class _Order:
    keys: Sequence[Any]
    descending: bool = field(default=True)


def _order(sort: str) -> _Order:
    if sort == "name":
        return _Order([col(Asset.sort_key), col(Asset.id)], descending=False)
    if sort == "downloads":
        return _Order([col(Asset.downloads), col(Asset.id)])
    if sort == "likes":
        return _Order([col(Asset.likes), col(Asset.id)])
    return _Order([col(Asset.updated_at), col(Asset.id)])


def matches(q: str) -> ColumnElement[bool]:
    """Every word of ``q`` must be in the title, the summary, the name, an identifier, a tag or a public document."""
    words = q.split()[:8]
    tests = []
    for word in words:
        pattern = like(word)
        texts = (
            Asset.title, Asset.title_en, Asset.summary, Asset.summary_en, Asset.name, Asset.doi, Asset.cstr,
        )  # fmt: skip
        tagged = exists().where(col(AssetTag.asset_id) == col(Asset.id), col(AssetTag.tag).ilike(pattern))
        owner = (
            exists()
            .where(
                col(Namespace.id) == col(Asset.namespace_id),
                or_(col(Namespace.slug).ilike(pattern), col(Namespace.display_name).ilike(pattern)),
            )
            .correlate(Asset)
        )
        tests.append(or_(*(col(part).ilike(pattern) for part in texts), tagged, owner, holds(word)))
    return and_(*tests)


def is_evaluated() -> ColumnElement[bool]:
    """Whether a version of the asset has a result."""
    return exists().where(_evaluation.c.asset_id == col(Asset.id), _evaluation.c.state == "done")


def tests_of(filters: Filters) -> dict[str, ColumnElement[bool]]:
    """One condition per facet in use."""
    tests: dict[str, ColumnElement[bool]] = {}
    if filters.kinds:
        tests["kind"] = col(Asset.kind).in_(filters.kinds)
    if filters.scenarios:
        tests["scenario"] = exists().where(
            col(AssetScenario.asset_id) == col(Asset.id), col(AssetScenario.scenario).in_(filters.scenarios)
        )
    if filters.licences:
        tests["licence"] = col(Asset.licence).in_(filters.licences)
    if filters.tags:
        tests["tag"] = and_(
            *(
                exists().where(col(AssetTag.asset_id) == col(Asset.id), col(AssetTag.tag) == t)
                for t in filters.tags
            )
        )
    if len(filters.evaluated) == 1:
        tests["evaluated"] = is_evaluated() if filters.evaluated[0] == "yes" else ~is_evaluated()
    return tests


def base_condition(actor: Actor, filters: Filters) -> ColumnElement[bool]:
    """What holds for every count and row: visibility, the words, the namespace."""
    conditions = [visible(actor)]
    if filters.q:
        conditions.append(matches(filters.q))
    if filters.namespace:
        conditions.append(
            exists()
            .where(col(Namespace.id) == col(Asset.namespace_id), col(Namespace.slug) == filters.namespace)
            .correlate(Asset)
        )
    if filters.identifier:
        conditions.append(or_(col(Asset.doi) == filters.identifier, col(Asset.cstr) == filters.identifier))
    if filters.year is not None:
        conditions.append(col(Asset.year) == filters.year)
    if filters.region:
        conditions.append(col(Asset.region_code).startswith(_held_by(filters.region)))
    return and_(*conditions)


def _held_by(code: str) -> str:
    """How the codes of all divisions below this one begin."""
    return code[:2] if code.endswith("0000") else code[:4] if code.endswith("00") else code


def _listed(actor: Actor, filters: Filters, *columns: Any) -> Select[Any]:
    statement: Select[Any] = select(*columns)
    return statement.where(base_condition(actor, filters), *tests_of(filters).values())


def _light(actor: Actor, filters: Filters) -> Select[Any]:
    return _listed(
        actor,
        filters,
        col(Asset.id).label("asset_id"),
        col(Asset.updated_at).label("stamp"),
        col(Asset.downloads).label("count"),
        col(Asset.likes).label("liked"),
        select(func.max(Asset.updated_at)).scalar_subquery().label("newest"),
        *_order(filters.sort).keys,
    )


@lru_cache(maxsize=256)
def _public(filters: Filters) -> Select[Any]:
    return _light(NOBODY, filters)


def light_page(
    db: Session, actor: Actor, filters: Filters, *, after: str | None, before: str | None, size: int
) -> Page[Any]:
    """Ids and change stamps of one page, and when any asset changed last (``newest``). One query."""
    order = _order(filters.sort)
    # What anybody may see depends on the filters alone, so its statement is put together once.
    statement = _public(filters) if actor.is_anonymous else _light(actor, filters)
    return keyset(
        db, statement, order.keys, descending=order.descending, after=after, before=before, size=size
    )


def _facts() -> Select[Any]:
    """All columns a row of the list (page, JSON, CSV) may show."""
    statement: Select[Any] = select(  # type: ignore[call-overload]
        col(Asset.id),
        col(Namespace.slug).label("namespace"),
        col(Namespace.display_name).label("owner"),
        col(Asset.name),
        col(Asset.kind),
        col(Asset.title),
        col(Asset.title_en),
        col(Asset.summary),
        col(Asset.summary_en),
        col(Asset.licence),
        col(Asset.latest_version),
        col(Asset.is_public),
        col(Asset.gated),
        col(Asset.downloads),
        col(Asset.robot_downloads),
        col(Asset.likes),
        col(Asset.demo),
        *(col(getattr(Asset, name)) for name in FIELDS),
        col(Asset.created_at),
        col(Asset.updated_at),
        array_of(AssetTag.tag, AssetTag.tag, AssetTag.asset_id, "tags"),
        array_of(
            cast(AssetScenario.scenario, String), AssetScenario.scenario, AssetScenario.asset_id, "scenarios"
        ),
        array_of(AssetAuthor.name, AssetAuthor.position, AssetAuthor.asset_id, "authors"),
    )
    return statement.join(Namespace, col(Namespace.id) == col(Asset.namespace_id))


def rows_of(db: Session, ids: Sequence[uuid.UUID]) -> list[Row[Any]]:
    """All facts the list shows of these assets, tags, scenarios and authors aggregated. One query, any order."""
    if not ids:
        return []
    return list(db.execute(_facts().where(col(Asset.id).in_(ids))).all())


def exported(db: Session, actor: Actor, filters: Filters, limit: int) -> list[Row[Any]]:
    """The same facts for everything the filters leave, at most ``limit`` rows, in the order of the list."""
    order = _order(filters.sort)
    keys = [key.desc() if order.descending else key.asc() for key in order.keys]
    statement = _facts().where(base_condition(actor, filters), *tests_of(filters).values())
    return list(db.execute(statement.order_by(*keys).limit(limit)).all())


def search(db: Session, actor: Actor, q: str, limit: int = 20) -> list[Row[Any]]:
    """The newest assets that hold every word of ``q``."""
    return exported(db, actor, Filters(q=q), limit) if q.strip() else []
