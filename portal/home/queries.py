"""What the home page and the search box show: public things only, in a handful of queries."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup
from sqlalchemy import String, cast, func, literal, null, or_, select, union_all
from sqlalchemy.orm import aliased
from sqlmodel import col

from portal.accounts.models import Namespace
from portal.kit.db import Session
from portal.kit.text import like, marked
from portal.organisations.models import Organisation, Verification
from registry.assets.models import Asset, AssetKind, AssetTag
from registry.assets.queries import fulltext
from registry.benchmarks.models import BenchmarkMetric, BenchmarkVersion
from registry.evaluation.models import BoardEntry, Evaluation, EvaluationState, ResultMetric


def newest_assets(db: Session, limit: int = 6) -> list[Any]:
    """The most recently changed public assets that are not benchmarks."""
    statement: Any = (
        select(
            col(Asset.kind), col(Asset.name), col(Asset.title), col(Asset.title_en), col(Asset.summary),
            col(Asset.summary_en), col(Asset.updated_at), col(Asset.latest_version),
            col(Namespace.slug), col(Namespace.display_name),
        )
        .join(Namespace, col(Namespace.id) == col(Asset.namespace_id))
        .where(col(Asset.is_public), col(Asset.kind) != AssetKind.benchmark)
        .order_by(col(Asset.updated_at).desc(), col(Asset.id).desc())
        .limit(limit)
    )  # fmt: skip
    return list(db.execute(statement))


def benchmarks(db: Session, limit: int = 4) -> list[Any]:
    """Public benchmarks with the leader of each board and its primary metric, in one query."""
    leader = aliased(Asset)
    statement: Any = (
        select(
            col(Asset.name), col(Asset.title), col(Asset.title_en), col(Namespace.slug),
            col(BenchmarkMetric.title_zh), col(BenchmarkMetric.title_en).label("metric_en"),
            col(BenchmarkMetric.unit), col(ResultMetric.value), col(ResultMetric.low), col(ResultMetric.high),
            col(leader.title).label("leader"), col(leader.title_en).label("leader_en"),
        )
        .join(Namespace, col(Namespace.id) == col(Asset.namespace_id))
        .join(BenchmarkVersion, col(BenchmarkVersion.asset_id) == col(Asset.id))
        .join(BenchmarkMetric, col(BenchmarkMetric.benchmark_id) == col(BenchmarkVersion.id))
        .outerjoin(
            BoardEntry,
            (col(BoardEntry.benchmark_id) == col(BenchmarkVersion.id)) & (col(BoardEntry.position) == 1),
        )
        .outerjoin(
            ResultMetric,
            (col(ResultMetric.result_id) == col(BoardEntry.result_id))
            & (col(ResultMetric.name) == col(BenchmarkMetric.name)),
        )
        .outerjoin(leader, col(leader.id) == col(BoardEntry.asset_id))
        .where(col(Asset.is_public), col(BenchmarkVersion.is_latest), col(BenchmarkMetric.is_primary))
        .order_by(col(Asset.updated_at).desc())
        .limit(limit)
    )  # fmt: skip
    return list(db.execute(statement))


def newest_change(db: Session) -> dt.datetime | None:
    """When any asset changed last; a new result changes its asset."""
    instant: dt.datetime | None = db.execute(select(func.max(col(Asset.updated_at)))).scalar()
    return instant


def figures(db: Session) -> dict[str, int]:
    """Counts for the figures row, in one round trip."""
    public = select(func.count()).select_from(Asset).where(col(Asset.is_public)).scalar_subquery()
    boards = (
        select(func.count())
        .select_from(BenchmarkVersion)
        .join(Asset, col(Asset.id) == col(BenchmarkVersion.asset_id))
        .where(col(BenchmarkVersion.is_latest), col(Asset.is_public))
        .scalar_subquery()
    )
    done = (
        select(func.count()).select_from(Evaluation).where(col(Evaluation.state) == EvaluationState.done)
    ).scalar_subquery()
    units = (
        select(func.count())
        .select_from(Organisation)
        .where(col(Organisation.verification) == Verification.verified)
        .scalar_subquery()
    )
    row = db.execute(
        select(public.label("assets"), boards.label("benchmarks"), done.label("done"), units.label("units"))
    ).one()
    return {
        "assets": row.assets,
        "benchmarks": row.benchmarks,
        "evaluations": row.done,
        "organisations": row.units,
    }


@dataclass(frozen=True)
class Hit:
    """One answer of the search box."""

    kind: str
    slug: str
    name: str
    title: str
    title_en: str
    summary: str
    summary_en: str
    piece: Markup
    """Where a word stands in a document of the asset; empty where none does."""


def search(db: Session, words: list[str], limit: int = 50) -> list[Hit]:
    """Public assets and organisations that contain every word (in title, summary, tags, names or public documents)."""
    tags = (
        select(func.string_agg(col(AssetTag.tag), " "))
        .where(col(AssetTag.asset_id) == col(Asset.id))
        .correlate(Asset)
        .scalar_subquery()
    )
    text = func.concat_ws(
        " ",
        col(Asset.title),
        col(Asset.title_en),
        col(Asset.summary),
        col(Asset.summary_en),
        col(Asset.name),
        tags,
    )
    assets: Any = (
        select(
            cast(col(Asset.kind), String).label("kind"), col(Namespace.slug).label("slug"),
            col(Asset.name).label("name"), col(Asset.title).label("title"),
            col(Asset.title_en).label("title_en"), col(Asset.summary).label("summary"),
            col(Asset.summary_en).label("summary_en"), col(Asset.updated_at).label("at"),
            fulltext.around(words).label("piece"),
        )
        .join(Namespace, col(Namespace.id) == col(Asset.namespace_id))
        .where(col(Asset.is_public), *[or_(text.ilike(like(w)), fulltext.holds(w)) for w in words])
    )  # fmt: skip
    organisation_text = func.concat_ws(
        " ", col(Organisation.name), col(Organisation.name_en), col(Organisation.summary)
    )
    organisations: Any = (
        select(
            literal("organisation"), col(Namespace.slug), literal(""), col(Organisation.name),
            col(Organisation.name_en), col(Organisation.summary), literal(""), col(Organisation.updated_at),
            null(),
        )
        .join(Namespace, col(Namespace.organisation_id) == col(Organisation.id))
        .where(*[organisation_text.ilike(like(w)) for w in words])
    )  # fmt: skip
    both = union_all(assets, organisations).subquery()
    rows = db.execute(select(both).order_by(both.c.at.desc()).limit(limit))
    return [
        Hit(
            r.kind, r.slug, r.name, r.title, r.title_en, r.summary, r.summary_en, marked(r.piece or "", words)
        )
        for r in rows
    ]
