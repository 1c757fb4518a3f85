"""The part `interface` of cspon.yaml: parameters, inputs and outputs by which a version is tried."""

from collections.abc import Iterator
from typing import Any

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

ENDINGS = {
    "csv": (".csv",),
    "geojson": (".geojson", ".json"),
    "json": (".json",),
    "text": (".txt",),
    "image": (".png", ".jpg", ".jpeg"),
    "parquet": (".parquet",),
    "table": (".csv", ".tsv", ".parquet"),
    "picture": (".png", ".jpg", ".jpeg"),
    "map": (".geojson",),
    "document": (".txt", ".json", ".md"),
}
NAME = text(40, r"[a-z][a-z0-9_]{0,39}")
ANY_NUMBER = number(-1e15, 1e15)
CHOICE = mapping({"value": text(100), "title": BOTH_LANGUAGES})
PARAMETER = mapping(
    {"name": NAME, "title": BOTH_LANGUAGES, "type": one_of("number", "whole", "text", "choice", "flag")},
    {
        "hint": BOTH_LANGUAGES,
        "unit": prose(40, empty=True),
        "min": ANY_NUMBER,
        "max": ANY_NUMBER,
        "choices": list_of(CHOICE, most=50),
        "default": anything,
    },
)
INPUT = mapping(
    {
        "name": NAME,
        "title": BOTH_LANGUAGES,
        "kind": one_of("csv", "geojson", "json", "text", "image", "parquet"),
        "file": file_path,
    },
    {"sample": file_path, "max_kb": whole(1, 1024), "columns": list_of(text(100), most=1000)},
)
OUTPUT = mapping(
    {"title": BOTH_LANGUAGES, "kind": one_of("table", "picture", "map", "document"), "file": file_path},
    {"column": text(100)},
)
INTERFACE = mapping(
    {"outputs": list_of(OUTPUT, most=6)},
    {
        "command": text(1000),
        "parameters": list_of(PARAMETER, least=0, most=12),
        "inputs": list_of(INPUT, least=0, most=3),
    },
)
# The same as registry.trials.interface.Interface, which reads an accepted file on the host; a test compares the two.


def check_interface(
    value: dict[str, Any], path: Path, files: frozenset[str], *, model: bool
) -> Iterator[Complaint]:
    """What the shapes cannot say: names that stand twice, endings, bounds, samples that are not there."""
    parameters, inputs, outputs = (value.get(key) or [] for key in ("parameters", "inputs", "outputs"))
    named = [(*path, "parameters", n, "name") for n in range(len(parameters))]
    named += [(*path, "inputs", n, "name") for n in range(len(inputs))]
    yield from _distinct([each["name"] for each in (*parameters, *inputs)], named)
    for key, items in (("inputs", inputs), ("outputs", outputs)):
        places = [(*path, key, n, "file") for n in range(len(items))]
        yield from _distinct([each["file"] for each in items], places)
        for place, each in zip(places, items, strict=True):
            yield from _ending(each["file"], each["kind"], place)
    for n, each in enumerate(parameters):
        yield from _parameter(each, (*path, "parameters", n))
    for n, each in enumerate(inputs):
        yield from _input(each, (*path, "inputs", n), files)
    if model:
        yield from _model(value, path, inputs, outputs)


def _distinct(values: list[str], places: list[Path]) -> Iterator[Complaint]:
    for n, value in enumerate(values):
        if value in values[:n]:
            yield Complaint("manifest.wrong_value", places[n], "distinct")


def _ending(file: str, kind: str, path: Path) -> Iterator[Complaint]:
    if not file.lower().endswith(ENDINGS[kind]):
        yield Complaint("manifest.wrong_value", path, "form", " | ".join(f"*{end}" for end in ENDINGS[kind]))


def _parameter(each: dict[str, Any], path: Path) -> Iterator[Complaint]:
    kind = each["type"]
    choices = [choice["value"] for choice in each.get("choices") or []]
    yield from _distinct(choices, [(*path, "choices", n, "value") for n in range(len(choices))])
    if kind == "choice" and not choices:
        yield Complaint("manifest.missing_field", (*path, "choices"))
    if kind != "choice" and choices:
        yield Complaint("manifest.unexpected_field", (*path, "choices"))
    numeric = kind in {"number", "whole"}
    yield from (
        Complaint("manifest.unexpected_field", (*path, bound))
        for bound in ("min", "max")
        if not numeric and each.get(bound) is not None
    )
    if each.get("default") is None:
        return
    if numeric:
        yield from _within(each, path)
    else:
        shapes = {"flag": flag, "choice": one_of(*choices), "text": prose(500, empty=True)}
        yield from shapes[kind](each["default"], (*path, "default"))


def _within(each: dict[str, Any], path: Path) -> Iterator[Complaint]:
    """A number of the right type between the bounds."""
    low, high = each.get("min"), each.get("max")
    low, high = -1e15 if low is None else low, 1e15 if high is None else high
    value, whole_one = each["default"], each["type"] == "whole"
    right = type(value) is int or (type(value) is float and not whole_one)
    if not right or not low <= value <= high:
        expected = "whole_number" if whole_one else "number"
        yield Complaint("manifest.wrong_value", (*path, "default"), expected, f"{low:g}–{high:g}")


def _input(each: dict[str, Any], path: Path, files: frozenset[str]) -> Iterator[Complaint]:
    if each.get("columns") and each["kind"] != "csv":
        yield Complaint("manifest.unexpected_field", (*path, "columns"))
    sample = each.get("sample")
    if sample is not None:
        yield from _ending(sample, each["kind"], (*path, "sample"))
        if sample not in files:
            yield Complaint("manifest.wrong_value", (*path, "sample"), "existing_file", sample)


def _model(
    value: dict[str, Any], path: Path, inputs: list[dict[str, Any]], outputs: list[dict[str, Any]]
) -> Iterator[Complaint]:
    """A model is run by our own runner: one table in, one table out."""
    for key in ("command", "parameters"):
        if value.get(key):
            yield Complaint("manifest.unexpected_field", (*path, key))
    if [each["kind"] for each in inputs] != ["csv"]:
        yield Complaint("manifest.wrong_value", (*path, "inputs"), "one_csv")
    if [each["file"].lower().endswith(".csv") for each in outputs] != [True]:
        yield Complaint("manifest.wrong_value", (*path, "outputs"), "one_csv")
