"""benchmark.yaml: what holds, what does not, and what a stranger may try."""

from collections.abc import Callable
from typing import Any

import pytest
import yaml

from registry.benchmarks.forms import Manifest, read_manifest
from registry.benchmarks.reading import NotReadableError, read_yaml
from tests.evaluation.tiny import manifest


def packed(values: dict[str, Any]) -> bytes:
    return yaml.safe_dump(values, allow_unicode=True).encode()


def test_a_manifest_that_holds() -> None:
    found = read_manifest(packed(manifest()))
    assert found.primary.name == "rmse"
    assert found.number_columns == ["e2", "hit"]
    assert Manifest.model_validate_json(found.model_dump_json()) == found


def metric(**changes: Any) -> dict[str, Any]:
    return {**manifest()["metrics"][0], **changes}


WRONG: list[dict[str, Any]] = [
    {"metrics": []},
    {"metrics": [metric(primary=False)]},
    {"metrics": [metric(), metric(name="other")]},
    {"metrics": [metric(), metric(primary=False)]},
    {"metrics": [metric(aggregate="max")]},
    {"metrics": [metric(aggregate="balanced_mean")]},
    {"metrics": [metric(stratum="s")]},
    {"metrics": [metric(aggregate="one_minus_ratio")]},
    {"metrics": [metric(denominator="d")]},
    {"metrics": [metric(value="id")]},
    {"metrics": [metric(value="e2; drop")]},
    {"metrics": [metric(name="RMSE")]},
    {"metrics": [metric(direction="up")]},
    {"metrics": [metric(aggregate="balanced_mean", stratum="e2")]},
    {"accepts": []},
    {"accepts": ["program", "program"]},
    {"accepts": ["container"]},
    {"accepts": ["model"], "model_io": None},
    {"model_io": {**manifest()["model_io"], "output": "other.csv"}},
    {"runtime": "geo"},
    {"runtime": "cuda-py311"},
    {"scorer": {"runtime": "base-py311", "command": "python 'score.py"}},
    {"scorer": {"runtime": "base-py311", "command": "  "}},
    {"predictions": {"files": []}},
    {"predictions": {"files": ["../labels/labels.csv"]}},
    {"predictions": {"files": ["/etc/passwd"]}},
    {"predictions": {"files": ["a\\b"]}},
    {"task": {"zh": "task.zh.md"}},
    {"task": {"zh": "../x", "en": "task.en.md"}},
    {"title": {"zh": "", "en": "x"}},
    {"title": "x"},
    {"limits": {**manifest()["limits"], "time_s": 0}},
    {"limits": {**manifest()["limits"], "time_s": 10**9}},
    {"limits": {**manifest()["limits"], "time_s": "20"}},
    {"limits": {**manifest()["limits"], "time_s": True}},
    {"limits": {**manifest()["limits"], "memory_mb": 10**9}},
    {"limits": {**manifest()["limits"], "output_files": 10**9}},
    {"limits": {**manifest()["limits"], "gpus": 8}},
    {"quota": {"per_day": 0, "total": 1}},
    {"logs_visible": "yes"},
    {"unknown": 1},
]


@pytest.mark.parametrize("changes", WRONG, ids=str)
def test_what_does_not_hold_is_named(changes: dict[str, Any]) -> None:
    with pytest.raises(NotReadableError) as caught:
        read_manifest(packed(manifest(**changes)))
    assert str(caught.value)


def bomb() -> bytes:
    lines = ["a0: &a0 [x, x]"] + [f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]" for n in range(1, 40)]
    return "\n".join(lines).encode()


HOSTILE: dict[str, Callable[[], bytes]] = {
    "aliases": bomb,
    "object": lambda: b"x: !!python/object/apply:os.system [id]",
    "twice": lambda: b"a: 1\na: 2\n",
    "twice inside": lambda: b"b: {a: 1, a: 2}\n",
    "number key": lambda: b"1: a\n",
    "list": lambda: b"[1, 2]",
    "empty": lambda: b"",
    "binary": lambda: b"\xff\xfe\x00",
    "control": lambda: b"a: \x00",
    "deep": lambda: b"a: " + b"[" * 5000,
    "long": lambda: b"a: " + b"x" * 300_000,
    "not yaml": lambda: b"a: [1\nb: }",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_yaml_is_refused(name: str) -> None:
    with pytest.raises(NotReadableError):
        read_yaml(HOSTILE[name]())
