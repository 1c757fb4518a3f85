"""JSON doors of benchmarks."""

import datetime as dt
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from portal.kit.answers import problems
from portal.kit.i18n import _
from portal.kit.pages import Req
from portal.kit.routes import Doors, public, scope
from registry.assets.guards import missing
from registry.benchmarks import queries
from registry.versions.models import SubmissionKind

router = Doors()


class BenchmarkLine(BaseModel):
    """A benchmark in the list."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "name": "cspon-lab/house-price-baltimore",
                    "title": {"zh": "房价与邻里效应", "en": "House prices and neighbourhood effects"},
                    "version": "1.0.0",
                    "accepts": ["predictions", "program", "model"],
                    "runtime": "geo-py311",
                    "primary_metric": {"zh": "均方根误差", "en": "RMSE"},
                    "higher_is_better": False,
                    "open": True,
                    "created_at": "2026-11-22T12:00:00Z",
                }
            ]
        }
    )

    name: str = Field(description="namespace/name")
    title: dict[str, str]
    version: str
    accepts: list[str]
    runtime: str
    primary_metric: dict[str, str]
    higher_is_better: bool
    open: bool
    created_at: dt.datetime


class BenchmarkList(BaseModel):
    """One page of benchmarks; ``after`` is the cursor of the next."""

    items: list[BenchmarkLine]
    after: str | None = None


class PublicFile(BaseModel):
    """A file of a benchmark that anyone may read."""

    path: str
    size: int
    sha256: str
    url: str


class BenchmarkDetail(BaseModel):
    """All that is public of a benchmark; the digests commit to the hidden part without showing it."""

    name: str
    version: str
    title: dict[str, str]
    accepts: list[str]
    runtime: str
    open: bool
    labels_public: bool = Field(description="All files are open; results can be reproduced by anybody")
    metrics: list[dict[str, Any]]
    limits: dict[str, int | str]
    quota: dict[str, int | None]
    predictions: list[str]
    model_io: dict[str, Any] | None
    manifest_digest: str
    scorer_digest: str
    data_digest: str
    files: list[PublicFile]


@router.api(
    "GET",
    "/api/v1/benchmarks",
    guard=scope("read", public),
    response_model=BenchmarkList,
    summary="List benchmarks",
    tags=["benchmarks"],
)
def benchmark_list(
    req: Req, after: str | None = None, accepts: SubmissionKind | None = None
) -> BenchmarkList:
    """The latest versions, newest first, 20 a page. ``accepts`` filters by kind of submission."""
    page = queries.page_of(req.db, req.actor, accepts=accepts, after=after)
    items = [
        BenchmarkLine(
            name=f"{row.namespace}/{row.name}",
            title={"zh": row.title, "en": row.title_en or row.title},
            version=row.number,
            accepts=row.accepts,
            runtime=row.runtime,
            primary_metric={"zh": row.metric_zh, "en": row.metric_en},
            higher_is_better=row.higher_is_better,
            open=row.closed_at is None,
            created_at=row.created_at,
        )
        for row in page
    ]
    return BenchmarkList(items=items, after=page.after)


@router.api(
    "GET",
    "/api/v1/benchmarks/{ns}/{name}",
    guard=scope("read", public),
    response_model=BenchmarkDetail,
    responses=problems(404),
    summary="One benchmark",
    tags=["benchmarks"],
)
def benchmark_detail(req: Req) -> BenchmarkDetail:
    """Task, metrics, limits, quota and public files of the latest version."""
    row = queries.one(req.db, req.actor, req.path["ns"], req.path["name"])
    if row is None:
        raise missing(req, _("There is no such benchmark."))
    benchmark, asset, namespace, version = row
    manifest = benchmark.manifest
    base = f"/assets/{namespace.slug}/{asset.name}/versions/{version.number}/files/"
    return BenchmarkDetail(
        name=f"{namespace.slug}/{asset.name}",
        version=version.number,
        title=manifest["title"],
        accepts=benchmark.accepts,
        runtime=benchmark.runtime,
        open=benchmark.closed_at is None,
        labels_public=benchmark.labels_public_at is not None,
        metrics=manifest["metrics"],
        limits=manifest["limits"],
        quota=manifest["quota"],
        predictions=manifest["predictions"]["files"],
        model_io=manifest["model_io"],
        manifest_digest=benchmark.manifest_digest,
        scorer_digest=benchmark.scorer_digest,
        data_digest=benchmark.data_digest,
        files=[
            PublicFile(path=file.path, size=file.size, sha256=file.sha256, url=base + file.path)
            for file in queries.files_of(req.db, version.id, hidden=False)
        ],
    )
