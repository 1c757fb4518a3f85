"""JSON doors of benchmarks."""

import datetime as dt
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from portal.kit.answers import problems
from portal.kit.i18n import _
from portal.kit.pages import Req
from portal.kit.routes import Doors, public, scope
from portal.kit.typed import Text
from registry.assets.guards import missing
from registry.benchmarks import actions, policy, queries
from registry.benchmarks.guards import Bench, owned
from registry.versions.models import SubmissionKind

router = Doors()
VERSION = "/api/v1/benchmarks/{ns}/{name}/versions/{number}"


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


class Why(BaseModel):
    """Why something is done; kept in the audit log."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"reason": "赛事结束"}]})

    reason: Annotated[Text, Field(max_length=1000)] = ""


class BenchmarkStanding(BaseModel):
    """Where a version of a benchmark stands."""

    name: str = Field(description="namespace/name")
    version: str
    open: bool = Field(description="Evaluations may be asked for: it is the latest version, and not closed")
    closed_at: dt.datetime | None
    labels_public_at: dt.datetime | None


def _standing(bench: Bench) -> BenchmarkStanding:
    row = bench.benchmark
    return BenchmarkStanding(
        name=bench.full_name,
        version=bench.version.number,
        open=policy.takes_evaluations(row),
        closed_at=row.closed_at,
        labels_public_at=row.labels_public_at,
    )


@router.api(
    "POST",
    VERSION + "/close",
    guard=scope("write", owned),
    response_model=BenchmarkStanding,
    responses=problems(401, 403, 404, 409),
    summary="Close a version of a benchmark",
    tags=["benchmarks"],
)
def close(req: Req, body: Why) -> BenchmarkStanding:
    """Take no further evaluations; what was asked for before still runs. 409 where it is closed already."""
    bench: Bench = req.subject
    actions.close(req.db, req.actor, bench.benchmark, bench.asset, reason=body.reason.strip())
    return _standing(bench)


@router.api(
    "POST",
    VERSION + "/reopen",
    guard=scope("write", owned),
    response_model=BenchmarkStanding,
    responses=problems(401, 403, 404, 409),
    summary="Open a closed version of a benchmark again",
    tags=["benchmarks"],
)
def reopen(req: Req) -> BenchmarkStanding:
    """Take evaluations again. 409 where it is open, or its labels are public."""
    bench: Bench = req.subject
    actions.reopen(req.db, req.actor, bench.benchmark, bench.asset)
    return _standing(bench)


@router.api(
    "POST",
    VERSION + "/publish-labels",
    guard=scope("write", owned),
    response_model=BenchmarkStanding,
    responses=problems(401, 403, 404, 409),
    summary="Publish the labels of a version of a benchmark",
    tags=["benchmarks"],
)
def publish_labels(req: Req, body: Why) -> BenchmarkStanding:
    """Open all its files, for good: it can never rank again. 409 while it, or another with the same labels, ranks."""
    bench: Bench = req.subject
    actions.publish_labels(req.db, req.actor, bench.benchmark, bench.asset, reason=body.reason.strip())
    return _standing(bench)
