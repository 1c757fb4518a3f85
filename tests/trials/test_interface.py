"""The part ``interface`` of cspon.yaml: what the scan refuses, by line, and that the host reads what it accepts."""

import json
from typing import Any

import pytest
import yaml
from pydantic import ValidationError

from registry.scanning.findings import Verdict
from registry.scanning.jailed import interfaces as jailed
from registry.trials import interface as host
from registry.trials.interface import Interface
from tests.scanning.conftest import Scan, scan  # noqa: F401 - the fixture
from tests.trials.studio import PLACES, TITLE, interface

Path = tuple[str | int, ...]
TABLE = {"title": TITLE, "file": "table.csv", "kind": "table"}
CHOICE = {"value": "a", "title": TITLE}
PLAIN = {"name": "x", "title": TITLE, "type": "text"}
MODEL: dict[str, Any] = {
    "inputs": [{"name": "items", "title": TITLE, "kind": "csv", "file": "items.csv", "columns": ["a", "b"]}],
    "outputs": [{"title": TITLE, "file": "p.csv", "kind": "table", "column": "y"}],
}


def scanned(scan: Scan, part: Any, expects: str = "program") -> Any:  # noqa: F811
    values = {"name": "p", "runtime": "base-py311", "command": "python main.py", "interface": part}
    # One value per line, no aliases: the findings name lines.
    text = yaml.safe_dump(json.loads(json.dumps(values)), sort_keys=False)
    tree: dict[str, bytes | str] = {
        "cspon.yaml": text,
        "main.py": "print(1)\n",
        "examples/places.csv": PLACES,
    }
    if expects == "model":
        tree |= {"model.onnx": b""}
    return scan(tree, expects=expects, runtimes=("base-py311",))


def changed(path: Path, value: Any) -> dict[str, Any]:
    """The sound interface with one value replaced."""
    part = json.loads(json.dumps(interface()))
    at: Any = part
    for key in path[:-1]:
        at = at[key]
    at[path[-1]] = value
    return part  # type: ignore[no-any-return]


def test_a_sound_interface_passes_and_both_readers_agree(scan: Scan) -> None:  # noqa: F811
    report = scanned(scan, interface())
    assert report.findings == ()
    assert Interface.model_validate(report.manifests["cspon.yaml"]["interface"]).sampled
    assert jailed.ENDINGS == host.ENDINGS


WRONG: list[tuple[Path, Any, str]] = [
    (("outputs",), [], "interface.outputs"),
    (("colour",), "red", "interface.colour"),
    (("inputs", 0, "kind"), "shapefile", "interface.inputs[0].kind"),
    (("inputs", 0, "file"), "../places.csv", "interface.inputs[0].file"),
    (("inputs", 0, "file"), "places.exe", "interface.inputs[0].file"),
    (("inputs", 0, "max_kb"), 99999, "interface.inputs[0].max_kb"),
    (("inputs", 0, "title"), "only one", "interface.inputs[0].title"),
    (("outputs", 1, "file"), "picture.svg", "interface.outputs[1].file"),
    (("outputs", 1), {**TABLE, "column": "y"}, "interface.outputs[1].file"),
    (("outputs", 0, "kind"), "html", "interface.outputs[0].kind"),
    (("parameters", 0, "default"), 11, "interface.parameters[0].default"),
    (("parameters", 0, "default"), True, "interface.parameters[0].default"),
    (("parameters", 1, "default"), 1.5, "interface.parameters[1].default"),
    (("parameters", 2, "default"), "slow", "interface.parameters[2].default"),
    (("parameters", 2, "choices"), None, "interface.parameters[2].choices"),
    (("parameters", 3), {**PLAIN, "choices": [CHOICE]}, "interface.parameters[3].choices"),
    (
        ("parameters", 2, "choices", 1),
        {**CHOICE, "value": "fast"},
        "interface.parameters[2].choices[1].value",
    ),
    (("parameters", 2, "choices", 1), "exact", "interface.parameters[2].choices[1]"),
    (("parameters", 3), {**PLAIN, "min": 1}, "interface.parameters[3].min"),
    (("parameters", 3), {**PLAIN, "name": "places"}, "interface.inputs[0].name"),
    (("parameters", 3), {**PLAIN, "name": "A b"}, "interface.parameters[3].name"),
    (("parameters", 3), {**PLAIN, "type": "date"}, "interface.parameters[3].type"),
]


@pytest.mark.parametrize(("path", "value", "field"), WRONG)
def test_what_does_not_hold_is_refused_by_name_and_line(
    scan: Scan,  # noqa: F811
    path: Path,
    value: Any,
    field: str,
) -> None:
    part = changed(path, value)
    report = scanned(scan, part)
    assert report.decision.verdict is Verdict.REJECT
    found = [each.params["field"] for each in report.findings if each.rule.startswith("manifest.")]
    assert field in found
    assert all(each.line for each in report.findings if each.rule.startswith("manifest."))
    with pytest.raises(ValidationError):
        Interface.model_validate(part)


def test_samples_must_be_there_and_commands_name_files(scan: Scan) -> None:  # noqa: F811
    report = scanned(scan, {**changed(("inputs", 0, "sample"), "gone.csv"), "command": "python gone.py"})
    fields = {each.params["field"] for each in report.findings}
    assert fields == {"interface.inputs[0].sample", "interface.command"}


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"parameters": [PLAIN]}, "interface.parameters"),
        ({"inputs": []}, "interface.inputs"),
        ({"outputs": [{**TABLE, "file": "t.parquet"}]}, "interface.outputs"),
        ({"outputs": [*MODEL["outputs"], TABLE]}, "interface.outputs"),
    ],
)
def test_a_model_takes_one_table_and_gives_one(scan: Scan, changes: dict[str, Any], field: str) -> None:  # noqa: F811
    report = scanned(scan, {**MODEL, **changes}, expects="model")
    assert field in {each.params.get("field") for each in report.findings}
    assert not Interface.model_validate({**MODEL, **changes}).fits_model
    assert Interface.model_validate(MODEL).fits_model
