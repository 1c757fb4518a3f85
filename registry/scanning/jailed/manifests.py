"""cspon.yaml and benchmark.yaml: their shapes, and whether what they name is there."""

import shlex
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from .hits import Hits
from .interfaces import INTERFACE, check_interface
from .itemtables import ITEM_TABLE, check_item_table
from .shapes import (
    BOTH_LANGUAGES,
    Complaint,
    Path,
    anything,
    file_path,
    flag,
    list_of,
    mapping,
    number,
    one_of,
    prose,
    text,
    whole,
)
from .strictyaml import Document, YamlError, load

NAME = r"[a-z][a-z0-9_]{0,59}"
COLUMN = text(60, r"(?!(?:id|block)\Z)[A-Za-z_][A-Za-z0-9_]*")
RUNTIME = text(60, r"[a-z][a-z0-9-]*")
COMMAND = text(1000)
KINDS = ("program", "model", "predictions")
SCORER = "python score.py $input $output"
STRICT = {"manifest.unknown_field": "manifest.unexpected_field"}
AGGREGATES = ("mean", "sqrt_mean", "median", "balanced_mean", "one_minus_ratio")

FACTS = {
    "version": text(40),
    "kind": one_of(*KINDS),
    "license": text(100),
    "description": prose(),
    "resources": mapping(
        {}, {"time_s": number(0, 86_400), "memory_mb": whole(16, 262_144), "threads": whole(1, 64)}
    ),
    "interface": INTERFACE,
}
PROGRAM = mapping({"name": text(100), "runtime": RUNTIME, "command": COMMAND}, FACTS)
PLAIN = mapping({"name": text(100)}, {"runtime": RUNTIME, "command": COMMAND, **FACTS})
METRIC = mapping(
    {
        "name": text(60, NAME),
        "title": BOTH_LANGUAGES,
        "direction": one_of("higher", "lower"),
        "aggregate": one_of(*AGGREGATES),
        "value": COLUMN,
    },
    {
        "unit": prose(40, empty=True),
        "primary": flag,
        "stratum": COLUMN,
        "denominator": COLUMN,
        "formula": prose(500, empty=True),
    },
)
LIMITS = mapping(
    {"time_s": whole(1, 86_400), "memory_mb": whole(64, 262_144)},
    {
        "threads": whole(1, 64),
        "output_mb": whole(1, 4096),
        "output_files": whole(1, 10_000),
        "log_kb": whole(1, 4096),
        "queue": one_of("cpu", "gpu", "himem"),
    },
)
MODEL_IO = mapping(
    {
        "file": file_path,
        "id": text(100),
        "features": list_of(text(100), most=5000),
        "output": file_path,
        "column": text(100),
    }
)
# The same as registry.benchmarks.forms.Manifest, which reads an accepted file on the host; a test compares the two.
BENCHMARK = mapping(
    {
        "title": BOTH_LANGUAGES,
        "task": mapping({"zh": file_path, "en": file_path}),
        "accepts": list_of(one_of(*KINDS), most=3),
        "runtime": RUNTIME,
        "scorer": mapping({"runtime": RUNTIME}, {"command": COMMAND}),
        "predictions": mapping({"files": list_of(file_path, most=20)}),
        "metrics": list_of(METRIC, most=20),
        "limits": LIMITS,
    },
    {
        "inputs_public": flag,
        "model_io": MODEL_IO,
        "quota": mapping(
            {},
            {
                "per_day": whole(1, 1000),
                "total": whole(1, 100_000),
                "at_once": whole(1, 100_000),
                "capacity_per_day": whole(1, 1_000_000),
            },
        ),
        "logs_visible": flag,
        "dry_run": mapping(
            {"path": file_path, "expected": number(-1e308, 1e308)},
            {"kind": one_of(*KINDS), "tolerance": number(-1e-300, 1e300)},
        ),
        "item_table": ITEM_TABLE,
        "baselines": list_of(anything, least=0, most=50, distinct=False),
        "source": anything,
    },
)


@dataclass(frozen=True)
class Context:
    """What a manifest is checked against: the files of the tree, and the runtimes that exist."""

    files: frozenset[str]
    runtimes: frozenset[str] | None


def check_manifest(content: str, hits: Hits, context: Context, shape: str) -> dict[str, Any] | None:
    """Findings for one manifest; `shape` is program, model, plain or benchmark. Returns the value when
    nothing is wrong."""
    try:
        document = load(content)
    except YamlError as refused:
        param = "field" if refused.rule == "manifest.duplicate_key" else "problem"
        hits.add(refused.rule, refused.line, "", **{param: refused.problem})
        return None
    complaints = list(_complaints(document, context, shape))
    for complaint in complaints[:40]:
        _report(complaint, document, hits)
    return None if any(each.rule != "manifest.unknown_field" for each in complaints) else document.value


def _report(complaint: Complaint, document: Document, hits: Hits) -> None:
    params: dict[str, object] = {"field": complaint.name or hits.path}
    if complaint.rule == "manifest.wrong_value":
        params |= {"expected": complaint.expected, "allowed": complaint.allowed}
    hits.add(complaint.rule, document.line(complaint.path), "", **params)


def _complaints(document: Document, context: Context, shape: str) -> Iterator[Complaint]:
    value = document.value
    check = {"program": PROGRAM, "model": PLAIN, "plain": PLAIN, "benchmark": BENCHMARK}[shape]
    first = list(check(value, ()))
    # A slip in a benchmark must not change a task silently, one in an interface not a form.
    first = [
        replace(each, rule=STRICT.get(each.rule, each.rule))
        if shape == "benchmark" or (each.path[:1] == ("interface",) and len(each.path) > 1)
        else each
        for each in first
    ]
    yield from first
    if any(complaint.rule != "manifest.unknown_field" for complaint in first):
        return
    yield from _runtime(value, ("runtime",), context)
    if shape == "benchmark":
        yield from _benchmark(value, context)
        return
    if value.get("command"):
        yield from _command(value["command"], ("command",), context, "")
    if interface := value.get("interface"):
        yield from check_interface(interface, ("interface",), context.files, model=shape == "model")
        if interface.get("command"):
            yield from _command(interface["command"], ("interface", "command"), context, "")


def _runtime(value: dict[str, Any], path: Path, context: Context) -> Iterator[Complaint]:
    name = value.get(str(path[-1]))
    if name is not None and context.runtimes is not None and name not in context.runtimes:
        yield Complaint("manifest.wrong_value", path, "runtime", " | ".join(sorted(context.runtimes)))


def _command(command: str, path: Path, context: Context, folder: str) -> Iterator[Complaint]:
    """The command must split into words without a shell, and a script that it names must be in the tree."""
    try:
        words = shlex.split(command)
    except ValueError:
        words = []
    if not words:
        yield Complaint("manifest.wrong_value", path, "command")
        return
    script = next((word for word in words[1:3] if word.endswith(".py")), None)
    if script and words[0].startswith("python") and folder + script.removeprefix("./") not in context.files:
        yield Complaint("manifest.wrong_value", path, "existing_file", script)


def _benchmark(value: dict[str, Any], context: Context) -> Iterator[Complaint]:
    for language in ("zh", "en"):
        if value["task"][language] not in context.files:
            yield Complaint(
                "manifest.wrong_value", ("task", language), "existing_file", value["task"][language]
            )
    for folder in ("inputs", "labels", "scorer"):
        if not any(name.startswith(f"{folder}/") for name in context.files):
            yield Complaint("manifest.wrong_value", (), "existing_folder", f"{folder}/")
    yield from _runtime(value["scorer"], ("scorer", "runtime"), context)
    yield from _command(value["scorer"].get("command") or SCORER, ("scorer", "command"), context, "scorer/")
    yield from _metrics(value["metrics"])
    yield from _model_io(value, context)
    if value.get("item_table") is not None:
        yield from check_item_table(value["item_table"], context.files)


def _metrics(metrics: list[dict[str, Any]]) -> Iterator[Complaint]:
    names = [metric["name"] for metric in metrics]
    for position, metric in enumerate(metrics):
        if metric["name"] in names[:position]:
            yield Complaint("manifest.wrong_value", ("metrics", position, "name"), "distinct")
        for aggregate, column in (("balanced_mean", "stratum"), ("one_minus_ratio", "denominator")):
            given, needed = metric.get(column) is not None, metric["aggregate"] == aggregate
            if needed and not given:
                yield Complaint("manifest.missing_field", ("metrics", position, column))
            elif given and not needed:
                yield Complaint("manifest.unexpected_field", ("metrics", position, column))
    if sum(bool(metric.get("primary")) for metric in metrics) != 1:
        yield Complaint("manifest.wrong_value", ("metrics",), "one_primary")
    strata = {metric.get("stratum") for metric in metrics} - {None}
    if strata & {metric.get(column) for metric in metrics for column in ("value", "denominator")}:
        yield Complaint("manifest.wrong_value", ("metrics",), "own_strata")


def _model_io(value: dict[str, Any], context: Context) -> Iterator[Complaint]:
    model_io = value.get("model_io")
    if model_io is None:
        if "model" in value["accepts"]:
            yield Complaint("manifest.missing_field", ("model_io",))
        return
    if f"inputs/{model_io['file']}" not in context.files:
        yield Complaint(
            "manifest.wrong_value", ("model_io", "file"), "existing_file", f"inputs/{model_io['file']}"
        )
    if model_io["output"] not in value["predictions"]["files"]:
        yield Complaint(
            "manifest.wrong_value",
            ("model_io", "output"),
            "one_of",
            " | ".join(value["predictions"]["files"]),
        )
