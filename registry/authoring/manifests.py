"""``benchmark.yaml`` as a map that forms read from and write to, and what ``Manifest`` says of it, place by place."""

from collections.abc import Mapping, Sequence
from copy import deepcopy
from typing import Any

import yaml
from pydantic import ValidationError
from starlette.datastructures import FormData

from portal.kit.forms import clean, explain
from registry.authoring.steps import Entry, Rows, Step
from registry.benchmarks.forms import Manifest

Values = dict[str, Any]


def faults(values: Mapping[str, Any]) -> dict[str, str]:
    """Place -> what is wrong there, in the reader's language; ``form`` for what concerns several places."""
    try:
        Manifest.model_validate(dict(values))
    except ValidationError as error:
        return explain(error.errors(include_url=False))
    return {}


def of_step(step: Step, found: Mapping[str, str]) -> dict[str, str]:
    """The faults at a step's places."""
    return {place: text for place, text in found.items() if place.partition(".")[0] in step.keys}


def written(values: Mapping[str, Any]) -> str:
    """The map as YAML, in the order of the manifest's documentation."""
    order = {name: at for at, name in enumerate(Manifest.model_fields)}
    ordered = dict(sorted(values.items(), key=lambda item: order.get(item[0], len(order))))
    return str(yaml.safe_dump(ordered, allow_unicode=True, sort_keys=False, width=100))


def get(values: Mapping[str, Any], place: str) -> Any:
    """What stands at a dotted place; None where nothing does."""
    here: Any = values
    for part in place.split("."):
        if not isinstance(here, Mapping):
            return None
        here = here.get(part)
    return here


def put(values: Values, place: str, value: Any) -> None:
    """Write at a dotted place; an empty value takes it away, and maps that become empty with it."""
    first, _dot, rest = place.partition(".")
    if not rest:
        if value in (None, "", []):
            values.pop(first, None)
        else:
            values[first] = value
        return
    inner = values.get(first)
    inner = dict(inner) if isinstance(inner, Mapping) else {}
    put(inner, rest, value)
    if inner:
        values[first] = inner
    else:
        values.pop(first, None)


def read_entry(entry: Entry, form: FormData, prefix: str = "") -> Any:
    """What was typed into a field, as the manifest wants it; text stays text where it is no number."""
    name = prefix + entry.name
    if entry.kind == "choices":
        return [str(item) for item in form.getlist(name)]
    text = clean(str(form.get(name) or "")).strip()
    if entry.kind == "flag":
        return text == "1" or None
    if entry.kind == "lines":
        return [line.strip() for line in text.replace(",", "\n").splitlines() if line.strip()]
    if entry.kind == "whole":
        return int(text) if text.lstrip("-").isdecimal() and len(text) < 16 else text
    return _number(text) if entry.kind == "number" else text


def _number(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text


def patched(values: Mapping[str, Any], step: Step, form: FormData) -> Values:
    """The map with what a step's form says."""
    new = deepcopy(dict(values))
    for entry in step.entries:
        put(new, entry.name, read_entry(entry, form))
    if step.rows is not None:
        put(new, step.rows.key, edited_rows(new, step.rows, form))
    return new


def rows_of(values: Mapping[str, Any], rows: Rows) -> list[Mapping[str, Any]]:
    """The entries of a list of the manifest, as far as they are maps."""
    found = get(values, rows.key)
    return [row for row in found if isinstance(row, Mapping)] if isinstance(found, list) else []


def edited_rows(values: Mapping[str, Any], rows: Rows, form: FormData) -> list[Values]:
    """The list of the editor, without what was left empty or marked for removal; what no field shows stays."""
    old = rows_of(values, rows)
    found: list[Values] = []
    for number in range(rows.most + 1):
        prefix = f"{rows.key}.{number}."
        if form.get(f"{prefix}remove") == "1" or not str(form.get(f"{prefix}name") or "").strip():
            continue
        row: Values = deepcopy(dict(old[number])) if number < len(old) else {}
        for entry in rows.entries:
            put(row, entry.name, read_entry(entry, form, prefix))
        found.append(row)
    return found


def item_columns(values: Mapping[str, Any]) -> Sequence[str]:
    """The keys every line of ``per_item.jsonl`` must hold: ``id`` and the columns of the metrics."""
    found: dict[str, None] = {"id": None}
    metrics = values.get("metrics")
    for metric in metrics if isinstance(metrics, list) else []:
        for key in ("value", "stratum", "denominator"):
            if isinstance(metric, Mapping) and isinstance(column := metric.get(key), str):
                found[column] = None
    return list(found)
