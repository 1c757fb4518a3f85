"""Benchmarks, evaluations with attempts and results, and the boards made of them."""

import datetime as dt
import json
import uuid
from collections.abc import Iterator
from random import Random
from typing import Any, Protocol

from portal.demo.scale.sizes import EVALUATIONS, VERSIONS, Made, Scale
from portal.kit.ids import new_id
from registry.assets.models import EXECUTABLE, AssetKind
from registry.benchmarks.forms import Manifest
from registry.benchmarks.models import BenchmarkMetric, BenchmarkVersion
from registry.evaluation.actions.boards import by_intervals
from registry.evaluation.models import (
    Attempt,
    AttemptState,
    BoardEntry,
    Evaluation,
    EvaluationEvent,
    EvaluationState,
    Result,
    ResultMetric,
)
from registry.evaluation.queries.boards import Candidate

RUN = EXECUTABLE
RUNTIME = "base-py311"
ITEMS = 200
TASK = "# 任务\n\n合成的评测基准，仅用于检验页面。\n\nA synthetic benchmark to measure pages with.\n".encode()
SCORE = b"import json\nimport sys\n\njson.dump({}, open(sys.argv[2] + '/scores.json', 'w'))\n"
MANIFEST: dict[str, Any] = {
    "title": {"zh": "合成评测基准（演示）", "en": "Synthetic benchmark (demo)"},
    "task": {"zh": "task.zh.md", "en": "task.en.md"},
    "accepts": ["predictions"],
    "runtime": RUNTIME,
    "scorer": {"runtime": RUNTIME},
    "predictions": {"files": ["predictions.csv"]},
    "metrics": [
        {
            "name": "rmse", "title": {"zh": "均方根误差", "en": "RMSE"}, "direction": "lower", "primary": True,
            "aggregate": "sqrt_mean", "value": "squared_error",
        },
        {
            "name": "mae", "title": {"zh": "平均绝对误差", "en": "Mean absolute error"}, "direction": "lower",
            "aggregate": "mean", "value": "absolute_error",
        },
    ],
    "limits": {"time_s": 60, "memory_mb": 512},
}  # fmt: skip
PER_ITEM = "".join(
    json.dumps({"id": str(n), "squared_error": 0.1, "absolute_error": 0.3}) + "\n" for n in range(ITEMS)
).encode()
FILES = {
    "README.md": "# 合成内容\n\nSynthetic content.\n".encode(),
    "predictions.csv": b"id,value\n" + b"".join(b"%d,0.5\n" % n for n in range(ITEMS)),
    "benchmark.yaml": json.dumps(MANIFEST, ensure_ascii=False).encode(),
    "task.zh.md": TASK,
    "task.en.md": TASK,
    "scorer/score.py": SCORE,
    "labels/labels.csv": b"id,value\n" + b"".join(b"%d,0.7\n" % n for n in range(ITEMS)),
    "per_item.jsonl": PER_ITEM,
}
"""All files that exist; every version has some of them."""
ENDS = {
    EvaluationState.done: 90,
    EvaluationState.failed_user: 7,
    EvaluationState.cancelled: 2,
    EvaluationState.failed_platform: 1,
}
FAILURES: dict[EvaluationState, tuple[str, dict[str, str]]] = {
    EvaluationState.failed_user: ("predictions_missing", {"files": "predictions.csv"}),
    EvaluationState.failed_platform: ("worker_lost", {}),
}


class Put(Protocol):
    """Writes rows of a table and says how many."""

    def __call__(self, model: type[Any], rows: Iterator[dict[str, Any]], **common: Any) -> None:
        """Write them."""


def paths_of(kind: AssetKind) -> tuple[str, ...]:
    """The files of a version of that kind."""
    if kind is AssetKind.benchmark:
        return (
            "README.md",
            "benchmark.yaml",
            "labels/labels.csv",
            "scorer/score.py",
            "task.en.md",
            "task.zh.md",
        )
    return ("README.md", "predictions.csv") if kind in RUN else ("README.md",)


def fill(put: Put, scale: Scale, made: Made, dice: Random, began: dt.datetime) -> None:
    """Everything from the benchmark versions on."""
    stored = Manifest.model_validate(MANIFEST).model_dump(mode="json")
    versions = list(_benchmark_versions(made))
    put(
        BenchmarkVersion, iter(versions), manifest=stored, manifest_digest="0" * 64, scorer_digest="1" * 64,
        data_digest="2" * 64, runtime=RUNTIME, accepts=["predictions"], quota_per_day=5, quota_total=100,
    )  # fmt: skip
    put(BenchmarkMetric, _metrics(versions))
    evaluations = list(_evaluations(scale, made, versions, dice, began))
    put(Evaluation, ({key: row[key] for key in row if key != "began"} for row in evaluations))
    put(EvaluationEvent, _events(evaluations))
    put(Attempt, _attempts(evaluations))
    results = [row for row in evaluations if row["state"] is EvaluationState.done]
    keys = {row["id"]: new_id() for row in results}
    put(Result, _results(results, keys, made))
    values = {keys[row["id"]]: _scores(dice) for row in results}
    put(ResultMetric, _values(values))
    put(BoardEntry, _boards(versions, results, keys, values))


def _benchmark_versions(made: Made) -> Iterator[dict[str, Any]]:
    for asset in made.assets:
        if asset["kind"] is AssetKind.benchmark:
            version_id = made.versions[asset["id"]][-1]
            yield {"id": new_id(), "version_id": version_id, "asset_id": asset["id"], "is_latest": True}


def _metrics(versions: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for row in versions:
        for position, metric in enumerate(MANIFEST["metrics"]):
            yield {
                "benchmark_id": row["id"],
                "position": position,
                "name": metric["name"],
                "title_zh": metric["title"]["zh"],
                "title_en": metric["title"]["en"],
                "higher_is_better": False,
                "is_primary": position == 0,
                "aggregate": metric["aggregate"],
            }


def _evaluations(
    scale: Scale, made: Made, versions: list[dict[str, Any]], dice: Random, began: dt.datetime
) -> Iterator[dict[str, Any]]:
    """Twenty for every asset of the site, over all versions of the executable ones: no pair twice.

    Five of six executable assets are on the first benchmark, so that one board is long.
    """
    run = [asset for asset in made.assets if asset["kind"] in RUN]
    left = scale.assets * EVALUATIONS
    each = -(-left // (len(run) * VERSIONS))
    for number, asset in enumerate(run):
        for version_id in made.versions[asset["id"]]:
            first = 0 if number % 6 else 1
            others = [at for at in range(1, len(versions)) if at != first]
            for at in (first, *dice.sample(others, min(each - 1, len(others)))):
                if left <= 0:
                    return
                left -= 1
                asked = began - dt.timedelta(minutes=dice.randrange(60 * 24 * 400))
                finished = asked + dt.timedelta(seconds=dice.randrange(4, 90))
                state = dice.choices(list(ENDS), list(ENDS.values()))[0]
                failure, params = FAILURES.get(state, ("", {}))
                yield {
                    "id": new_id(),
                    "version_id": version_id,
                    "asset_id": asset["id"],
                    "benchmark_id": versions[at]["id"],
                    "submitted_by": asset["created_by"],
                    "state": state,
                    "failure_code": failure,
                    "failure_params": params,
                    "deadline_at": finished,
                    "attempt_count": 1,
                    "quota_returned": state is EvaluationState.failed_platform,
                    "finished_at": finished,
                    "created_at": asked,
                    "updated_at": finished,
                    "began": asked,
                }


def _events(evaluations: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for row in evaluations:
        base = {"evaluation_id": row["id"], "attempt_no": 1}
        yield {**base, "at": row["began"], "state": EvaluationState.requested, "attempt_no": 0}
        yield {**base, "at": row["finished_at"], "state": row["state"]}


def _attempts(evaluations: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for row in evaluations:
        done = row["state"] is EvaluationState.done
        yield {
            "evaluation_id": row["id"],
            "number": 1,
            "state": AttemptState.succeeded if done else AttemptState.failed,
            "lease_token": uuid.UUID(int=row["id"].int ^ 1),
            "lease_expires_at": row["finished_at"],
            "worker": "scale",
            "started_at": row["began"],
            "ended_at": row["finished_at"],
            "sandbox_grade": "strong",
            "timings": {"predict": 1.5, "score": 0.8},
        }


def _results(
    results: list[dict[str, Any]], keys: dict[uuid.UUID, uuid.UUID], made: Made
) -> Iterator[dict[str, Any]]:
    for row in results:
        yield {
            "id": keys[row["id"]],
            "evaluation_id": row["id"],
            "attempt_no": 1,
            "benchmark_id": row["benchmark_id"],
            "created_at": row["finished_at"],
            "version_digest": "3" * 64,
            "benchmark_digest": "4" * 64,
            "scorer_digest": "1" * 64,
            "runtime": RUNTIME,
            "runtime_digest": "5" * 64,
            "scorer_runtime": RUNTIME,
            "scorer_runtime_digest": "5" * 64,
            "profile_digest": "6" * 64,
            "sandbox_grade": "strong",
            "per_item_sha256": made.files["per_item.jsonl"].sha256,
            "predictions_digest": "7" * 64,
            "item_count": ITEMS,
            "bootstrap_seed": 1,
            "resamples": 10_000,
            "predict_s": 1.5,
            "score_s": 0.8,
            "peak_memory_bytes": 150 * 2**20,
        }


def _scores(dice: Random) -> dict[str, tuple[float, float, float]]:
    """Value and interval per metric."""
    found = {}
    for name in ("rmse", "mae"):
        value, half = dice.lognormvariate(-1, 0.4), dice.uniform(0.002, 0.02)
        found[name] = (value, max(0.0, value - half), value + half)
    return found


def _values(values: dict[uuid.UUID, dict[str, tuple[float, float, float]]]) -> Iterator[dict[str, Any]]:
    for result_id, metrics in values.items():
        for name, (value, low, high) in metrics.items():
            yield {"result_id": result_id, "name": name, "value": value, "low": low, "high": high}


def _boards(
    versions: list[dict[str, Any]],
    results: list[dict[str, Any]],
    keys: dict[uuid.UUID, uuid.UUID],
    values: dict[uuid.UUID, dict[str, tuple[float, float, float]]],
) -> Iterator[dict[str, Any]]:
    """By the product's own rule for long boards."""
    metric = Manifest.model_validate(MANIFEST).primary
    best: dict[tuple[uuid.UUID, uuid.UUID], Candidate] = {}
    for row in results:
        result_id = keys[row["id"]]
        value, low, high = values[result_id]["rmse"]
        pair = (row["benchmark_id"], row["asset_id"])
        if pair not in best or value < best[pair].value:
            best[pair] = Candidate(row["asset_id"], result_id, value, low, high, "", "")
    for version in versions:
        found = [one for (benchmark_id, _asset), one in best.items() if benchmark_id == version["id"]]
        for entry in by_intervals(version["id"], found, metric) if found else []:
            yield entry.model_dump()
