"""From rows to records. Everything comes through the questions that pages and downloads ask, with the same reader."""

from typing import Any

from portal.kit.actor import Actor
from portal.kit.db import Session
from portal.kit.i18n import _
from portal.settings import get_settings
from registry.assets import queries as assets
from registry.assets.cards import card_facts
from registry.assets.models import Scenario
from registry.evaluation.queries import results
from registry.exchange.record import Column, FileEntry, Outcome, Person, Record, Related, Score, Table
from registry.previews import queries as previews
from registry.previews.kinds import kind_of
from registry.previews.models import PreviewKind
from registry.versions import queries as versions

TABLE = PreviewKind.table
DIGESTS = (
    "version_digest", "benchmark_digest", "scorer_digest", "runtime_digest", "scorer_runtime_digest",
    "profile_digest", "predictions_digest", "per_item_sha256",
)  # fmt: skip


def record_of(db: Session, actor: Actor, asset: Any, version: Any = None, *, whole: bool = False) -> Record:
    """The record of an asset row (``assets.queries.detail``), in the newest published version or in ``version``.

    ``whole``: also its files, relations and results, as far as this reader may see them.
    """
    row = version
    if row is None and whole and asset.latest_version:
        row = versions.detail(db, actor, asset.namespace, asset.name, asset.latest_version)
    authors = [Person(item["name"], item["affiliation"]) for item in asset.authors]
    settings, facts = get_settings(), card_facts(asset.card)
    return Record(
        kind=asset.kind,
        namespace=asset.namespace,
        name=asset.name,
        title=asset.title,
        title_en=asset.title_en,
        summary=asset.summary,
        summary_en=asset.summary_en,
        licence=asset.licence,
        number=row.number if row is not None else asset.latest_version,
        authors=authors or [Person(asset.owner, entity=True)],
        publisher=settings.site_name or _("CSPON Commons"),
        published=(row.published_at if row is not None else None) or asset.created_at,
        updated=asset.updated_at,
        site=settings.site_url,
        site_name=settings.site_name or _("CSPON Commons"),
        doi=asset.doi or facts.doi,
        cstr=asset.cstr,
        year=asset.year,
        venue=asset.venue,
        card=asset.card,
        facts=facts,
        tree_digest=row.tree_digest if row is not None else "",
        pinned=version is not None,
        **(_rest(db, actor, asset, row, pinned=version is not None) if whole else {}),
    )


def _rest(db: Session, actor: Actor, asset: Any, version: Any, *, pinned: bool) -> dict[str, Any]:
    files = []
    if version is not None:
        # A description is made to be given away: the hidden part of a benchmark is in none, whoever asks.
        found = versions.files_of(db, version.id, hidden=False)
        tables = previews.tables_of(db, (file.sha256 for file in found if kind_of(file.path) is TABLE))
        files = [
            FileEntry(file.path, file.sha256, file.size, file.media_type, _table(tables.get(file.sha256)))
            for file in found
        ]
    return {
        "tags": list(asset.tags),
        "scenarios": [item for item in Scenario if item.value in asset.scenarios],
        "files": files,
        "related": [
            Related(row.kind, row.direction, f"{row.namespace}/{row.name}", row.title, row.asset_kind)
            for row in assets.relations_of(db, actor, asset.id)
        ],
        "outcomes": outcomes_of(db, actor, asset.id, version.id if pinned else None),
    }


def _table(facts: dict[str, Any] | None) -> Table | None:
    if facts is None:
        return None
    columns = [Column(item["name"], item["type"], item["min"]) for item in facts["columns"]]
    return Table(facts["rows"], columns, facts["encoding"], facts["separator"])


def outcomes_of(db: Session, actor: Actor, asset_id: Any, version_id: Any = None) -> list[Outcome]:
    """The results of an asset (of one version) with all their metrics. Two queries."""
    wanted = None if version_id is None else [version_id]
    rows = results.results_of(db, actor, asset_id=asset_id, version_ids=wanted)
    metrics = results.metrics_of(db, [row[0].id for row in rows])
    return [_outcome(row, metrics.get(row[0].id, [])) for row in rows]


def _outcome(row: Any, metrics: list[Any]) -> Outcome:
    result = row[0]
    return Outcome(
        evaluation=str(result.evaluation_id),
        number=row.number,
        benchmark=f"{row.bench_namespace}/{row.bench_name}",
        benchmark_number=row.bench_number,
        benchmark_title=row.bench_title,
        benchmark_title_en=row.bench_title_en,
        at=result.created_at,
        items=result.item_count,
        sandbox_grade=result.sandbox_grade,
        digests={name: getattr(result, name) for name in DIGESTS},
        scores=[
            Score(
                name=given.name,
                title_zh=said.title_zh,
                title_en=said.title_en,
                unit=said.unit,
                value=given.value,
                low=given.low,
                high=given.high,
                primary=said.is_primary,
                higher_is_better=said.higher_is_better,
            )
            for given, said in metrics
        ],
    )
