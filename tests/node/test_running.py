"""Running on the node's data: in the jail, the whole of it, and nothing else."""

import base64
import hashlib
import json
from dataclasses import replace

import pytest

from cspon_node.formats import LOCK, Interface
from tests.node.world import COMMAND
from tests.trials.test_run import summing_model

SPY = b"""import json, os, pathlib, socket, sys
seen = {}
for path in ("/etc/shadow", "/root", "/submission/../../home", "/proc/1/environ"):
    try:
        seen[path] = len(os.listdir(path)) if os.path.isdir(path) else len(open(path).read())
    except OSError as error:
        seen[path] = type(error).__name__
try:
    socket.socket().connect(("127.0.0.1", 80)); seen["net"] = "open"
except OSError as error:
    seen["net"] = type(error).__name__
seen["env"] = sorted(os.environ)
seen["parameters"] = json.load(open(sys.argv[3]))
try:
    open("/submission/main.py", "a"); seen["write"] = "open"
except OSError as error:
    seen["write"] = type(error).__name__
pathlib.Path(sys.argv[2], "seen.json").write_text(json.dumps(seen))
"""


def asked(**given):
    return Interface(**{**vars(COMMAND), **given})


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "mine.csv"
    path.write_text("id,a\n1,2\n2,3\n")
    return path


def ran(made) -> dict:
    receipts = made("receipt")[1]["receipts"]
    return json.loads(base64.b64decode(receipts[-1]["payload"]))["predicate"]


def test_a_program_runs_on_local_data(world, made, tmp_path, table, runtimes):
    assert made("install", world.bundle())[0] == 0
    code, said = made("run", "wang/landcover", table, "--out", tmp_path / "out", "--runtimes", runtimes)
    assert (code, said["outcome"]) == (0, "ok"), said
    assert (tmp_path / "out/out.csv").read_text() == "2,3\n1,2\nid,a\n"
    receipt = ran(made)
    assert receipt["event"] == "ran"
    assert receipt["run"]["outputs"][0]["path"] == "out.csv"
    assert receipt["sandbox"] in ("strong", "weak")
    assert "mine.csv" not in json.dumps(receipt)


def test_inside_it_sees_its_input_and_nothing_else(world, made, tmp_path, table, runtimes, monkeypatch):
    monkeypatch.setenv("CSPON_NODE_TOKEN", "secret")
    command = ("python", "main.py", "$input", "$output", "$parameters")
    interface = asked(command=command, outputs=(), parameters={"cell": 50, "kind": "x"})
    assert made("install", world.bundle(files={"main.py": SPY}, interface=interface))[0] == 0
    (tmp_path / "parameters.json").write_text('{"cell": 10}')
    code, said = made("run", "wang/landcover", table, "--out", tmp_path / "out", "--runtimes", runtimes,
                      "--parameters", tmp_path / "parameters.json")  # fmt: skip
    assert code == 0, said
    seen = json.loads((tmp_path / "out/seen.json").read_text())
    assert seen["parameters"] == {"cell": 10, "kind": "x"}
    assert seen["net"] != "open"
    assert seen["write"] != "open"
    assert "CSPON_NODE_TOKEN" not in seen["env"]
    assert isinstance(seen["/etc/shadow"], str)
    assert ran(made)["run"]["outputs"][0]["path"] == "", "a name the manifest does not know stays on the node"


@pytest.mark.parametrize(
    ("program", "outcome"),
    [
        (b"raise SystemExit(4)", "failed"),
        (b"while True: pass", "timeout"),
        (b"print('x' * 10_000_000)", "log_overflow"),
    ],
)
def test_a_program_that_fails(world, made, tmp_path, table, runtimes, program, outcome):
    limits = {"time_s": 2.0, "memory_mb": 256, "threads": 1}
    assert made("install", world.bundle(files={"main.py": program}, interface=asked(limits=limits)))[0] == 0
    code, said = made("run", "wang/landcover", table, "--out", tmp_path / "out", "--runtimes", runtimes)
    assert (code, said["outcome"]) == (1, outcome)
    assert not (tmp_path / "out").exists()
    assert ran(made)["run"]["outcome"] == outcome


def test_links_in_the_output_are_not_followed(world, made, tmp_path, table, runtimes):
    program = b"import os, sys; os.symlink('/etc/shadow', sys.argv[2] + '/out.csv')"
    assert made("install", world.bundle(files={"main.py": program}))[0] == 0
    code, said = made("run", "wang/landcover", table, "--out", tmp_path / "out", "--runtimes", runtimes)
    assert (code, said["code"]) == (8, "output")
    assert not (tmp_path / "out").exists()


def test_inputs_that_do_not_fit(world, made, tmp_path, table, runtimes):
    assert made("install", world.bundle(interface=asked(inputs=("table.csv", "more.csv"))))[0] == 0
    more = ["--out", tmp_path / "out", "--runtimes", runtimes]
    for words in ([], [table], [f"table.csv={table}"], [tmp_path / "absent.csv"]):
        assert made("run", "wang/landcover", *words, *more)[1]["code"] == "input"
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder/table.csv").symlink_to("/etc/passwd")
    (tmp_path / "folder/more.csv").write_text("x")
    assert made("run", "wang/landcover", tmp_path / "folder", *more)[1]["code"] == "input"
    code, _said = made("run", "wang/landcover", f"table.csv={table}", f"more.csv={table}", *more)
    assert code == 0
    assert (
        made("run", "wang/landcover", f"table.csv={table}", f"more.csv={table}", *more)[1]["code"] == "output"
    )


def test_parameters_that_do_not_fit(world, made, tmp_path, table, runtimes):
    command = ("python", "main.py", "$input", "$output", "$parameters")
    interface = asked(command=command, parameters={"cell": None, "kind": "x"})
    assert made("install", world.bundle(interface=interface))[0] == 0
    words = ("run", "wang/landcover", table, "--out", tmp_path / "out", "--runtimes", runtimes)
    assert made(*words)[1]["code"] == "input", "cell has no default"
    for text in ('{"cell": 1, "odd": 2}', "[]", "{", '{"cell": null}'):
        (tmp_path / "p.json").write_text(text)
        assert made(*words, "--parameters", tmp_path / "p.json")[1]["code"] == "input", text
    (tmp_path / "p.json").write_text('{"cell": 1}')
    assert made(*words, "--parameters", tmp_path / "p.json")[0] == 0


def test_a_model_is_run_by_the_runner(world, made, tmp_path, runtimes):
    told = {"file": "table.csv", "id": "id", "features": [], "output": "sums.csv", "column": "sum"}
    interface = Interface(
        how="model", runner="onnx", model_io=told, inputs=("table.csv",), outputs=("sums.csv",)
    )
    files = {"model.onnx": summing_model()}
    assert made("install", world.bundle(files=files, interface=interface, runtime="geo"))[0] == 0
    (tmp_path / "mine.csv").write_text("id,a,b\nx,1,2\ny,3,4\n")
    code, said = made(
        "run", "wang/landcover", tmp_path / "mine.csv", "--out", tmp_path / "out", "--runtimes", runtimes
    )
    assert code == 0, said
    assert (tmp_path / "out/sums.csv").read_text().split() == ["id,sum", "x,3.0", "y,7.0"]


def test_without_the_runtime_it_says_what_to_do(world, made, tmp_path, table, monkeypatch):
    monkeypatch.delenv("CSPON_NODE_RUNTIMES", raising=False)
    lock = b"numpy==0.0.1 --hash=sha256:" + b"0" * 64 + b"\n"

    def other(manifest):
        runtime = replace(manifest.runtime, digest=hashlib.sha256(lock).hexdigest())
        return replace(manifest, runtime=runtime)

    assert made("install", world.bundle(swap={LOCK: lock}, change=other))[0] == 0
    code, said = made("run", "wang/landcover", table, "--out", tmp_path / "out")
    assert (code, said["code"]) == (8, "runtime")
    assert "--runtimes" in said["advice"]


def test_what_cannot_be_run(world, made, tmp_path, table):
    assert made("install", world.bundle(interface=Interface()))[0] == 0
    assert made("run", "wang/landcover", table, "--out", tmp_path / "out")[1]["code"] in (
        "not-runnable",
        "runtime",
    )


@pytest.mark.parametrize(
    "line",
    [
        "-i https://evil.example",
        "-r other.txt",
        "numpy @ file:///stick/x.whl",
        "numpy==1.0",
        "./local.whl",
    ],
)
def test_a_lock_with_anything_but_packages(line):
    from cspon_node.formats import Runtime
    from cspon_node.refusals import Refusal
    from cspon_node.runtimes import check_lock

    with pytest.raises(Refusal):
        check_lock(Runtime("base-py311", "0" * 64), line + "\n")


def test_the_locks_of_this_release_are_taken():
    from cspon_node.formats import Runtime
    from cspon_node.runtimes import check_lock
    from registry.sandbox.runtimes import FAMILIES

    for family in FAMILIES.values():
        check_lock(Runtime(family.name, "0" * 64), family.lock.read_text())
