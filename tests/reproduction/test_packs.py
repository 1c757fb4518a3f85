"""A pack is hostile input, and is checked before anything runs."""

import io
import json
import uuid
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from rocrate.rocrate import ROCrate

from registry.evaluation.run.place import Place
from tests.client.conftest import Terminal, site
from tests.evaluation.tiny import Scene
from tests.reproduction.conftest import described, evaluated, publish_labels, rewritten
from tests.support.browser import Client

__all__ = ["site"]
Members = dict[str, bytes]
LITTER = {".DS_Store": b"\0\0\0\x01Bud1", "data/Thumbs.db": b"\xd0\xcf\x11\xe0"}


@pytest.fixture
def key(scene: Scene, place: Place) -> uuid.UUID:
    """A result whose labels are still hidden; a file manager has left its marks in the submission."""
    return evaluated(scene, place, scene.program(more=LITTER))


@pytest.fixture
def pack(client: Client, scene: Scene, key: uuid.UUID) -> bytes:
    publish_labels(scene)
    return client.get(f"/evaluations/{key}/reproduction.zip").content


def other_bytes(members: Members) -> None:
    members["files/submission/main.py"] += b"#"
    members["files/submission/cspon.yaml"] += b"#"


def other_bytes_and_digest(members: Members) -> None:
    import hashlib

    data = members["files/benchmark/labels/labels.csv"] = b"id,y\ni0,0\n"
    pack = described(members)
    entry = next(file for file in pack["files"] if file["path"] == "benchmark/labels/labels.csv")
    entry |= {"size": len(data), "sha256": hashlib.sha256(data).hexdigest()}
    members["pack.json"] = json.dumps(pack).encode()


def missing(members: Members) -> None:
    del members["files/benchmark/scorer/score.py"]


def stowaway(members: Members) -> None:
    members["files/submission/extra.py"] = b"pass"


def zipped_anew(members: Members) -> None:
    """What a Mac adds when somebody unpacks a pack, looks into it and packs it again."""
    members["files/.DS_Store"] = members["__MACOSX/._pack.json"] = b"\0\5\x16\7"


def litter_lost(members: Members) -> None:
    del members["files/submission/.DS_Store"]


def outside(members: Members) -> None:
    members["files/../../escaped"] = b"!"


def no_description(members: Members) -> None:
    del members["pack.json"]


def later_format(members: Members) -> None:
    members["pack.json"] = members["pack.json"].replace(b"reproduction/1", b"reproduction/9")


def runtime(members: Members) -> None:
    pack = described(members)
    pack["predict"]["runtime_digest"] = "0" * 64
    members["pack.json"] = json.dumps(pack).encode()


@pytest.fixture
def english(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LANGUAGE", "LC_ALL", "LC_MESSAGES"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LANG", "en_US.UTF-8")


def test_what_is_wrong_is_said_before_anything_runs(pack: bytes, tmp_path: Path, english: None) -> None:
    cspon, archive = Terminal(), tmp_path / "pack.zip"
    archive.write_bytes(pack)
    assert cspon.json("reproduce", archive, "--check")["verdict"] == "not_run"
    assert {f"files/submission/{path}" for path in LITTER} <= set(zipfile.ZipFile(archive).namelist())
    archive.write_bytes(rewritten(pack, zipped_anew))
    assert cspon.json("reproduce", archive, "--check")["verdict"] == "not_run"
    wrong: dict[Callable[[Members], None], str] = {
        other_bytes: "submission/cspon.yaml has SHA-256",
        other_bytes_and_digest: "inputs and labels",
        missing: "missing: benchmark/scorer/score.py",
        stowaway: "submission/extra.py",
        litter_lost: "missing: submission/.DS_Store",
        outside: "files/../../escaped",
        no_description: "no reproduction pack",
        later_format: "format",
        runtime: "000000000000",
    }
    for change, said in wrong.items():
        archive.write_bytes(rewritten(pack, change))
        error = cspon.json("reproduce", archive, code=2)["error"]
        assert said in error["title"], (change.__name__, error)
        assert error["detail"]
    archive.write_bytes(b"PK\x03\x04 not a zip")
    assert cspon.json("reproduce", archive, code=2)["error"]["title"]
    assert not (tmp_path.parent / "escaped").exists()
    assert "neither a file" in cspon.json("reproduce", tmp_path / "absent.zip", code=2)["error"]["title"]


def test_another_runtime_is_a_warning_where_that_is_wanted(
    pack: bytes, tmp_path: Path, english: None
) -> None:
    archive = tmp_path / "pack.zip"
    archive.write_bytes(rewritten(pack, runtime))
    found = Terminal().json("reproduce", archive, "--any-runtime", "--allow-weak-sandbox")
    assert found["verdict"] == "match"
    assert "000000000000" in found["warnings"][0]


def test_it_is_an_ro_crate(pack: bytes, tmp_path: Path) -> None:
    with zipfile.ZipFile(io.BytesIO(pack)) as archive:
        archive.extractall(tmp_path / "crate")
    crate = ROCrate(tmp_path / "crate")
    assert crate.root_dataset["conformsTo"].id.startswith("https://w3id.org/ro/wfrun/process/")
    run = crate.dereference("#run")
    assert {value["propertyID"] for value in run["result"]} == {"rmse", "hits"}
    assert run["instrument"]["softwareRequirements"].startswith("base-py3")


def test_it_is_fetched_by_the_address_of_the_result(
    scene: Scene, key: uuid.UUID, site: str, tmp_path: Path, english: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    cspon, kept, address = Terminal(), tmp_path / "kept.zip", f"{site}/evaluations/{key}"
    refused = cspon.json("reproduce", address, "--save", kept, code=2)["error"]
    assert "labels of this benchmark are hidden" in refused["title"]
    assert "owner" in refused["detail"]
    assert not kept.exists()
    publish_labels(scene)
    found = cspon.json("reproduce", f"{address}/reproduction", "--save", kept, "--check")
    assert found["result"].endswith(f"/evaluations/{key}")
    assert kept.stat().st_mode & 0o077 == 0
    assert "already" in cspon.json("reproduce", address, "--save", kept, code=2)["error"]["title"]
    assert not list(tmp_path.glob(".*"))
