"""One submission through predict and score without jails: what the platform must reproduce."""

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from registry.evaluation.statistics import Items, MetricSpec, items_from_rows
from tests.demo.conftest import RUNNERS, Run, benchmark_of


@dataclass(frozen=True)
class Outcome:
    scores: dict[str, float]
    rows: list[dict[str, Any]]
    metrics: list[dict[str, Any]]

    def items(self, metric: dict[str, Any]) -> tuple[MetricSpec, Items]:
        spec = MetricSpec(
            metric["name"],
            metric["aggregate"],
            metric["direction"],
            metric["value"],
            metric.get("stratum"),
            metric.get("denominator"),
        )
        return spec, items_from_rows(spec, self.rows)


def predict(run: Run, submission: Path, kind: str, benchmark: Path, target: Path) -> None:
    if kind == "predictions":
        shutil.copy(submission / "predictions.csv", target)
        return
    if kind == "program":
        done = run(submission, "main.py", benchmark / "inputs", target)
    else:
        config = target.parent / "model_io.json"
        config.write_text(json.dumps(benchmark_of(benchmark)["model_io"]))
        runner = "onnx_runner.py" if (submission / "model.onnx").exists() else "skops_runner.py"
        done = run(submission, RUNNERS / runner, benchmark / "inputs", target, config)
    assert done.returncode == 0, done.stderr


def evaluate(run: Run, submission: Path, kind: str, benchmark: Path, work: Path) -> Outcome:
    predictions, output = work / "input" / "predictions", work / "output"
    for folder in (predictions, output):
        folder.mkdir(parents=True)
    shutil.copytree(benchmark / "labels", work / "input" / "labels")
    predict(run, submission, kind, benchmark, predictions)
    done = run(benchmark / "scorer", "score.py", work / "input", output)
    assert done.returncode == 0, done.stderr
    assert sorted(path.name for path in output.iterdir()) == ["per_item.jsonl", "scores.json"]
    rows = [json.loads(line) for line in (output / "per_item.jsonl").read_text().splitlines()]
    return Outcome(json.loads((output / "scores.json").read_text()), rows, benchmark_of(benchmark)["metrics"])
