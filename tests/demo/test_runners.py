"""The runners, as plain processes of the runtime, on models that are as asked and models that are not."""

import csv
import json
import subprocess
from pathlib import Path

import pytest

from tests.demo.conftest import RUNNERS, Run

ITEMS = [("i1", 1.0, 0.5, 2.0), ("i2", -1.0, 0.25, -2.0), ("i3", 0.5, -0.5, 0.25)]
WEIGHTED = [8.0, -6.5, 0.25]


@pytest.fixture(scope="session")
def models(run: Run, extra: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    made = run(folder, Path(__file__).with_name("make_models.py"), folder, layers=(extra,))
    assert made.returncode == 0, made.stderr
    return folder


@pytest.fixture
def bench(tmp_path: Path) -> Path:
    """input/, output/ and the configuration, as the jail sees them."""
    (tmp_path / "input").mkdir()
    (tmp_path / "output").mkdir()
    with (tmp_path / "input/items.csv").open("w", newline="") as handle:
        csv.writer(handle).writerows([("b", "id", "c", "a"), *((b, name, c, a) for name, a, b, c in ITEMS)])
    config = {
        "file": "items.csv",
        "id": "id",
        "features": ["a", "b", "c"],
        "output": "p.csv",
        "column": "value",
    }
    (tmp_path / "model_io.json").write_text(json.dumps(config))
    return tmp_path


def start(run: Run, bench: Path, submission: Path) -> subprocess.CompletedProcess[str]:
    kind = submission.name.split("-")[0].replace("mlflow", "pyfunc")
    script = RUNNERS / f"{kind}_runner.py"
    return run(submission, script, bench / "input", bench / "output", bench / "model_io.json")


def predictions(bench: Path) -> list[list[str]]:
    with (bench / "output/p.csv").open(newline="") as handle:
        return list(csv.reader(handle))


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("onnx-regression", WEIGHTED),
        ("onnx-one-row-at-a-time", WEIGHTED),
        ("onnx-named-output", WEIGHTED),
        ("onnx-input-per-feature", [3.5, -2.75, 0.25]),
        ("skops-regression", WEIGHTED),
        ("skops-named-columns", WEIGHTED),
        ("mlflow-skops", WEIGHTED),
    ],
)
def test_numbers(run: Run, bench: Path, models: Path, name: str, expected: list[float]) -> None:
    done = start(run, bench, models / name)
    assert done.returncode == 0, done.stderr
    header, *rows = predictions(bench)
    assert header == ["id", "value"]
    assert [row[0] for row in rows] == ["i1", "i2", "i3"]
    assert [float(row[1]) for row in rows] == pytest.approx(expected, abs=1e-4)
    assert "3 predictions written" in done.stdout


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("onnx-string-classifier", ["urban", "water", "urban"]),
        ("onnx-integer-classifier", ["1", "0", "1"]),
        ("skops-forest", ["urban", "water", "urban"]),
    ],
)
def test_classes(run: Run, bench: Path, models: Path, name: str, expected: list[str]) -> None:
    done = start(run, bench, models / name)
    assert done.returncode == 0, done.stderr
    assert [row[1] for row in predictions(bench)[1:]] == expected


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("onnx-wrong-features", "takes 2 features; the table gives 3: a, b, c"),
        ("onnx-two-targets", "exactly one value per item"),
        ("onnx-unknown-inputs", "inputs zz are not features"),
        ("onnx-two-outputs", "2 tensor outputs (y, z); name the prediction value or label"),
        ("onnx-nan", "predicts nan for item i1"),
        ("onnx-one-value-for-all", "exactly one value per item"),
        ("onnx-unknown-operator", "onnxruntime cannot load model.onnx"),
        ("onnx-garbage", "not a readable ONNX file"),
        ("onnx-empty", "onnxruntime cannot load model.onnx"),
        ("onnx-external", "1 tensors in external files (w)"),
        ("onnx-external-in-a-node", "1 tensors in external files (hid)"),
        ("skops-wrong-features", "takes 2 features; the table gives 3"),
        ("skops-other-columns", "columns that the table does not have: qq"),
        ("skops-two-targets", "exactly one value per item"),
        ("skops-no-predict", "a StandardScaler, which has no predict()"),
        ("skops-function", "types that are not trusted: posix.getcwd"),
        ("skops-homemade", "types that are not trusted: __main__.Homemade"),
        ("skops-nan", "predicts nan for item i1"),
        ("skops-pickle", "not a readable skops file"),
        ("mlflow-escape", "which is not in the submission"),
        ("mlflow-pickle", "python_function, sklearn in the format cloudpickle; this runtime has no mlflow"),
        ("mlflow-empty", "declares the flavours none"),
        ("mlflow-none", "no usable file MLmodel"),
    ],
)
def test_submission_faults(run: Run, bench: Path, models: Path, name: str, words: str) -> None:
    done = start(run, bench, models / name)
    assert (done.returncode, words in done.stderr) == (3, True), done.stderr
    assert done.stderr.startswith("submission fault: ")
    assert len(done.stderr.splitlines()) == 1
    assert "Traceback" not in done.stderr


def test_model_is_missing(run: Run, bench: Path, tmp_path: Path) -> None:
    for kind in ("onnx", "skops"):
        place = tmp_path / f"{kind}-none"
        place.mkdir()
        done = start(run, bench, place)
        assert (done.returncode, f"no file model.{kind}" in done.stderr) == (3, True)


def test_a_broken_benchmark_is_not_the_submitters_fault(run: Run, bench: Path, models: Path) -> None:
    (bench / "input/items.csv").write_text("id,a,b\ni1,1,2\n")
    done = start(run, bench, models / "onnx-regression")
    assert done.returncode not in (0, 3)
    assert "KeyError" in done.stderr


def test_the_onnx_runner_imports_little(run: Run, bench: Path, models: Path) -> None:
    """Imports are nine tenths of a short run."""
    script = (
        "import sys, runpy\n"
        "sys.argv = sys.argv[1:]\n"
        "sys.path.insert(0, sys.argv[0].rsplit('/', 1)[0])\n"
        "try: runpy.run_path(sys.argv[0], run_name='__main__')\n"
        "except SystemExit: pass\n"
        "print(sorted({'pandas', 'scipy', 'sklearn', 'skops', 'onnx', 'mlflow'} & set(sys.modules)))\n"
    )
    where = (RUNNERS / "onnx_runner.py", bench / "input", bench / "output", bench / "model_io.json")
    done = run(models / "onnx-regression", "-c", script, *where)
    assert done.stdout.splitlines()[-1] == "[]", done.stderr
