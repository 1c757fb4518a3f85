"""A record made by hand, with everything that could break a format; and a scene with a real result."""

import datetime as dt
from typing import Any

import pytest
from sqlmodel import Session

from registry.assets.carddata import facts_of
from registry.assets.models import AssetKind, RelationKind, Scenario
from registry.evaluation.models import Evaluation, EvaluationState, Result, ResultMetric
from registry.exchange.record import FileEntry, Outcome, Person, Record, Related, Score
from registry.versions.models import Version
from tests.evaluation.tiny import Scene
from tests.support.make import Make

MOMENT = dt.datetime(2026, 11, 20, 18, 0, tzinfo=dt.UTC)
NASTY = '题 {名}: 100%_$&#~^\\ "引号" </script><b>@article{x,\n- y: [z]'
SPATIAL = {
    "spatial": {"bbox": [116.0, 39.5, 117.25, 40.5], "crs": "EPSG:4490", "resolution": 30, "bands": ["B4", "B5"]},
    "temporal": "2018-01-01/2021-12-31",
    "language": ["zh", "en"],
}  # fmt: skip


def record(**changes: Any) -> Record:
    """A data set of two people with a file, a place, a relation and a result."""
    score = Score("rmse", "均方根误差", "RMSE", "m", 1.5, 1.25, 1.75, primary=True, higher_is_better=False)
    outcome = Outcome(
        "01938f6e-7a10-7c3e-9d2b-3f6f0c2a9b11", "1.0.0", "bench/tiny", "2.0.0", "小基准", "Tiny", MOMENT, 12, "strong",
        {"version_digest": "a" * 64}, [score],
    )  # fmt: skip
    values: dict[str, Any] = {
        "kind": AssetKind.dataset,
        "namespace": "lab",
        "name": "plots",
        "title": "地块样本",
        "title_en": "Plot samples",
        "summary": "由影像判读的地块。",
        "summary_en": "Plots read from imagery.",
        "licence": "CC-BY-4.0",
        "number": "1.0.0",
        "authors": [Person("张三", "规划院"), Person("Mary Ann Smith-Jones")],
        "publisher": "社区",
        "published": MOMENT,
        "updated": MOMENT,
        "site": "https://portal.example.cn",
        "site_name": "社区",
        "tags": ["遥感", "samples"],
        "scenarios": [Scenario.green_low_carbon],
        "facts": facts_of(SPATIAL),
        "related": [Related(RelationKind.based_on, "to", "lab/raw", "原始数据", AssetKind.dataset)],
        "files": [
            FileEntry("数据/a b.csv", "b" * 64, 12, "text/csv"),
            FileEntry("main.py", "c" * 64, 3, "text/x-python"),
        ],
        "outcomes": [outcome],
        "tree_digest": "d" * 64,
        "pinned": True,
        **changes,
    }
    return Record(**values)


@pytest.fixture
def nasty() -> Record:
    """Text that means something to every format, in every field people type into."""
    return record(
        title=NASTY, title_en=NASTY, summary=NASTY, summary_en=NASTY, publisher=NASTY, licence="MIT OR Apache-2.0",
        authors=[Person(NASTY[:90].replace("\n", " "), NASTY.replace("\n", " "))], tags=["a&b", "{x}"],
    )  # fmt: skip


@pytest.fixture
def scene(db: Session, make: Make) -> Scene:
    return Scene(db, make)


PER_ITEM = b'{"id": "i0", "e2": 0.0, "hit": 1.0}\n'


def accept(
    db: Session, scene: Scene, version: Version, per_item_rows: bytes = PER_ITEM, **metrics: float
) -> Evaluation:
    """An accepted result without running anything: rows as the worker writes them."""
    per_item = scene.make.blob(per_item_rows)
    evaluation = Evaluation(
        version_id=version.id, asset_id=version.asset_id, benchmark_id=scene.benchmark.id,
        submitted_by=scene.researcher.id, state=EvaluationState.done, deadline_at=MOMENT, finished_at=MOMENT,
    )  # fmt: skip
    db.add(evaluation)
    db.flush()
    digest = "e" * 64
    result = Result(
        evaluation_id=evaluation.id, attempt_no=1, benchmark_id=scene.benchmark.id, version_digest=digest,
        benchmark_digest=digest, scorer_digest=digest, runtime="base", runtime_digest=digest, scorer_runtime="base",
        scorer_runtime_digest=digest, profile_digest=digest, sandbox_grade="strong", per_item_sha256=per_item.sha256,
        predictions_digest=digest, item_count=12, bootstrap_seed=1, resamples=2000, predict_s=1, score_s=1,
        peak_memory_bytes=1,
    )  # fmt: skip
    db.add(result)
    db.flush()
    for name, value in metrics.items():
        db.add(ResultMetric(result_id=result.id, name=name, value=value, low=value - 0.25, high=value + 0.25))
    db.commit()
    return evaluation
