"""From a folder to a score by the command line, with a real worker and real jails."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlmodel import Session

from registry.versions.models import SubmissionKind
from tests.client.conftest import Terminal
from tests.client.serving import working
from tests.evaluation.tiny import PERFECT, RUNTIME, Scene, answers
from tests.support.make import Make

FAILING = "import sys\nprint('about to fail')\nsys.exit('the input is odd')\n"


@pytest.fixture
def worker(portal: str, database_url: str, home: Path) -> Iterator[None]:
    with working(database_url, home):
        yield


@pytest.fixture
def scene(db: Session, make: Make) -> Scene:
    return Scene(db, make)


@pytest.fixture
def researcher(cspon: Terminal, portal: str, token: Callable[..., str], scene: Scene) -> Terminal:
    cspon("login", portal, "--token", token(scene.researcher))
    return cspon


def folder(tmp_path: Path, **files: str | bytes) -> Path:
    root = tmp_path / f"work{len(list(tmp_path.iterdir()))}"
    root.mkdir()
    for name, content in {"README.md": "---\nlicense: MIT\n---\n# 程序\n", "LICENSE": "MIT", **files}.items():
        (root / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    return root


def program(tmp_path: Path, name: str, source: str) -> Path:
    manifest = f"name: {name}\nruntime: {RUNTIME}\ncommand: python main.py $input $output\n"
    return folder(tmp_path, **{"main.py": source, "cspon.yaml": manifest})


@pytest.mark.timeout(150)
def test_a_folder_becomes_a_score(researcher: Terminal, worker: None, scene: Scene, tmp_path: Path) -> None:
    mine, bench = scene.researcher.namespace.slug, f"{scene.owner.namespace.slug}/{scene.asset.name}"

    said = researcher("push", program(tmp_path, "perfect", PERFECT), "--to", f"{mine}/perfect")
    assert "State: Published" in said.stderr
    assert said.stdout.strip().endswith(f"/assets/{mine}/perfect/versions/1.0.0")

    said = researcher("evaluate", f"{mine}/perfect@1.0.0", "--on", bench, "--follow")
    assert [state for state in ("Queued", "Running", "Scoring", "Done") if state in said.stderr] == [
        "Queued", "Running", "Scoring", "Done",
    ]  # fmt: skip
    assert "reading" in said.stderr
    assert "* RMSE" in said.stdout
    assert "95% interval" in said.stdout

    again = researcher.json("evaluate", f"{mine}/perfect@1.0.0", "--on", bench)
    assert {item["name"]: item["value"] for item in again["result"]["metrics"]} == {"rmse": 0.0, "hits": 1.0}
    shown = researcher.json("status", again["id"])
    assert shown == again

    researcher("push", program(tmp_path, "failing", FAILING), "--to", f"{mine}/failing")
    said = researcher("evaluate", f"{mine}/failing@1.0.0", "--on", bench, "--follow", code=1)
    assert "the input is odd" in said.stderr
    assert "->" in said.stderr

    predictions = folder(tmp_path, **{"predictions.csv": answers(1.0)})
    researcher("push", predictions, "--to", f"{mine}/answers")
    done = researcher("evaluate", f"{mine}/answers@1.0.0", "--on", bench, "--follow", "--json")
    value = json.loads(done.stdout)
    assert value["kind"] == SubmissionKind.predictions.value
    assert value["state"] == "done"

    key = "-----BEGIN RSA PRIVATE KEY-----\n" + "MIIEowIBAAKCAQEAx" * 20 + "\n-----END RSA PRIVATE KEY-----\n"
    secret = program(tmp_path, "leaky", PERFECT)
    (secret / "id_rsa").write_text(key)
    said = researcher("push", secret, "--to", f"{mine}/leaky", code=3)
    assert "id_rsa:1" in said.stdout
