"""Scoring programs from templates: a readable ``score.py`` and the metrics that belong to it.

Every template is an aggregate of per-item values, so that the portal can make the score again (ADR 0005). F1 and IoU
are written as one minus a ratio of sums: F1 = 1 − Σ(FP+FN) / Σ(2·TP+FP+FN), IoU = 1 − Σ(FP+FN) / Σ(TP+FP+FN).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from string import Template
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from portal.kit.i18n import N_, _

TemplateName = Literal["accuracy", "balanced_accuracy", "f1", "iou", "rmse", "mae"]


@dataclass(frozen=True)
class Kind:
    """A template: its metric, the columns of its items, and the Python that makes them from ``given`` and ``true``."""

    title: str
    zh: str
    en: str
    metric: dict[str, Any]
    columns: dict[str, str]
    perfect: float
    numeric: bool = False
    positive: bool = False


HIT = {"correct": "int(given == true)"}
WRONG = {"wrong": "int((given == POSITIVE) != (true == POSITIVE))"}
KINDS: dict[str, Kind] = {
    "accuracy": Kind(
        N_("Accuracy"), "总体精度", "Accuracy",
        {"direction": "higher", "aggregate": "mean", "value": "correct", "formula": "n_correct / n"}, HIT, 1.0,
    ),
    "balanced_accuracy": Kind(
        N_("Balanced accuracy"), "平衡精度", "Balanced accuracy",
        {
            "direction": "higher", "aggregate": "balanced_mean", "value": "correct", "stratum": "true_class",
            "formula": "(1/K) · Σ_k (n_kk / n_k)",
        },
        {**HIT, "true_class": "true"}, 1.0,
    ),
    "f1": Kind(
        N_("F1 of one class"), "F1", "F1",
        {
            "direction": "higher", "aggregate": "one_minus_ratio", "value": "wrong", "denominator": "f1_weight",
            "formula": "1 − Σ(FP+FN) / Σ(2·TP+FP+FN) = 2·TP / (2·TP+FP+FN)",
        },
        {**WRONG, "f1_weight": "(given == POSITIVE) + (true == POSITIVE)"}, 1.0, positive=True,
    ),
    "iou": Kind(
        N_("IoU of one class"), "交并比", "IoU",
        {
            "direction": "higher", "aggregate": "one_minus_ratio", "value": "wrong", "denominator": "union",
            "formula": "1 − Σ(FP+FN) / Σ(TP+FP+FN) = TP / (TP+FP+FN)",
        },
        {**WRONG, "union": "int(POSITIVE in (given, true))"}, 1.0, positive=True,
    ),
    "rmse": Kind(
        N_("Root mean square error"), "均方根误差", "RMSE",
        {
            "direction": "lower", "aggregate": "sqrt_mean", "value": "squared_error",
            "formula": "√( (1/n) · Σ_i (ŷ_i − y_i)² )",
        },
        {"squared_error": "(given - true) ** 2"}, 0.0, numeric=True,
    ),
    "mae": Kind(
        N_("Mean absolute error"), "平均绝对误差", "MAE",
        {
            "direction": "lower", "aggregate": "mean", "value": "absolute_error",
            "formula": "(1/n) · Σ_i |ŷ_i − y_i|",
        },
        {"absolute_error": "abs(given - true)"}, 0.0, numeric=True,
    ),
}  # fmt: skip


class ScorerInput(BaseModel):
    """What a template is filled with. Names of columns are those of both tables, labels and predictions."""

    model_config = ConfigDict(frozen=True)

    template: TemplateName
    also: list[TemplateName] = Field(default_factory=list, max_length=6)
    labels: str = Field(min_length=1, max_length=200, pattern=r"^labels/[^\n\"\\]+\.csv$")
    predictions: str = Field(default="predictions.csv", max_length=200, pattern=r"^[A-Za-z0-9_.-]+\.csv$")
    id: str = Field(default="id", min_length=1, max_length=100, pattern=r"^[^\n\"\\]+$")
    value: str = Field(min_length=1, max_length=100, pattern=r"^[^\n\"\\]+$")
    block: str = Field(default="", max_length=100, pattern=r"^[^\n\"\\]*$")
    positive: str = Field(default="", max_length=100, pattern=r"^[^\n\"\\]*$")
    unit: str = Field(default="", max_length=40)

    @field_validator("also")
    @classmethod
    def _once(cls, value: list[TemplateName]) -> list[TemplateName]:
        return list(dict.fromkeys(value))

    @model_validator(mode="after")
    def _fits(self) -> "ScorerInput":
        if len({KINDS[name].numeric for name in self.names}) != 1:
            raise ValueError(
                _("Metrics of classes and metrics of numbers do not go together in one template.")
            )
        if any(KINDS[name].positive for name in self.names) and not self.positive:
            raise ValueError(_("F1 and IoU need the class that counts as positive."))
        return self

    @property
    def names(self) -> list[TemplateName]:
        """The templates, the one that ranks first."""
        return [self.template, *(name for name in self.also if name != self.template)]


def metrics(given: ScorerInput) -> list[dict[str, Any]]:
    """The metrics of ``benchmark.yaml``."""
    return [
        {
            "name": name,
            "title": {"zh": KINDS[name].zh, "en": KINDS[name].en},
            "unit": given.unit if KINDS[name].numeric else "",
            "primary": name == given.template,
            **KINDS[name].metric,
        }
        for name in given.names
    ]


def reference(given: ScorerInput) -> dict[str, Any]:
    """The labels are a perfect answer, whose score is known."""
    perfect = KINDS[given.template].perfect
    return {"kind": "predictions", "path": given.labels, "expected": perfect, "tolerance": 1e-9}


def program(given: ScorerInput) -> str:
    """The text of ``score.py``."""
    columns: dict[str, str] = {}
    for name in given.names:
        columns.update(KINDS[name].columns)
    numeric = KINDS[given.template].numeric
    return _PROGRAM.substitute(
        title=", ".join(KINDS[name].en for name in given.names),
        labels=repr(given.labels.removeprefix("labels/")),
        predictions=repr(given.predictions),
        id=repr(given.id),
        value=repr(given.value),
        block=repr(given.block),
        positive=f"POSITIVE = {given.positive!r}\n"
        if any(KINDS[name].positive for name in given.names)
        else "",
        read="number(given_text, key), float(row[VALUE])"
        if numeric
        else "given_text.strip(), row[VALUE].strip()",
        number=_NUMBER if numeric else "",
        columns="\n".join(f'        item["{column}"] = {code}' for column, code in columns.items()),
        scores=_scores(given.names),
    )


def _scores(names: Sequence[str]) -> str:
    made = {
        "mean": "mean(column(items, {value!r}))",
        "sqrt_mean": "math.sqrt(mean(column(items, {value!r})))",
        "balanced_mean": "balanced(items, {value!r}, {stratum!r})",
        "one_minus_ratio": "1 - sum(column(items, {value!r})) / sum(column(items, {denominator!r}))",
    }
    lines = []
    for name in names:
        metric = KINDS[name].metric
        lines.append(f'        "{name}": {made[metric["aggregate"]].format(**metric)},')
    return "\n".join(lines)


_NUMBER = '''

def number(text: str, key: str) -> float:
    """A finite number; NaN and infinity are refused, because every comparison with NaN is false."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        refuse(f"{key}: {text[:40] or 'empty'} is not a finite number")
    return value
'''
_PROGRAM = Template('''"""Scores predictions against labels: $title.

Made from a template of the portal; change it as you like. Standard library only. Exit code 3 and one line on stderr
mean that the submission is at fault.
"""

import csv
import json
import math
import sys
from pathlib import Path

LABELS = $labels
PREDICTIONS = $predictions
ID, VALUE, BLOCK = $id, $value, $block
$positive

def refuse(reason: str) -> None:
    """End the scoring: the submission is at fault."""
    sys.stderr.write(f"{reason}\\n")
    raise SystemExit(3)


def read_predictions(path: Path) -> dict[str, str]:
    """Value by id; refuses what is no table, lacks a column, or names an id twice."""
    found: dict[str, str] = {}
    try:
        rows = list(csv.DictReader(path.read_text(encoding="utf-8-sig").splitlines()))
    except (UnicodeDecodeError, csv.Error):
        refuse(f"{PREDICTIONS} is not a CSV table in UTF-8")
    if not rows or not {ID, VALUE} <= rows[0].keys():
        refuse(f"{PREDICTIONS} needs the columns {ID} and {VALUE}")
    for row in rows:
        key, value = row[ID], row[VALUE]
        if key is None or value is None:
            refuse(f"{PREDICTIONS} has a row that is too short")
        if key in found:
            refuse(f"the id {key[:40]} occurs twice")
        found[key] = value
    return found

$number
def score(predictions: Path, labels: Path) -> list[dict]:
    """The items with what the metrics are made of."""
    with (labels / LABELS).open(newline="", encoding="utf-8-sig") as file:
        truth = {row[ID]: row for row in csv.DictReader(file)}
    table = read_predictions(predictions / PREDICTIONS)
    if table.keys() != truth.keys():
        missing, extra = len(truth.keys() - table.keys()), len(table.keys() - truth.keys())
        refuse(f"the ids do not match: {missing} are missing, {extra} are unknown")
    items = []
    for key, row in truth.items():
        given_text = table[key]
        given, true = $read
        item = {"id": key}
        if BLOCK:
            item["block"] = row[BLOCK]
$columns
        items.append(item)
    return items


def column(items: list[dict], name: str) -> list[float]:
    """The values of one column."""
    return [item[name] for item in items]


def mean(values: list[float]) -> float:
    """The arithmetic mean."""
    return math.fsum(values) / len(values)


def balanced(items: list[dict], value: str, stratum: str) -> float:
    """The mean over the strata of the means within them."""
    groups: dict[str, list[float]] = {}
    for item in items:
        groups.setdefault(item[stratum], []).append(item[value])
    return mean([mean(group) for group in groups.values()])


def main(source: Path, target: Path) -> None:
    """Read, score, write."""
    items = score(source / "predictions", source / "labels")
    scores = {
$scores
    }
    lines = [json.dumps(item, ensure_ascii=False, allow_nan=False) for item in items]
    (target / "per_item.jsonl").write_text("\\n".join(lines) + "\\n", encoding="utf-8")
    (target / "scores.json").write_text(json.dumps(scores, allow_nan=False), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
''')
