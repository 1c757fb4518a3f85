"""Every template makes a program that scores as the formula says, and whose items make the same score again."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import ValidationError

from registry.authoring.scorers import KINDS, ScorerInput, metrics, program
from registry.benchmarks.forms import Metric
from registry.evaluation.run.scores import spec
from registry.evaluation.statistics import aggregate, items_from_rows

CLASSES = [
    ("a", "yes", "yes"),
    ("b", "yes", "no"),
    ("c", "no", "yes"),
    ("d", "no", "no"),
    ("e", "yes", "yes"),
]
"""id, true, given: TP 2, FN 1, FP 1, TN 1."""
NUMBERS = [("a", "1", "2"), ("b", "2", "2"), ("c", "3", "0")]
EXPECTED = {
    "accuracy": 3 / 5, "balanced_accuracy": (2 / 3 + 1 / 2) / 2, "f1": 4 / 6, "iou": 2 / 4,
    "rmse": (10 / 3) ** 0.5, "mae": 4 / 3,
}  # fmt: skip


def scored(folder: Path, given: ScorerInput, answers: str, labels: str) -> subprocess.CompletedProcess[str]:
    for name, text in {"labels/labels.csv": labels, "predictions/predictions.csv": answers}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    (folder / "score.py").write_text(program(given), encoding="utf-8")
    command = [sys.executable, str(folder / "score.py"), str(folder), str(folder)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def chosen(name: str) -> ScorerInput:
    numeric = KINDS[name].numeric
    also = [other for other, kind in KINDS.items() if kind.numeric == numeric]
    return ScorerInput(
        template=name, also=also, labels="labels/labels.csv", value="v", positive="" if numeric else "yes"
    )


@pytest.mark.parametrize("name", sorted(KINDS))
def test_scores_are_those_of_the_formula(tmp_path: Path, name: str) -> None:
    given = chosen(name)
    rows = NUMBERS if KINDS[name].numeric else CLASSES
    labels = "id,v\n" + "".join(f"{key},{true}\n" for key, true, _given in rows)
    answers = "id,v\n" + "".join(f"{key},{answer}\n" for key, _true, answer in rows)
    done = scored(tmp_path, given, answers, labels)
    assert done.returncode == 0, done.stderr
    found = json.loads((tmp_path / "scores.json").read_text())
    items = [json.loads(line) for line in (tmp_path / "per_item.jsonl").read_text().splitlines()]
    assert set(found) == set(given.names)
    for declared in metrics(given):
        metric = Metric.model_validate(declared)
        wanted = spec(metric)
        assert found[metric.name] == pytest.approx(EXPECTED[metric.name])
        assert aggregate(wanted, items_from_rows(wanted, items)) == pytest.approx(EXPECTED[metric.name])
    assert [metric["name"] for metric in metrics(given) if metric["primary"]] == [name]


@pytest.mark.parametrize(
    "answers",
    ["", "id,v\n", "id\na\n", "id,v\na,1\n", "id,v\na,1\nb,2\nc,NaN\n", "id,v\na,1\nb,2\nc,x\n", "\0\1",
     "id,v\na,1\na,1\nb,2\nc,3\n", "id,v\na,1\nb,2\nc,3\nd,4\n", "id,v\na\nb,2\nc,3\n", "id,v\na,1\nb,2\nc,1e999\n"],
)  # fmt: skip
def test_odd_predictions_are_refused_with_a_reason(tmp_path: Path, answers: str) -> None:
    labels = "id,v\na,1\nb,2\nc,3\n"
    done = scored(tmp_path, chosen("rmse"), answers, labels)
    assert done.returncode == 3, done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"template": "auc"}, {"also": ["mae"]}, {"template": "f1"}, {"labels": "inputs/x.csv"},
        {"labels": 'labels/a".csv'}, {"value": 'v"\nimport os'}, {"predictions": "../p.csv"}, {"value": ""},
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        ScorerInput.model_validate(
            {"template": "accuracy", "labels": "labels/labels.csv", "value": "v", **changes}
        )


def test_names_become_text_and_never_code(tmp_path: Path) -> None:
    given = ScorerInput(template="accuracy", labels="labels/l'.csv", value="'+x", id="{ID}")
    compile(program(given), "score.py", "exec")
    assert repr("'+x") in program(given)
