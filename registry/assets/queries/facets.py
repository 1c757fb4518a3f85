"""Counts beside the filters: one statement, each facet counted under all filters but its own."""

import datetime as dt
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    Integer,
    Label,
    Row,
    String,
    and_,
    cast,
    func,
    literal,
    literal_column,
    true,
    union_all,
)
from sqlalchemy import Select as CoreSelect
from sqlmodel import col, select

from portal.accounts.models import Namespace
from portal.kit.actor import Actor
from portal.kit.db import Session
from registry.assets.models import Asset, AssetScenario, AssetTag
from registry.assets.queries.listing import Filters, base_condition, is_evaluated, tests_of
from registry.assets.queries.objects import array_of

TOP = 15
FACETS = ("kind", "scenario", "licence", "tag", "evaluated")


@dataclass
class Facets:
    """``total`` assets fit all filters; ``counts`` holds value -> count per facet, most first."""

    total: int = 0
    counts: dict[str, dict[str, int]] = field(default_factory=lambda: {name: {} for name in FACETS})


def facets(db: Session, actor: Actor, filters: Filters, *, hidden_only: bool = False) -> Facets:
    """All counts of the list page, or (``hidden_only``) of what only this actor sees on it. One query."""
    tests = tests_of(filters)
    flags = [_flag(name, tests) for name in FACETS]
    base = (
        select(
            col(Asset.id),
            cast(col(Asset.kind), String).label("kind"),
            col(Asset.licence),
            is_evaluated().label("evaluated"),
            *flags,
        )
        .where(base_condition(actor, filters), ~col(Asset.is_public) if hidden_only else true())
        .cte("base")
        .prefix_with("MATERIALIZED")
    )
    parts = [_total(base), *(_part(base, name) for name in FACETS)]
    found = Facets()
    for facet, value, count in db.execute(union_all(*parts)):
        if facet == "total":
            found.total = count
        else:
            found.counts[facet][value] = count
    for name, counts in found.counts.items():
        ordered = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
        found.counts[name] = dict(ordered)
    return found


def added(one: Facets, other: Facets) -> Facets:
    """The counts of two sets that share no asset, together."""
    found = Facets(one.total + other.total)
    for name in FACETS:
        counts = Counter(one.counts[name]) + Counter(other.counts[name])
        found.counts[name] = dict(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])))
    return found


def facts_since(db: Session, instant: dt.datetime | None) -> list[Row[Any]]:
    """What the filters ask about every asset that changed since (None: of all public ones). One query."""
    statement: Any = select(  # type: ignore[call-overload]
        col(Asset.id),
        col(Asset.is_public),
        col(Asset.kind),
        col(Asset.licence),
        col(Namespace.slug).label("namespace"),
        is_evaluated().label("evaluated"),
        array_of(
            cast(AssetScenario.scenario, String), AssetScenario.scenario, AssetScenario.asset_id, "scenarios"
        ),
        array_of(AssetTag.tag, AssetTag.tag, AssetTag.asset_id, "tags"),
    ).join(Namespace, col(Namespace.id) == col(Asset.namespace_id))
    changed = col(Asset.is_public) if instant is None else col(Asset.updated_at) >= instant
    return list(db.execute(statement.where(changed)).all())


def public_count(db: Session) -> int:
    """How many assets are public."""
    return int(db.execute(select(func.count()).select_from(Asset).where(col(Asset.is_public))).scalar_one())


def _flag(name: str, tests: dict[str, ColumnElement[bool]]) -> Label[bool]:
    return tests.get(name, true()).label(f"fits_{name}")


def _fits(base: CTE, *, but: str = "") -> ColumnElement[bool]:
    return and_(*(base.c[f"fits_{name}"] for name in FACETS if name != but))


def _total(base: CTE) -> CoreSelect[tuple[str, str, int]]:
    return (
        select(  # type: ignore[return-value]
            literal("total", String), literal("", String), func.count()
        )
        .select_from(base)
        .where(_fits(base))
    )


def _part(base: CTE, name: str) -> CoreSelect[tuple[str, str, int]]:
    value: Any
    joined: Any
    if name == "scenario":
        value = cast(col(AssetScenario.scenario), String)
        joined = base.join(AssetScenario, col(AssetScenario.asset_id) == base.c.id)
    elif name == "tag":
        value = col(AssetTag.tag)
        joined = base.join(AssetTag, col(AssetTag.asset_id) == base.c.id)
    else:
        value = cast(base.c[name], String)
        joined = base
    counted = (
        select(
            literal(name, String).label("facet"), value.label("value"), cast(func.count(), Integer).label("n")
        )
        .select_from(joined)
        .where(_fits(base, but=name))
        .group_by(value)
    )
    if name in {"tag", "licence"}:
        counted = counted.order_by(literal_column("n").desc(), value).limit(TOP)
    inner = counted.subquery(f"of_{name}")
    return select(inner.c.facet, inner.c.value, inner.c.n)
