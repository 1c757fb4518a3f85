"""One asset and what hangs on it."""

import uuid
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Row,
    String,
    and_,
    bindparam,
    cast,
    column,
    delete,
    exists,
    false,
    func,
    literal,
    literal_column,
    or_,
    table,
    tuple_,
    union_all,
    update,
)
from sqlalchemy import select as columns
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, aggregate_order_by, array
from sqlalchemy.orm import aliased
from sqlmodel import col, select

from portal.accounts.models import Account, Namespace
from portal.kit.actor import NOBODY, Actor
from portal.kit.db import Session
from portal.kit.paging import Page, keyset
from registry.assets.models import (
    Asset,
    AssetAlias,
    AssetAuthor,
    AssetKind,
    AssetRelation,
    AssetScenario,
    AssetTag,
    Lookalike,
    Scenario,
)
from registry.assets.policy import is_staff, sees_withheld

# Versions are a higher layer: their table is known here by its name only.
_version = table("version", column("asset_id"), column("state"))


def _has_version(*states: str) -> ColumnElement[bool]:
    return exists().where(_version.c.asset_id == col(Asset.id), _version.c.state.in_(states))


def visible(actor: Actor) -> ColumnElement[bool]:
    """What lists, counts and searches may show: public assets, those of the actor's namespaces, and to staff what
    waits for a scan or a decision. What is withheld is not public.
    """
    conditions: list[ColumnElement[bool]] = [and_(col(Asset.is_public))]
    if actor.namespaces:
        conditions.append(col(Asset.namespace_id).in_(actor.namespaces))
    if is_staff(actor):
        conditions.append(_has_version("scanning", "quarantined"))
    if sees_withheld(actor):
        conditions.append(and_(col(Asset.withheld)))
    return or_(*conditions)


def readable(actor: Actor) -> ColumnElement[bool]:
    """What an address opens: the visible ones, and assets whose versions were all yanked (links must go on working)."""
    conditions = [visible(actor), and_(_has_version("published", "yanked"), ~col(Asset.withheld))]
    if is_staff(actor):
        conditions.append(_has_version("rejected"))
    return or_(*conditions)


def detail(db: Session, actor: Actor, namespace: str, name: str) -> Row[Any] | None:
    """The asset's columns, its namespace, tags, scenarios (names) and authors, if the actor may read it. One query."""
    statement = _public_detail() if actor.is_anonymous else _detail(actor)
    row: Row[Any] | None = db.execute(statement, {"ns": namespace, "asset_name": name}).first()
    return row


@lru_cache(maxsize=1)
def _public_detail() -> Any:
    """Put together once: what anybody may read depends on the address alone."""
    return _detail(NOBODY)


def array_of(value: Any, order: Any, owner: Any, name: str) -> Any:
    """The values of a side table as one array; no row is an empty array."""
    gathered = func.array_agg(aggregate_order_by(value, order))
    inner = select(gathered).where(col(owner) == col(Asset.id)).scalar_subquery()
    return func.coalesce(inner, cast(array([]), ARRAY(String))).label(name)


def _authors() -> Any:
    """The authors in their order as JSON: name, affiliation and (for members) namespace."""
    space = aliased(Namespace)
    author = func.jsonb_build_object(
        "name",
        col(AssetAuthor.name),
        "affiliation",
        col(AssetAuthor.affiliation),
        "namespace",
        col(space.slug),
    )
    found = (
        select(func.jsonb_agg(aggregate_order_by(author, col(AssetAuthor.position))))
        .select_from(AssetAuthor)
        .join(space, col(space.account_id) == col(AssetAuthor.account_id), isouter=True)
        .where(col(AssetAuthor.asset_id) == col(Asset.id))
        .correlate(Asset)
        .scalar_subquery()
    )
    return func.coalesce(found, literal_column("'[]'::jsonb", JSONB), type_=JSONB).label("authors")


def _detail(actor: Actor) -> Any:
    return (
        select(  # type: ignore[call-overload]
            *Asset.__table__.c,  # type: ignore[attr-defined]
            col(Namespace.slug).label("namespace"),
            col(Namespace.display_name).label("owner"),
            col(Namespace.organisation_id).is_not(None).label("owner_is_organisation"),
            array_of(AssetTag.tag, AssetTag.tag, AssetTag.asset_id, "tags"),
            array_of(
                cast(AssetScenario.scenario, String),
                AssetScenario.scenario,
                AssetScenario.asset_id,
                "scenarios",
            ),
            _authors(),
        )
        .join(Namespace, col(Namespace.id) == col(Asset.namespace_id))
        .where(
            col(Namespace.slug) == bindparam("ns"),
            col(Asset.name) == bindparam("asset_name"),
            readable(actor),
        )
    )


def moved_to(db: Session, actor: Actor, namespace: str, name: str) -> str | None:
    """The present ``namespace/name`` of an asset that once stood there, if the actor may read it."""
    former = Namespace.__table__.alias("former")  # type: ignore[attr-defined]
    statement: Any = (
        select(col(Namespace.slug), col(Asset.name))
        .join(Asset, col(Asset.namespace_id) == col(Namespace.id))
        .join(AssetAlias, col(AssetAlias.asset_id) == col(Asset.id))
        .join(former, former.c.id == col(AssetAlias.namespace_id))
        .where(former.c.slug == namespace, col(AssetAlias.name) == name, readable(actor))
    )
    row = db.execute(statement).first()
    return f"{row[0]}/{row[1]}" if row is not None else None


def is_former_name(db: Session, namespace_id: uuid.UUID, name: str) -> bool:
    """Whether an asset that was transferred away once stood at this name."""
    return db.get(AssetAlias, (namespace_id, name)) is not None


def get_for_change(db: Session, asset_id: uuid.UUID) -> Asset | None:
    """The asset, its row locked until the transaction ends. Relations to it may still be written meanwhile: two
    assets that name each other would else wait for each other.
    """
    statement = select(Asset).where(col(Asset.id) == asset_id).with_for_update(key_share=True)
    return db.exec(statement.execution_options(populate_existing=True)).first()


def authors_of(db: Session, asset_id: uuid.UUID) -> list[Row[Any]]:
    """Name, affiliation and (for members) namespace of the authors, in their order."""
    statement: Any = (
        select(col(AssetAuthor.name), col(AssetAuthor.affiliation), col(Namespace.slug).label("namespace"))
        .join(Namespace, col(Namespace.account_id) == col(AssetAuthor.account_id), isouter=True)
        .where(col(AssetAuthor.asset_id) == asset_id)
        .order_by(col(AssetAuthor.position))
    )
    return list(db.execute(statement).all())


def scenarios_of(db: Session, asset_id: uuid.UUID) -> list[Scenario]:
    """The scenarios an asset serves, in the order of DOMAIN."""
    found = set(db.exec(select(AssetScenario.scenario).where(col(AssetScenario.asset_id) == asset_id)))
    return [item for item in Scenario if item in found]


def tags_of(db: Session, asset_id: uuid.UUID) -> list[str]:
    """The tags of an asset."""
    statement = select(AssetTag.tag).where(col(AssetTag.asset_id) == asset_id).order_by(col(AssetTag.tag))
    return list(db.exec(statement))


def relations_of(db: Session, actor: Actor, asset_id: uuid.UUID) -> list[Row[Any]]:
    """Related assets both ways that the actor may see: kind, direction (``to``/``from``), full name, title."""
    ways = (
        ("to", AssetRelation.asset_id, AssetRelation.other_id),
        ("from", AssetRelation.other_id, AssetRelation.asset_id),
    )
    halves = [
        select(  # type: ignore[call-overload]
            col(AssetRelation.kind),
            col(Namespace.slug).label("namespace"),
            col(Asset.name),
            col(Asset.title),
            col(Asset.title_en),
            col(Asset.kind).label("asset_kind"),
            literal(direction, String).label("direction"),
        )
        .join(Asset, col(Asset.id) == col(other))
        .join(Namespace, col(Namespace.id) == col(Asset.namespace_id))
        .where(col(mine) == asset_id, visible(actor))
        for direction, mine, other in ways
    ]
    both = union_all(*halves).subquery()
    order = (both.c.direction.desc(), both.c.kind, both.c.namespace, both.c.name)
    return list(db.execute(columns(both).order_by(*order)).all())


def by_full_names(db: Session, actor: Actor, names: Iterable[str]) -> dict[str, tuple[uuid.UUID, AssetKind]]:
    """``namespace/name`` -> id and kind, for those the actor may see. An asset that was transferred is also known by
    the names it had.
    """
    pairs = [tuple(name.split("/", 1)) for name in names]
    if not pairs:
        return {}
    named = union_all(
        select(col(Asset.id).label("id"), col(Asset.namespace_id), col(Asset.name)),
        select(col(AssetAlias.asset_id), col(AssetAlias.namespace_id), col(AssetAlias.name)),
    ).subquery()
    statement: Any = (
        select(col(Namespace.slug), named.c.name, col(Asset.id), col(Asset.kind))
        .join(named, named.c.namespace_id == col(Namespace.id))
        .join(Asset, col(Asset.id) == named.c.id)
        .where(tuple_(col(Namespace.slug), named.c.name).in_(pairs), visible(actor))
    )
    return {f"{slug}/{name}": (found, kind) for slug, name, found, kind in db.execute(statement)}


def accounts_of_namespaces(db: Session, slugs: Iterable[str]) -> dict[str, uuid.UUID]:
    """Short name -> account, for personal namespaces."""
    wanted = [slug for slug in slugs if slug]
    if not wanted:
        return {}
    statement = (
        select(col(Namespace.slug), col(Account.id))
        .join(Account, col(Account.id) == col(Namespace.account_id))
        .where(col(Namespace.slug).in_(wanted))
    )
    return {row[0]: row[1] for row in db.execute(statement)}


def namespaces_of_actor(db: Session, actor: Actor) -> Sequence[Row[Any]]:
    """Id, short name and name of the namespaces the actor may publish in; the own one first."""
    own = col(Namespace.id) == actor.namespace_id if actor.namespace_id else false()
    statement = (
        select(col(Namespace.id), col(Namespace.slug), col(Namespace.display_name))
        .where(col(Namespace.id).in_(actor.namespaces))
        .order_by(own.desc(), col(Namespace.slug))
    )
    return db.execute(statement).all()


def known_tags(db: Session, limit: int = 60) -> list[str]:
    """Tags of public assets, to offer while typing."""
    statement = (
        select(AssetTag.tag)
        .join(Asset, and_(col(Asset.id) == col(AssetTag.asset_id), col(Asset.is_public)))
        .distinct()
        .order_by(col(AssetTag.tag))
        .limit(limit)
    )
    return list(db.exec(statement))


def count_download(db: Session, asset_id: uuid.UUID) -> None:
    """One download more. Does not touch ``updated_at``: the asset itself has not changed."""
    db.execute(update(Asset).where(col(Asset.id) == asset_id).values(downloads=col(Asset.downloads) + 1))


def count_robot(db: Session, asset_id: uuid.UUID) -> None:
    """One automated download more."""
    db.execute(
        update(Asset).where(col(Asset.id) == asset_id).values(robot_downloads=col(Asset.robot_downloads) + 1)
    )


def count_likes(db: Session, asset_id: uuid.UUID, change: int) -> None:
    """So many likes more (or fewer). Does not touch ``updated_at`` either."""
    db.execute(update(Asset).where(col(Asset.id) == asset_id).values(likes=col(Asset.likes) + change))


def count_topics(db: Session, asset_id: uuid.UUID, change: int) -> None:
    """So many topics more (or fewer)."""
    db.execute(update(Asset).where(col(Asset.id) == asset_id).values(topics=col(Asset.topics) + change))


def well_used(db: Session, *, but: uuid.UUID, least: int, limit: int = 5000) -> list[Row[Any]]:
    """Public assets of other namespaces with so many downloads and likes together, the most used first."""
    uses = col(Asset.downloads) + col(Asset.likes)
    statement: Any = (
        select(col(Asset.id), col(Asset.name), col(Asset.title), col(Namespace.slug).label("namespace"))
        .join(Namespace, col(Namespace.id) == col(Asset.namespace_id))
        .where(col(Asset.is_public), col(Asset.namespace_id) != but, uses >= least)
        .order_by(uses.desc(), col(Asset.id))
        .limit(limit)
    )
    return list(db.execute(statement).all())


def lookalikes(db: Session, *, after: str | None = None, before: str | None = None) -> Page[Any]:
    """Assets whose names are near to well-used ones, newest first, with both names."""
    other, other_space = Asset.__table__.alias("other"), Namespace.__table__.alias("other_space")  # type: ignore[attr-defined]
    statement: Any = (
        select(  # type: ignore[call-overload]
            col(Lookalike.kind),
            col(Lookalike.at),
            col(Asset.name),
            col(Asset.title),
            col(Asset.is_public),
            col(Namespace.slug).label("namespace"),
            other.c.name.label("other_name"),
            other.c.title.label("other_title"),
            other_space.c.slug.label("other_namespace"),
            col(Lookalike.id),
        )
        .join(Asset, col(Asset.id) == col(Lookalike.asset_id))
        .join(Namespace, col(Namespace.id) == col(Asset.namespace_id))
        .join(other, other.c.id == col(Lookalike.other_id))
        .join(other_space, other_space.c.id == other.c.namespace_id)
    )
    return keyset(db, statement, [col(Lookalike.id)], after=after, before=before)  # type: ignore[list-item]


def forget_parts(db: Session, actor: Actor, asset_id: uuid.UUID) -> None:
    """Delete authors, scenarios, tags and relations of an asset, to be written anew in the same transaction.

    Relations to assets the actor cannot see stay: the form did not show them, so nobody meant to take them away.
    """
    for part in (AssetAuthor, AssetScenario, AssetTag):
        db.execute(delete(part).where(col(part.asset_id) == asset_id))
    shown = select(Asset.id).where(visible(actor))
    db.execute(
        delete(AssetRelation).where(
            col(AssetRelation.asset_id) == asset_id, col(AssetRelation.other_id).in_(shown)
        ),
        execution_options={"synchronize_session": False},
    )
