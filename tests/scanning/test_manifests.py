"""cspon.yaml and benchmark.yaml."""

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest
import yaml
from pydantic import ValidationError

from registry.benchmarks.forms import Manifest
from registry.scanning.findings import Verdict
from tests.scanning.conftest import Scan, only

NO_FILE = "existing_file"
RUNTIMES = ("base-py311", "geo-py311")
PROGRAM = "name: demo\nruntime: geo-py311\ncommand: python main.py $input $output\nresources:\n  time_s: 60\n"
METRIC = {
    "name": "accuracy",
    "title": {"zh": "总体精度", "en": "Accuracy"},
    "unit": "1",
    "direction": "higher",
    "primary": True,
    "aggregate": "mean",
    "value": "correct",
    "formula": "mean of correct",
}
BENCHMARK: dict[str, Any] = {
    "title": {"zh": "土地覆被", "en": "Land cover"},
    "task": {"zh": "task.zh.md", "en": "task.en.md"},
    "accepts": ["predictions", "program", "model"],
    "inputs_public": True,
    "runtime": "geo-py311",
    "scorer": {"runtime": "geo-py311", "command": "python score.py $input $output"},
    "predictions": {"files": ["predictions.csv"]},
    "model_io": {
        "file": "items.csv",
        "id": "id",
        "features": ["b1", "b2"],
        "output": "predictions.csv",
        "column": "label",
    },
    "metrics": [METRIC],
    "limits": {
        "time_s": 60,
        "memory_mb": 1024,
        "threads": 1,
        "output_mb": 16,
        "output_files": 10,
        "log_kb": 64,
    },
    "quota": {"per_day": 5, "total": 100},
    "logs_visible": True,
    "baselines": [],
    "source": {"name": "spyndex", "licence": "MIT"},
}
SLICE = {
    "name": "season", "title": {"zh": "季节", "en": "Season"}, "column": "b2", "public": True,
    "titles": {"w": {"zh": "冬", "en": "Winter"}}, "copy_of": "b1",
}  # fmt: skip
ITEMS = {"file": "inputs/items.csv", "least": 7, "region": {"column": "b1", "titles": {}}, "slices": [SLICE]}
FILES: dict[str, bytes | str] = {
    "task.zh.md": "# 任务\n",
    "task.en.md": "# Task\n",
    "inputs/items.csv": "id,b1,b2\n",
    "labels/labels.csv": "id,label\n",
    "scorer/score.py": "print(1)\n",
}


def program(scan: Scan, manifest: str | None, **files: str) -> Any:
    tree: dict[str, bytes | str] = {"main.py": "print(1)\n", **files}
    if manifest is not None:
        tree["cspon.yaml"] = manifest
    return scan(tree, expects="program", runtimes=RUNTIMES)


def test_a_sound_program_passes_with_its_manifest(scan: Scan) -> None:
    report = program(scan, PROGRAM)
    assert report.findings == ()
    assert report.manifests["cspon.yaml"] == yaml.safe_load(PROGRAM)


def test_a_program_needs_its_manifest(scan: Scan) -> None:
    report = program(scan, None)
    assert only(report, "manifest.missing_file").params == {"file": "cspon.yaml"}
    assert report.decision.verdict is Verdict.REJECT


@pytest.mark.parametrize(
    ("manifest", "rule", "line", "field"),
    [
        (PROGRAM + "name: again\n", "manifest.duplicate_key", 6, "name"),
        (PROGRAM + "  time_s: 61\n", "manifest.duplicate_key", 6, "time_s"),
        ("name: x\nruntime: geo-py311\n", "manifest.missing_field", 1, "command"),
        ("name:\nruntime: geo-py311\ncommand: python main.py\n", "manifest.missing_field", 1, "name"),
        (PROGRAM.replace("geo-py311", "cuda-py39"), "manifest.wrong_value", 2, "runtime"),
        (PROGRAM.replace("main.py", "other.py"), "manifest.wrong_value", 3, "command"),
        (
            PROGRAM.replace("python main.py $input $output", '"python \'main.py"'),
            "manifest.wrong_value",
            3,
            "command",
        ),
        (PROGRAM.replace("60", "sixty"), "manifest.wrong_value", 5, "resources.time_s"),
        (PROGRAM.replace("60", "true"), "manifest.wrong_value", 5, "resources.time_s"),
        (PROGRAM.replace("60", "0"), "manifest.wrong_value", 5, "resources.time_s"),
        (PROGRAM.replace("demo", "[1, 2]"), "manifest.wrong_value", 1, "name"),
        (PROGRAM + "kind: plugin\n", "manifest.wrong_value", 6, "kind"),
    ],
)
def test_faults_of_a_program_are_named_by_line(
    scan: Scan, manifest: str, rule: str, line: int, field: str
) -> None:
    report = program(scan, manifest)
    found = only(report, rule)
    assert (found.path, found.line, found.params["field"]) == ("cspon.yaml", line, field)
    assert report.decision.verdict is Verdict.REJECT
    assert "cspon.yaml" not in report.manifests


def test_unknown_fields_are_only_warned_about(scan: Scan) -> None:
    report = program(scan, PROGRAM + "colour: red\n")
    assert only(report, "manifest.unknown_field").line == 6
    assert report.decision.verdict is Verdict.PUBLISH
    assert "cspon.yaml" in report.manifests


@pytest.mark.parametrize(
    "manifest",
    [
        "a: &x [1]\nb: *x\n",
        "name: !!python/object/apply:os.system [id]\n",
        "name: [unclosed\n",
        "- just\n- a list: [\n",
        "1: number key\n",
        "name: " + "[" * 50 + "]" * 50 + "\n",
        "name: x\n---\nname: y\n",
        "version: .nan\n",
        "version: 99999999999999999999\n",
        "",
        "# only a comment\n",
    ],
)
def test_yaml_that_is_not_plain_is_rejected(scan: Scan, manifest: str) -> None:
    report = program(scan, manifest)
    assert {f.rule for f in report.findings} <= {"manifest.unreadable", "manifest.wrong_value"}
    assert report.decision.verdict is Verdict.REJECT


def test_a_manifest_that_is_no_text_is_rejected(scan: Scan) -> None:
    report = scan({"cspon.yaml": b"name: \x00\x01"})
    assert {"manifest.unreadable", "format.unknown_binary"} == {f.rule for f in report.findings}


def test_dates_and_words_stay_text(scan: Scan) -> None:
    report = program(scan, PROGRAM + "version: 2026-11-22\n")
    assert report.manifests["cspon.yaml"]["version"] == "2026-11-22"


def benchmark(scan: Scan, change: Callable[[dict[str, Any]], object] = lambda _value: None) -> Any:
    value = copy.deepcopy(BENCHMARK)
    change(value)
    text = yaml.safe_dump(value, sort_keys=False, allow_unicode=True)
    return scan({**FILES, "benchmark.yaml": text}, expects="benchmark", runtimes=RUNTIMES)


def test_a_sound_benchmark_passes_with_its_manifest(scan: Scan) -> None:
    report = benchmark(scan)
    assert report.findings == ()
    assert report.manifests["benchmark.yaml"] == BENCHMARK


def test_a_benchmark_needs_its_manifest(scan: Scan) -> None:
    assert only(scan(FILES, expects="benchmark"), "manifest.missing_file").params == {
        "file": "benchmark.yaml"
    }


def second(**changes: object) -> Callable[[dict[str, Any]], object]:
    return lambda value: value["metrics"].append({**METRIC, "name": "kappa", "primary": False, **changes})


@pytest.mark.parametrize(
    ("change", "rule", "field", "expected"),
    [
        (lambda v: v.pop("scorer"), "manifest.missing_field", "scorer", None),
        (lambda v: v["title"].pop("zh"), "manifest.missing_field", "title.zh", None),
        (lambda v: v["limits"].pop("memory_mb"), "manifest.missing_field", "limits.memory_mb", None),
        (lambda v: v.pop("model_io"), "manifest.missing_field", "model_io", None),
        (lambda v: v.update(accepts=["everything"]), "manifest.wrong_value", "accepts[0]", "one_of"),
        (lambda v: v.update(accepts=[]), "manifest.wrong_value", "accepts", "list"),
        (lambda v: v.update(accepts=["model", "model"]), "manifest.wrong_value", "accepts[1]", "distinct"),
        (lambda v: v.update(runtime="nowhere"), "manifest.wrong_value", "runtime", "runtime"),
        (lambda v: v["scorer"].update(runtime="nowhere"), "manifest.wrong_value", "scorer.runtime", "runtime"),
        (lambda v: v["scorer"].update(command="python n.py"), "manifest.wrong_value", "scorer.command", NO_FILE),
        (lambda v: v["task"].update(en="gone.md"), "manifest.wrong_value", "task.en", "existing_file"),
        (lambda v: v["predictions"].update(files=["../x.csv"]), "manifest.wrong_value", "predictions.files[0]", "path"),
        (lambda v: v["model_io"].update(file="no.csv"), "manifest.wrong_value", "model_io.file", "existing_file"),
        (lambda v: v["model_io"].update(output="b.csv"), "manifest.wrong_value", "model_io.output", "one_of"),
        (lambda v: v["metrics"][0].update(direction="up"), "manifest.wrong_value", "metrics[0].direction", "one_of"),
        (lambda v: v["metrics"][0].update(name="Über"), "manifest.wrong_value", "metrics[0].name", "form"),
        (lambda v: v["metrics"][0].update(primary=False), "manifest.wrong_value", "metrics", "one_primary"),
        (second(name="accuracy"), "manifest.wrong_value", "metrics[1].name", "distinct"),
        (second(primary=True), "manifest.wrong_value", "metrics", "one_primary"),
        (second(aggregate="balanced_mean"), "manifest.missing_field", "metrics[1].stratum", None),
        (second(aggregate="one_minus_ratio"), "manifest.missing_field", "metrics[1].denominator", None),
        (second(aggregate="mode"), "manifest.wrong_value", "metrics[1].aggregate", "one_of"),
        (lambda v: v["quota"].update(per_day=0), "manifest.wrong_value", "quota.per_day", "whole_number"),
        (lambda v: v.update(colour="red"), "manifest.unexpected_field", "colour", None),
        (lambda v: v["metrics"][0].update(stratum="zone"), "manifest.unexpected_field", "metrics[0].stratum", None),
        (second(aggregate="balanced_mean", stratum="correct"), "manifest.wrong_value", "metrics", "own_strata"),
        (lambda v: v["limits"].update(time_s=1e9), "manifest.wrong_value", "limits.time_s", "whole_number"),
    ],
)  # fmt: skip
def test_faults_of_a_benchmark_are_named(
    scan: Scan, change: Callable[[dict[str, Any]], object], rule: str, field: str, expected: str | None
) -> None:
    report = benchmark(scan, change)
    found = only(report, rule)
    assert (found.path, found.params["field"]) == ("benchmark.yaml", field)
    assert found.params.get("expected") == expected
    assert found.line is not None
    assert report.decision.verdict is Verdict.REJECT


@pytest.mark.parametrize("folder", ["inputs", "labels", "scorer"])
def test_folders_of_a_benchmark_must_be_there(scan: Scan, folder: str) -> None:
    files = {name: data for name, data in FILES.items() if not name.startswith(folder)}
    text = yaml.safe_dump(BENCHMARK, allow_unicode=True)
    report = scan({**files, "benchmark.yaml": text}, expects="benchmark", runtimes=RUNTIMES)
    assert f"{folder}/" in {f.params.get("allowed") for f in report.findings}


AGREED: dict[str, Callable[[dict[str, Any]], object]] = {
    "as it is": lambda v: v,
    "least": lambda v: [
        v.pop(key) for key in ("inputs_public", "quota", "logs_visible", "baselines", "source")
    ],
    "no unit": lambda v: v["metrics"][0].update(unit="", formula=""),
    "no scorer command": lambda v: v["scorer"].pop("command"),
    "extra key": lambda v: v.update(colour="red"),
    "extra metric key": lambda v: v["metrics"][0].update(colour="red"),
    "stratum without use": lambda v: v["metrics"][0].update(stratum="zone"),
    "stratum in use": second(aggregate="balanced_mean", stratum="zone"),
    "stratum is a value": second(aggregate="balanced_mean", stratum="correct"),
    "ratio": second(aggregate="one_minus_ratio", denominator="total"),
    "reserved column": lambda v: v["metrics"][0].update(value="id"),
    "a column in Chinese": lambda v: v["metrics"][0].update(value="精度"),
    "a path with a dot": lambda v: v["task"].update(zh="./task.zh.md"),
    "a path outside": lambda v: v["predictions"].update(files=["a/../../b"]),
    "no memory": lambda v: v["limits"].update(memory_mb=1),
    "much memory": lambda v: v["limits"].update(memory_mb=300_000),
    "fraction of a second": lambda v: v["limits"].update(time_s=0.5),
    "a word for a flag": lambda v: v.update(logs_visible="yes"),
    "many metrics": lambda v: v.update(
        metrics=[METRIC, *({**METRIC, "name": f"m{n}", "primary": False} for n in range(20))]
    ),
    "an item table": lambda v: v.update(item_table=ITEMS),
    "an item table that is no hidden file": lambda v: v.update(item_table={**ITEMS, "file": "task.zh.md"}),
    "an item table with region and place": lambda v: v.update(
        item_table={**ITEMS, "place": {"lon": "x", "lat": "y", "cell_deg": 0.0001}}
    ),
    "an item table of nothing": lambda v: v.update(item_table={"file": "inputs/items.csv"}),
    "too few items": lambda v: v.update(item_table={**ITEMS, "least": 4}),
    "a reserved slice": lambda v: v.update(item_table={**ITEMS, "slices": [{**SLICE, "name": "place"}]}),
    "an unclosed quote": lambda v: v["scorer"].update(command="python 'x"),
    "an empty title": lambda v: v["title"].update(zh=""),
}


@pytest.mark.parametrize("name", AGREED)
def test_the_scanner_and_the_portal_agree_on_benchmarks(scan: Scan, name: str) -> None:
    """What the scan lets through is what the benchmark's own form can read, and nothing else."""
    value = copy.deepcopy(BENCHMARK)
    AGREED[name](value)
    report = benchmark(scan, AGREED[name])
    try:
        Manifest.model_validate_json(json.dumps(value))
        readable = True
    except ValidationError:
        readable = False
    assert (report.decision.verdict is Verdict.PUBLISH) is readable
