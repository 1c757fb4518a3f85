"""A folder becomes a benchmark by the command line: through its dry run, whose table is printed, to publication."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlmodel import Session

from portal.accounts.models import Scope
from tests.client.conftest import Terminal
from tests.client.serving import working
from tests.dryruns.drafts import REFERENCE, draft_files
from tests.evaluation.tiny import Scene
from tests.support.make import Make, Person

QUICK = {"accepts": ["predictions"], "model_io": None}


@pytest.fixture
def owner(make: Make) -> Person:
    return make.account("基准作者")


@pytest.fixture
def worker(portal: str, database_url: str, home: Path) -> Iterator[None]:
    with working(database_url, home):
        yield


@pytest.fixture
def author(cspon: Terminal, portal: str, token: Callable[..., str], owner: Person) -> Terminal:
    cspon("login", portal, "--token", token(owner))
    return cspon


def write(root: Path, **changes: object) -> Path:
    card = "---\nlicense: MIT\nasset_kind: benchmark\npretty_name: 小基准\n---\n# 小基准\n".encode()
    files = {**draft_files(**{**QUICK, **changes}), "README.md": card, "LICENSE": b"MIT"}
    for name, data in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return root


@pytest.mark.timeout(200)
def test_a_benchmark_is_pushed_through_its_dry_run(
    db: Session, author: Terminal, worker: None, owner: Person, tmp_path: Path
) -> None:
    root, name = tmp_path / "bench", f"{owner.namespace.slug}/tiny-bench"
    refused = author("push", write(root, dry_run={**REFERENCE, "expected": 2.0}), "--to", name, code=1)
    assert "Not passed" in refused.stdout
    assert "Reference submission: The score is not the expected one." in refused.stderr
    assert refused.stdout.strip().endswith("/versions/1.0.0/dry-run")

    kept = author.json("push", write(root), "--to", name, "--rehearse")
    assert (kept["state"], kept["dry_run"]["ready"]) == ("draft", True)
    assert {case["state"] for case in kept["dry_run"]["cases"]} == {"passed", "skipped"}

    done = author("push", root, "--to", name)
    assert "State: Published" in done.stderr
    assert done.stdout.strip().splitlines()[-1].startswith("http")


def test_a_version_is_closed_and_its_labels_published(
    db: Session, author: Terminal, portal: str, token: Callable[..., str], owner: Person, make: Make
) -> None:
    scene = Scene(db, make)
    name = f"{scene.owner.namespace.slug}/{scene.asset.name}@1.0.0"
    refused = author("benchmark", "close", name, code=4)
    assert "Only the benchmark's owner may do this." in refused.stderr
    author("login", portal, "--token", token(scene.owner))
    author("benchmark", "close", name.partition("@")[0], code=4)
    early = author("benchmark", "publish-labels", name, "--yes", code=4)
    assert "Close it first" in early.stderr
    assert "takes no further evaluations" in author("benchmark", "close", name, "--reason", "over").stdout
    assert author.json("benchmark", "close", name, code=4)["error"]["status"] == 409
    assert author.json("benchmark", "reopen", name)["open"] is True
    author("benchmark", "close", name)
    assert "--yes" in author.json("benchmark", "publish-labels", name, code=4)["error"]["detail"]
    assert "Nothing was changed." in author("benchmark", "publish-labels", name, stdin="n\n", code=4).stderr
    assert "are public" in author("benchmark", "publish-labels", name, stdin="y\n").stdout
    author("benchmark", "reopen", name, code=4)
    author("login", portal, "--token", token(scene.owner, Scope.read))
    author("benchmark", "close", name, code=4)
