"""Both stores keep the same promises: a folder, and a real S3 service (SeaweedFS)."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from portal.kit.errors import TooLarge, Unavailable
from portal.kit.storage import FolderStore, S3Store, Store
from portal.settings import Settings
from tests.support.seaweed import Seaweed


@pytest.fixture(scope="session")
def seaweed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seaweed]:
    with Seaweed(tmp_path_factory.mktemp("weed")) as server:
        yield server


@pytest.fixture(params=["folder", "s3"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    if request.param == "folder":
        return FolderStore(tmp_path / "store")
    server: Seaweed = request.getfixturevalue("seaweed")
    made = S3Store(server.settings(tmp_path))
    made.check()
    return made


def test_put_open_fetch(store: Store, tmp_path: Path) -> None:
    content = b"abc" * 100_000
    blob = store.put([content[:7], content[7:]])
    assert blob.sha256 == hashlib.sha256(content).hexdigest()
    assert blob.size == len(content)
    assert store.exists(blob.sha256)
    assert store.put([content]) == blob
    with store.open(blob.sha256) as file:
        assert file.read() == content
    store.fetch(blob.sha256, tmp_path / "a/b")
    assert (tmp_path / "a/b").read_bytes() == content


def test_limit_leaves_nothing(store: Store) -> None:
    with pytest.raises(TooLarge):
        store.put([b"x" * 10, b"y" * 10], limit=15)
    assert not store.exists(hashlib.sha256(b"x" * 10 + b"y" * 10).hexdigest())
    incoming = store.incoming  # type: ignore[attr-defined]
    assert list(incoming.iterdir()) == []


def test_absent(store: Store, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        store.open("0" * 64).read()
    with pytest.raises(FileNotFoundError):
        store.fetch("0" * 64, tmp_path / "x")
    assert not store.exists("0" * 64)


def test_an_unreachable_service_is_said_so(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, store_url="s3://cspon", s3_endpoint="127.0.0.1:1", s3_secure=False)
    with pytest.raises(Unavailable):
        S3Store(settings).check()
