"""The doctor's findings on this machine."""

import shutil
from pathlib import Path

from registry.sandbox.doctor import check
from registry.sandbox.runtimes import Runtime
from tests.sandbox.fixtures import BASE


def test_findings(work: Path, runtime: Runtime) -> None:
    root = runtime.path.parent.parent
    names = [BASE, "geo-py399", "nonsense"]
    found = check(runtime_names=names, runtime_root=root, weak_allowed=True, work=work / "doctor")
    assert [(each.name, each.ok) for each in found] == [
        ("sandbox", True),
        ("denied calls", True),
        (BASE, True),
        ("geo-py399", False),
        ("nonsense", False),
    ]
    assert (
        found[2].words % found[2].values == f"Runtime {BASE} (Python {runtime.python_version}) runs in a jail"
    )
    assert found[3].what_to_do % found[3].values == "Run `cspon runtime build geo-py399`"


def test_a_runtime_that_was_changed_is_found_out(work: Path, runtime: Runtime) -> None:
    tree = work / "changed" / "tree"
    (tree / "site").mkdir(parents=True)
    shutil.copyfile(runtime.path / "runtime.json", tree / "runtime.json")
    (tree.parent / BASE).symlink_to(tree)
    (tree / "site" / "extra.py").write_text("evil = 1")
    found = check(runtime_names=[BASE], runtime_root=tree.parent, weak_allowed=True, work=work / "doctor")
    assert not found[2].ok
    assert "has been changed" in found[2].words
    assert str(tree) in found[2].what_to_do % found[2].values
