"""What the API says of evaluations."""

import datetime as dt
import uuid
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from registry.assets.forms import FULL_NAME
from registry.versions.semver import NUMBER

EXAMPLE_ID = "0193552a-7c1e-7a44-9d3c-4a0f6b9d2e11"


class EvaluationRequest(BaseModel):
    """Which version to run on which benchmark."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"version": "zhang-wei/price-model@1.0.0", "benchmark": "cspon-lab/house-price-baltimore"}
            ]
        },
    )

    version: str = Field(
        description="namespace/name@number", max_length=200, pattern=f"^{FULL_NAME.pattern}@{NUMBER.pattern}$"
    )
    benchmark: str = Field(description="namespace/name", max_length=200, pattern=f"^{FULL_NAME.pattern}$")


class FailureOut(BaseModel):
    """Why it failed, in the language of the request (Accept-Language)."""

    code: str
    title: str
    text: str
    advice: str


class EventOut(BaseModel):
    """A step of the timeline."""

    at: dt.datetime
    state: str
    attempt: int
    note: str


class MetricOut(BaseModel):
    """A metric with its 95 % bootstrap interval."""

    name: str
    value: float
    low: float
    high: float


class DeniedOut(BaseModel):
    """Calls the sandbox refused the submission, by the kernel's records."""

    network: int = Field(description="Attempts to reach or to offer something outside the jail")
    other: int = Field(description="All others, but what libraries of honest programs ask for and do without")
    whole: bool = Field(description="False: records were lost, and there were at least so many")


class ResultOut(BaseModel):
    """Everything needed to check a result; digests are SHA-256 in hex."""

    metrics: list[MetricOut]
    attempt: int
    created_at: dt.datetime
    version_digest: str
    benchmark_digest: str
    scorer_digest: str
    runtime: str
    runtime_digest: str
    scorer_runtime: str
    scorer_runtime_digest: str
    profile_digest: str
    sandbox_grade: str
    predictions_digest: str
    per_item_digest: str
    item_count: int
    bootstrap_seed: int
    resamples: int
    predict_s: float
    score_s: float
    peak_memory_bytes: int
    denied: DeniedOut | None = Field(default=None, description="null: not recorded")


class EvaluationOut(BaseModel):
    """An evaluation; ``result`` is set once it is done, ``failure`` once it has failed."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": EXAMPLE_ID,
                    "version": "zhang-wei/price-model@1.0.0",
                    "benchmark": "cspon-lab/house-price-baltimore",
                    "benchmark_version": "1.0.0",
                    "kind": "model",
                    "state": "predicting",
                    "final": False,
                    "attempts": 1,
                    "created_at": "2026-11-22T12:00:00Z",
                    "finished_at": None,
                    "url": f"/evaluations/{EXAMPLE_ID}",
                    "failure": None,
                    "events": [],
                    "result": None,
                }
            ]
        }
    )

    id: uuid.UUID
    version: str
    benchmark: str
    benchmark_version: str
    kind: str
    state: str
    final: bool
    attempts: int
    created_at: dt.datetime
    finished_at: dt.datetime | None
    url: str
    failure: FailureOut | None = None
    events: list[EventOut] = []
    result: ResultOut | None = None


class EvaluationPage(BaseModel):
    """One page of evaluations, newest first; ``after`` is the cursor of the next."""

    items: list[EvaluationOut]
    after: str | None = None


class LogPiece(BaseModel):
    """A piece of what was printed."""

    id: int
    attempt: int
    phase: str
    text: str


class StatementOut(BaseModel):
    """A signed statement and the key that signed it."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "envelope": {
                    "payload": "e30=",
                    "payloadType": "application/vnd.in-toto+json",
                    "signatures": [{"keyid": "a" * 64, "sig": "AAAA"}],
                },
                "public_key": "ed25519:11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=",
            }
        }
    )

    envelope: dict[str, Any] = Field(description="DSSE: payload, payloadType, signatures")
    public_key: str = Field(description="Of the worker that made the result")


class LogOut(BaseModel):
    """Pieces after the one asked for; ``visible`` says whether the reader may see a log at all."""

    visible: bool
    final: bool
    pieces: list[LogPiece]


class CellOut(BaseModel):
    """A metric over the items of one region, square or category, with 95 % intervals; no score where ``note`` says why.

    ``difference``: from the score of all items. ``drop``: of perturbed copies, from the score of their originals.
    """

    dimension: str = Field(description="region, place, or the name of a slice")
    key: str = Field(description="division code; numbers of the square east and north of 0°; category")
    parent: str
    title: str
    items: int | None = Field(description="None where there are too few")
    metric: str
    value: float | None = None
    low: float | None = None
    high: float | None = None
    difference: float | None = None
    difference_low: float | None = None
    difference_high: float | None = None
    drop: float | None = None
    drop_low: float | None = None
    drop_high: float | None = None
    weakest: bool = Field(default=False, description="the worst of all public slices by this metric")
    note: str = ""


class CellsOut(BaseModel):
    """The scores of a result by region and slice; ``made`` is false until the job has made them."""

    made: bool
    cells: list[CellOut]


class BoardView(BaseModel):
    """The region or slice by whose score a board is ordered."""

    key: str
    title: str


class BoardPlace(BaseModel):
    """Where an entry stands by its score in a region or slice, with 95 % interval; nothing where it has none there."""

    rank: int | None = Field(description="entries with equal scores share a rank")
    value: float | None
    low: float | None
    high: float | None
    weakest: str = Field(description="by=weakest: the name of the entry's weakest slice")


class BoardLine(BaseModel):
    """A line of a leaderboard."""

    position: int
    rank: int
    rank_low: int
    rank_high: int
    tie_group: int
    asset: str
    title: dict[str, str]
    version: str
    owner: str
    kind: str
    sandbox_grade: str
    evaluation: uuid.UUID
    scored_at: dt.datetime
    metrics: list[MetricOut]
    by: BoardPlace | None = Field(default=None, description="with ?by= only")


class BoardOut(BaseModel):
    """A leaderboard; entries of one ``tie_group`` cannot be told apart by the data."""

    benchmark: str
    benchmark_version: str
    primary_metric: str
    metrics: list[dict[str, Any]]
    by: BoardView | None = Field(default=None, description="what orders the lines, where ?by= was given")
    lines: list[BoardLine]
