"""Runtimes: named, built all or nothing, found, and never substituted."""

import json
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from registry.sandbox.backend import JailSpec, SandboxBackend
from registry.sandbox.errors import BuildFailed, SandboxError, UnknownRuntime, UnsafePlace
from registry.sandbox.runtimes import (
    FAMILIES,
    Runtime,
    build,
    built,
    default_names,
    default_root,
    enterable,
    find,
    own_folder,
    parse_name,
    tree_digest,
)
from registry.sandbox.runtimes import build as build_module_function
from registry.sandbox.runtimes.interpreter import inspect
from tests.sandbox.conformance import own_slot, run
from tests.sandbox.fixtures import BASE

MINOR = sys.version_info[1]


def quiet(_line: str) -> None:
    pass


def test_names() -> None:
    family, version = parse_name("geo-py311")
    assert (family.name, version) == ("geo", (3, 11))
    assert set(default_names(11)) == {"geo-py311", "base-py311", "scan-py311", "preview-py311"}
    for name in (
        "geo",
        "geo-py2",
        "geo-py27",
        "nonsense-py311",
        "../geo-py311",
        "geo-py311/",
        "GEO-py311",
        "",
    ):
        with pytest.raises(UnknownRuntime, match="Unknown runtime"):
            parse_name(name)


def test_locks_are_hashed_complete_and_name_no_place() -> None:
    for family in FAMILIES.values():
        text = family.lock.read_text()
        pins = [line for line in text.splitlines() if line and line[0].isalnum()]
        assert pins
        assert all("==" in line and line.endswith("\\") for line in pins)
        assert text.count("--hash=sha256:") >= len(pins)
        for place in ("http", "--index", "--find-links", "file:"):
            assert place not in text
        wanted = [w for w in family.lock.with_suffix(".in").read_text().splitlines() if not w.startswith("#")]
        assert {w.split("==")[0] for w in wanted} <= {line.split("==")[0] for line in pins}


def test_what_is_not_built_or_not_possible_is_said(tmp_path: Path) -> None:
    with pytest.raises(UnknownRuntime, match="cspon runtime build geo-py311"):
        find("geo-py311", tmp_path)
    with pytest.raises(UnknownRuntime, match=r"needs python3\.99"):
        build("base-py399", tmp_path, quiet)
    other = MINOR + 1
    with pytest.raises(UnknownRuntime, match=rf"needs python3\.{other}"):
        build(f"base-py3{other}", tmp_path, quiet, interpreter=Path(sys.executable))
    with pytest.raises(UnknownRuntime, match="not a working Python"):
        inspect(Path("/bin/true"))
    assert built(tmp_path) == []


def test_the_built_runtime(runtime: Runtime) -> None:
    root = runtime.path.parent.parent
    assert find(BASE, root) == runtime
    assert runtime in built(root)
    assert runtime.python_version.startswith(f"3.{MINOR}.")
    assert runtime.lock_digest == FAMILIES["base"].lock_digest
    assert tree_digest(runtime.path) == runtime.tree_digest
    for folder, _, names in os.walk(runtime.path):
        for path in [Path(folder), *(Path(folder, name) for name in names)]:
            assert path.stat().st_mode & 0o044 == 0o044
            assert not path.stat().st_mode & 0o022


def test_a_second_build_does_nothing(runtime: Runtime) -> None:
    said: list[str] = []
    if runtime.path.stat().st_uid != os.geteuid():
        return
    again = build(BASE, runtime.path.parent.parent, said.append, built_at="later")
    assert again == runtime
    assert said == [f"{BASE}: already built and up to date"]


def test_the_jail_sees_the_runtime_and_nothing_of_the_host(backend: SandboxBackend, runtime: Runtime) -> None:
    code = """
import json, os, sys, numpy
maps = {line.split()[-1] for line in open("/proc/self/maps") if "/" in line}
print(json.dumps([sorted(os.listdir("/")), sys.prefix, numpy.__file__, sorted(p for p in maps if p[0] == "/")]))
"""
    found = run(backend, JailSpec(runtime, ["python", "-c", code]), own_slot(45))
    names, prefix, numpy, mapped = json.loads(found.log)
    assert set(names) <= {"dev", "job", "lib", "lib64", "output", "proc", "runtime", "tmp", "warm"}
    assert prefix == "/runtime"
    assert numpy.startswith("/runtime/site/numpy/")
    assert all(path.startswith(("/runtime/", "/lib")) for path in mapped)


def test_layers_come_first(backend: SandboxBackend, runtime: Runtime, work: Path) -> None:
    layer = work / "layer"
    layer.mkdir(exist_ok=True)
    (layer / "extra.py").write_text("WORD = 'from the layer'")
    layered = runtime.with_layers(layer)
    found = run(
        backend, JailSpec(layered, ["python", "-c", "import extra, numpy; print(extra.WORD)"]), own_slot(45)
    )
    assert found.log == "from the layer\n"
    assert runtime.layers == ()


def test_commands_are_looked_up_in_the_runtime(runtime: Runtime) -> None:
    python = f"/runtime/bin/python3.{MINOR}"
    assert runtime.command(["python", "a.py"]) == [python, "a.py"]
    assert runtime.command(["python3"]) == [python]
    assert runtime.command(["./run", "x"]) == ["./run", "x"]
    assert runtime.command(["sh", "-c", "id"]) == ["/runtime/bin/sh", "-c", "id"]
    with pytest.raises(ValueError, match="empty"):
        runtime.command([])


def test_a_half_build_is_thrown_away(work: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = own_folder(work / "half")

    def no_pip(*_arguments: object) -> None:
        raise BuildFailed("pip could not install the locked packages: %(reason)s", reason="no room")

    module = sys.modules[build_module_function.__module__]
    monkeypatch.setattr(module, "install_packages", no_pip)
    with pytest.raises(BuildFailed, match="no room"):
        build(BASE, root, quiet)
    assert sorted(path.name for path in root.iterdir()) == [".lock", ".trees"]
    assert list((root / ".trees").iterdir()) == []


def test_a_changed_lock_is_built_anew_and_the_old_tree_stays_for_running_jails(
    work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = own_folder(work / "anew")
    module = sys.modules[build_module_function.__module__]
    monkeypatch.setattr(module, "install_packages", lambda *_: None)
    monkeypatch.setattr(module, "compile_all", lambda *_: None)
    first = build(BASE, root, quiet, built_at="1")
    monkeypatch.setattr(
        module, "parse_name", lambda _: (SimpleNamespace(lock=Path("x"), lock_digest="0" * 64), (3, MINOR))
    )
    second = build(BASE, root, quiet, built_at="2")
    assert first.path != second.path
    assert find(BASE, root) == second
    assert first.path.is_dir()
    subprocess.run([second.path / "bin/python", "-c", "import ssl, sqlite3, ctypes"], check=True, env={
        "PYTHONHOME": str(second.path), "LD_LIBRARY_PATH": str(second.path / "sys")
    })  # fmt: skip
    third = build(BASE, root, quiet, built_at="3")
    assert third == second


def test_a_tree_under_a_wrong_name_is_not_taken(runtime: Runtime, tmp_path: Path) -> None:
    (tmp_path / "geo-py311").symlink_to(runtime.path)
    with pytest.raises(UnknownRuntime, match="holds the runtime"):
        find("geo-py311", tmp_path)


def test_folders_are_ours_and_open(work: Path, tmp_path: Path) -> None:
    place = work / "places"
    place.mkdir()
    assert default_root(place) == place / "runtimes"
    closed = place / "closed"
    closed.mkdir(mode=0o700)
    assert not enterable(closed / "x")
    assert default_root(closed) == Path(f"/var/tmp/cspon-{os.geteuid()}/runtimes")
    (place / "link").symlink_to(tmp_path)
    (place / "file").touch()
    open_to_all = place / "open"
    open_to_all.mkdir()
    open_to_all.chmod(0o777)
    for wrong in ("file", "open"):
        with pytest.raises((UnsafePlace, FileExistsError)):
            own_folder(place / wrong)
    with pytest.raises(UnsafePlace, match="not a folder"):
        own_folder(place / "link")


def test_refusals_are_translated_with_their_values() -> None:
    error = SandboxError("%(path)s cannot be executed", path="/x")
    assert str(error) == "/x cannot be executed"
    assert error.message == "%(path)s cannot be executed"
    assert error.values == {"path": "/x"}
